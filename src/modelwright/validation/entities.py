"""Rows that belong together: a repeated key, the leading part of an id, nearly the same text, copies of a row.

How often a test row shares one with a training row is held against what a random split of the same values would give,
so that a column whose rare values are new in test by chance is not taken for a group.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..records.problem import Modality
from ..records.profile import Entity
from . import clock, groups
from .structure import EVIDENCE, NEARER, RARE, Notes, Structure, words

if TYPE_CHECKING:
    import pandas as pd

    from ..records.problem import Problem

    Column = pd.Series[Any]

KEY_WORDS = {"id", "key", "code", "group", "user", "customer", "client", "patient", "subject", "session", "household"}
WHO_WORDS = {
    *("user", "customer", "client", "patient", "subject", "session", "household", "person", "participant", "member"),
    *("family", "student", "employee", "driver", "player", "visitor", "animal", "donor", "speaker", "author"),
}
SEPARATORS = "_-/.:|#"
SEALED_GROUPS = 20  # groups below which nothing is sealed
NEAR = "near:0.4"  # how alike texts are that belong together
TEXT = 25  # characters of a text, on average, for near ones to be looked for
WORDS = 4  # and words
MANY_TEXTS = 150_000  # texts from which near ones are not looked for
MIXED = 30  # test rows that a random split would tie, below which a mixture of known and new ones cannot be told
LESS = 0.8  # of what a random split gives, below which the plan says that some entities are new
WORTH = 0.02  # share of test rows tied by chance from which it is worth a remark
REPEATED = 0.05  # share of rows with a near text or a copy from which, without a test table, they are kept together
LIKE = 0.95  # share of the values that must have the form of a code
ONE = 0.2  # of the rows in one group: such a group is no entity


def find(problem: "Problem", train: "pd.DataFrame", test: "pd.DataFrame | None") -> tuple[Entity, ...]:
    """What rows could belong together by, with how much test and train share of it.

    Reported are keys by name, ids of parts, texts and copies, and any column that separates the test rows from the
    training rows. A column of time is none.
    """
    empty = test is None or not len(test)
    names = [str(n) for n in shared(problem, train, None if empty else test) if not clock.is_date(train[n])]
    found: list[Entity] = []
    for name in names:
        column = train[name]
        asked = column.iloc[:0] if test is None or empty else test[name]
        for rule in _rules(problem, name, column, asked):
            entity = _measured(name, rule, groups.keys(column, rule), groups.keys(asked, rule))
            if entity is not None and (_separates(entity) or rule != "value" or is_key(problem, name, column)):
                found.append(entity)
        if _is_text(column):
            found += _near(name, column, asked)
    found += _copies(problem, train, None if empty else test)
    return tuple(found)


def shared(problem: "Problem", train: "pd.DataFrame", test: "pd.DataFrame | None") -> list[str]:
    """Columns that can be compared: in both tables, no target, no lists, no paths of files, which lie apart anyway."""
    apart = {*problem.targets, *_of_files(problem)}
    names = [name for name in train.columns if (test is None or name in test.columns) and name not in apart]
    return [name for name in names if groups.countable(train[name])]


def _of_files(problem: "Problem") -> set[str]:
    """Columns of paths."""
    paths = problem.inputs if problem.modality in (Modality.IMAGE, Modality.AUDIO) else ()
    return {*paths, *map(str, [problem.options["path_column"]] if problem.options.get("path_column") else [])}


def grouped(found: Sequence[Entity], rows: int, notes: Notes) -> Structure | None:
    """Groups by the coarsest entity that is new in test; on those that are not, a remark is added.

    Copies of rows do not count here: rows of one time are alike as well, so stretches of time go before, see `copied`.
    """
    new: list[tuple[int, Structure]] = []
    for entity in found:
        if entity.seen is None or entity.expected is None:
            continue
        told = f"{entity.seen:.0%} of the test rows share {named(entity)} with a training row"
        chance = f"a random split would give {entity.expected:.0%}"
        notes.evidence.append(f"{told[0].upper()}{told[1:]}; {chance}.")
        if _separates(entity) and entity.rule == "copies":
            continue
        if _separates(entity) and entity.count >= 3:
            why = (
                f"The test rows are of other groups than the training rows: {told}, where {chance}; so rows that share "
                f"it ({entity.count} groups in train) stay in one fold."
            )
            if entity.seen > RARE * entity.expected:
                why += f" For the {entity.seen:.0%} whose group is known the estimate is rather too modest."
            new.append((entity.count, of_entity(entity, why)))
        else:
            part = entity.seen < LESS * entity.expected and entity.expected * rows >= MIXED
            but = ", but the estimate may be too good for the others, of which there are more than by chance"
            if entity.expected >= WORTH:
                notes.remarks.append(f"{told} ({chance}), so rows are not grouped by it{but if part else ''}.")
    return min(new, key=lambda pair: pair[0], default=(0, None))[1]


def copied(found: Sequence[Entity]) -> Structure | None:
    """Groups of copies, where test rows are no copies of training rows although a random split would make them so."""
    for entity in found:
        if entity.rule == "copies" and _separates(entity) and entity.count >= 3:
            why = (
                f"Training rows repeat ({entity.count} different ones), and test rows do not repeat them: "
                f"{entity.seen:.0%} are alike to one in all features, where a random split would give "
                f"{entity.expected:.0%}; so copies of a row stay in one fold."
            )
            return of_entity(entity, why)
    return None


def cautious(problem: "Problem", train: "pd.DataFrame", found: Sequence[Entity]) -> Structure | None:
    """Without a test table: groups by whoever has several rows, else by near texts or copies where there are many."""
    for entity in sorted(found, key=lambda e: e.count):
        rows, kind = len(train), entity.rule.partition(":")[0]
        size = rows / max(1, entity.count)
        if entity.count < SEALED_GROUPS or entity.largest > ONE * rows:
            continue
        who = kind == "value" and bool(WHO_WORDS & words(entity.column)) and size >= 1.2
        part = kind == "prefix" and size >= 2 and entity.column == problem.id
        alike = kind in ("near", "copies") and 1 - entity.count / rows >= REPEATED
        if who or part or alike:
            why = (
                f"There is no test table to compare with, and rows share {named(entity)} ({entity.count} groups, "
                f"{size:.1f} rows each on average): what is asked for is taken to be of new ones, so each group stays "
                "in one fold; the other reading, new rows of the same ones, would give a better score."
            )
            return of_entity(entity, why)
    return None


def of_entity(entity: Entity, why: str) -> Structure:
    """The structure of folds by an entity."""
    copies = entity.rule == "copies"
    return Structure(
        why=why,
        group=None if copies else entity.column,
        rule=entity.rule,
        columns=tuple(entity.columns) if copies else (),
        units=entity.count,
        sealable=entity.count >= SEALED_GROUPS,
    )


def named(entity: Entity) -> str:
    """What rows of an entity share, in words."""
    kind, _, detail = entity.rule.partition(":")
    if kind == "copies":
        return "all their features"
    if kind == "near":
        return f"nearly their whole `{entity.column}`"
    if kind == "prefix":
        return f"their `{entity.column}` up to separator {detail[0]!r} number {detail[2:] or 1}"
    return f"their `{entity.column}`"


def _separates(entity: Entity) -> bool:
    """Whether test rows are rather of new ones; a column that is no key by its form has to say so clearly."""
    if entity.seen is None or not entity.expected:
        return False
    border = NEARER if entity.mixed else RARE
    return entity.seen <= border * entity.expected


def _measured(column: str, rule: str, keys: "Column", asked: "Column") -> Entity | None:
    """The entity with what train and test share of it; None where nothing can be told or nothing repeats."""
    keys, wanted = keys.dropna(), asked.dropna()
    counts = keys.value_counts()
    if not len(counts):
        return None
    facts: dict[str, Any] = {"column": column, "rule": rule, "count": len(counts), "largest": int(counts.iloc[0])}
    if not len(wanted):
        return Entity(**facts) if len(counts) < len(keys) else None
    seen, chance = ties(keys, wanted)
    if len(wanted) * chance < EVIDENCE:
        return None
    keyed = rule != "value" or bool((KEY_WORDS | WHO_WORDS) & words(column)) or _like_codes(keys)
    return Entity(**facts, seen=seen, expected=chance, mixed=keyed and len(wanted) * chance >= MIXED)


def ties(train: "Column", test: "Column") -> tuple[float, float]:
    """Share of test rows whose key is in train too, and the share expected if rows had been split at random.

    A test row whose key occurs c times in all n rows, t of them test rows, has no other in train with a probability
    of about ((t - 1) / (n - 1)) ** (c - 1).
    """
    import pandas as pd

    if not len(train) or not len(test):
        return 1.0, 0.0
    codes, _ = pd.factorize(pd.concat([train, test], ignore_index=True))
    counts = np.bincount(codes)
    in_train = np.bincount(codes[: len(train)], minlength=len(counts))
    seen = float((in_train[codes[len(train) :]] > 0).mean())
    alone = ((len(test) - 1) / (len(codes) - 1)) ** (counts - 1.0)
    return seen, float(1 - (counts * alone).sum() / len(codes))


# Which columns could be keys


def _like_codes(values: "Column") -> bool:
    """Names such as K117: texts without blanks that hold digits, many different ones, each in several rows."""
    if values.dtype.kind != "O" or values.nunique() < SEALED_GROUPS or 2 * values.nunique() > len(values):
        return False
    some = values.iloc[:: max(1, len(values) // 200)].astype(str)
    return bool(some.str.fullmatch(r"[^\s\d]*\d\S*").mean() > LIKE)


def _rules(problem: "Problem", name: str, train: "Column", test: "Column") -> Iterator[str]:
    """Rules by which the column could be a key; none for measurements and for columns of common values."""
    if {train.dtype.kind, test.dtype.kind} & set("bMmc"):
        return
    sample = test if len(test) else train
    some = sample.dropna().iloc[:: max(1, len(sample) // 200)]
    if some.empty or (some.dtype.kind == "f" and (some % 1 != 0).any()):
        return
    common = some.isin(train.iloc[:: max(1, len(train) // 4000)]).mean() > 0.5
    if common and not is_key(problem, name, train) and (len(test) or train.nunique() < len(train)):
        return
    if not train.is_unique:
        yield "value"
    elif train.dtype.kind not in "iuf":
        yield from _prefixes(train)


def _prefixes(column: "Column") -> Iterator[str]:
    """Rules for the leading parts of short composite names, as the first two of `site_patient_scan`."""
    some = column.dropna().iloc[:: max(1, len(column) // 200)].astype(str)
    if some.empty or some.str.len().max() > 100 or some.str.contains(r"\s").mean() > 0.05:
        return
    for separator in SEPARATORS:
        parts = some.str.count(re.escape(separator))
        if (parts > 0).mean() > 0.95:
            for count in range(1, int(parts.median()) + 1):
                yield f"prefix:{separator}" + (f":{count}" if count > 1 else "")


def is_key(problem: "Problem", name: object, column: "Column") -> bool:
    """The id, or named like a key with many values: worth a full count, and a remark where it is no group."""
    return name == problem.id or (bool((KEY_WORDS | WHO_WORDS) & words(name)) and column.nunique() > 20)


def _is_text(column: "Column") -> bool:
    """Texts of several words, most of them different."""
    if column.dtype.kind != "O" or len(column) > MANY_TEXTS:
        return False
    some = column.dropna().iloc[:: max(1, len(column) // 200)].astype(str)
    if some.empty or some.str.len().mean() < TEXT or some.str.count(r"\s+").mean() + 1 < WORDS:
        return False
    return bool(column.nunique() > 0.5 * len(column))


def _near(name: str, train: "Column", test: "Column") -> Iterator[Entity]:
    """Texts of train and test that are nearly the same, clustered together."""
    import pandas as pd

    both = pd.concat([train, test], ignore_index=True)
    codes = groups.keys(both, NEAR)
    entity = _measured(name, NEAR, codes.iloc[: len(train)], codes.iloc[len(train) :])
    if entity is not None:
        yield entity


# Copies


def _copies(problem: "Problem", train: "pd.DataFrame", test: "pd.DataFrame | None") -> Iterator[Entity]:
    """Rows alike in all features; told apart from rows of a few common values by columns whose values rarely repeat."""
    import pandas as pd

    files = [n for n in train.columns if n in _of_files(problem) and (test is None or n in test.columns)]
    names = [*feature_names(problem, train, test), *files]  # what is told of two pictures may be alike
    if not names or not len(train):
        return
    asked = train[names].iloc[:0] if test is None else test[names]
    different = [name for name in names if train[name].dtype != asked[name].dtype]
    known = train[names].astype(dict.fromkeys(different, object))
    both = pd.concat([known, asked.astype(dict.fromkeys(different, object))], ignore_index=True)
    codes = pd.Series(groups.copies(both))
    entity = _measured("", "copies", codes.iloc[: len(train)], codes.iloc[len(train) :])
    if entity is None or entity.count == len(train) or (test is None and not _distinct(train, names, codes)):
        return
    yield entity.model_copy(update={"columns": tuple(names)})


def feature_names(problem: "Problem", train: "pd.DataFrame", test: "pd.DataFrame | None") -> list[str]:
    """Columns in which copies of a row are alike: all that can be compared, without ids and numbers of rows."""

    def names_rows(name: str) -> bool:
        column = train[name]
        if (name == problem.id and not clock.is_date(column)) or name in problem.dropped:
            return True
        keyed = bool(KEY_WORDS & words(name)) or (column.dtype.kind in "iu" and column.is_monotonic_increasing)
        return keyed and column.is_unique

    return [name for name in shared(problem, train, test) if not names_rows(name)]


def _distinct(train: "pd.DataFrame", names: list[str], codes: "Column") -> bool:
    """Whether a column has mostly different values in rows that are no copies, so that copies are no coincidence."""
    once = train[names][~codes.iloc[: len(train)].duplicated().to_numpy()]
    return any(once[name].nunique() > 0.5 * len(once) for name in names)
