"""JSON Schema of one row that a bundle predicts: its columns, and the keys that lead to other tables."""

from ..records.base import JsonValue
from ..records.problem import Problem
from ..records.profile import Role, Schema

_ANY: list[JsonValue] = ["string", "number", "boolean", "null"]
_TYPES: dict[Role, dict[str, JsonValue]] = {
    Role.NUMBER: {"type": ["number", "null"]},
    Role.BOOLEAN: {"type": _ANY, "description": "true or false; null where it is not known"},
    Role.CATEGORY: {"type": _ANY, "description": "one of the categories; any other value counts as unknown"},
    Role.DATE: {"type": ["string", "null"], "description": "a date, with or without a time, as in the training table"},
    Role.TEXT: {"type": ["string", "null"]},
    Role.COMPOSITE: {"type": ["string", "null"], "description": "a code made of parts, as in the training table"},
    Role.ORDERED: {"type": _ANY, "description": "one of the categories, which have an order; any other is unknown"},
    Role.CODE: {"type": ["string", "null"], "description": "a code whose characters carry meaning"},
    Role.LIST: {"type": ["string", "null"], "description": "several values in one text, as in the training table"},
    Role.COORDINATES: {"type": ["string", "null"], "description": "two numbers in one text, as in the training table"},
    Role.PATH: {"type": ["string", "null"], "description": "path of a file or folder, relative to the table"},
    Role.ID: {"type": _ANY},
    Role.CONSTANT: {"type": _ANY},
}


def json_schema(schema: Schema, problem: Problem) -> dict[str, JsonValue]:
    """JSON Schema of one input row. Categories are listed, not enforced: others count as unknown."""
    properties: dict[str, JsonValue] = {}
    for field in schema.fields:
        entry: dict[str, JsonValue] = {**_TYPES[field.role], "x-role": str(field.role)}
        if field.categories:  # of a date they hold its format
            entry["x-date-format" if field.role is Role.DATE else "x-categories"] = list(field.categories)
        properties[field.name] = entry
    joined = {ours for relation in problem.relations if not relation.many for _, ours in relation.columns}
    keys = [ours for relation in problem.relations for ours, _ in relation.keys if ours not in joined]
    keys += [relation.time[0] for relation in problem.relations if relation.time and relation.time[0] not in joined]
    for name in dict.fromkeys(keys):
        properties.setdefault(name, {"type": _ANY, "description": "leads to the rows of other tables"})
    required = [field.name for field in schema.fields if field.name not in joined]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"one row of {problem.name}",
        "type": "object",
        "properties": properties,
        "required": [*required, *(name for name in dict.fromkeys(keys) if name not in required)],
        "additionalProperties": True,
    }
