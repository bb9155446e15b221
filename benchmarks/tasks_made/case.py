"""A case: how a task folder is written, and what a careful reader understands of it."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

Writer = Callable[[Path, np.random.Generator], None]
Names = str | tuple[str, ...]  # one right value, or several that are right

# Metrics where less is better. Written down here, not taken from the catalogue, so that a wrong direction is seen.
LOWER_IS_BETTER = frozenset({
    "cost", "weighted-cost", "log-loss", "balanced-log-loss", "brier", "calibration-error", "rmse", "nrmse", "mse",
    "mae", "median-absolute-error", "max-error", "huber", "rmsle", "mean-column-rmse", "mean-column-rmsle",
    "mean-column-log-loss", "mean-column-mae", "msle", "rmse-log", "mae-log", "mape", "mdape", "log-cosh",
    "tweedie-deviance", "smape", "rmspe", "wape", "mase", "poisson-deviance", "gamma-deviance", "quantile-loss",
    "hamming", "hamming-loss", "error-rate",
})  # fmt: skip

UNASKED = "(not asked)"


@dataclass(frozen=True)
class Link:
    """Another table that belongs to the rows: columns here and there, and whether it has several rows for one."""

    table: str  # a part of its file's or table's name
    keys: tuple[tuple[str, str], ...]
    many: bool


@dataclass(frozen=True)
class Found:
    """A finding that must be there (or, in `not_findings`, must not): one of these sorts, about this column."""

    sorts: tuple[str, ...]
    column: str | None = None
    severities: tuple[str, ...] = ("note", "warning", "serious")


@dataclass(frozen=True)
class Expect:
    """The right answer. What is left as it is here is not asked.

    Fields of several right values are tuples of them, the best first; `targets`, `header`, `inputs`, `series` and
    `classes` are values themselves.
    """

    kind: Names | None = None
    modality: str | None = None
    targets: tuple[str, ...] | None = None
    id: str | None = UNASKED
    metric: Names | None = None  # its direction is asked with it
    lower_is_better: bool | None = None  # told by somebody; otherwise LOWER_IS_BETTER says it
    params: Mapping[str, float] = field(default_factory=dict)  # of the metric, only those given
    cost_ratio: float | None = None  # price of a false negative over that of a false positive
    output: Names | None = None
    header: tuple[str, ...] | None = None
    class_columns: tuple[str, ...] | None = None
    classes: tuple[str, ...] | None = None  # in this order
    positive: str | None = None
    rows: int | None = None  # wanted
    inputs: tuple[str, ...] | None = None
    series: tuple[str, ...] | None = None
    time: str | None = UNASKED
    dropped: tuple[str, ...] = ()  # each must be among those not used
    scheme: Names | None = None
    group: str | None = UNASKED
    group_rule: str | None = None  # how it starts
    plan_time: str | None = UNASKED
    relations: tuple[Link, ...] = ()
    roles: Mapping[str, Names] = field(default_factory=dict)  # column -> role
    missing: Mapping[str, float] = field(default_factory=dict)  # column -> share, within 0.03
    findings: tuple[Found, ...] = ()
    not_findings: tuple[Found, ...] = ()
    doubt: Names | None = None  # a field (or word) that a question or a doubt must be about
    error: tuple[str, ...] = ()  # refused with exit code 2, in one line that holds each of these words
    refusal_is_right_too: bool = False  # a refusal whose line names `doubt` is as good as a plan that doubts it


@dataclass(frozen=True)
class Case:
    """One task folder and what should be understood of it."""

    suite: str
    name: str
    about: str  # what it tests
    write: Writer
    expect: Expect
    source: str = ""  # the file below the folder that is handed over; the folder itself when empty
    asked: Mapping[str, str] = field(default_factory=dict)  # target, metric or about, as on the command line
    cli: bool = False  # run as a command, so that exit code and stderr are seen

    def make(self, folder: Path) -> Path:
        """Write the folder anew, the same on every machine; what is to be handed to `plan`."""
        folder.mkdir(parents=True)
        self.write(folder, np.random.default_rng(zlib.crc32(self.name.encode())))
        return folder / self.source if self.source else folder


class Suite:
    """Cases in the order in which they are written down."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cases: list[Case] = []

    def case(
        self,
        expect: Expect,
        *,
        source: str = "",
        asked: Mapping[str, str] | None = None,
        cli: bool = False,
    ) -> Callable[[Writer], Writer]:
        """Take the decorated writer as a case; its name and the first line of its docstring tell which."""

        def take(write: Writer) -> Writer:
            about = (write.__doc__ or "").strip().splitlines()[0]
            name = write.__name__.replace("_", "-")
            self.cases.append(Case(self.name, name, about, write, expect, source, asked or {}, cli))
            return write

        return take
