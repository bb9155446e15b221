"""Fitting the members of the answer on all rows: those that others are stacked on first, then more seeds."""

import math
import threading
import time
from collections import Counter
from pathlib import Path

from ..records.experiment import Experiment, Status
from ..search.lab import PATIENCE, Lab
from .closing import REPORT, members
from .materials import Materials

SEEDS = 3  # refits of each member, the further ones only when there is time to spare
MORE = 1.3  # one more seed must fit so many times into the time left
AFTER_INTERRUPT = 60.0  # seconds that refits may take at most once the user has asked to stop

Turn = tuple[Experiment, int]  # whose model, and which of its refits


def refit(lab: Lab, materials: Materials) -> dict[int, list[Path]]:
    """Fit the members on all rows, as many as time allows, then again with other seeds; folders by experiment."""
    _start_importing_matplotlib()
    deadline = time.monotonic() + lab.budget.until_end() - max(REPORT, lab.budget.finish - 0.5)
    if lab.budget.interrupted:
        deadline = min(deadline, time.monotonic() + AFTER_INTERRUPT)
    waiting = turns(lab)
    while waiting or not lab.idle:
        while lab.executor.free and (turn := take_ready(waiting, lab)) is not None:
            experiment, k = turn
            left = deadline - time.monotonic()
            # a first fit is worth a try; one more seed is not worth the risk of being late
            if left > (min(0.5, lab.costs.refit(experiment)) if k == 0 else MORE * seconds_of(experiment, lab)):
                first = first_refits(lab)
                answers = [first[n] for n in experiment.proposal.stack]
                alone = lab.idle and not waiting
                lab.refit(experiment, None if math.isinf(left) else left, seed=k, answers=answers, alone=alone)
        for outcome in lab.executor.wait(PATIENCE):
            lab.close(outcome)
    refits: dict[int, list[Path]] = {}
    for e in lab.history():
        if e.proposal.move == "refit" and e.status is Status.DONE:
            refits.setdefault(e.proposal.parent or 0, []).append(materials.workspace.experiment(e.number))
    return refits


def seconds_of(experiment: Experiment, lab: Lab) -> float:
    """What one more refit takes: as long as the longest so far, else as predicted."""
    mine = [e.outcome for e in lab.history() if e.proposal.move == "refit" and e.proposal.parent == experiment.number]
    known = [o.seconds for o in mine if o is not None and o.status is Status.DONE]
    return max(known, default=lab.costs.refit(experiment))


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
    wanted = [(e, 0) for e in needed.values()] + [(e, k) for k in range(1, seeds) for e in chosen]
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
