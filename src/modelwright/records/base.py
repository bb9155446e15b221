"""The base of every record: frozen, strict about unknown fields, and able to be written as JSON."""

from pydantic import BaseModel, ConfigDict, JsonValue

__all__ = ["JsonValue", "Record"]


class Record(BaseModel):
    """A frozen value. Equality is by content; `model_copy(update=...)` makes a changed one."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")
