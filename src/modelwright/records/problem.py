"""What is asked: the Problem that `task.interpret` reads out of a task folder, with its evidence."""

from enum import StrEnum

from .base import JsonValue, Record


class Output(StrEnum):
    """What stands in the cells of a submission."""

    LABELS = "labels"  # one of the classes
    PROBABILITIES = "probabilities"  # binary: of the positive class; more classes: one column each
    VALUES = "values"  # numbers, one column per target
    MASKS = "masks"  # run-length strings
    BOXES = "boxes"  # boxes with class and confidence
    SETS = "sets"  # multilabel: the labels of a row in one cell
    TOP = "top"  # multiclass: the likeliest classes of a row in one cell, the best first


class Modality(StrEnum):
    """What a row is made of, so which recipes can read it."""

    TABLE = "table"
    TEXT = "text"  # one or several texts, read one by one
    TEXT_PAIR = "text-pair"  # two texts to be compared
    IMAGE = "image"  # a picture, or bands of one
    SERIES = "series"  # values of series in time, each row one moment of one series
    AUDIO = "audio"


class Evidence(Record):
    """Why one field of the problem has its value."""

    field: str  # the field of Problem
    because: str  # one sentence, with the quote or the columns it rests on
    confidence: float = 1.0  # 0..1
    runner_up: str | None = None  # the next likely value, where there was one


class Option(Record):
    """One reading of a field of the problem."""

    value: JsonValue  # as it would stand in task.toml
    means: str  # in words
    confidence: float = 0.5


class Question(Record):
    """Two readings that are close: asked with --ask, otherwise the first is taken and told."""

    field: str  # the field of Problem that the answer fixes, as in task.toml
    text: str  # the question, in one sentence
    options: tuple[Option, ...]  # the likeliest first; it is the one taken


class Relation(Record):
    """Another table whose rows belong to the rows of the problem, and how."""

    name: str  # short, fit for column names; its file is data/tables/NAME.feather
    table: str  # where it was read: path below the task folder, or table of a database
    keys: tuple[tuple[str, str], ...]  # (column of the problem's table, column of the other)
    many: bool  # several of its rows may belong to one row of the problem: read as aggregates, else joined
    time: tuple[str, str] | None = None  # (time of a row, time in the other table): only what is earlier counts
    columns: tuple[tuple[str, str], ...] = ()  # where it is joined: (name in the other table, name beside the rows)
    joins: tuple["Relation", ...] = ()  # tables joined to the other one first; their keys begin with its columns
    formats: tuple[tuple[str, str], ...] = ()  # date columns of the other table, with the format they are read by
    row_format: str = ""  # format of the time of a row
    rows: int = 0
    because: str = ""  # declared as a foreign key, or which share of the keys is found there
    confidence: float = 1.0

    def __str__(self) -> str:
        how = "several rows each" if self.many else "joined"
        keys = " and ".join(ours if ours == theirs else f"{ours} = {theirs}" for ours, theirs in self.keys)
        return f"{self.table} ({how}, by {keys})"


class Problem(Record):
    """What to predict, of which kind, for which rows, judged by which metric.

    Paths are relative to `root`, the task folder. Classes are in a fixed order; codes 0..C-1 used everywhere
    else are positions in `classes`. For kind `binary` the second class is the positive one.
    """

    name: str
    root: str  # absolute path of the task folder ("" when the run came from a DataFrame)
    kind: (
        str  # a name known to plugins: binary, multiclass, multilabel, ordinal, regression, forecast, segmentation ...
    )
    modality: Modality = Modality.TABLE
    inputs: tuple[
        str, ...
    ] = ()  # the columns that the modality is about: texts, the two of a pair, the path of a picture
    series: tuple[str, ...] = ()  # columns that together name a series; () where there is one series, or none
    relations: tuple[Relation, ...] = ()  # other tables
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
    questions: tuple[Question, ...] = ()  # what could be read otherwise, the most doubtful first

    def why(self, field: str) -> str:
        """The evidence for one field, in words; empty when nothing was noted."""
        return next((e.because for e in self.evidence if e.field == field), "")
