from collections.abc import Mapping, Sequence

from modelwright.records.experiment import Experiment, Outcome, Proposal, Status
from modelwright.search.loop import search
from modelwright.testing.records import experiment


class ScriptedLab:
    """Runs two at a time; each job ends after as many waits as its params say."""

    def __init__(self, limit: int = 100) -> None:
        self.rows: list[Experiment] = []
        self.running: dict[int, int] = {}
        self.limit, self.most = limit, 0
        self.noted: Mapping[str, str] = {}

    @property
    def free(self) -> int:
        return 0 if len(self.rows) >= self.limit else 2 - len(self.running)

    @property
    def idle(self) -> bool:
        return not self.running

    def history(self) -> Sequence[Experiment]:
        return self.rows

    def start(self, proposal: Proposal) -> None:
        if not self.free:
            return
        number = len(self.rows) + 1
        self.rows.append(experiment(number, status=Status.RUNNING, **dict(proposal)))
        self.running[number] = int(str(proposal.params.get("waits", 1)))
        self.most = max(self.most, len(self.running))

    def wait(self) -> list[Outcome]:
        self.running = {n: w - 1 for n, w in self.running.items()}
        ended = [n for n, w in self.running.items() if w <= 0]
        self.running = {n: w for n, w in self.running.items() if w > 0}
        return [Outcome(number=n, status=Status.DONE) for n in ended]

    def note(self, remarks: Mapping[str, str]) -> None:
        self.noted = {**self.noted, **remarks}

    def close(self, outcome: Outcome) -> None:
        self.rows[outcome.number - 1] = self.rows[outcome.number - 1].model_copy(update={"status": outcome.status})


class Script:
    """Proposes what it was given, once each."""

    def __init__(self, waits: Sequence[int]) -> None:
        self.proposals = [Proposal(recipe="linear", params={"k": k, "waits": w}) for k, w in enumerate(waits)]

    def propose(self, history: Sequence[Experiment], free: int) -> list[Proposal]:
        return self.proposals[len(history) : len(history) + free]

    def remarks(self, history: Sequence[Experiment]) -> Mapping[str, str]:
        return {f"after {len(history)}": "so many experiments were started"}


def test_every_proposal_is_run_once_and_closed() -> None:
    lab = ScriptedLab()
    search(Script([1, 3, 1, 2, 1]), lab)
    assert [e.proposal.params["k"] for e in lab.rows] == [0, 1, 2, 3, 4]
    assert all(e.status is Status.DONE for e in lab.rows)


def test_a_slow_experiment_does_not_keep_the_other_slot_idle() -> None:
    lab = ScriptedLab()
    search(Script([9, 1, 1, 1]), lab)
    assert lab.most == 2
    assert len(lab.rows) == 4


def test_a_spent_budget_drains_what_runs_and_starts_nothing_more() -> None:
    lab = ScriptedLab(limit=3)
    search(Script([5] * 10), lab)
    assert len(lab.rows) == 3
    assert all(e.status is Status.DONE for e in lab.rows)


def test_no_ideas_end_the_search() -> None:
    lab = ScriptedLab()
    search(Script([]), lab)
    assert lab.rows == []


def test_proposals_that_the_lab_refuses_do_not_make_it_spin() -> None:
    class Refusing(ScriptedLab):
        def start(self, proposal: Proposal) -> None:
            """No time is left for it."""

    lab = Refusing()
    search(Script([1, 1]), lab)
    assert lab.rows == []
