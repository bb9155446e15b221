"""What mistakes cost and what good calls bring, read from words: ratios, amounts, and tables of prices."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .prose import Prose, Sentence
from .signs import ALARM, CAUGHT, GAIN, JUDGING_HEADING, MISSED, NUMBER, PRICE, TIMES, number

if TYPE_CHECKING:
    from ..records.base import JsonValue

PROFIT = re.compile(r"\b(?:maximi[sz]\w*|profit\w*|net (?:benefit|gain)|earn\w*|margin|return on)\b")
TABLE_OF_PRICES = re.compile(r"\b(?:cost|price|penalt|charge|loss)\w*\b")
TURNED = re.compile(
    r"\brows?\b[^.;]{0,25}\bpredict\w*|\bcolumns?\b[^.;]{0,25}\b(?:true|actual|real)\b|^predict\w* ?[\\/|]"
)
AS_MUCH = r"(?:just )?as (?:much|bad|dear|expensive|costly|many) as|equals|is worth|counts? like|outweighs"
CLAUSE = re.compile(r"[;:]|,(?!\d)|\b(?:and|while|whereas|but)\b")


@dataclass(frozen=True)
class Prices:
    """A statement of prices."""

    idea: str  # cost or profit
    score: float
    quote: str
    params: dict[str, "JsonValue"] = field(default_factory=dict)


def read_prices(prose: Prose) -> Iterator[Prices]:
    """All statements of prices in a text, as 'a missed default costs five times a false alarm'."""
    ratios = [r for s in prose.sentences if (r := _ratio(s))]
    yield from ratios
    if not ratios:
        yield from _amounts(prose)
    yield from _matrices(prose)


def _ratio(sentence: Sentence) -> Prices | None:
    """One mistake priced in units of the other."""
    plain = sentence.plain
    for first, second, missed_first in ((MISSED, ALARM, True), (ALARM, MISSED, False)):
        hit = re.search(rf"\b{first}\b.{{0,70}}\b{TIMES}.{{0,50}}\b{second}", plain)
        if hit:
            times = next(float(number(g)) for g in hit.groups() if g)
            return _cost(sentence, times if missed_first else 1.0, 1.0 if missed_first else times)
        hit = re.search(rf"\b{first}\b.{{0,60}}?\b(?:{AS_MUCH}) (.+)", plain)
        many = re.search(rf"\b{NUMBER} ", hit[1]) if hit else None
        if hit and many and re.search(rf"\b{second}\b", hit[1].replace(many[0], "", 1)):
            times = float(number(many[1]))
            return _cost(sentence, times if missed_first else 1.0, 1.0 if missed_first else times)
    return None


def _cost(sentence: Sentence, missed: float, alarm: float) -> Prices:
    return Prices("cost", 3.4 * _factor(sentence), sentence.quote, {"false_negative": missed, "false_positive": alarm})


def _factor(sentence: Sentence) -> float:
    return 1.4 if JUDGING_HEADING.search(sentence.heading) else 1.0


def _amounts(prose: Prose) -> Iterator[Prices]:
    """Amounts for a miss, a false alarm or a catch, which may stand in neighbouring sentences."""
    found: dict[str, tuple[float, Sentence]] = {}
    for sentence in prose.sentences:
        plain = re.sub(r"(?<=\d),(?=\d{3}\b)", "", sentence.plain)
        if not (re.search(PRICE, plain) or re.search(GAIN, plain)):
            continue
        for clause in CLAUSE.split(plain):
            for role, amount in _priced(clause):
                found.setdefault(role, (amount, sentence))
    if "alarm" not in found or not ({"missed", "caught"} & set(found)):
        return
    alarm, where = found["alarm"][0], found.get("caught", found.get("missed", found["alarm"]))[1]
    caught, missed = found.get("caught", (0.0, where))[0], found.get("missed", (0.0, where))[0]
    quote = " ".join(dict.fromkeys(s.quote for _, s in found.values()))
    if caught and any(PROFIT.search(s.plain) for s in prose.sentences):
        gains: dict[str, JsonValue] = {"true_positive": caught, "false_positive": -alarm}
        yield Prices("profit", 3.8 * _factor(where), quote, gains | ({"false_negative": -missed} if missed else {}))
    else:  # what a catch saves is what a miss costs: the best decisions are the same
        costs: dict[str, JsonValue] = {"false_negative": caught + missed, "false_positive": alarm}
        yield Prices("cost", 3.4 * _factor(where), quote, costs)


def _priced(clause: str) -> Iterator[tuple[str, float]]:
    """Which case a clause speaks of, with the amount it names."""
    amount = re.search(rf"\b(?:{PRICE}|{GAIN})[^\d.]{{0,25}}?{NUMBER}\b(?! ?(?:times|%|percent|fold))", clause)
    amount = amount or re.search(r"(\d+(?:\.\d+)?)\b(?! ?(?:times|%|percent|fold|rows|cases))", clause)
    if not amount:
        return
    value = float(number(next(g for g in amount.groups() if g)))
    if re.search(rf"\b{CAUGHT}\b", clause) and re.search(rf"\b{GAIN}", clause):
        yield "caught", value
    elif re.search(rf"\b{ALARM}\b", clause):
        yield "alarm", value
    elif re.search(rf"\b{MISSED}\b", clause):
        yield "missed", value


def _matrices(prose: Prose) -> Iterator[Prices]:
    """A table of prices whose rows and columns name the same classes."""
    spoken = next((s for s in prose.sentences if TABLE_OF_PRICES.search(s.plain)), None)
    if spoken is None:
        return
    turned = any(TURNED.search(s.plain) for s in prose.sentences)
    for table in prose.tables:
        read = _square(table)
        if read is None:
            continue
        names, cells = read
        if turned or TURNED.search(table[0][0].lower()):
            cells = [list(column) for column in zip(*cells, strict=True)]
        yield Prices("cost", 4.4, spoken.quote, {"matrix": [[*row] for row in cells], "labels": [*names]})


def _square(table: tuple[tuple[str, ...], ...]) -> tuple[list[str], list[list[float]]] | None:
    """Labels and cells, cells in the order of the labels of the rows; None for any other table."""
    columns, rows = [_label(c) for c in table[0][1:]], [_label(line[0]) for line in table[1:]]
    if len(rows) < 2 or sorted(columns) != sorted(rows) or len(set(rows)) < len(rows):
        return None
    try:
        cells = [[float(line[1 + columns.index(name)].replace(",", "")) for name in rows] for line in table[1:]]
    except (ValueError, IndexError):
        return None
    return rows, cells


def _label(cell: str) -> str:
    return re.sub(r"(?i)^(?:true|actual|real|predicted|pred|predict|class)[ :=]+|[`*\"']", "", cell.strip()).strip()


def in_order_of(classes: Sequence["JsonValue"], params: dict[str, "JsonValue"]) -> tuple[dict[str, "JsonValue"], str]:
    """Parameters with a matrix in the order of the classes, and a doubt where its labels are not the classes.

    Of two classes whose right calls are free, the two prices say the same in fewer words.
    """
    if "labels" not in params:
        return params, ""
    rest = {k: v for k, v in params.items() if k not in ("labels", "matrix")}
    places = {str(label).lower(): i for i, label in enumerate(_list(params["labels"]))}
    wanted = [places.get(str(c).lower(), -1) for c in classes]
    if len(wanted) != len(places) or -1 in wanted:
        return rest, (
            f"The description's table of prices is for {', '.join(places)}, which are not the classes "
            f"{', '.join(map(str, classes))}: it is not used."
        )
    rows = [_list(row) for row in _list(params["matrix"])]
    matrix: list[list[JsonValue]] = [[rows[i][j] for j in wanted] for i in wanted]
    if len(matrix) == 2 and matrix[0][0] == matrix[1][1] == 0:
        return rest | {"false_negative": matrix[1][0], "false_positive": matrix[0][1]}, ""
    return rest | {"matrix": [[*row] for row in matrix]}, ""


def _list(value: "JsonValue") -> list["JsonValue"]:
    return value if isinstance(value, list) else []
