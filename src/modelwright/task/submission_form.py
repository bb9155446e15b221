"""The columns of the answer table, read out of a description where there is no sample submission."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .prose import Prose, Sentence

FORM_WORDS = re.compile(
    r"\b(?:columns?|header|fields?|submission|csv|file|send|hand in|deliver|expect\w*|return|format|answer|upload|"
    r"look(?:s)? like|lines?|form|rows?)\b"
)
FORM_HEADING = re.compile(r"submission|format|hand|deliver|answer|output|what we (?:want|expect)|result")
LEAST = 0.7  # weighed plausibility below which a list of columns is no form
GENERIC = re.compile(
    r"^(?:predict\w*|pred|target|label|answer|score|prob\w*|y|y_?(?:hat|pred)|value|result|class|output|"
    r"response|outcome|"
    r"estimate\w*|forecast\w*|p|guess|rle|mask|encoded_?pixels)$"
)


@dataclass(frozen=True)
class Form:
    """Columns of the answer table in order, example lines below it where there are any, and where they were read."""

    header: tuple[str, ...]
    examples: tuple[tuple[str, ...], ...]
    quote: str


def read_form(prose: Prose, rows: Iterable[str], answers: Iterable[str], values: Iterable[str]) -> Form | None:
    """The likeliest form in the text, or None.

    Args:
        prose: the description.
        rows: columns of the table of rows wanted (one of them may head the form).
        answers: columns that only the training table has.
        values: label values of these, as text (each may have its own column).
    """
    known_rows, known = set(rows), set(answers)
    known_values = {v.lower() for v in values}
    best: tuple[float, Form | None] = (LEAST, None)
    for form, weight in _candidates(prose, known_rows | known):
        strange = 0.5 if form.examples else 1.5  # a form with examples may well name the answer in its own way
        score = weight * _plausible(form.header, known_rows, known, known_values, strange)
        if score > best[0]:
            best = (score, form)
    return best[1]


def _plausible(header: Sequence[str], rows: set[str], answers: set[str], values: set[str], cost: float) -> float:
    """0 for a list of columns that is no form; more for one whose columns are all accounted for.

    `cost` is what a column that nothing accounts for takes off.
    """
    if len(set(header)) != len(header) or len(header) < 2 or set(header) <= rows:
        return 0.0
    first = 1.0 if header[0] in rows else 0.5 if re.search(r"(?:^|_)id$|^id|Id$|key|index|name", header[0]) else 0.0
    rest = header[1:] if first else header
    asked = [n for n in rest if n in answers]
    classes = [n for n in rest if n not in asked and _ends_with_value(n, values)]
    generic = [n for n in rest if n not in asked and n not in classes and GENERIC.match(n.lower())]
    strange = len(rest) - len(asked) - len(classes) - len(generic)
    if any(n in rows for n in rest):
        return 0.0  # a list of the table's own columns
    known_share = (len(asked) + len(classes) + 0.7 * len(generic)) / len(rest)
    score = first + known_share - cost * strange / len(rest)
    return max(0.0, score if first else 0.5 * score)


def _ends_with_value(name: str, values: set[str]) -> bool:
    low = name.lower()
    return low in values or any(low.endswith(("_" + v, " " + v, "-" + v, "." + v)) or low == f"p({v})" for v in values)


def _candidates(prose: Prose, known: set[str]) -> Iterator[tuple[Form, float]]:
    for block in prose.blocks:
        for i, line in enumerate(block[:3]):
            for separator in (",", ";", "\t", "|"):
                header = tuple(cell.strip(" \"'`") for cell in line.strip().strip("|").split(separator))
                if len(header) > 1 and all(header):
                    lines = [tuple(c.strip() for c in row.split(separator)) for row in block[i + 1 :]]
                    examples = tuple(
                        row for row in lines if len(row) == len(header) and not set("".join(row)) <= set("-: ")
                    )
                    yield Form(header, examples, " / ".join(block[:2])), 1.6
    for sentence in prose.sentences:
        inside = FORM_WORDS.search(sentence.plain) is not None
        weight = 0.8 + 0.4 * inside + 0.3 * (FORM_HEADING.search(sentence.heading) is not None)
        for names in _named_in(sentence, known):
            yield Form(names, (), sentence.quote), weight


def _named_in(sentence: Sentence, known: set[str]) -> Iterator[tuple[str, ...]]:
    """Columns that a sentence lists: `a,b`, or `a` and `b`, with ranges like `q_4` to `q_8` written out."""
    text = re.sub(
        r"`([^`]*?)(\d+)`\s*(?:to|through|until|up to|-|\u2013|\.\.\.?|…)\s*`\1(\d+)`", _write_out, sentence.text
    )
    text = re.sub(r"`([A-Za-z_ ]*?)(\d+)\s*(?:\.\.\.?|…)\s*\1(\d+)`", _write_out, text)
    quoted = re.findall(r"`([^`]+)`", text)
    for span in quoted:
        parts = tuple(p.strip() for p in re.split(r"[,;\t]", span))
        if len(parts) > 1 and all(parts):
            yield parts
    single = tuple(
        dict.fromkeys(q.strip() for q in quoted if not re.search(r"[,;\t]|\.(?:csv|json|parquet|tsv|md|txt)", q))
    )
    for start in range(max(0, len(single) - 1)):  # words quoted before the columns are passed over
        yield single[start:]
        if single[start] in known:
            break
    if not quoted:
        words = tuple(dict.fromkeys(w for w in re.findall(r"[A-Za-z_][\w.]*\w|[A-Za-z_]", text) if w in known))
        pairs = re.findall(r"\b([A-Za-z_]\w*)\s*[,;]\s*([A-Za-z_]\w*)\b", text)
        if len(words) > 1 and FORM_WORDS.search(sentence.plain):
            yield words
        yield from (p for p in pairs if set(p) & known and FORM_WORDS.search(sentence.plain))


def _write_out(match: re.Match[str]) -> str:
    stem, low, high = match[1], int(match[2]), int(match[3])
    if not 0 < high - low < 200:
        return match[0]
    return ", ".join(f"`{stem}{i}`" for i in range(low, high + 1))
