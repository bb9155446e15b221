"""What a person should know about the data: one fact with its evidence, how much it matters, what was done."""

from enum import StrEnum

from .base import Record


class Severity(StrEnum):
    """How much a finding matters."""

    NOTE = "note"  # good to know
    WARNING = "warning"  # may mislead; somebody should look
    SERIOUS = "serious"  # scores are likely not to be believed unless something is done


class Finding(Record):
    """One fact about the data. As text: the sentence for people."""

    sort: str  # near-copy, id-encodes-target, row-order, future, duplicates, too-good, drift, missing, constant ...
    columns: tuple[str, ...] = ()  # the columns it is about
    evidence: str  # a sentence or two, with the numbers they rest on
    severity: Severity = Severity.NOTE
    done: str = ""  # what was done about it, or that it is left to a person
    compare: bool = False  # the run is to try with and without these columns, and to say what that made of the score
    left_out: bool = False  # no model of the answer sees these columns; the comparison alone does

    def __str__(self) -> str:
        return f"{self.evidence} {self.done}".strip()
