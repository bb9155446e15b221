"""What is asked: the Problem that `task.interpret` reads out of a task folder, with its evidence."""

from enum import StrEnum

from .base import JsonValue, Record


class Output(StrEnum):
    """What stands in the cells of a submission."""

    LABELS = "labels"  # one of the classes
    PROBABILITIES = "probabilities"  # binary: of the positive class; more classes: one column each
    VALUES = "values"  # numbers, one column per target
    MASKS = "masks"  # run-length strings


class Evidence(Record):
    """Why one field of the problem has its value."""

    field: str  # the field of Problem
    because: str  # one sentence, with the quote or the columns it rests on
    confidence: float = 1.0  # 0..1
    runner_up: str | None = None  # the next likely value, where there was one


class Problem(Record):
    """What to predict, of which kind, for which rows, judged by which metric.

    Paths are relative to `root`, the task folder. Classes are in a fixed order; codes 0..C-1 used everywhere
    else are positions in `classes`. For kind `binary` the second class is the positive one.
    """

    name: str
    root: str  # absolute path of the task folder ("" when the run came from a DataFrame)
    kind: str  # a name known to plugins: binary, multiclass, ordinal, regression, multilabel, segmentation ...
    targets: tuple[str, ...]
    id: str | None = None  # column that names the rows, in test and in the submission
    metric: str  # a name in the metric catalogue
    metric_params: dict[str, JsonValue] = {}
    higher_is_better: bool
    classes: tuple[JsonValue, ...] = ()  # label values as they stand in the training table
    train: str = ""  # table with the targets
    test: str | None = None  # table of the rows asked for; None: no test rows were given
    sample: str | None = None  # sample submission
    header: tuple[str, ...] = ()  # columns of the submission, in order
    output: Output = Output.VALUES
    class_columns: tuple[str, ...] = ()  # submission columns of `classes`, when each has its own
    dropped: tuple[str, ...] = ()  # columns of train that must not be used (absent from test, ids ...)
    time: str | None = None  # column with the time of a row, where one orders the rows
    description: str = ""  # the text as found, shortened to 20,000 characters
    options: dict[str, JsonValue] = {}  # facts only this kind of answer needs; written by interpret, read by the kind
    evidence: tuple[Evidence, ...] = ()

    def why(self, field: str) -> str:
        """The evidence for one field, in words; empty when nothing was noted."""
        return next((e.because for e in self.evidence if e.field == field), "")
