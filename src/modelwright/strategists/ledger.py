"""What each kind of move has brought in this run: the gain to expect of the next one, and what it is worth.

A move is worth its expected gain for each second it will take, weighed by how much its family matters to the answer
and by the clock: exploring comes before polishing. Expectations begin as guesses and follow what was seen; a gain
within noise counts for little.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ..metrics.replay import CEILING, Family, State, scored

# Gains to expect before anything was tried, in standard errors of the leader's score; only their ratios matter much
GUESS: Mapping[str, float] = {
    "grow": 1.0,
    "stack": 0.3,
    "extend": 1.0,
    "preset": 0.3,
    "add": 0.4,
    "swap": 0.15,
    "refine": 0.15,
    "tune": 0.1,
    "drop": 0.04,
    "seed": 0.01,
}
TRUST = 2.0  # trials that a guess counts as
FADING = 0.75  # what a trial counts for with each later one of its kind: a first big gain is not to be had twice
ELSEWHERE = 0.4  # what a trial in another family counts for
UNSURE = 0.25  # what a gain within noise counts for
REACH = 2.0  # standard errors behind the leader at which a family matters half as much
BLENDS = 0.8  # share of the leader's advantage over no model at all, from which another idea can help a blend
LEAST = 0.003  # what a family far behind still matters
HOPE = 0.2  # what a useful family matters before its first trials, however far behind: it may be badly set
HOPEFUL = 0.6  # share of the leader's advantage from which a family is useful in that sense
PATIENT = 4  # trials after which that hope is half as large
LATE = {"seed": 0.75, "drop": 0.15, "stack": 0.4}  # share of the budget before which such moves are not made


@dataclass(frozen=True)
class Ledger:
    """What the trials so far say of the next. `progress` is the share of the budget that was used."""

    state: State
    progress: float = 0.0

    @cached_property
    def unit(self) -> float:
        """The standard error of the leader's score: the size of gain that guesses are told in."""
        leader = self.state.best(self.state.whole)
        return max(scored(leader).error, 1e-12) if leader is not None else 1.0

    def expected(self, move: str, family: str) -> float:
        """The gain to expect of one more such move in the family, in the metric's units."""
        total, weight = TRUST * GUESS.get(move, 0.05) * self.unit, TRUST
        share = {True: 1.0, False: ELSEWHERE}  # here, elsewhere; each fades by itself
        for trial in reversed(self.state.trials):
            if trial.move == move:
                here = trial.family == family
                weight += share[here]
                total += share[here] * max(0.0, trial.gain) * (1.0 if trial.won else UNSURE)
                share[here] *= FADING
        return total / weight

    def matters(self, family: Family, *, hope: bool = True) -> float:
        """How much a gain in the family matters to the answer: less where it is far behind or at its ceiling.

        `hope`: that it may be badly set counts for something.
        """
        leader = self.state.best(self.state.whole)
        near = 1.0
        if leader is not None:
            behind = self.state.distance(family.incumbent, leader)
            advantage = self.state.advantage(family.incumbent, leader)
            above = max(0.0, advantage - BLENDS) / (1 - BLENDS)
            near = max(LEAST, 1 / (1 + (behind / REACH) ** 2), min(1.0, above) ** 2)
            if hope and advantage >= HOPEFUL:
                tried = sum(trial.family == family.name for trial in self.state.trials)
                near = max(near, HOPE * 0.5 ** (tried / PATIENT))
        return near * float(0.5 ** (2 * family.stale / CEILING))

    def rate(self, move: str, family: Family, seconds: float) -> float:
        """Expected gain for each second, weighed; 0 for a move whose time has not come."""
        if self.progress < LATE.get(move, 0.0):
            return 0.0
        return self.worth(self.expected(move, family.name), family, seconds)

    def worth(self, gain: float, family: Family, seconds: float, *, hope: bool = True) -> float:
        """A gain for each second, weighed by how much the family matters."""
        return self.matters(family, hope=hope) * gain / max(seconds, 0.2)
