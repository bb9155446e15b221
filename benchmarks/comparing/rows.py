"""What a comparison keeps: one row and one submission for each task, tool, budget and seed, in files of their own."""

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

OURS = "modelwright"


@dataclass(frozen=True)
class Task:
    """A task folder, and what the grader's `task.json` in it says."""

    folder: Path
    metric: str
    lower: bool  # whether less is better
    id: str
    targets: tuple[str, ...]
    params: dict[str, Any] = field(hash=False)  # of the metric

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name


def read_task(folder: Path) -> Task:
    """A task folder's facts. Raises SystemExit in one sentence where it is not one that can be graded."""
    try:
        said = json.loads((folder / "task.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SystemExit(f"{folder} is no graded task: it needs task/, task.json and answers.csv ({error}).") from None
    return Task(
        folder, said["metric"], said["is_lower_better"], said["id_column"], tuple(said["target"]),
        said.get("metric_params") or {},
    )  # fmt: skip


@dataclass(frozen=True)
class Key:
    """One measurement to make."""

    task: str
    tool: str
    budget_s: float
    seed: int

    def __str__(self) -> str:
        return f"{self.task}__{self.tool}__{self.budget_s:g}s__s{self.seed}"


@dataclass(frozen=True)
class Row:
    """One measurement made; None where there is none.

    Memory is that of the whole process tree at its peak, in MB of 2**20 bytes; PSS counts shared pages once. `wall_s`
    is what a user waits: of modelwright from the start of the process to its exit, of a peer to the submission on disk.
    `other_cpu_s` is what everything else on the machine used meanwhile: a large value means that the run was disturbed.
    """

    task: str
    tool: str
    budget_s: float
    seed: int
    metric: str = ""
    graded: float | None = None
    wall_s: float | None = None
    peak_pss_mb: float | None = None
    peak_rss_mb: float | None = None
    cpu_s: float | None = None
    other_cpu_s: float | None = None
    row_ms_cold: float | None = None
    row_ms_warm: float | None = None
    rows10k_s: float | None = None
    model_mb: float | None = None
    cv: float | None = None
    cv_error: float | None = None
    expected: float | None = None  # with all rows; as cross-validated where no learning curve was measured
    expected_error: float | None = None
    sealed: float | None = None
    sealed_error: float | None = None
    experiments: int | None = None
    families: str = ""  # of the models in the blend, the heaviest first
    cpus: int = 0
    version: str = ""
    measured: str = ""  # when, UTC
    note: str = ""

    @property
    def key(self) -> Key:
        """What was measured."""
        return Key(self.task, self.tool, self.budget_s, self.seed)


def blank(key: Key, task: Task, cpus: int) -> Row:
    """The row of a measurement that begins now."""
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    return Row(**asdict(key), metric=task.metric, cpus=cpus, measured=at)


class Store:
    """A folder of rows and submissions. A row is written whole and last, so what is there is finished."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("rows", "submissions", "logs", "work"):
            (root / name).mkdir(parents=True, exist_ok=True)

    def submission(self, key: Key) -> Path:
        """Where the submission of a measurement is kept."""
        return self.root / "submissions" / f"{key}.csv"

    def log(self, key: Key) -> Path:
        """Where what the tool printed is kept."""
        return self.root / "logs" / f"{key}.txt"

    def work(self, key: Key) -> Path:
        """An empty place for the tool's own files; whatever an earlier attempt left is removed."""
        place = self.root / "work" / str(key)
        shutil.rmtree(place, ignore_errors=True)
        return place

    def read(self, key: Key) -> Row | None:
        """The row of a measurement; None where it was not made yet."""
        path = self._path(key)
        return as_row(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None

    def write(self, row: Row, submission: Path | None) -> None:
        """Keep a finished measurement."""
        if submission is not None and submission.exists():
            shutil.copyfile(submission, self.submission(row.key))
        path = self._path(row.key)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(asdict(row), indent=1) + "\n", encoding="utf-8")
        part.replace(path)

    def _path(self, key: Key) -> Path:
        return self.root / "rows" / f"{key}.json"


def as_row(said: dict[str, Any]) -> Row:
    """A row as it was written, by this version or one whose rows had fewer or other fields."""
    known = {f.name for f in fields(Row)}
    return Row(**{name: value for name, value in said.items() if name in known})


def order(tasks: Sequence[str], tools: Sequence[str], budget_s: float, seeds: Sequence[int]) -> list[Key]:
    """What to measure, in order: seed by seed, task by task, and each time another tool first."""
    turns = [(seed, task) for seed in seeds for task in tasks]
    return [
        Key(task, tools[(turn + place) % len(tools)], budget_s, seed)
        for turn, (seed, task) in enumerate(turns)
        for place in range(len(tools))
    ]


def with_note(row: Row, note: str) -> Row:
    """The row with one more remark."""
    return replace(row, note="; ".join(filter(None, (row.note, " ".join(note.split())[-300:]))))
