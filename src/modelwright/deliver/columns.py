"""The profile in words, for a page and for a terminal: a line for each column, and one for each fact about the rows."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..records.finding import Severity
from ..records.profile import Column, Entity, LabelNoise, Profile, Role
from . import figures
from .sparks import histogram, shares

DRIFTS = 0.6  # AUC of a column alone, from which it is marked
GAPS = 0.3  # share of missing values from which they are marked
UNUSED = (Role.ID, Role.CONSTANT)
NEW = 0.3  # share of test rows with a value that no training row has, from which it is marked
KEEPS_VALUES = (Role.CATEGORY, Role.ORDERED, Role.BOOLEAN)  # roles of which a new value is worth a mark
TOLD = 4  # commonest values named
SHORT = 24  # characters of a value that is named


@dataclass(frozen=True)
class Line:
    """One column as a reader sees it; all text but `chart`, which is SVG."""

    name: str
    role: str
    used: bool
    missing: float
    distinct: int
    values: str
    chart: str
    spellings: str
    drift: str  # "" where it was not measured
    drifts: bool
    unseen: float | None  # None where it says nothing
    suspect: str
    note: str


def line(column: Column, rows: int) -> Line:
    """What is said of a column of a table of so many rows."""
    tells = column.in_test and column.role in KEEPS_VALUES
    return Line(
        name=column.name,
        role=str(column.role),
        used=column.in_test and column.role not in UNUSED,
        missing=column.missing,
        distinct=column.distinct,
        values=values(column, rows),
        chart=chart(column, rows),
        spellings=", ".join(f"{text!r} {figures.count(count)}" for text, count in column.spellings),
        drift=f"{column.drift:.2f}" if column.drift else "",
        drifts=column.drift >= DRIFTS,
        unseen=column.unseen if tells else None,
        suspect=column.suspect,
        note=column.note,
    )


def lines(profile: Profile) -> list[Line]:
    """A line for each column, those that look suspicious first, then in the order of the table."""
    return [line(c, profile.rows) for c in sorted(profile.columns, key=lambda c: not c.suspect)]


def values(column: Column, rows: int) -> str:
    """What the values are, in one line: range and quartiles, the order, the commonest, or examples."""
    if column.order:
        return " < ".join(short(v) for v in column.order)
    if column.role is Role.NUMBER and column.low is not None:
        said = f"{figures.plain(column.low)} to {figures.plain(column.high)}"
        if column.quartiles and column.distinct > 2:
            low, middle, high = map(figures.plain, column.quartiles)
            said += f", median {middle}, half within {low} to {high}"
        return said
    if column.top and rows and column.top[0][1] > 0.01 * rows:
        told = [f"{short(text)} {figures.percent(count / rows)}" for text, count in column.top[:TOLD]]
        return ", ".join(told) + (", ..." if column.distinct > len(told) else "")
    return " · ".join(short(e, 2 * SHORT) for e in column.examples[:2])


def short(text: str, most: int = SHORT) -> str:
    """At most so many characters of a value, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def chart(column: Column, rows: int) -> str:
    """A histogram of numbers, bars of the commonest values of a category; "" for others."""
    if column.histogram and column.distinct > 2:
        title = f"{column.name} from {figures.plain(column.low)} to {figures.plain(column.high)}"
        return histogram(column.histogram, title)
    if column.top and column.role in (*KEEPS_VALUES, Role.NUMBER):
        place = {value: k for k, value in enumerate(column.order)}
        top = sorted(column.top, key=lambda item: place.get(item[0], len(place)))
        return shares(top, round(rows * (1 - column.missing)))
    return ""


# --- the rows ---------------------------------------------------------------------------------------------------------


def facts(profile: Profile) -> Iterator[tuple[str, str]]:
    """What is to be said of the rows beyond their columns: (label, sentence); nothing that was not found."""
    if profile.sampled is not None:
        yield "sample", f"the run works on {figures.count(profile.rows)} of {figures.count(profile.sampled)} rows"
    if profile.duplicates or profile.shared:
        yield "repeats", repeats(profile)
    if profile.drift is not None:
        drift = profile.drift
        told = ", ".join(f"{name} {auc:.2f}" for name, auc in drift.columns[:TOLD] if auc >= DRIFTS)
        said = f"AUC {figures.with_error(drift.auc, drift.error)} of test rows against training rows (0.5: alike)"
        yield "drift", said + (f"; most by {told}" if told else "")
    for each in profile.entities:
        yield "entities", entity(each)
    if profile.time is not None:
        yield "time", time(profile)
    if profile.noise is not None:
        yield "label noise", noise(profile.noise)
    for pair in profile.coordinates:
        yield "places", f"{pair[0]} and {pair[1]}"
    for table in profile.tables:
        shape = f"{figures.count(table.rows)} rows by {table.columns} columns"
        yield "other table", f"{table.name}, {shape}" + (f": {table.note}" if table.note else "")


def repeats(profile: Profile) -> str:
    """How many rows repeat each other."""
    said = f"{figures.count(profile.duplicates)} training rows repeat another in every feature"
    if profile.conflicts:
        said += f" ({figures.count(profile.conflicts)} with another answer)"
    return said + (f", {figures.count(profile.shared)} rows wanted repeat one" if profile.shared else "")


def entity(found: Entity) -> str:
    """What rows belong together by."""
    said = f"{found.column}" + (f" ({found.rule})" if found.rule not in ("", "value") else "")
    said += f": {figures.count(found.count)} in train, the largest of {figures.count(found.largest)} rows"
    if found.seen is not None:
        said += f"; {figures.percent(found.seen)} of the test rows belong to one of them"
        if found.expected is not None:
            said += f", where a random split would give {figures.percent(found.expected)}"
    return said


def time(profile: Profile) -> str:
    """From when to when."""
    found = profile.time
    assert found is not None
    said = f"{found.column} from {found.first} to {found.last}"
    if found.step:
        said += f", in steps of {found.step}"
    said += ", rows in its order" if found.ordered else ", rows not in its order"
    return said + (f"; test from {found.test_first} to {found.test_last}" if found.test_first else "")


def noise(found: LabelNoise) -> str:
    """How many labels may be wrong."""
    share, error = (figures.percent(x) for x in (found.share, found.error))
    return f"about {share} ± {error} are wrong, by {figures.count(found.rows)} rows: {found.how}"


TONES = {Severity.NOTE: "note", Severity.WARNING: "warn", Severity.SERIOUS: "bad"}


def findings(profile: Profile) -> list[tuple[str, str]]:
    """Findings as (tone, sentence), the gravest first."""
    order = list(TONES)[::-1]
    return [(TONES[f.severity], str(f)) for f in sorted(profile.findings, key=lambda f: order.index(f.severity))]
