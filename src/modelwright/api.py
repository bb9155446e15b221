"""modelwright from Python: `run`, `plan`, `resume`, `open_run`, `runs`, and the `Run` they give."""

import html
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import RunError, SettingsError
from .records.event import Event
from .records.experiment import Experiment
from .records.plan import ValidationPlan
from .records.problem import Problem
from .records.profile import Profile
from .settings import Settings, seconds
from .workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from .chapters.asking import Asker

Listener = Callable[[Event], None]


def _silent(_event: Event) -> None:
    """Nobody listens."""


def run(
    data: "str | Path | pd.DataFrame",
    target: str | Sequence[str] | None = None,
    *,
    test: "pd.DataFrame | None" = None,
    metric: str | None = None,
    about: str | None = None,
    budget: str | float | None = None,
    experiments: int | None = None,
    out: str | Path | None = None,
    task_file: str | Path | None = None,
    seed: int = 0,
    jobs: int = 0,
    threads: int = 0,
    memory_mb: int = 0,
    strategist: str = "auto",
    checkpoint: str | Path | Sequence[str | Path] = (),
    hub: bool = False,
    llm: str | Sequence[str] = (),
    llm_url: str | None = None,
    llm_budget: str = "5usd",
    llm_seconds: float = 180.0,
    llm_privacy: str = "schema",
    sandbox: str = "auto",
    allow_unsandboxed: bool = False,
    listen: Listener | None = None,
    began: float | None = None,
    ask: "Asker | None" = None,
) -> "Run":
    """Work on a task until the budget is spent, and hand over what was found.

    Args:
        data: a task folder or an archive of one, one table file, the address of a database, or a DataFrame.
        target: what to predict, when the task does not say so: a column or several.
        test: with a DataFrame: the rows asked for. Without it, rows whose target is missing are.
        metric: how to judge, when the task does not say so: a name of the metric catalogue.
        about: a sentence that describes the task, in place of a description file.
        budget: wall time, as "90s", "2m", "1h30m" or seconds; an hour when neither this nor `experiments` is given.
        experiments: a number of experiments; without `budget`, the run can be repeated byte for byte.
        out: the run folder; `runs/NAME-TIME` otherwise.
        task_file: an edited task.toml.
        seed: of everything random.
        jobs: experiments at the same time; 0: one for each core.
        threads: threads of one experiment; 0: the cores divided among the jobs.
        memory_mb: memory of one experiment; 0: its share of the machine.
        strategist: who proposes experiments: a name, or `module:attribute`.
        checkpoint: folders of pretrained models of text, as `transformers` writes them.
        hub: whether one may be fetched from the Hugging Face hub; no call to the network is made otherwise.
        llm: language models to ask, as "anthropic:NAME" or "openai:NAME", or the name of one at `llm_url`.
        llm_url: the address of an endpoint that speaks the OpenAI protocol.
        llm_budget: what asking may cost, as "5usd" or "2usd, 300k tokens, 40 calls".
        llm_seconds: how long one answer may take.
        llm_privacy: what a model sees of the data: "schema", "sample" or "full".
        sandbox: how code that a model wrote is shut in: auto, bubblewrap, landlock, plain or container:IMAGE.
        allow_unsandboxed: whether such code may run where it can only be shut in weakly.
        listen: called with each `records.event.Event`.
        began: a time.monotonic() value from which the budget counts; now otherwise.
        ask: to whom close readings of the task are put; without it the likeliest ones are taken.

    Raises:
        ModelwrightError: for bad input, in one sentence; nothing is left behind then.
    """
    began = time.monotonic() if began is None else began
    settings = make_settings(
        budget=budget,
        experiments=experiments,
        seed=seed,
        jobs=jobs,
        threads=threads,
        memory_mb=memory_mb,
        strategist=strategist,
        checkpoint=_folders(checkpoint),
        hub=hub,
        llm=(llm,) if isinstance(llm, str) else tuple(llm),
        llm_url=llm_url,
        llm_budget=llm_budget,
        llm_seconds=llm_seconds,
        llm_privacy=llm_privacy,
        sandbox=sandbox,
        allow_unsandboxed=allow_unsandboxed,
    )
    from . import story
    from .chapters.opening import Asked

    source = _source(data)
    folder = Path(out) if out is not None else _run_folder(source)
    asked = Asked(target, metric, about, Path(task_file) if task_file else None, test, ask)
    return Run(story.run(source, settings, folder.absolute(), asked, listen or _silent, began))


def make_settings(*, budget: str | float | None, experiments: int | None, **others: Any) -> Settings:
    """Settings from what a user gives. Raises SettingsError for values out of range."""
    if experiments is not None and experiments < 1:
        raise SettingsError(f"--experiments {experiments} leaves nothing to do: give at least 1.")
    if (level := others.get("llm_privacy", "schema")) not in ("schema", "sample", "full"):
        raise SettingsError(f"--llm-privacy {level!r} is not known: choose schema, sample or full.")
    for name, value in others.items():
        if isinstance(value, int) and value < 0:
            raise SettingsError(f"--{name.replace('_', '-')} {value} is negative: give 0 for the default, or more.")
    if budget is None:
        return Settings(budget=None if experiments is not None else 3600.0, experiments=experiments, **others)
    allowed = seconds(budget) if isinstance(budget, str) else float(budget)
    if allowed <= 0:
        raise SettingsError(f"a budget of {budget} leaves no time to work: give at least a few seconds, as in 30s.")
    return Settings(budget=allowed, experiments=experiments, **others)


def _folders(given: str | Path | Sequence[str | Path]) -> tuple[str, ...]:
    """One folder or several, as text."""
    return tuple(map(str, [given] if isinstance(given, str | Path) else given))


def _source(data: "str | Path | pd.DataFrame") -> "Path | str | pd.DataFrame":
    """A path, the address of a database as it is, or a DataFrame."""
    from .task.addresses import is_address

    return Path(data) if isinstance(data, str) and not is_address(data) else data


def _run_folder(source: "Path | str | pd.DataFrame") -> Path:
    """runs/NAME-TIME below the current folder, with a number behind it when that exists."""
    name = "frame"
    if isinstance(source, str):
        from .task.addresses import title

        name = re.sub(r"[^\w.-]+", "-", title(source)).strip("-.") or "database"
    if isinstance(source, Path):
        parts = [p for p in source.absolute().parts if p not in ("task", "data", "/")]
        name = re.sub(r"[^\w.-]+", "-", parts[-1] if parts else "task").strip("-.") or "task"
    stem = f"{name}-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    folder, k = Path("runs") / stem, 1
    while folder.exists():
        folder, k = Path("runs") / f"{stem}-{k}", k + 1
    return folder


@dataclass(frozen=True)
class Understood:
    """What would be worked on, before anything is spent on it."""

    problem: Problem
    profile: Profile
    plan: ValidationPlan
    doubts: tuple[str, ...]
    findings: tuple[str, ...]


def plan(
    data: "str | Path | pd.DataFrame",
    target: str | Sequence[str] | None = None,
    *,
    test: "pd.DataFrame | None" = None,
    metric: str | None = None,
    about: str | None = None,
    task_file: str | Path | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    ask: "Asker | None" = None,
) -> Understood:
    """Read the task and choose how to judge it; nothing is fitted. `out` names a file to write task.toml to.

    Raises:
        ModelwrightError: for bad input, in one sentence.
    """
    from .chapters import opening

    asked = opening.Asked(target, metric, about, Path(task_file) if task_file else None, test, ask)
    understood, divided = opening.plan(_source(data), asked, seed)
    if out is not None:
        from .task import taskfile

        taskfile.write(Path(out), understood.problem)
    return Understood(understood.problem, divided.profile, divided.plan, tuple(understood.doubts), divided.findings)


def resume(path: str | Path, budget: str | float | None = None, listen: Listener | None = None) -> "Run":
    """Go on with an interrupted run, for the rest of its budget or for another total.

    Raises:
        RunError: when there is no such run, it is in use, or it was finished.
    """
    began = time.monotonic()
    workspace = Workspace(Path(path).absolute())
    workspace.check()
    settings = None
    if budget is not None:
        settings = Settings.model_validate_json((workspace.data / "settings.json").read_bytes())
        allowed = seconds(budget) if isinstance(budget, str) else float(budget)
        settings = settings.model_copy(update={"budget": allowed})
    from . import story

    return Run(story.resume(workspace.root, settings, listen or _silent, began))


def open_run(path: str | Path) -> "Run":
    """A run that was made earlier, or one that is still going on.

    Raises:
        RunError: when the folder is not a run folder, or of another format.
    """
    workspace = Workspace(Path(path).absolute())
    if not workspace.root.is_dir():
        raise RunError(f"{path} is not a folder: name a run folder, as `modelwright ls` shows them.")
    workspace.check()
    return Run(workspace.root)


def runs(folder: str | Path = "runs") -> list["Run"]:
    """All runs directly below a folder, the latest first. Raises RunError when there is no such folder."""
    root = Path(folder)
    if not root.is_dir():
        raise RunError(f"{folder} is not a folder: name one that holds runs.")
    found = [Run(p.parent.absolute()) for p in root.glob("*/journal.db") if not p.parent.name.startswith(".")]
    return sorted(found, key=lambda r: r.facts.get("run", {}).get("started", 0.0), reverse=True)


class Run:
    """A run folder, read-only: what was asked, what was tried, what came out."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._workspace = Workspace(self.path)

    def __repr__(self) -> str:
        return f"<Run {self.path.name}: {self.problem.metric} {self._headline()}, {self.state}>"

    @cached_property
    def problem(self) -> Problem:
        """What was asked."""
        return Problem.model_validate_json((self._workspace.data / "problem.json").read_bytes())

    @cached_property
    def profile(self) -> Profile:
        """What the data looks like."""
        return Profile.model_validate_json((self._workspace.data / "profile.json").read_bytes())

    @cached_property
    def plan(self) -> ValidationPlan:
        """How it was judged, and why."""
        return ValidationPlan.model_validate_json((self._workspace.data / "plan.json").read_bytes())

    @property
    def facts(self) -> dict[str, Any]:
        """What the journal holds beside the experiments."""
        from .journal import history

        return history.facts(self._workspace.journal)

    @property
    def experiments(self) -> list[Experiment]:
        """All experiments, as records."""
        from .journal import history

        return history.read(self._workspace.journal)

    @property
    def state(self) -> str:
        """`finished`, `running` or `interrupted`."""
        from .journal.journal import in_use

        if "end" in self.facts:
            return "finished"
        return "running" if in_use(self._workspace.journal) else "interrupted"

    @property
    def best(self) -> Experiment | None:
        """The best single experiment; the answer itself is a blend, see `facts["final"]`."""
        from .metrics.promote import best

        return best(self.experiments, self.problem.higher_is_better)

    def history(self) -> "pd.DataFrame":
        """One row for each experiment."""
        from .journal import history

        return history.frame(self.experiments)

    @property
    def submission(self) -> "pd.DataFrame | None":
        """The answer for the rows asked for; None when there were none, or none yet."""
        import pandas as pd

        path = self._workspace.submission
        return pd.read_csv(path) if path.exists() else None

    def predict(
        self, table: "pd.DataFrame | str | Path", tables: "Mapping[str, pd.DataFrame | str | Path] | None" = None
    ) -> "pd.DataFrame":
        """Predict new rows with the bundle; `tables` are fresh versions of other tables that the task had, by name.

        Raises RunError when there is no bundle, TableError for a missing column.
        """
        from .deliver import bundle

        return bundle.load(self._workspace.bundle).predict(table, tables)

    def report(self) -> Path:
        """Write the report anew from the journal; its path."""
        from .deliver import report

        return report.write(self._workspace)

    def _headline(self) -> str:
        final = self.facts.get("final") or {}
        score = final.get("cv")
        if not score:
            return "without a score yet"
        text = f"{score['value']:.5g} ± {score['error']:.2g}"
        sealed = final.get("sealed")
        return f"{text} (sealed rows {sealed['value']:.5g} ± {sealed['error']:.2g})" if sealed else text

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        frame = self.history()
        top = frame[[c for c in ("number", "recipe", "move", "score", "error", "verdict") if c in frame]].tail(10)
        title = f"{self.problem.name}: {self.problem.metric} {self._headline()}, {self.state}"
        report = self._workspace.report
        link = f'<p><a href="{html.escape(report.as_uri())}">report</a></p>' if report.exists() else ""
        return f"<h4>{html.escape(title)}</h4>{top.to_html(index=False)}{link}"
