"""What a language model answers: one hypothesis and one change, read out of its text and checked before it is run.

An answer is a JSON object, and where the change is code, the code in a fenced block behind it: a whole script, or
blocks that replace parts of an earlier one. Any model can write that; none needs tools or structured output. What
cannot be read is told in a sentence that the model gets back, once.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import Field, ValidationError

from ..recipes.script import CODE, SCRIPT, flaw
from ..records.base import JsonValue, Record
from ..records.experiment import Params, Step

FENCE = re.compile(r"^(```|~~~)[ \t]*([\w+-]*)[ \t]*\n(.*?)^\1[ \t]*$", re.DOTALL | re.MULTILINE)
OPEN_FENCE = re.compile(r"^(?:```|~~~)[ \t]*([\w+-]*)[ \t]*\n(.*)\Z", re.DOTALL | re.MULTILINE)
EDIT = re.compile(r"^<{5,}\s*SEARCH\s*\n(.*?)^={5,}\s*\n(.*?)^>{5,}\s*REPLACE\s*$", re.DOTALL | re.MULTILINE)
LONGEST = 400  # characters of a hypothesis or a reason that are kept


class MalformedAnswerError(Exception):
    """Why an answer cannot be used, in a sentence for the model that gave it."""


class Idea(Record):
    """One change to try, and what is expected of it."""

    hypothesis: str
    change: str = ""
    expected_gain: float | None = None  # in the metric's units, positive for better
    disproof: str = ""  # what would show that the hypothesis is wrong
    recipe: str = SCRIPT
    params: Params = {}
    features: tuple[Step, ...] | None = None  # None: those of the parent, or those a draft has
    parent: int | None = None
    base: int | None = None  # the experiment whose script the edits are for
    code: str = ""  # a whole script; edits have been applied
    seconds: float | None = Field(default=None, gt=0)  # that one fit is expected to take


class _Raw(Record):
    """The JSON object, forgiving in what does not matter."""

    model_config = {"extra": "ignore", "frozen": True}

    hypothesis: str
    change: str = ""
    expected_gain: float | None = None
    disproof: str = ""
    recipe: str = SCRIPT
    params: dict[str, JsonValue] = {}
    features: list[Any] | None = None
    parent: int | None = None
    base: int | None = None
    code: str = ""
    seconds: float | None = None


def read(text: str, source_of: Callable[[int], str | None] = lambda _number: None) -> Idea:
    """The idea in an answer.

    Args:
        text: the answer.
        source_of: the script of an experiment, None where it has none; edits are applied to it.

    Raises:
        MalformedAnswerError: there is no JSON object in it, a field is missing or wrong, the code is missing, does
            not parse or defines no `build`, or an edit does not fit.
    """
    found, rest = _object(text)
    try:
        raw = _Raw.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise MalformedAnswerError(f"the field {where!r} of the JSON object is wrong: {first['msg']}") from error
    if not raw.hypothesis.strip():
        raise MalformedAnswerError("the field 'hypothesis' is empty")
    code = _code(raw, rest, source_of) if raw.recipe == SCRIPT else ""
    return Idea(
        hypothesis=_one_line(raw.hypothesis),
        change=_one_line(raw.change),
        expected_gain=raw.expected_gain,
        disproof=_one_line(raw.disproof),
        recipe=raw.recipe,
        params={k: v for k, v in raw.params.items() if k not in (CODE, "seed")},
        features=_steps(raw.features),
        parent=raw.parent,
        base=raw.base,
        code=code,
        seconds=raw.seconds if raw.seconds and raw.seconds > 0 else None,
    )


def _object(text: str) -> tuple[Mapping[str, Any], str]:
    """The first JSON object that looks like an answer, and the text without it."""
    decoder = json.JSONDecoder(strict=False)
    broken = ""
    for start in (m.start() for m in re.finditer(r"\{", text)):
        try:
            found, end = decoder.raw_decode(text, start)
        except json.JSONDecodeError as error:
            if not broken and '"hypothesis"' in text[start : start + 300]:
                broken = f"{error.msg} at line {error.lineno} of it"
            continue
        if isinstance(found, dict) and "hypothesis" in found:
            return found, text[:start] + text[end:]
    if broken:
        raise MalformedAnswerError(f"the JSON object cannot be read: {broken}; write code in a fenced block behind it")
    raise MalformedAnswerError("there is no JSON object with a field 'hypothesis' in the answer")


def _code(raw: _Raw, rest: str, source_of: Callable[[int], str | None]) -> str:
    """The whole script: as given, or an earlier one with the edits applied."""
    blocks = [(m[2].lower(), m[3]) for m in FENCE.finditer(rest)]
    if last := OPEN_FENCE.search(FENCE.sub("", rest)):  # the end of a fence is forgotten easily
        blocks.append((last[1].lower(), last[2]))
    edits = EDIT.findall(rest)
    if edits:
        code = _edited(raw, edits, source_of)
    else:
        programs = [code for language, code in blocks if language in ("python", "py", "") and code.strip()]
        code = programs[-1] if programs else raw.code
    if not code.strip():
        raise MalformedAnswerError(
            'the recipe is "script", but no code came with it: write the whole script in a ```python block '
            "behind the JSON object"
        )
    if reason := flaw(code):
        raise MalformedAnswerError(reason)
    return code if code.endswith("\n") else code + "\n"


def _edited(raw: _Raw, edits: Sequence[tuple[str, str]], source_of: Callable[[int], str | None]) -> str:
    """The base's script after search and replace."""
    number = raw.base if raw.base is not None else raw.parent
    code = source_of(number) if number is not None else None
    if code is None:
        raise MalformedAnswerError("there are SEARCH/REPLACE blocks, but 'base' names no experiment that has a script")
    for search, replace in edits:
        count = code.count(search)
        if count != 1:
            what = "is not in it" if not count else f"is in it {count} times"
            raise MalformedAnswerError(f"a SEARCH block does not fit the script of experiment {number}: it {what}")
        code = code.replace(search, replace)
    return code


def _steps(given: list[Any] | None) -> tuple[Step, ...] | None:
    """Feature steps, by name or as objects."""
    if given is None:
        return None
    steps = []
    for item in given:
        if isinstance(item, str):
            steps.append(Step(name=item))
        elif isinstance(item, dict) and isinstance(item.get("name"), str) and isinstance(item.get("params", {}), dict):
            steps.append(Step(name=item["name"], params=item.get("params", {})))
        else:
            raise MalformedAnswerError('a feature step is written as "name" or {"name": ..., "params": {...}}')
    return tuple(steps)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:LONGEST]
