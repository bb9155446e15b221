"""The story of one run; the only module that wires the parts.

What each chapter leaves behind lies in the run folder (see `workspace`), so `resume` enters the same story at the
search, and a person can read along.
"""

import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import plugins
from .chapters.advising import advice, check_models
from .chapters.closing import blend, hand_over, open_seal
from .chapters.doubts import tell_doubts
from .chapters.machine import shares
from .chapters.materials import Materials, asked, hand_in, read_materials
from .chapters.opening import Asked, divide, set_up, understand
from .chapters.refits import on_all_rows, quick_enough, refit
from .chapters.second_reading import second_reader
from .chapters.teller import Listener, Teller
from .deliver import report
from .errors import RunError
from .executors.local import sweep
from .interfaces import Executor
from .journal import history
from .journal.journal import Journal, in_use
from .metrics.judge import Judge
from .records.experiment import Experiment
from .search.budget import Budget, CostModel
from .search.lab import Lab
from .search.loop import search
from .settings import Settings
from .task.questions import told
from .workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd


# [story]
def run(
    source: "Path | str | pd.DataFrame", settings: Settings, out: Path, asked: Asked, listen: Listener, began: float
) -> Path:
    """One run, from a task to what is handed over. Returns the run folder; raises ModelwrightError for bad input."""
    workspace, teller = Workspace(out), Teller(listen, began)
    workspace.refuse_if_taken()
    who = plugins.load("strategists", settings.who_proposes)  # an unknown name is told before anything else is done
    check_models(settings, asks=getattr(who, "asks_models", False))
    with crew(settings, workspace) as executor, reporting_failures(workspace):
        begin(source, settings, workspace, asked, teller)
        began += asked.ask.seconds if asked.ask else 0.0  # the budget does not pay for a person's thinking
        work(workspace, settings, executor, teller, Budget(settings.budget, settings.experiments, began))
    return workspace.root


def begin(
    source: "Path | str | pd.DataFrame", settings: Settings, workspace: Workspace, asked: Asked, teller: Teller
) -> None:
    """Read the task and choose how to judge it; afterwards the run folder is there, with all that the search needs."""
    teller.chapter("Reading the task")
    reader = second_reader(settings) if asked.ask is None else None
    understood = understand(source, replace(asked, second=reader))
    for text in reader.notes if reader else ():
        teller.note(text)
    for question in understood.problem.questions:
        teller.note(told(question))
    teller.chapter("Choosing how to judge")
    told_of = set_up(workspace, settings, understood, divide(understood, settings.seed, settings.budget))
    if told_of:
        teller.note(told_of)
    if reader and reader.calls:
        with Journal(workspace.journal) as journal:
            for call in reader.calls:
                journal.call(call)


def resume(out: Path, settings: Settings | None, listen: Listener, began: float) -> Path:
    """Go on with a run that was interrupted: nothing finished is run again."""
    workspace, teller = Workspace(out), Teller(listen, began)
    workspace.check()
    settings = settings or Settings.model_validate_json((workspace.data / "settings.json").read_bytes())
    spent = time_spent(workspace)
    sweep(workspace.root)
    with crew(settings, workspace) as executor, reporting_failures(workspace):
        work(workspace, settings, executor, teller, Budget(settings.budget, settings.experiments, began, spent))
    return workspace.root


def work(workspace: Workspace, settings: Settings, executor: Executor, teller: Teller, budget: Budget) -> None:
    """The search and what follows it; the run folder holds all it needs."""
    materials = read_materials(workspace)
    with Journal(workspace.journal) as journal, finishing_on_interrupt(budget):
        lab = enter(materials, settings, executor, journal, budget, teller)
        if "blend" not in journal.facts():
            teller.chapter("Searching")
            who = strategist(materials, settings, lab)
            search(who, lab)
            if hasattr(who, "finish"):
                who.finish()
        finish(lab, materials, teller)


def finish(lab: Lab, materials: Materials, teller: Teller, reason: str = "") -> None:
    """From the end of the search to what is handed over. `reason`: why the search ended, where that is known."""
    if "blend" not in lab.journal.facts():
        tell_doubts(lab.journal, materials.profile, materials.problem.higher_is_better)
        teller.chapter("Blending")
        blend(lab, materials)
    teller.chapter("Opening the seal")
    open_seal(lab, materials)
    teller.chapter("Refitting on all rows")
    refits = refit(lab, materials)
    teller.chapter("Handing over")
    hand_over(lab, materials, quick_enough(lab, refits), on_all_rows(lab, refits))
    ended = reason or reason_of_end(lab.budget, lab.journal)
    lab.journal.fact("end", {"seconds": round(lab.budget.used, 1), "reason": ended})
    teller.chapter("Reporting")
    report.write(materials.workspace)
    teller.end(materials.workspace, lab.journal, materials.problem)


# [/story]


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


def enter(
    materials: Materials, settings: Settings, executor: Executor, journal: Journal, budget: Budget, teller: Teller
) -> Lab:
    """The lab around a run folder, with what an interruption left running adopted or given up."""
    teller.record_in(journal)
    budget.learn_pace()
    lab = open_lab(materials, settings, executor, journal, budget, teller)
    adopted, lost = lab.settle()
    if adopted or lost:
        teller.note(f"resumed: {adopted} finished results were adopted, {lost} experiments were lost")
    return lab


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
        target=materials.kind.load(materials.workspace.data / "target.npz"),
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


def strategist(materials: Materials, settings: Settings, lab: Lab, left: Callable[[], float] | None = None) -> Any:
    """Who proposes, while the budget or `left()` leaves time.

    Under a budget by count it is told costs as guessed, not as measured: those differ run by run.
    """
    make = plugins.load("strategists", settings.who_proposes)
    asks = getattr(make, "asks_models", False)
    timed = lab.budget.timed
    return make(
        materials.problem,
        materials.profile,
        materials.plan,
        cost=lambda proposal, history: lab.costs.predict(proposal, history if timed else ()),
        left=left or lab.budget.left,
        seed=settings.seed,
        progress=lambda: lab.budget.progress(lab.history()),
        slots=lab.jobs,
        **({"advice": advice(materials, settings, lab.journal, lab.budget)} if asks else {}),
    )


def reason_of_end(budget: Budget, journal: Journal) -> str:
    """Why the search ended, in words."""
    if budget.interrupted:
        return "interrupted by the user"
    done = sum(e.proposal.move != "refit" for e in journal.history())
    if budget.experiments is not None and done >= budget.experiments:
        return "the number of experiments was reached"
    return "the budget was spent" if budget.left() <= 1.0 else "no ideas were left that fit the time"


def time_spent(workspace: Workspace) -> float:
    """Seconds an interrupted run had used. Raises RunError when it was finished, or is still going on."""
    if in_use(workspace.journal):
        raise RunError(f"{workspace.root} is still going on: wait until it ends, or stop it with Ctrl-C.")
    facts = history.facts(workspace.journal)
    if "end" in facts and workspace.report.exists():
        raise RunError(f"{workspace.root} is finished: start a new run, or read `modelwright status {workspace.root}`.")
    return float(str(facts.get("used", 0.0)))
