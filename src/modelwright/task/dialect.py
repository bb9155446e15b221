"""How a delimited text is written: separator, quotation marks, decimal sign, and lines above the header."""

import csv
import io
import re
from dataclasses import dataclass
from typing import Any

SEPARATORS = ",;\t|"
HEAD = 1 << 16  # characters from which the dialect is read
TITLES = 20  # so many lines may stand above the header
COMMENT = re.compile(r"\s*(?:#|%|//)")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


@dataclass(frozen=True)
class Dialect:
    """What csv.reader and pandas need to know."""

    separator: str = ","
    quote: str = '"'
    escape: str | None = None  # before a quotation mark inside a text; None: it is doubled
    decimal: str = "."
    above: int = 0  # lines above the header: titles and comments
    comments: bool = False  # lines that begin with # are none of the table

    @property
    def reader(self) -> dict[str, Any]:
        """Arguments for csv.reader."""
        return {"delimiter": self.separator, "quotechar": self.quote, "escapechar": self.escape}


def find(text: str, prefer: str = ",") -> Dialect:
    """The dialect of a text; of separators that fit alike, the one preferred."""
    head, whole = text[:HEAD], len(text) <= HEAD
    comments = _comments(head)
    if comments:
        head = head[comments[1] :]
    separator, quote = _separator(head, whole, prefer, '"'), '"'
    if _single_quotes(head):
        separator, quote = _separator(head, whole, prefer, "'"), "'"
    escape = "\\" if _escapes(text, separator, quote) else None
    titles = _titles(head, whole, Dialect(separator, quote, escape))
    if titles:  # they may have spoken for another separator
        rest = "".join(head.splitlines(keepends=True)[titles:])
        separator = _separator(rest, whole, prefer, quote)
        titles = _titles(head, whole, Dialect(separator, quote, escape)) or titles
    above = titles + (comments[0] if comments else 0)
    return Dialect(separator, quote, escape, _decimal(head, separator), above, bool(comments))


def _comments(head: str) -> tuple[int, int] | None:
    """Number of comment lines at the top, and characters in them; None where there are none.

    A last comment that has as many fields as the lines below is the header.
    """
    lines = head.splitlines(keepends=True)
    count = next((i for i, line in enumerate(lines) if not COMMENT.match(line) and line.strip()), 0)
    while count and not lines[count - 1].strip():
        count -= 1
    if not count or count >= len(lines):
        return None
    first, last = lines[count], lines[count - 1]
    for separator in SEPARATORS:
        if first.count(separator) == last.count(separator) > 0 and any(map(_is_number, first.split(separator))):
            count -= 1
            break
    return (count, sum(map(len, lines[:count]))) if count or COMMENT.match(lines[0]) else None


def _is_number(text: str) -> bool:
    return NUMBER.fullmatch(text.strip().strip("\"'")) is not None


def _separator(head: str, whole: bool, prefer: str, quote: str) -> str:
    """The separator that gives the first records the most even width.

    By hand because csv.Sniffer takes letters for separators in tables with a text column and fails on one column.
    """
    lines = head if whole else head[: head.rfind("\n") + 1]
    widths = {s: _widths(lines, whole, {"delimiter": s, "quotechar": quote}) for s in SEPARATORS}
    best, found = (0.0, 0, False), prefer
    for separator, counted in widths.items():
        if counted and counted[0] > 1:
            even = round(sum(w == counted[0] for w in counted) / len(counted), 2)
            if (even, counted[0], separator == prefer) > best:
                best, found = (even, counted[0], separator == prefer), separator
    usual = {s: _usual(widths[s]) for s in SEPARATORS}  # a title above the header has another width than what follows
    evenest = max(usual, key=lambda s: (usual[s], s == prefer))
    return evenest if usual[evenest][0] > max(0.5, best[0] + 0.1) else found


def _widths(lines: str, whole: bool, arguments: dict[str, Any]) -> list[int]:
    try:
        widths = [len(r) for r in csv.reader(io.StringIO(lines, newline=""), **arguments) if r][:200]
    except csv.Error:
        return []
    return widths if whole or len(widths) < 2 else widths[:-1]


def _usual(widths: list[int]) -> tuple[float, int]:
    """Share of the records that have the commonest width above one, and that width."""
    wide = [w for w in widths if w > 1]
    if not wide:
        return 0.0, 0
    usual = max(set(wide), key=wide.count)
    return wide.count(usual) / len(widths), usual


def _single_quotes(head: str) -> bool:
    """Whether fields are quoted as 'here' rather than as "here"."""
    begun = re.findall(r"(?m)(?:^|[,;\t|])'", head)
    if len(begun) < 2 or re.search(r'(?m)(?:^|[,;\t|])"[^"\n]*"\s*(?:[,;\t|]|$)', head):
        return False
    whole = re.findall(r"(?m)(?:^|[,;\t|])'(?:[^'\\\n]|\\.|'')*'(?=\s*(?:[,;\t|]|$))", head)
    return len(whole) >= 0.9 * len(begun)


def _escapes(text: str, separator: str, quote: str) -> bool:
    """Whether a quotation mark inside a quoted text is written with a backslash."""
    mark, start = "\\" + quote, 0
    inside = re.compile(
        rf"(?:^|{re.escape(separator)}){quote}(?:[^{quote}\\]|\\.)*\\{quote}(?:[^{quote}\\]|\\.)*"
        rf"{quote}(?=\s*(?:{re.escape(separator)}|$))"
    )
    for _ in range(20):
        at = text.find(mark, start)
        if at < 0:
            return False
        end = text.find("\n", at)
        line = text[text.rfind("\n", 0, at) + 1 : end if end >= 0 else len(text)]
        if inside.search(line):
            return True
        start = at + 2
    return False


def _titles(head: str, whole: bool, dialect: Dialect) -> int:
    """Lines above the header: they fill one field, while the header and what follows fill nearly all of theirs."""
    lines = head if whole else head[: head.rfind("\n") + 1]
    reader = csv.reader(io.StringIO(lines, newline=""), **dialect.reader)
    records: list[tuple[int, list[str]]] = []  # lines read before the record, its fields
    before = 0
    try:
        for record in reader:
            records.append((before, record))
            before = reader.line_num
            if len(records) > 200:
                break
    except csv.Error:
        return 0
    header = above([record for _, record in records])
    return records[header][0] if header else 0


def above(records: list[list[str]]) -> int:
    """Number of records above the header of a table; 0 where the first that is not empty is the header."""
    filled = [sum(bool(str(v).strip()) for v in record) for record in records]
    wide = [f for f in filled if f > 1]
    if not wide or len(wide) < 2:
        return 0
    usual = max(set(wide), key=lambda w: (wide.count(w), w))
    if filled[next(i for i, f in enumerate(filled) if f)] > 1:
        return 0
    first = next((i for i, f in enumerate(filled[: TITLES + 1]) if f > 1 and f >= 0.8 * usual), 0)
    if not first or any(f > 1 for f in filled[:first]):
        return 0
    header = [str(v).strip() for v in records[first] if str(v).strip()]
    named = sum(not _is_number(name) for name in header)
    return first if named > 0.5 * len(header) and len(set(header)) == len(header) else 0


def _decimal(head: str, separator: str) -> str:
    """A comma where numbers are written 3,14 (never in files separated by commas)."""
    if separator == ",":
        return "."
    edge = rf"(?:^|[{re.escape(separator)}\n])[\"']?-?\d+{{}}\d+(?=[\"']?(?:[{re.escape(separator)}\r\n]|$))"
    commas, points = (len(re.findall(edge.format(mark), head)) for mark in (",", r"\."))
    grouped = len(re.findall(rf"(?:^|[{re.escape(separator)}\n\"'])-?\d{{1,3}}(?:\.\d{{3}})+,\d", head))
    return "," if commas + grouped > points else "."
