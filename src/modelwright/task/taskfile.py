"""task.toml: what was understood, in lines a person can edit, each with its evidence as a comment above it."""

import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import ParseError, TOMLKitError

from ..errors import SettingsError
from ..records.problem import Modality, Output, Problem, Relation
from .asked import near
from .interpret import EDITABLE
from .questions import line

HEAD = """\
What was understood of the task. Edit a line and run again with it:

    modelwright run TASK --task-file task.toml

Lines that are taken out are worked out anew. An empty text ("") or list means: there is none.
"""
TEXT = ("kind", "modality", "metric", "train")  # must be text, and not empty
TEXT_OR_NONE = ("id", "time", "test", "sample", "output")
LISTS = ("inputs", "series", "targets", "classes", "class_columns", "header", "dropped")
TABLES = ("metric_params", "options")
RELATION = ("name", "table", "keys", "many", "joins", "columns")  # what a person may say of another table
CHOICES = {"output": tuple(o.value for o in Output), "modality": tuple(m.value for m in Modality)}


def write(path: Path, problem: Problem) -> None:
    """Write the fields of a problem that a person may change."""
    from ..workspace import write_whole

    document = tomlkit.document()
    for said in HEAD.splitlines():
        document.add(tomlkit.comment(said))
    for name in EDITABLE:
        if name in TEXT and not getattr(problem, name):
            continue  # a folder of scenes has no table to learn from
        if name in TABLES:
            continue
        document.add(tomlkit.nl())
        for said in (*_reason(problem, name), *_others(problem, name)):
            document.add(tomlkit.comment(said))
        document.add(name, _item(name, getattr(problem, name)))
    for name in TABLES:
        if getattr(problem, name):
            document.add(name, tomlkit.item(getattr(problem, name)))
    write_whole(path, tomlkit.dumps(document))


def _item(name: str, value: Any) -> Any:
    if value is None:
        return tomlkit.item("")
    if name == "relations":
        return _relation_lines(value)
    if name in LISTS:
        array = tomlkit.array()
        array.extend(value)
        return array.multiline(len(str(list(value))) > 100)
    return tomlkit.item(str(value))


def _relation_lines(relations: Sequence[Relation]) -> Any:
    array = tomlkit.array()
    for relation in relations:
        said = relation.model_dump(include=set(RELATION) - {"columns"}, mode="json")
        said["joins"] = [j.model_dump(include=set(RELATION) - {"joins"}, mode="json") for j in relation.joins]
        line = tomlkit.inline_table()
        line.update({key: value for key, value in said.items() if value or key == "many"})
        array.append(line)
    return array.multiline(bool(relations))


def _reason(problem: Problem, name: str) -> list[str]:
    """Evidence in comment lines: why, how sure, what else it could be."""
    evidence = next((e for e in problem.evidence if e.field == name), None)
    if evidence is None:
        return []
    words = " ".join(evidence.because.split())
    if evidence.confidence < 1:
        words += f" ({evidence.confidence:.0%} sure{f'; else {evidence.runner_up}' if evidence.runner_up else ''})"
    return textwrap.wrap(words, 100) or []


def _others(problem: Problem, name: str) -> list[str]:
    """Where the reading is close: a line for each other one, ready to be put in place of the line below."""
    question = next((q for q in problem.questions if q.field == name), None)
    if question is None:
        return []
    found = [question.text]
    for option in question.options[1:]:
        found += textwrap.wrap(f"or {line(question, option)}  # {' '.join(option.means.split())}", 110)
    return found


def read(path: Path) -> dict[str, Any]:
    """Read the fields that the file fixes, as `interpret` takes them. An empty text or list stands for none.

    Raises SettingsError, naming file and line or field, for broken TOML, unknown fields and wrong types.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
        document = tomlkit.parse(text).unwrap()
    except FileNotFoundError as error:
        raise SettingsError(f"{path} does not exist: `modelwright plan TASK` writes one.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not utf-8 text: save it as utf-8.") from error
    except ParseError as error:
        what = str(error).split(" at line ")[0].rstrip(".")
        raise SettingsError(f"{path}, line {error.line}: not valid TOML ({what}).") from error
    except TOMLKitError as error:
        raise SettingsError(f"{path}: not valid TOML ({error}).") from error
    for name, value in document.items():
        where = f"{path}{_line(text, name)}"
        if name not in EDITABLE:
            raise SettingsError(f"{where}: {name!r} is no field of a task file: {near(name, EDITABLE)}")
        _check(where, name, value)
    if "relations" in document:
        where = f"{path}{_line(text, 'relations')}"
        document["relations"] = tuple(_relation(where, v) for v in document["relations"])
    return {n: tuple(v) if n in LISTS else v for n, v in document.items() if not _worked_out(n, v)}


def _relation(at: str, value: dict[str, Any]) -> Relation:
    """One entry of `relations`. Raises SettingsError for what is none."""
    from pydantic import ValidationError

    known = "; a relation has name, table, keys = [[column of the rows, column of the table]], many = true or false"
    odd = next((key for key in value if key not in RELATION), None)
    if odd is not None:
        raise SettingsError(f"{at}: relations: {odd!r} is no field of a relation{known}.")
    try:
        found = Relation.model_validate({"many": False, **value, "joins": ()})
        joins = tuple(_relation(at, join) for join in value.get("joins", ()))
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise SettingsError(f"{at}: relations: {where}: {error.errors()[0]['msg']}{known}.") from error
    return found.model_copy(update={"joins": joins})


def _worked_out(name: str, value: Any) -> bool:
    """Empty classes mean that the values decide, as an empty header means that the targets do."""
    return name in ("classes", "header", "class_columns", "output") and not value


def _line(text: str, name: str) -> str:
    """Where a field stands, as ", line 12"; empty where it is written in an uncommon way."""
    field = re.compile(rf"\s*(?:\[\s*)?[\"']?{re.escape(name)}[\"']?\s*[=\].]")
    return next((f", line {number}" for number, found in enumerate(text.splitlines(), 1) if field.match(found)), "")


def _check(where: str, name: str, value: Any) -> None:
    wanted = ""
    if name in TEXT and not (isinstance(value, str) and value):
        wanted = "a text in quotation marks"
    elif name in TEXT_OR_NONE and not isinstance(value, str):
        wanted = 'a text in quotation marks ("" for none)'
    elif name in LISTS and not isinstance(value, list):
        wanted = 'a list, as in ["price"]'
    elif name in LISTS and name != "classes" and not all(isinstance(v, str) for v in value):
        wanted = "a list of texts"
    elif name == "classes" and not all(isinstance(v, str | int | float) for v in value):
        wanted = "a list of label values"
    elif name == "targets" and not value:
        wanted = "a list of at least one column"
    elif name in TABLES and not isinstance(value, dict):
        wanted = f"a table, as in [{name}]"
    elif name == "relations" and not (isinstance(value, list) and all(isinstance(v, dict) for v in value)):
        wanted = "a list of tables, [] for none"
    elif name in CHOICES and value and value not in CHOICES[name]:
        wanted = f"one of {', '.join(CHOICES[name])}"
    if wanted:
        raise SettingsError(f"{where}: {name} = {value!r} should be {wanted}.")
