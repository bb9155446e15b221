"""What the tables look like, column by column: written by `task.profiling`, read by plans, recipes and reports."""

from enum import StrEnum

from .base import Record
from .finding import Finding


class Role(StrEnum):
    """What a column is for. The dtype that recipes see follows from it (see `task.prepare`)."""

    ID = "id"  # names rows; not a feature
    CONSTANT = "constant"  # one value; not a feature
    NUMBER = "number"  # float64 or int64
    BOOLEAN = "boolean"  # bool without missing values, else category
    CATEGORY = "category"  # pandas category; categories of train and test together, sorted as text
    DATE = "date"  # datetime64[ns]
    ORDERED = "ordered"  # ordered pandas category, the lowest first
    TEXT = "text"  # object column of str (missing: None)
    CODE = "code"  # strings of one length whose characters carry meaning; object column of str
    LIST = "list"  # several values in a cell, as "a, b" or JSON; object column of str
    COORDINATES = "coordinates"  # two numbers in a cell, as "48.85,2.35"; object column of str
    COMPOSITE = "composite"  # short strings of the same number of parts, as B/0/P; object column of str
    PATH = "path"  # absolute path of a file or folder; object column of str


class Column(Record):
    """One column of the training table."""

    name: str
    role: Role
    missing: float = 0.0  # share of rows without a value, train and test together
    distinct: int = 0  # distinct values in train
    examples: tuple[str, ...] = ()  # a few values as text
    low: float | None = None  # smallest and largest value of numbers
    high: float | None = None
    in_test: bool = True
    unseen: float = 0.0  # share of test rows whose value does not occur in train (0 without a test table)
    integer: bool = False  # a NUMBER whose values are whole
    length: float = 0.0  # mean number of characters of text
    separator: str = ""  # between the parts of a COMPOSITE
    parts: int = 0  # number of parts of a COMPOSITE
    note: str = ""  # anything odd, in words
    mean: float | None = None  # of numbers, and their quartiles
    quartiles: tuple[float, float, float] | None = None
    histogram: tuple[int, ...] = ()  # counts in equal steps from low to high
    top: tuple[tuple[str, int], ...] = ()  # the commonest values of a category with their counts
    order: tuple[str, ...] = ()  # the values of an ORDERED, the lowest first
    spellings: tuple[tuple[str, int], ...] = ()  # how missing values are written, beside an empty cell, with counts
    drift: float = 0.0  # AUC with which this column alone tells test rows from training rows; 0: not measured
    suspect: str = ""  # why it may give the target away; "" when it is no suspect


class Drift(Record):
    """How well a model tells test rows from training rows (adversarial validation)."""

    auc: float  # out of fold; 0.5: not at all
    error: float  # its standard error
    columns: tuple[tuple[str, float], ...] = ()  # what gives it away: column, AUC on its own, the strongest first
    rows: int = 0  # looked at
    how: str = ""  # in words


class Entity(Record):
    """Rows that belong together because they share a value, the part of one, or nearly a text."""

    column: str
    rule: str  # as in ValidationPlan.group_rule
    count: int  # entities in train
    largest: int  # rows of the largest
    seen: float | None = None  # share of test rows whose entity is in train; None without test rows
    expected: float | None = None  # the share that a random split of the same rows would give
    mixed: bool = False  # clear enough a key for a part of its entities being known to be told from chance
    columns: tuple[str, ...] = ()  # under the rule "copies": those in which rows are alike


class TimeSpan(Record):
    """The time of the rows."""

    column: str
    first: str
    last: str
    test_first: str | None = None
    test_last: str | None = None
    step: str = ""  # the usual distance between one time and the next, in words
    ordered: bool = False  # the rows of train stand in its order


LIKELY = 0.05  # share of the labels


class LabelNoise(Record):
    """An estimate of how many labels are wrong."""

    share: float
    error: float
    rows: int  # looked at
    how: str

    @property
    def likely(self) -> bool:
        """Whether there are enough of them, beyond noise, to be looked into before other things."""
        return self.share - self.error > LIKELY


class TableSummary(Record):
    """Another table of the task."""

    name: str
    rows: int
    columns: int
    note: str = ""  # how it belongs to the rows, or that it is not used


class Profile(Record):
    """The training table (without the sealed rows) and the test table beside it."""

    rows: int
    test_rows: int
    columns: tuple[Column, ...]
    duplicates: int = 0  # rows of train that repeat another row in every feature
    shared: int = 0  # test rows that repeat a training row in every feature
    conflicts: int = 0  # of the repeated rows of train, those whose target differs from the first
    target_summary: str = ""  # class balance, or range of the values, in words
    balance: tuple[tuple[str, float], ...] = ()  # classes with their shares, as the problem orders them
    drift: Drift | None = None  # None: no test table, or too few rows
    entities: tuple[Entity, ...] = ()
    time: TimeSpan | None = None
    noise: LabelNoise | None = None
    coordinates: tuple[tuple[str, str], ...] = ()  # pairs of number columns that are a place: (latitude, longitude)
    tables: tuple[TableSummary, ...] = ()  # the other tables
    sampled: int | None = None  # rows of the whole table, where the run works on a sample of them
    findings: tuple[Finding, ...] = ()  # what a person should know: drift, gaps, odd columns

    def names(self, *roles: Role) -> list[str]:
        """Names of the columns that have one of the roles and are in the test table too."""
        return [c.name for c in self.columns if c.role in roles and c.in_test]

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def features(self) -> list[str]:
        """Names of the columns that a recipe sees, in order."""
        return [c.name for c in self.columns if c.role not in (Role.ID, Role.CONSTANT) and c.in_test]


class Field(Record):
    """One column as recipes get it."""

    name: str
    role: Role
    categories: tuple[str, ...] = ()  # of a CATEGORY or BOOLEAN-with-gaps: every value seen in train or test, sorted


class Schema(Record):
    """The columns that recipes get, in order; enough to make the same table of new rows, years later."""

    fields: tuple[Field, ...]
