"""The run folder's map: every path in one place.

task.toml           what was understood; editable
submission.csv      the best answer so far; replaced whole
report.html         written at the end, and by `modelwright report`
journal.db          every experiment
run.log             tracebacks and warnings of the run itself
data/               problem.json, profile.json, plan.json, settings.json; features.feather (rows: visible, holdout,
test), labels.feather (of the visible rows), target.npz, folds.npy (of the visible rows, repeat after repeat),
ids.feather, layout.json; where there are other tables: tables/NAME.feather, rows.feather (keys and times by
which the rows of features.feather find theirs in them)
sealed/             labels of the holdout rows; read once, at the end
cache/              results of feature steps that need no labels
experiments/0007/   one experiment: job.json, log.txt, predictions, result.json
bundle/             the model that is handed over
"""

import json
import os
from pathlib import Path
from typing import Any

from .errors import RunError

BELIEVED = "believed.npz"  # in the data folder: what the answer thinks of [visible | holdout], for taught refits
FORMAT = 1  # of run folders; a run folder of another format is refused with a sentence


class Workspace:
    """Paths below one run folder, and the few ways of writing there."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def __repr__(self) -> str:
        return f"Workspace({str(self.root)!r})"

    task_file = property(lambda self: self.root / "task.toml")
    submission = property(lambda self: self.root / "submission.csv")
    report = property(lambda self: self.root / "report.html")
    journal = property(lambda self: self.root / "journal.db")
    log = property(lambda self: self.root / "run.log")
    data = property(lambda self: self.root / "data")
    sealed = property(lambda self: self.root / "sealed")
    cache = property(lambda self: self.root / "cache")
    experiments = property(lambda self: self.root / "experiments")
    bundle = property(lambda self: self.root / "bundle")
    lock = property(lambda self: self.root / "run.lock")

    def experiment(self, number: int) -> Path:
        """Folder of one experiment."""
        return Path(self.root / "experiments" / f"{number:04d}")

    def refuse_if_taken(self) -> None:
        """Raise RunError if a run, or anything else, is there already."""
        if self.journal.exists():
            raise RunError(f"{self.root} already holds a run: choose another --out, or continue it with `resume`.")
        if self.root.is_file() or (self.root.is_dir() and any(self.root.iterdir())):
            raise RunError(f"{self.root} is not an empty folder: choose another --out.")

    def create(self) -> None:
        """Make the folders. Raises RunError if a run is there already."""
        self.refuse_if_taken()
        for folder in (self.data, self.sealed, self.cache, self.experiments):
            folder.mkdir(parents=True, exist_ok=True)
        self.sealed.chmod(0o700)
        write_json(self.data / "layout.json", {"format": FORMAT})

    def check(self) -> None:
        """Raise RunError unless this is a run folder of a format that this version reads."""
        path = self.data / "layout.json"
        if not path.exists() or not self.journal.exists():
            raise RunError(f"{self.root} is not a run folder: it has no journal.db and data/layout.json.")
        found = json.loads(path.read_text()).get("format")
        if found != FORMAT:
            raise RunError(
                f"{self.root} has run format {found}, this version reads format {FORMAT}: "
                "open it with the version of modelwright that wrote it."
            )


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader finds the old one or the new one, never half of it."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with partial.open("wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON, whole."""
    write_whole(path, json.dumps(value, indent=1, default=str) + "\n")
