"""The loop. It has no state: resume is 'settle what was running, call `search` again'."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..interfaces import Strategist
    from ..records.experiment import Experiment, Outcome, Proposal


class Bench(Protocol):
    """Where experiments are run and recorded; see `search.lab.Lab`."""

    @property
    def free(self) -> int:
        """Experiments that could be started now; 0 when the budget is spent."""

    @property
    def idle(self) -> bool:
        """Nothing is running."""

    def history(self) -> "Sequence[Experiment]":
        """All experiments so far, running ones too."""

    def start(self, proposal: "Proposal") -> None:
        """Open a row in the journal and start it, unless there is no time left for it."""

    def wait(self) -> "list[Outcome]":
        """What ended; may be empty."""

    def close(self, outcome: "Outcome") -> None:
        """Judge it and complete its row in the journal."""

    def note(self, remarks: "Mapping[str, str]") -> None:
        """Write down those that are new."""


# [story]
def search(strategist: "Strategist", lab: Bench) -> None:
    """Propose, run, score and record until the budget is spent or ideas run out; then drain."""
    while True:
        if lab.free:
            for proposal in strategist.propose(lab.history(), lab.free):
                lab.start(proposal)
        if lab.idle:
            return
        for outcome in lab.wait():
            lab.close(outcome)
            lab.note(strategist.remarks(lab.history()))


# [/story]
