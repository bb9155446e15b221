"""What a desk tells whoever drives it: small, and never a label, a prediction or what lies behind the seal."""

from typing import Literal

from .base import JsonValue, Record
from .problem import Evidence


class Standing(Record):
    """Where the work stands."""

    run: str  # name of the run folder
    state: Literal["open", "searching", "finished"]  # searching: the rules propose as well
    metric: str
    higher_is_better: bool
    experiments: int = 0
    running: tuple[int, ...] = ()
    places: int = 0  # experiments that could be started now
    best: int | None = None
    score: float | None = None  # of the best experiment, cross-validated
    error: float | None = None  # its standard error
    seconds_left: float | None = None  # for experiments; None where the budget is a count
    experiments_left: int | None = None  # None where the budget is time
    search_seconds: float = 0.0  # for which the rules will still propose
    seal_opened: int = 0  # times that the sealed rows were looked at


class Understood(Record):
    """What the task was taken to be."""

    name: str
    description: str  # the beginning of it
    kind: str
    modality: str
    targets: tuple[str, ...]
    classes: tuple[JsonValue, ...] = ()  # the first of them
    classes_in_all: int = 0
    id: str | None = None
    time: str | None = None
    series: tuple[str, ...] = ()
    metric: str
    metric_params: dict[str, JsonValue] = {}
    higher_is_better: bool
    output: str
    rows: int  # to learn from
    sealed_rows: int
    test_rows: int
    tables: tuple[str, ...] = ()  # other tables, and how they belong to the rows
    dropped: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()  # why each field has its value
    close: tuple[str, ...] = ()  # what could be read otherwise
    doubts: tuple[str, ...] = ()
    task_file: str  # to be edited, where something was misunderstood


class ColumnTold(Record):
    """One column in words."""

    name: str
    role: str
    used: bool
    missing: float
    distinct: int
    values: str = ""
    unseen: float | None = None  # share of the test rows with a value that no training row has
    drift: str = ""
    suspect: str = ""
    note: str = ""


class Profiled(Record):
    """What the data looks like, sealed rows left out."""

    rows: int
    test_rows: int
    target: str  # numbers rounded, so that none of them is a row's
    columns: tuple[ColumnTold, ...]
    columns_in_all: int
    next: int | None = None  # where to go on; None at the end
    facts: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()


class Split(Record):
    """How the work is judged, and why."""

    scheme: str
    folds: tuple[int, ...]  # numbers of the folds of the first repeat
    repeats: tuple[int, ...] = ()  # numbers of the folds of further repeats
    sealed_share: float
    sealed_rows: int
    group: str | None = None
    group_rule: str = ""
    time: str | None = None
    why: str
    evidence: tuple[str, ...] = ()
    otherwise: str  # how a person chooses something else


class RecipeTold(Record):
    """A recipe that applies."""

    name: str
    family: str
    about: str
    params: dict[str, JsonValue] = {}  # those worth trying: values, or from low to high
    features: tuple[str, ...] = ()  # steps that it begins with, when none are named


class StepTold(Record):
    """A feature step that applies."""

    name: str
    about: str
    params: dict[str, JsonValue] = {}  # that this task gives it
    others: tuple[dict[str, JsonValue], ...] = ()  # others worth trying


class Offer(Record):
    """What experiments can be made of."""

    recipes: tuple[RecipeTold, ...]
    features: tuple[StepTold, ...]
    kept_out: tuple[str, ...] = ()  # columns that no model of the answer sees
    code: str = ""  # what code of one's own has to be; "" where there is none
    declined: dict[str, str] = {}  # recipes that do not apply, and why


class Started(Record):
    """An experiment that has been started."""

    number: int
    seconds: float | None  # that it is expected to take; None where that cannot be told
    hints: tuple[str, ...] = ()


class Row(Record):
    """One experiment in a line."""

    number: int
    status: str
    recipe: str
    move: str
    parent: int | None = None
    params: dict[str, JsonValue] = {}
    features: tuple[str, ...] = ()
    folds: tuple[int, ...] = ()
    rows: float = 1.0
    score: float | None = None
    error: float | None = None
    seconds: float | None = None
    verdict: str = ""
    failure: str = ""  # the last line of the traceback
    reason: str = ""


class Page(Record):
    """Some rows of the history."""

    total: int
    rows: tuple[Row, ...]
    next: int | None = None  # offset of the next page; None at the end


class Shown(Record):
    """One experiment, closer."""

    row: Row
    changed: tuple[str, ...] = ()  # since its parent
    folds: dict[int, float] = {}  # score of each
    fit_seconds: dict[int, float] = {}
    peak_mb: float | None = None
    others: dict[str, float] = {}  # other metrics
    notes: tuple[str, ...] = ()
    traceback: str = ""  # its end
    code: str = ""


class Compared(Record):
    """One experiment held against another."""

    first: int
    second: int
    gain: float  # positive where the first is better
    error: float  # standard error of the gain
    paired: bool  # on the same folds, block of rows by block of rows
    verdict: Literal["better", "worse", "tie"]  # of the first; a tie is what noise alone could do
    folds: tuple[int, ...]  # that both have run
    told: str


class Handed(Record):
    """Where the files are; None for what is not there."""

    run: str
    submission: str | None = None
    report: str | None = None
    bundle: str | None = None
    task_file: str | None = None


class Part(Record):
    """One model of the answer."""

    experiment: int
    recipe: str
    weight: float
    refitted: bool


class Result(Record):
    """What came out."""

    metric: str
    higher_is_better: bool
    score: float  # of the blend, cross-validated
    error: float
    expected: float | None = None  # of the answer with all rows, where it was measured what more rows bring
    expected_error: float | None = None
    sealed: float | None = None  # of the same blend on the rows that no experiment had seen
    sealed_error: float | None = None
    sealed_rows: int = 0
    agreement: str = ""
    how: str
    members: tuple[Part, ...]
    seconds: float | None = None
    files: Handed
