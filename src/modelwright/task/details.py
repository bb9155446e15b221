"""Parameters of a metric that the sentence naming it gives: beta, k, the level of a quantile, a share, a tolerance."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from .signs import NUMBER, number

if TYPE_CHECKING:
    from ..records.base import JsonValue

Reader = Callable[[str], dict[str, "JsonValue"]]
LEVEL = r"(\d+(?:\.\d+)?|\.\d+)"
PERCENT = r" ?(?:%|percent|per cent)"
PLACES = r"\b(?:top|first|best|highest|riskiest|@|at)(?: ?(?:@|the|top|first|best))* ?"


def read_details(idea: str, plain: str) -> dict[str, "JsonValue"]:
    """Parameters that a sentence gives to the metric it names; {} where it gives none."""
    read = _READERS.get(idea)
    return read(plain) if read else {}


def _named(name: str) -> "Reader":
    """A number that stands behind its name."""
    return lambda plain: _found(name, rf"\b{name}(?:\s*(?:=|of|is|equal to|set(?: equal)? to))?\s*{NUMBER}", plain)


def _k(plain: str) -> dict[str, "JsonValue"]:
    k = re.search(rf"(?:top|first|best|among the|within the) {NUMBER}|\bk ?= ?{NUMBER}", plain)
    return {"k": int(number(k[1] or k[2]))} if k else {}


def _false_rate(plain: str) -> dict[str, "JsonValue"]:
    special = re.search(rf"{LEVEL}{PERCENT} specificity|specificity (?:of|is|=)? ?{LEVEL}", plain)
    if special:
        return {"fpr": round(1 - _share(special[1] or special[2]), 6)}
    return _shared("fpr", rf"(?:rate|fpr)\D{{0,20}}{LEVEL}|{LEVEL}{PERCENT} (?:false|fpr)", plain)


def _precision(plain: str) -> dict[str, "JsonValue"]:
    return _shared("precision", rf"{LEVEL}{PERCENT}? precision|precision (?:of |is |= ?)?{LEVEL}", plain)


def _found(name: str, pattern: str, plain: str) -> dict[str, "JsonValue"]:
    hit = re.search(pattern, plain)
    return {name: number(hit[1])} if hit else {}


def _shared(name: str, pattern: str, plain: str) -> dict[str, "JsonValue"]:
    hit = re.search(pattern, plain)
    return {name: _share(next(g for g in hit.groups() if g))} if hit else {}


def _share(word: str) -> float:
    """0.1 and 10 (percent) are the same share."""
    value = number(word)
    return value / 100 if value >= 1 else value


def _quantile(plain: str) -> dict[str, "JsonValue"]:
    at = re.search(
        rf"{LEVEL}(?:st|nd|rd|th)? ?(?:percentile|quantile|%|percent quantile)|"
        rf"(?:quantile|level|alpha|tau|percentile)\D{{0,8}}{LEVEL}",
        plain,
    )
    if not at:
        return {"alpha": 0.5} if re.search(r"\bmedian\b", plain) else {}
    return {"alpha": _share(at[1] or at[2])}


def _places(plain: str) -> dict[str, "JsonValue"]:
    k = re.search(rf"{PLACES}{NUMBER}\b|@ ?(\d+)|\bk ?= ?(\d+)|\b(?:of|among|over) (?:the |your )?{NUMBER}\b", plain)
    return {"k": int(number(next(g for g in k.groups() if g)))} if k else {}


def _top_share(plain: str) -> dict[str, "JsonValue"]:
    if re.search(r"\btop decile\b", plain):
        return {"share": 0.1}
    share = re.search(rf"\b{LEVEL}{PERCENT}", plain)
    return {"share": _share(share[1])} if share else {}


def _partial(plain: str) -> dict[str, "JsonValue"]:
    level = re.search(rf"{LEVEL}{PERCENT}|\b(0?\.\d+)\b", plain)
    if not level:
        return {}
    above = re.search(r"\b(?:above|over|at least|min\w*|from)\b.{0,20}\d.{0,20}|\d.{0,12}\btpr\b", plain)
    return {"min_tpr" if above and "fpr" not in above[0] else "max_fpr": _share(level[1] or level[2])}


def _within(plain: str) -> dict[str, "JsonValue"]:
    hit = re.search(
        rf"\b(?:within|at most|no more than|less than|closer than|no further than)\b\D{{0,12}}?{NUMBER}({PERCENT})?",
        plain,
    )
    if not hit:
        return {}
    return {"tolerance": number(hit[1]) / 100} if hit[2] else {"absolute": number(hit[1])}


_READERS: dict[str, "Reader"] = {
    "f2": lambda _: {"beta": 2.0},
    "f0.5": lambda _: {"beta": 0.5},
    "fbeta": _named("beta"),
    "huber": _named("delta"),
    "tweedie": _named("power"),
    "top-k": _k,
    "pinball": _quantile,
    "map-at-k": _places,
    "ndcg": _places,
    "precision-at-top": lambda plain: _top_share(plain) or _places(plain),
    "recall-at-top": lambda plain: _top_share(plain) or _places(plain),
    "lift": _top_share,
    "partial-auc": _partial,
    "recall-at-fpr": _false_rate,
    "recall-at-precision": _precision,
    "within": _within,
}
