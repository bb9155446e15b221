"""What the tables look like, column by column: written by `task.profiling`, read by plans, recipes and reports."""

from enum import StrEnum

from .base import Record


class Role(StrEnum):
    """What a column is for. The dtype that recipes see follows from it (see `task.prepare`)."""

    ID = "id"  # names rows; not a feature
    CONSTANT = "constant"  # one value; not a feature
    NUMBER = "number"  # float64 or int64
    BOOLEAN = "boolean"  # bool without missing values, else category
    CATEGORY = "category"  # pandas category; categories of train and test together, sorted as text
    DATE = "date"  # datetime64[ns]
    TEXT = "text"  # object column of str (missing: None)
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


class Profile(Record):
    """The training table (without the sealed rows) and the test table beside it."""

    rows: int
    test_rows: int
    columns: tuple[Column, ...]
    duplicates: int = 0  # rows of train that repeat another row in every feature
    target_summary: str = ""  # class balance, or range of the values, in words
    findings: tuple[str, ...] = ()  # what a person should know: drift, gaps, odd columns

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
