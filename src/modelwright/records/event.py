"""What happens during a run, for those who watch: the live board, `--events`, a notebook."""

from .base import JsonValue, Record


class Event(Record):
    """One thing that happened. `name` is one of: chapter, started, finished, best, submission, note, end."""

    name: str
    time: float  # seconds since the run began
    data: dict[str, JsonValue] = {}
