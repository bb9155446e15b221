"""The classes of an answer in order: as told, as the columns of the answer, the positive one last, or by grade."""

import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from ..errors import SettingsError
from ..records.base import JsonValue
from .asked import Asked
from .prose import Prose
from .scales import order_of

YES = frozenset(
    (
        *("yes", "y", "true", "t", "1", "positive", "pos", "present", "bad", "default", "fraud", "spam", "sick"),
        *("abnormal", "malignant", "died", "dead", "churn", "churned", "left", "success", "accepted", "approved"),
        *("win", "won", "pass", "passed", "high"),
    )
)
NO = frozenset(
    (
        *("no", "n", "false", "f", "0", "-1", "negative", "neg", "absent", "good", "ok", "normal", "benign", "none"),
        *("ham", "healthy", "alive", "survived", "stayed", "failure", "rejected", "denied", "loss", "lost", "fail"),
        *("failed", "low"),
    )
)


def classes_of(
    values: pd.Series,
    kind: str,
    asked: Asked,
    prose: Prose,
    told: Sequence[JsonValue] | None,
    *,
    graded: bool,
) -> tuple[JsonValue, ...]:
    """The values of a target in the order that codes follow; of two, the second is the positive one.

    Args:
        values: the target, without gaps.
        kind: binary, multiclass or ordinal.
        asked: what was found; the reason is noted there.
        prose: may name the positive class, or the order of grades.
        told: classes that the user fixed.
        graded: whether the metric knows an order of classes.

    Raises SettingsError where what the user fixed are not the values.
    """
    found = sorted(
        values.unique().tolist(), key=lambda v: (isinstance(v, str), v) if not isinstance(v, bool) else (False, v)
    )
    if told is not None:
        if {str(c) for c in told} != {str(c) for c in found}:
            raise SettingsError(f"classes = {list(told)} are not the values of {values.name!r}, {found[:20]}.")
        by_text = {str(c): c for c in found}
        asked.note("classes", "in the order the user gave")
        return tuple(by_text[str(c)] for c in told)
    if asked.class_columns:
        asked.note("classes", "in the order of the answer's columns")
        return tuple(asked.classes)  # type: ignore[arg-type]
    if kind == "binary":
        return positive_last(found, values, asked, prose)
    if (graded or kind == "ordinal") and isinstance(found[0], str):
        ordered = grades_in_order(found, prose)
        if ordered is None:
            asked.doubts.append(
                f"The order of the grades of {values.name!r} is not clear: they are taken as {', '.join(found)}."
            )
        else:
            asked.note("classes", "in the order the description or a common scale gives", 0.8)
        return tuple(ordered or found)
    asked.note("classes", f"the values of {values.name!r}, sorted")
    return tuple(found)


def grades_in_order(found: Sequence[str], prose: Prose) -> list[str] | None:
    """Grades in the order of a common scale, or in which one sentence names them all; None where nothing tells."""
    ordered = order_of(found)
    if ordered:
        return list(ordered)
    low = {re.sub(r"[_-]", " ", v.lower()): v for v in found}
    for sentence in prose.sentences:
        at = {v: m.start() for t, v in low.items() if (m := re.search(rf"(?<!\w){re.escape(t)}(?!\w)", sentence.plain))}
        if len(at) == len(found):
            return sorted(found, key=lambda v: at[v])
    return None


# --- the positive class -----------------------------------------------------------------------------------------------


def positive_last(found: Sequence[Any], values: pd.Series, asked: Asked, prose: Prose) -> tuple[JsonValue, ...]:
    """Two classes, the positive one second: by the text or the header, by meaning, by size, by rarity."""
    low = [str(v).strip().lower() for v in found]
    if not isinstance(found[0], str):
        return _of_numbers(found, low, asked, prose)
    header = next((c for c in asked.header if c not in asked.targets and c != asked.id), "").lower()
    said = [header == value or _said_positive(value, prose) for value in low]
    if said[0] != said[1]:
        asked.note("classes", f"{found[said[1]]!r} is the positive class, as the description or the header says", 0.9)
        return _last(found, said[1])
    for i in (1, 0):
        if (low[i] in YES) + (low[1 - i] in NO) > (low[1 - i] in YES) + (low[i] in NO):
            asked.note("classes", f"{found[i]!r} is the positive class, by the meaning of the words", 0.9)
            return _last(found, i == 1)
    rare = bool((values == found[1]).sum() <= (values == found[0]).sum())
    other = str(found[1 - rare])
    because = f"{found[rare]!r} is taken as the positive class, as it is the rarer one"
    asked.note("classes", because, 0.5, other)
    return _last(found, rare)


def _last(found: Sequence[Any], second: bool) -> tuple[JsonValue, ...]:
    return (found[0], found[1]) if second else (found[1], found[0])


def _said_positive(value: str, prose: Prose) -> bool:
    """Whether the text asks for the probability of a class, or calls it positive; its plural is the same class."""
    stem = value.replace("_", " ").replace("-", " ")
    stem = stem[:-1] if len(stem) > 3 and stem.endswith("s") and not stem.endswith("ss") else stem
    word = rf"(?:an? |the )?{re.escape(stem)}(?:e?s)?(?!\w)"
    positive = (
        rf"(?:probabilit\w+|chance|likelihood|confidence)(?: \w+){{0,6}}? (?:is |being |of |as |be ){word}|"
        rf"positive (?:class|label|case)s?(?: \w+){{0,2}}? (?:is )?{word}|"
        rf"(?<!\w){word} (?:is|as|being) (?:the )?positive|"
        rf"(?<![\w.-])1(?:\.0)?\s*(?:=|:|\(|,|if|is|means?|stands for|for)+\s*(?:(?:it|this|that) is )?{word}|"
        rf"(?<!\w){word}\s*(?:=|:|\(|as|is)+\s*1(?!\.?\d)"
    )
    return any(re.search(positive, s.plain) for s in prose.sentences)


def _of_numbers(found: Sequence[Any], low: Sequence[str], asked: Asked, prose: Prose) -> tuple[JsonValue, ...]:
    """Of two numbers the larger one, unless they are 1 and 2 (or the like) and the text gives them a meaning."""
    if set(low) != {"0", "1"} and not isinstance(found[0], bool):
        meanings = [_meaning(value, prose) for value in low]
        for i in (1, 0):
            if meanings[i] in YES or meanings[1 - i] in NO:
                said = meanings[i] or f"not {meanings[1 - i]}"
                asked.note("classes", f"{found[i]!r} is the positive class: the description says it is {said!r}", 0.9)
                return _last(found, i == 1)
    asked.note("classes", f"{found[1]!r} is the positive class: the larger value")
    return tuple(found)


def _meaning(value: str, prose: Prose) -> str:
    """The word that the text gives to a value, as in 1 = yes or 2 means no; "" where it gives none that is known."""
    number = re.escape(value.removesuffix(".0"))
    pattern = re.compile(rf"(?<![\w.-]){number}(?:\.0)?\s*(?:=|:|\(|is|means?|stands for|for)+\s*(?:an? |the )?(\w+)")
    words = [m[1] for s in prose.sentences for m in pattern.finditer(s.plain)]
    return next((w for w in words if w in YES | NO), "")
