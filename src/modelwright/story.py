"""The story of one run, chapter by chapter; the only module that wires the parts.

What each chapter leaves behind lies in the run folder (see `workspace`), so `resume` enters the same story at the
search, and a person can read along.
"""

import logging
import math
import platform
import shutil
import signal
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from . import plugins
from .deliver import bundle, report, submission
from .ensemble import POOL, Candidate, nested
from .errors import RunError, SettingsError
from .executors.local import sweep
from .interfaces import Executor, Kind, Metric
from .journal.journal import Journal
from .metrics import catalogue
from .metrics.judge import Judge
from .metrics.predictions import read_asked, read_oof, refit_file
from .metrics.promote import best
from .records.answer import Answer, Member
from .records.event import Event
from .records.experiment import Experiment, Rule, Status
from .records.plan import ValidationPlan
from .records.problem import Problem
from .records.profile import Profile, Schema
from .search.budget import Budget, CostModel
from .search.lab import PATIENCE, Lab, cores
from .search.loop import search
from .settings import Settings
from .task import folder as task_folder
from .task import interpret, prepare, profiling, taskfile
from .validation import choose, folds, leaks, seal
from .workspace import FORMAT, Workspace, write_json, write_whole

if TYPE_CHECKING:
    from .interfaces import Array

log = logging.getLogger(__name__)

Listener = Callable[[Event], None]
SEEDS = 3  # refits of each member, the further ones only when there is time to spare
REPORT = 2.5  # seconds kept for bundle, report and the end of the process while models are refitted
AFTER_INTERRUPT = 60.0  # seconds that refits may take at most once the user has asked to stop


@dataclass(frozen=True)
class Asked:
    """What the user said beyond the task itself; it wins over anything inferred."""

    target: str | Sequence[str] | None = None
    metric: str | None = None
    about: str | None = None
    task_file: Path | None = None
    test: pd.DataFrame | None = None


@dataclass(frozen=True)
class Materials:
    """What the search works with, as it lies in `data/`; the labels of sealed rows are not among it."""

    workspace: Workspace
    problem: Problem
    profile: Profile
    plan: ValidationPlan
    schema: Schema
    kind: Kind
    metric: Metric
    truth: "Array"
    folds: "Array"
    groups: "Array | None"
    holdout_rows: int
    test_rows: int


# [story]
def run(
    source: "Path | pd.DataFrame", settings: Settings, out: Path, asked: Asked, listen: Listener, began: float
) -> Path:
    """One run, from a task to what is handed over. Returns the run folder; raises ModelwrightError for bad input."""
    workspace, teller = Workspace(out), Teller(listen, began)
    workspace.refuse_if_taken()
    plugins.load("strategists", settings.strategist)  # an unknown name is told before anything else is done
    with crew(settings, workspace) as executor, reporting_failures(workspace):
        teller.chapter("Reading the task")
        understood = understand(source, asked)
        teller.chapter("Choosing how to judge")
        set_up(workspace, settings, understood, divide(understood, settings.seed))
        work(workspace, settings, executor, teller, Budget(settings.budget, settings.experiments, began))
    return workspace.root


def resume(out: Path, settings: Settings | None, listen: Listener, began: float) -> Path:
    """Go on with a run that was interrupted: nothing finished is run again."""
    workspace, teller = Workspace(out), Teller(listen, began)
    workspace.check()
    settings = settings or Settings.model_validate_json((workspace.data / "settings.json").read_bytes())
    sweep(workspace.root)
    with crew(settings, workspace) as executor, reporting_failures(workspace):
        spent = time_spent(workspace)
        work(workspace, settings, executor, teller, Budget(settings.budget, settings.experiments, began, spent))
    return workspace.root


def work(workspace: Workspace, settings: Settings, executor: Executor, teller: "Teller", budget: Budget) -> None:
    """The search and what follows it; the run folder holds all it needs."""
    materials = read_materials(workspace)
    with Journal(workspace.journal) as journal, finishing_on_interrupt(budget):
        teller.record_in(journal)
        lab = open_lab(materials, settings, executor, journal, budget, teller)
        adopted, lost = lab.settle()
        if adopted or lost:
            teller.note(f"resumed: {adopted} finished results were adopted, {lost} experiments were lost")
        if "blend" not in journal.facts():
            teller.chapter("Searching")
            search(strategist(materials, settings, lab), lab)
            teller.chapter("Blending")
            blend(lab, materials)
        teller.chapter("Opening the seal")
        open_seal(lab, materials)
        teller.chapter("Refitting on all rows")
        refits = refit(lab, materials)
        teller.chapter("Handing over")
        hand_over(lab, materials, refits)
        journal.fact("end", {"seconds": round(budget.used, 1), "reason": reason_of_end(budget, journal)})
        teller.chapter("Reporting")
        report.write(workspace)
        teller.end(workspace, journal, materials)


# [/story]


# --- who takes part ---------------------------------------------------------------------------------


class Teller:
    """Tells listeners what happens, and the journal how long each chapter took."""

    def __init__(self, listen: Listener, began: float) -> None:
        self.listen, self.began = listen, began
        self.journal: Journal | None = None
        self._chapter: tuple[str, float] | None = None
        self._seconds: dict[str, float] = {}

    def __call__(self, name: str, **data: Any) -> None:
        """Send one event."""
        self.listen(Event(name=name, time=round(time.monotonic() - self.began, 3), data=data))

    def chapter(self, title: str) -> None:
        """A new chapter begins; the one before ends."""
        now = time.monotonic()
        if self._chapter is not None:
            before, since = self._chapter
            self._seconds[before] = round(self._seconds.get(before, 0.0) + now - since, 3)
            if self.journal is not None:
                self.journal.fact("chapters", {**self._seconds})
        self._chapter = (title, now)
        self("chapter", title=title)

    def record_in(self, journal: Journal) -> None:
        """Write chapters to this journal from now on; those of an earlier part of the run are kept."""
        self.journal = journal
        earlier = journal.facts().get("chapters")
        for title, seconds in earlier.items() if isinstance(earlier, dict) else ():
            self._seconds[title] = self._seconds.get(title, 0.0) + float(str(seconds))

    def note(self, text: str) -> None:
        """Something a reader of the journal should know."""
        if self.journal is not None:
            self.journal.note(text)
        self("note", text=text)

    def end(self, workspace: Workspace, journal: Journal, materials: Materials) -> None:
        """The run is over."""
        final = Answer.model_validate(journal.facts()["final"])
        self(
            "end",
            run=str(workspace.root),
            metric=materials.problem.metric,
            score=final.cv.value,
            error=final.cv.error,
            sealed=final.sealed.value if final.sealed else None,
            sealed_error=final.sealed.error if final.sealed else None,
            seconds=round(time.monotonic() - self.began, 1),
            experiments=sum(e.proposal.move != "refit" for e in journal.history()),
        )


@contextmanager
def crew(settings: Settings, workspace: Workspace) -> Iterator[Executor]:
    """The executor; its workers warm up while the task is being read."""
    jobs, threads, memory = shares(settings)
    executor: Executor = plugins.load("executors", "local")(
        jobs=jobs, threads=threads, memory_mb=memory, run=workspace.root, ordered=settings.budget is None
    )
    try:
        yield executor
    finally:
        executor.close()


def shares(settings: Settings) -> tuple[int, int, int]:
    """Jobs at a time, threads of each and its memory in MB: the machine divided, unless the settings say otherwise."""
    import psutil

    available = cores()
    jobs = settings.jobs or max(1, min(available, 8))
    threads = settings.threads or max(1, available // jobs)
    total = psutil.virtual_memory().total / 2**20
    return jobs, threads, settings.memory_mb or int(0.8 * total / jobs)


@contextmanager
def reporting_failures(workspace: Workspace) -> Iterator[None]:
    """Leave the traceback of whatever ends the run in its log, if there is a run folder."""
    try:
        yield
    except BaseException:
        if workspace.journal.exists():
            with workspace.log.open("a") as file:
                file.write(f"--- {time.strftime('%Y-%m-%d %H:%M:%S')}\n{traceback.format_exc()}\n")
        raise


@contextmanager
def finishing_on_interrupt(budget: Budget) -> Iterator[None]:
    """The first Ctrl-C ends the search and finishes with the best so far; a second one ends at once."""

    def interrupt(_signal: int, _frame: object) -> None:
        if budget.interrupted:
            raise KeyboardInterrupt
        budget.interrupted = True

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


# --- before the search ------------------------------------------------------------------------------


def understand(source: "Path | pd.DataFrame", asked: Asked) -> interpret.Understanding:
    """Read a task folder, a table or a DataFrame into a problem and its tables."""
    metrics = list(catalogue.ALL.values())
    if isinstance(source, pd.DataFrame):
        if asked.target is None:
            raise SettingsError("a DataFrame does not say what to predict: give target=..., the name of a column.")
        return interpret.interpret_frame(
            source, asked.target, metrics, test=asked.test, metric=asked.metric, about=asked.about
        )
    overrides = taskfile.read(asked.task_file) if asked.task_file else None
    return interpret.interpret(
        task_folder.scan(Path(source)),
        metrics,
        target=asked.target,
        metric=asked.metric,
        about=asked.about,
        overrides=overrides,
    )


@dataclass(frozen=True)
class Divided:
    """The tables, sealed, profiled and folded; rows of `features` are [visible | holdout | test]."""

    plan: ValidationPlan
    profile: Profile
    schema: Schema
    features: pd.DataFrame
    labels: pd.DataFrame  # of all training rows, in the order of the table
    target: "Array"
    sealed: "Array"  # one bool for each training row
    folds: "Array"
    groups: "Array | None"
    findings: tuple[str, ...]


def plan(source: "Path | pd.DataFrame", asked: Asked, seed: int) -> tuple[interpret.Understanding, Divided]:
    """Everything before the search, in memory: what was understood, and how it would be judged."""
    understood = understand(source, asked)
    return understood, divide(understood, seed)


def divide(understood: interpret.Understanding, seed: int) -> Divided:
    """Put the holdout away, describe the rest, and fold it."""
    problem, train, test = understood.problem, understood.train, understood.test
    plan = choose.choose(problem, train, test).model_copy(update={"seed": seed})
    kind, metric = plugins.load("kinds", problem.kind), catalogue.get(problem.metric)
    labels = tidy_labels(train[list(problem.targets)])
    target = kind.target(labels, problem, metric)
    strata = kind.strata(target)
    sealed = seal.seal(plan, train, strata)
    visible = train[~sealed].reset_index(drop=True)
    profile = profiling.profile(visible, test, problem)
    schema = prepare.schema(train, test, profile)
    parts = [visible, train[sealed], *([test] if test is not None else [])]
    names = [f.name for f in schema.fields]
    table = pd.concat([part[[n for n in names if n in part]] for part in parts], ignore_index=True)
    features = prepare.apply(table, schema, Path(problem.root) if problem.root else None)
    groups = folds.groups_of(plan, visible)
    found = leaks.find(features.iloc[: len(visible)], target[~sealed], problem, profile)
    return Divided(
        plan=plan,
        profile=profile,
        schema=schema,
        features=features,
        labels=labels,
        target=target,
        sealed=sealed,
        folds=folds.assign(plan, visible, None if strata is None else strata[~sealed]),
        groups=None if groups is None else pd.factorize(pd.Series(groups))[0],
        findings=(*profile.findings, *found),
    )


def set_up(workspace: Workspace, settings: Settings, understood: interpret.Understanding, divided: Divided) -> None:
    """Write the run folder: beside its place first, then renamed, so that it is there whole or not at all."""
    building = Workspace(workspace.root.with_name(f".{workspace.root.name}.partial"))
    shutil.rmtree(building.root, ignore_errors=True)
    try:
        building.create()
        write_data(building, settings, understood, divided)
        with Journal(building.journal, create=True) as journal:
            journal.fact("run", facts_of_run(settings))
            journal.fact("doubts", list(understood.doubts))
            journal.fact("findings", list(divided.findings))
        building.root.rename(workspace.root)
    except BaseException:
        shutil.rmtree(building.root, ignore_errors=True)
        raise


def write_data(workspace: Workspace, settings: Settings, understood: interpret.Understanding, divided: Divided) -> None:
    """The records and tables of `data/`, the labels of `sealed/`, and task.toml."""
    problem, test, sealed = understood.problem, understood.test, divided.sealed
    kind, data = plugins.load("kinds", problem.kind), workspace.data
    records = {"problem": problem, "profile": divided.profile, "plan": divided.plan, "schema": divided.schema}
    for name, record in {**records, "settings": settings}.items():
        write_whole(data / f"{name}.json", record.model_dump_json(indent=1))
    divided.features.to_feather(data / "features.feather", compression="uncompressed")
    divided.labels[~sealed].reset_index(drop=True).to_feather(data / "labels.feather")
    divided.labels[sealed].reset_index(drop=True).to_feather(workspace.sealed / "labels.feather")
    kind.save(data / "target.npz", divided.target[~sealed])
    np.save(data / "folds.npy", divided.folds)
    if divided.groups is not None:
        np.save(data / "groups.npy", divided.groups)
    if test is not None:
        write_frame(data / "ids.feather", test[[problem.id]] if problem.id in test else test[[]])
    if understood.sample is not None:
        write_frame(data / "sample.feather", understood.sample)
    layout = {"visible": int((~sealed).sum()), "holdout": int(sealed.sum()), "test": 0 if test is None else len(test)}
    write_json(data / "layout.json", {"format": FORMAT, **layout})
    taskfile.write(workspace.task_file, problem)


def tidy_labels(labels: pd.DataFrame) -> pd.DataFrame:
    """Labels that a column store can hold: columns of mixed types become text."""
    mixed = [str(c) for c in labels if pd.api.types.infer_dtype(labels[c], skipna=True).startswith("mixed")]
    return labels.assign(**{c: labels[c].astype(str) for c in mixed})


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """A table as it was read, columns of mixed types as text."""
    frame = tidy_labels(frame.reset_index(drop=True))
    frame.columns = frame.columns.astype(str)
    frame.to_feather(path)


def facts_of_run(settings: Settings) -> dict[str, Any]:
    """What a reader needs to know to run it again."""
    import psutil

    jobs, threads, memory = shares(settings)
    return {
        "version": version("modelwright"),
        "started": time.time(),
        **settings.model_dump(),
        "jobs": jobs,
        "threads": threads,
        "memory_mb": memory,
        "command": " ".join(sys.argv),
        "machine": {
            "system": platform.platform(),
            "python": platform.python_version(),
            "cores": cores(),
            "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        },
    }


def read_materials(workspace: Workspace) -> Materials:
    """The records and arrays of a run folder."""
    data = workspace.data
    problem = Problem.model_validate_json((data / "problem.json").read_bytes())
    kind, metric = plugins.load("kinds", problem.kind), catalogue.get(problem.metric)
    layout = pd.read_json(data / "layout.json", typ="series")
    groups = data / "groups.npy"
    return Materials(
        workspace=workspace,
        problem=problem,
        profile=Profile.model_validate_json((data / "profile.json").read_bytes()),
        plan=ValidationPlan.model_validate_json((data / "plan.json").read_bytes()),
        schema=Schema.model_validate_json((data / "schema.json").read_bytes()),
        kind=kind,
        metric=metric,
        truth=kind.truth(pd.read_feather(data / "labels.feather"), problem),
        folds=np.load(data / "folds.npy"),
        groups=np.load(groups) if groups.exists() else None,
        holdout_rows=int(layout["holdout"]),
        test_rows=int(layout["test"]),
    )


# --- the search -------------------------------------------------------------------------------------


def open_lab(
    materials: Materials, settings: Settings, executor: Executor, journal: Journal, budget: Budget, teller: Teller
) -> Lab:
    """The lab around a run folder; each new best becomes the submission at once."""
    jobs, threads, _ = shares(settings)
    judge = Judge(
        materials.problem,
        materials.kind,
        materials.metric,
        materials.truth,
        materials.folds,
        materials.plan,
        groups=materials.groups,
        seed=settings.seed,
        asked=materials.holdout_rows + materials.test_rows,
    )
    costs = CostModel(
        materials.problem,
        materials.profile,
        lambda name: plugins.load("recipes", name),
        rows=len(materials.truth),
        folds=materials.plan.folds,
    )

    def on_best(experiment: Experiment) -> None:
        if materials.test_rows and experiment.score is not None:
            prediction = asked(materials, experiment)[materials.holdout_rows :]
            hand_in(materials, prediction, experiment.score.rule)
            teller("submission", path=str(materials.workspace.submission), experiment=experiment.number)

    return Lab(
        materials.workspace,
        executor,
        journal,
        judge,
        budget,
        costs,
        jobs=jobs,
        threads=threads,
        tell=teller,
        on_best=on_best,
    )


def strategist(materials: Materials, settings: Settings, lab: Lab) -> Any:
    """Who proposes."""
    make = plugins.load("strategists", settings.strategist)
    return make(
        materials.problem,
        materials.profile,
        materials.plan,
        cost=lab.costs.predict,
        left=lab.budget.left,
        seed=settings.seed,
    )


def asked(materials: Materials, experiment: Experiment) -> "Array":
    """An experiment's prediction for the rows asked for, [holdout | test], averaged over its folds' models."""
    where = materials.workspace.experiment(experiment.number)
    return read_asked(materials.kind, where, experiment.proposal.folds, materials.problem)


def hand_in(materials: Materials, prediction: "Array", rule: Rule) -> None:
    """Write the submission, if any rows were asked for; checked before it replaces the one before."""
    if not materials.test_rows:
        return
    data, problem = materials.workspace.data, materials.problem
    sample = pd.read_feather(data / "sample.feather") if (data / "sample.feather").exists() else None
    ids = pd.read_feather(data / "ids.feather")
    table = materials.kind.submission(prediction, ids, problem, materials.metric, rule)
    table = submission.arrange(table, problem, sample)
    submission.check(table, problem, ids, sample)
    submission.write(materials.workspace.submission, table)


# --- after it ---------------------------------------------------------------------------------------


def blend(lab: Lab, materials: Materials) -> None:
    """Choose the members of the answer and their weights; recorded before the seal is opened."""
    pool = pool_of(lab, materials)
    if not pool:
        failures = [e for e in lab.history() if e.status.failed]
        why = f": experiment {failures[-1].number} {failures[-1].status} ({failures[-1].verdict})" if failures else ""
        raise RunError(f"no experiment gave a usable prediction{why}; see `modelwright show`, or give a larger budget.")
    which = sorted(set.intersection(*(set(e.proposal.folds) for e in pool)))
    candidates = [candidate(e, lab, materials, which) for e in pool]
    spare = lab.budget.until_end() - REPORT - 1.0
    weights, plain, honest = nested(
        candidates,
        materials.kind,
        materials.problem,
        lab.judge.value,
        {k: np.flatnonzero(materials.folds == k) for k in which},
        afford=spare * lab.jobs / 1.5,
        seconds=max(0.5, min(0.15 * spare, 60.0)) if math.isfinite(spare) else math.inf,
    )
    materials.kind.save(materials.workspace.data / "final_oof.npz", honest)
    rule = lab.judge.final_rule(plain, which)
    recipes = {e.number: e.proposal.recipe for e in pool}
    how = f"greedy selection among {len(pool)} experiments; each fold was scored under weights chosen on the others"
    answer = Answer(
        members=tuple(Member(experiment=n, weight=w, recipe=recipes[n]) for n, w in weights.items()),
        rule=rule,
        folds=tuple(which),
        cv=lab.judge.score(honest, which).model_copy(update={"rule": rule}),
        how=how if len(pool) > 1 else "the only usable experiment",
    )
    lab.journal.fact("blend", answer.model_dump(mode="json"))


def candidate(experiment: Experiment, lab: Lab, materials: Materials, which: Sequence[int]) -> Candidate:
    """An experiment as the blend sees it."""
    assert experiment.score is not None
    where = materials.workspace.experiment(experiment.number)
    return Candidate(
        experiment.number,
        read_oof(materials.kind, where, materials.plan, materials.folds, which),
        lab.costs.refit(experiment),
        str(plugins.load("recipes", experiment.proposal.recipe).family),
        {k: experiment.score.folds.get(k, experiment.score.value) for k in which},
    )


def pool_of(lab: Lab, materials: Materials) -> list[Experiment]:
    """Experiments that could enter the blend, the best first: those that have run the folds that the best one has."""
    higher = materials.problem.higher_is_better
    scored = [e for e in lab.history() if e.score is not None and e.proposal.move != "refit"]
    leader = best(scored, higher)
    if leader is None or leader.proposal.recipe == "dummy":
        return [leader] if leader else []
    sign, folds = 1.0 if higher else -1.0, set(leader.proposal.folds)

    def mean(e: Experiment) -> float:
        assert e.score is not None
        return sum(e.score.folds[k] for k in folds if k in e.score.folds) / len(folds)

    able = [e for e in scored if folds <= set(e.proposal.folds) and e.proposal.recipe != "dummy"]
    pool: list[Experiment] = []
    for e in sorted(able, key=lambda e: (-sign * mean(e), e.number)):
        if len(pool) < 3 * POOL and not any(e.proposal.same_model(p.proposal) for p in pool):
            pool.append(e)
    return pool


def recorded(lab: Lab, name: str = "blend") -> Answer:
    """The answer as the journal has it."""
    return Answer.model_validate(lab.journal.facts()[name])


def members(lab: Lab) -> list[tuple[Experiment, float]]:
    """The experiments of the recorded blend with their weights, the largest first."""
    return [(lab.journal.get(m.experiment), m.weight) for m in recorded(lab).members]


def mix_asked(materials: Materials, chosen: Sequence[tuple[Experiment, float]]) -> "Array":
    """The blend's prediction for [holdout | test], from the models of the folds."""
    return materials.kind.mix([asked(materials, e) for e, _ in chosen], [w for _, w in chosen], materials.problem)


def open_seal(lab: Lab, materials: Materials) -> None:
    """Score the recorded blend on the sealed rows. The count of openings is on record before they are read."""
    if "final" in lab.journal.facts():
        return
    answer, sealed = recorded(lab), None
    if materials.holdout_rows or materials.test_rows:
        prediction = mix_asked(materials, members(lab))
        hand_in(materials, prediction[materials.holdout_rows :], answer.rule)
    if materials.holdout_rows:
        lab.journal.add_count("seal.opened")
        labels = pd.read_feather(materials.workspace.sealed / "labels.feather")
        truth = materials.kind.truth(labels, materials.problem)
        sealed = lab.judge.sealed(truth, prediction[: materials.holdout_rows], answer.rule)
        target = materials.kind.target(labels, materials.problem, materials.metric)
        materials.kind.save(materials.workspace.data / "opened.npz", target)
    final = answer.model_copy(update={"sealed": sealed, "sealed_rows": materials.holdout_rows})
    lab.journal.fact("final", final.model_dump(mode="json"))


def refit(lab: Lab, materials: Materials) -> dict[int, list[Path]]:
    """Fit the members on all rows, as many as time allows, then again with other seeds; folders by experiment."""
    _start_importing_matplotlib()
    deadline = time.monotonic() + lab.budget.until_end() - REPORT
    if lab.budget.interrupted:
        deadline = min(deadline, time.monotonic() + AFTER_INTERRUPT)
    chosen = [e for e, _ in members(lab)]
    seeds = SEEDS if lab.budget.timed and not lab.budget.interrupted else 1
    begun = Counter(e.proposal.parent for e in lab.history() if e.proposal.move == "refit" and e.status is Status.DONE)
    waiting = [(e, k) for k in range(seeds) for e in chosen if k >= begun[e.number]]
    while waiting or not lab.idle:
        while waiting and lab.executor.free:
            experiment, k = waiting.pop(0)
            left = deadline - time.monotonic()
            needed = lab.costs.refit(experiment)
            # a first fit is worth a try; one more seed is not worth the risk of being late
            if left > (min(0.5, needed) if k == 0 else 1.5 * needed):
                lab.refit(experiment, None if math.isinf(left) else left, seed=k)
        for outcome in lab.executor.wait(PATIENCE):
            lab.close(outcome)
    refits: dict[int, list[Path]] = {}
    for e in lab.history():
        if e.proposal.move == "refit" and e.status is Status.DONE:
            refits.setdefault(e.proposal.parent or 0, []).append(materials.workspace.experiment(e.number))
    return refits


def _start_importing_matplotlib() -> None:
    """The report needs it, and its import takes a second that can pass while models are refitted."""
    threading.Thread(target=lambda: __import__("matplotlib.figure"), daemon=True).start()


def hand_over(lab: Lab, materials: Materials, refits: Mapping[int, Sequence[Path]]) -> None:
    """Submission and bundle from the refitted models; a member without one keeps its folds' models' answer."""
    final, chosen = recorded(lab, "final"), members(lab)
    if materials.test_rows and refits:
        answers = [answer_of(e, refits.get(e.number, ()), materials) for e, _ in chosen]
        mixed = materials.kind.mix(answers, [w for _, w in chosen], materials.problem)
        hand_in(materials, mixed, final.rule)
    fitted = [(w / len(refits[e.number]), f) for e, w in chosen if e.number in refits for f in refits[e.number]]
    told = tuple(m.model_copy(update={"refitted": m.experiment in refits}) for m in final.members)
    lab.journal.fact("final", final.model_copy(update={"members": told}).model_dump(mode="json"))
    if fitted:
        total = sum(w for w, _ in fitted)
        scaled = [(w / total, folder) for w, folder in fitted]
        bundle.write(materials.workspace, materials.problem, materials.schema, final.rule, scaled)
    missing = sum(e.number not in refits for e, _ in chosen)
    if missing:
        lab.journal.note(
            f"{missing} of {len(chosen)} members could not be fitted on all rows in the time left: the submission "
            "uses their folds' models, and the bundle does without them."
            + ("" if fitted else " There is no bundle: give a larger budget.")
        )


def answer_of(experiment: Experiment, refits: Sequence[Path], materials: Materials) -> "Array":
    """What a member says of the test rows: the mean of its refits, or of its folds' models where it has none."""
    if not refits:
        return asked(materials, experiment)[materials.holdout_rows :]
    answers = [materials.kind.load(refit_file(folder)) for folder in refits]
    return materials.kind.mix(answers, [1 / len(answers)] * len(answers), materials.problem)


def reason_of_end(budget: Budget, journal: Journal) -> str:
    """Why the search ended, in words."""
    if budget.interrupted:
        return "interrupted by the user"
    done = sum(e.proposal.move != "refit" for e in journal.history())
    if budget.experiments is not None and done >= budget.experiments:
        return "the number of experiments was reached"
    return "the budget was spent" if budget.left() <= 1.0 else "no ideas were left that fit the time"


def time_spent(workspace: Workspace) -> float:
    """Seconds an interrupted run had used. Raises RunError when it was finished, for there is nothing to go on with."""
    from .journal import history

    facts = history.facts(workspace.journal)
    if "end" in facts:
        raise RunError(f"{workspace.root} is finished: start a new run, or read `modelwright status {workspace.root}`.")
    return float(str(facts.get("used", 0.0)))
