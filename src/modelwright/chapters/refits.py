"""Fitting the members of the answer on all rows: those that others are stacked on first, then more seeds."""

import math
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from .. import plugins
from ..records.experiment import LEAST_TRAINING, REFITS, Experiment, Status
from ..search.lab import PATIENCE, Lab
from . import teaching
from .closing import REPORT, members
from .materials import Materials
from .outlook import curve

SEEDS = 3  # refits of each member, the further ones only when there is time to spare
SURELY = 0.85  # of the time left that a fit may be predicted to take
FEWEST = 0.1  # share of the rows worth fitting
SHORT = 3.0  # predicted seconds of a fit that is worth a try whatever time is left
WORTH = 1.2  # times the rows from which on more of them are worth it
FASTER = 1.4  # times that a fit is faster, about, with the threads of all jobs
MORE = 1.3  # one more seed must fit so many times into the time left
ROW_MS = 30.0  # milliseconds for one row, up to which a bundle holds more refits of a member than one
AFTER_INTERRUPT = 60.0  # seconds that refits may take at most once the user has asked to stop

Turn = tuple[Experiment, int]  # whose model, and which of its refits


def refit(lab: Lab, materials: Materials) -> dict[int, list[Path]]:
    """Fit the members on all rows, as many as time allows, then again with other seeds; folders by experiment."""
    _start_importing_matplotlib()
    deadline = time.monotonic() + lab.budget.until_end() - max(REPORT, lab.budget.finish - 0.5)
    if lab.budget.interrupted:
        deadline = min(deadline, time.monotonic() + AFTER_INTERRUPT)
    _Refits(lab, materials, deadline).run()
    refits: dict[int, list[Path]] = {}
    for e in lab.history():
        if e.proposal.move == "refit" and e.status is Status.DONE:
            refits.setdefault(e.proposal.parent or 0, []).append(materials.workspace.experiment(e.number))
    return refits


class _Refits:
    """The refits under way. Once each member has its first, what more rows bring is measured, if there is time."""

    def __init__(self, lab: Lab, materials: Materials, deadline: float) -> None:
        self.lab, self.materials, self.deadline = lab, materials, deadline
        self.waiting = turns(lab)
        self.grown: dict[int, Experiment] = {}  # by the number of the refit: fitted on more rows than it was tried on
        self.with_all = 0  # the number of the refit that has the threads of all jobs
        self.measured = False
        self.teachers: tuple[int, ...] = ()

    @property
    def left(self) -> float:
        """Seconds."""
        return self.deadline - time.monotonic()

    def run(self) -> None:
        """All of them, to their end."""
        while self.waiting or not self.lab.idle or not self.measured:
            while self.lab.executor.free:
                self._measure()  # further seeds come after it
                if not self.lab.executor.free or (turn := take_ready(self.waiting, self.lab)) is None:
                    break
                self._start(*turn)
            for outcome in () if self.lab.idle else self.lab.executor.wait(PATIENCE):
                self.lab.close(outcome)
                if outcome.status.failed and outcome.number in self.grown:  # too many rows, perhaps
                    self.waiting.insert(0, (self.grown[outcome.number], 0))  # those that it was tried on, then

    def _start(self, experiment: Experiment, k: int) -> None:
        """Begin a refit, if it is worth it and there is time for it."""
        lab, left = self.lab, self.left
        alone = lab.idle and not self.waiting
        share = share_in(left, lab.costs.refitting(experiment) / (FASTER if alone and lab.jobs > 1 else 1.0))
        keeps, made_to_fit = lab.costs.keeps_folds(experiment.proposal), lab.costs.made_to_fit(experiment.proposal)
        training = 1.0
        if keeps and made_to_fit and "epochs" in experiment.proposal.params and share < 1:
            training = training_in(left, lab.costs.refitting(experiment))
            share = 1.0 if training > 0 else 0.0
        if keeps and (share < 1 or (k > 0 and not made_to_fit)):
            return  # the models of its folds serve as well as one of fewer rows
        # a first fit is worth a try, of some rows at least; one more seed is not worth the risk of being late
        if training == 1 and not (share > 0 if k == 0 else left > MORE * seconds_of(experiment, lab)):
            return
        first = first_refits(lab)
        answers = [first[n] for n in experiment.proposal.stack]
        limit = None if math.isinf(left) else left
        some = share if k == 0 else 1.0
        if k == 0 and share == 1.0 and experiment not in self.grown.values():
            others = sum(lab.costs.refit(e) for e, later in self.waiting if later == 0) / lab.jobs
            some = more_rows(left - others, lab.costs.refitting(experiment), experiment.proposal.rows)
        teachers = self._teachers(experiment)
        number = lab.refit(
            experiment, limit, seed=k, answers=answers, teachers=teachers, alone=alone, share=some, training=training
        )
        if some > 1:
            self.grown[number] = experiment
        if alone:
            self.with_all = number

    def _teachers(self, experiment: Experiment) -> tuple[int, ...]:
        """The members of the answer, where the refit learns from that; what they think is written down once."""
        if not teaching.teachable(experiment, self.materials.problem):
            return ()
        if not self.teachers:
            self.teachers = teaching.write_down(self.lab, self.materials)
        return self.teachers

    def _measure(self) -> None:
        """Start the learning curve, once, as soon as each member has its refit and a place is free.

        Further refits of a model made to fit the time come before it: that time was planned for them.
        """
        lab = self.lab
        if self.measured or any(k == 0 or (k < REFITS and lab.costs.made_to_fit(e.proposal)) for e, k in self.waiting):
            return
        if any(e.number == self.with_all and e.status is Status.RUNNING for e in lab.history()):
            return
        self.measured = True
        if (proposal := curve(lab, self.materials, members(lab), self.left)) is not None:
            lab.start(proposal, self.left)


def share_in(left: float, needed: float) -> float:
    """The share of the rows that can be fitted in the time left; 0 where that is not worth a try."""
    if needed <= SURELY * left:
        return 1.0
    if needed < SHORT:
        return 1.0 if left > min(0.5, needed) else 0.0
    share = SURELY * SURELY * left / needed
    return round(share, 3) if share >= FEWEST else 0.0


def training_in(left: float, needed: float) -> float:
    """The share of its epochs that a network can be trained for on all rows in the time left; 0 where that is little.

    The models of its folds learnt from fewer rows: with three quarters of the epochs, the same number of steps on all
    rows is no shorter a training than theirs.
    """
    share = SURELY * left / max(needed, 1e-9)
    return 1.0 if share >= 1 else round(share, 3) if share >= LEAST_TRAINING else 0.0


def more_rows(left: float, needed: float, rows: float) -> float:
    """How many times the rows a model is fitted on that was tried on a share of them: as there is time for, up to all.

    Args:
        left: seconds that this fit may take, infinity for a budget by count, which keeps to what was tried.
        needed: predicted seconds on the rows that it was tried on.
        rows: their share.
    """
    if rows >= 1 or math.isinf(left):
        return 1.0
    possible = min(1 / rows, SURELY * SURELY * left / needed)
    return possible if possible >= WORTH else 1.0


def on_all_rows(lab: Lab, refits: Mapping[int, Sequence[Path]]) -> dict[int, list[Path]]:
    """Those that were fitted on as many rows as their experiment's rows allow, by experiment."""
    rows = {e.number: e.proposal.rows for e in lab.history()}
    whole = {n: [f for f in folders if rows[int(f.name)] >= rows[n]] for n, folders in refits.items()}
    return {n: folders for n, folders in whole.items() if folders}


def quick_enough(lab: Lab, refits: Mapping[int, Sequence[Path]]) -> dict[int, list[Path]]:
    """The refits that go into the bundle, by experiment: of each the first, and further ones while a row stays quick.

    Those with the most weight in the answer come first. What they are stacked on answers too, once. Of a model made to
    fit the time all that were planned go in, however long they take: one alone is a worse answer than was handed in.
    """
    took = {e.number: e.outcome.costs[0].row_ms for e in lab.history() if e.outcome and e.outcome.costs}
    planned = {n: REFITS if lab.costs.made_to_fit(lab.journal.get(n).proposal) else 1 for n in refits}
    kept = {n: list(folders[: planned[n]]) for n, folders in refits.items()}
    total = sum(took.get(int(folder.name), 0.0) for folders in kept.values() for folder in folders)
    for k in range(1, SEEDS):
        for e, _ in members(lab):
            further = refits.get(e.number, ())[k : k + 1]
            if further and k >= planned[e.number] and total + took.get(int(further[0].name), 0.0) <= ROW_MS:
                kept[e.number] += further
                total += took.get(int(further[0].name), 0.0)
    return kept


def seconds_of(experiment: Experiment, lab: Lab) -> float:
    """What one more refit takes: as long as the longest so far, else as predicted."""
    mine = [e.outcome for e in lab.history() if e.proposal.move == "refit" and e.proposal.parent == experiment.number]
    known = [o.seconds for o in mine if o is not None and o.status is Status.DONE]
    return max(known, default=lab.costs.refitting(experiment))


def turns(lab: Lab) -> list[Turn]:
    """What is to be refitted, in order: each member after those that it is stacked on, then more seeds of members."""
    seeds = SEEDS if lab.budget.timed and not lab.budget.interrupted else 1
    chosen = [e for e, _ in members(lab)]
    needed: dict[int, Experiment] = {}

    def need(experiment: Experiment) -> None:
        for number in experiment.proposal.stack:
            need(lab.journal.get(number))
        needed.setdefault(experiment.number, experiment)

    for e in chosen:
        need(e)
    begun = Counter(e.proposal.parent for e in lab.history() if e.proposal.move == "refit" and e.status is Status.DONE)
    varied = [e for e in chosen if not getattr(plugins.load("recipes", e.proposal.recipe), "steady", False)]
    # what can do without a refit comes last of the first ones
    firsts = sorted(needed.values(), key=lambda e: lab.costs.keeps_folds(e.proposal))
    # and for further ones of what was made to fit the time there is time planned
    planned = [(e, k) for e in varied if lab.costs.made_to_fit(e.proposal) for k in range(1, min(seeds, REFITS))]
    more = [(e, k) for k in range(1, seeds) for e in varied if (e, k) not in planned]
    wanted = [(e, 0) for e in firsts] + planned + more
    return [(e, k) for e, k in wanted if k >= begun[e.number]]


def first_refits(lab: Lab) -> dict[int, int]:
    """The first refit of each experiment that has one; models stacked on it see what this one says."""
    first: dict[int, int] = {}
    for e in lab.history():
        if e.proposal.move == "refit" and e.status is Status.DONE:
            first.setdefault(e.proposal.parent or 0, e.number)
    return first


def take_ready(waiting: list[Turn], lab: Lab) -> Turn | None:
    """Take the first turn all of whose models below are refitted; those are dropped for which that cannot be."""
    first = first_refits(lab)
    running = {e.proposal.parent for e in lab.history() if e.status is Status.RUNNING}
    for turn in list(waiting):
        coming = running | {e.number for e, k in waiting if k == 0}
        missing = [n for n in turn[0].proposal.stack if n not in first]
        if not missing:
            waiting.remove(turn)
            return turn
        if not coming.issuperset(missing):
            waiting.remove(turn)  # it keeps the answer of its folds' models
    return None


def _start_importing_matplotlib() -> None:
    """The report needs it, and its import takes a second that can pass while models are refitted."""
    threading.Thread(target=lambda: __import__("matplotlib.figure"), daemon=True).start()
