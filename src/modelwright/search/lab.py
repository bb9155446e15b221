"""The lab: where the loop's proposals become jobs, and their outcomes rows of the journal."""

import math
from collections.abc import Callable, Mapping, Sequence

from ..interfaces import Executor
from ..journal.journal import Journal
from ..metrics.judge import Judge
from ..metrics.promote import best, compare, guiding, sentence
from ..records.experiment import CURVE, LEAST_TRAINING, REFITS, Experiment, Job, Outcome, Proposal, Status
from ..workspace import Workspace, write_whole
from .budget import Budget, CostModel

MEMBERS = 4  # models that the answer is made of, as far as time is kept for fitting them on all rows
PATIENCE = 0.5  # seconds between looks at the clock while experiments run


class Lab:
    """Executor, journal, judge and budget around one run folder. `tell` hears of every start, end and new best."""

    def __init__(
        self,
        workspace: Workspace,
        executor: Executor,
        journal: Journal,
        judge: Judge,
        budget: Budget,
        costs: CostModel,
        *,
        jobs: int,
        threads: int,
        tell: Callable[..., None],
        on_best: Callable[[Experiment], None],
    ) -> None:
        self.workspace, self.executor, self.journal, self.judge = workspace, executor, journal, judge
        self.budget, self.costs, self.jobs, self.threads = budget, costs, jobs, threads
        self.tell, self.on_best = tell, on_best
        self._clipped: set[int] = set()  # experiments whose limit is the end of the budget, not their own
        self._stopping = False

    @property
    def free(self) -> int:
        """Experiments that could be started now."""
        return 0 if self.budget.spent(self.journal.history()) else self.executor.free

    @property
    def idle(self) -> bool:
        """Nothing is running."""
        return self.executor.idle

    def history(self) -> Sequence[Experiment]:
        """All experiments so far, running ones too."""
        return self.journal.history()

    def start(self, proposal: Proposal, seconds: float | None = None) -> None:
        """Open a row in the journal and start it, unless there is no time left for it.

        `seconds`: how long it may take where it is none of the search, so that the search's time does not count.
        """
        history = self.journal.history()
        reused = self._reuse(proposal, history)
        fresh = sorted(set(proposal.folds).difference(*(e.proposal.folds for e in reused)))
        predicted = self.costs.predict(proposal, history, folds=fresh)
        seen = any(e.status is Status.DONE and _alike(e.proposal, proposal) for e in history)
        limit = self.budget.limit(predicted, seen=seen) if seconds is None else seconds
        if limit is None or (seconds is None and self.budget.spent(history)):
            return
        experiment = self.journal.open(proposal)
        if seconds is None and self.budget.timed and limit >= self.budget.left() - 1e-3:
            self._clipped.add(experiment.number)
        job = Job(
            number=experiment.number,
            proposal=proposal,
            reuse=folders([e.number for e in reused]),
            below=folders(proposal.stack),
            seconds=None if limit == float("inf") else limit,
            hard=seconds is not None,
            threads=self.threads,
            by_group=proposal.move == CURVE,
        )
        self._launch(job)
        self.tell(
            "started",
            number=experiment.number,
            recipe=proposal.recipe,
            move=proposal.move,
            reason=proposal.reason,
            folds=len(proposal.folds),
        )

    def refit(
        self,
        experiment: Experiment,
        seconds: float | None,
        seed: int = 0,
        answers: Sequence[int] = (),
        *,
        teachers: Sequence[int] = (),
        alone: bool = False,
        share: float = 1.0,
        training: float = 1.0,
    ) -> int:
        """Start fitting the experiment's model on all rows, under a row of its own; returns its number.

        `seed` is added to the experiment's own, in steps that its other experiments do not use. `answers` are the
        refits of the experiments that it is stacked on, in their order. `teachers`: from whose predictions, in the
        data folder, it learns beside the labels. `alone`: nothing else will run meanwhile, so it may use the threads of
        all jobs; not under a budget by count, where the clock must change nothing. `share`: of the rows that it was
        tried on, where there is no time for all or for more. `training`: of the epochs, of a model that has such.
        """
        learned = experiment.outcome.learned if experiment.outcome else {}
        epochs = experiment.proposal.params.get("epochs")
        if training < 1 and isinstance(epochs, int):
            learned = {**learned, "epochs": max(1, round(training * epochs))}
        proposal = experiment.proposal.model_copy(
            update={
                "params": {**experiment.proposal.params, **learned},
                "folds": (),
                "seed": experiment.proposal.seed + 1000 * seed,
                "parent": experiment.number,
                "move": "refit",
                "rows": min(1.0, experiment.proposal.rows * share),
                "teachers": tuple(teachers),
                "reason": f"experiment {experiment.number} is part of the answer: fit it on all rows"
                + (f", seed {seed + 1}" if seed else "")
                + (
                    "; labels seem wrong, so half of a target is what models think that have not seen it"
                    if teachers
                    else ""
                )
                + (f"; on {share:.0%} of them, to fit the time left" if share < 1 else "")
                + (f", {share:.1f} times those that it was tried on" if share > 1 else "")
                + (f"; trained for {training:.0%} of its epochs, to fit the time left" if training < 1 else ""),
            }
        )
        row = self.journal.open(proposal)
        job = Job(
            number=row.number,
            proposal=proposal,
            below=folders(proposal.stack),
            answers=folders(answers),
            seconds=seconds,
            hard=True,
            threads=self.threads * (self.jobs if alone and self.budget.timed else 1),
            refit=True,
        )
        self._launch(job)
        self.tell("started", number=row.number, recipe=proposal.recipe, move="refit", reason=proposal.reason, folds=0)
        return row.number

    def _launch(self, job: Job) -> None:
        folder = self.workspace.experiment(job.number)
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / "job.json", job.model_dump_json(indent=1))
        self.executor.start(job, folder)

    @staticmethod
    def _reuse(proposal: Proposal, history: Sequence[Experiment]) -> list[Experiment]:
        """Finished experiments with the same model, whose folds need not be run again."""
        return [e for e in history if e.status is Status.DONE and e.proposal.same_model(proposal) and e.proposal.folds]

    def wait(self) -> list[Outcome]:
        """What ended. A wish to stop, or the end of the budget, ends what runs."""
        if not self._stopping and (self.budget.interrupted or (self.budget.timed and self.budget.left() <= 0)):
            self._stopping = True
            self.executor.stop()
        return self.executor.wait(PATIENCE)

    def close(self, outcome: Outcome) -> None:
        """Judge it and complete its row in the journal; a new best is announced."""
        before = self.journal.history()
        row = self.journal.get(outcome.number)
        if row.proposal.move == "refit":
            closed = self.journal.close(outcome, None)
            self._announce(closed)
            return
        if outcome.status is Status.TIMEOUT and outcome.number in self._clipped:
            outcome = outcome.model_copy(update={"status": Status.STOPPED, "error": "the time for the search was over"})
        outcome, score = self.judge.judge(outcome, self.workspace.experiment(outcome.number))
        scored = row.model_copy(update={"status": outcome.status, "outcome": outcome, "score": score})
        higher = self.judge.problem.higher_is_better
        verdict = sentence(scored, before, higher) or outcome.error
        closed = self.journal.close(outcome, score, verdict)
        self._announce(closed)
        self._keep_time()
        incumbent = best(before, higher)
        if score is not None and best(self.journal.history(), higher) == closed:
            self.tell("best", number=closed.number, recipe=closed.proposal.recipe, score=score.value, error=score.error)
            # more folds can make the first in rank of a model that does worse on the folds both have run
            if incumbent is None or incumbent.score is None or compare(score, incumbent.score, higher).gain >= 0:
                self.on_best(closed)

    def note(self, remarks: Mapping[str, str]) -> None:
        """Write down the remarks whose names are new; a resumed run knows which were written before it."""
        noted = self.journal.facts().get("remarks", [])
        names = list(noted) if isinstance(noted, list) else []
        for name, text in remarks.items():
            if name not in names:
                names.append(name)
                self.journal.note(text)
                self.tell("note", text=text)
                self.journal.fact("remarks", names)

    def _keep_time(self) -> None:
        """Keep back what refitting the answer may take, and note the time used, for a resume."""
        history = self.journal.history()
        members = likely_members(history, self.judge.problem.higher_is_better)
        leader = [e for e in members if e is members[0] or e.number in members[0].proposal.stack]
        below = members[0].proposal.stack if members else ()  # what a second level sees must be refitted with it
        rounds = {e.number: self._refit_rounds(e) for e in members}
        first, everything = (
            [self.costs.refitting(e) if e.number in below or rounds[e.number] else self.costs.refit(e) for e in some]
            for some in (leader, members)
        )
        most = max([0, *(rounds[e.number] for e in leader)])
        self.budget.keep_for_refits(first, everything, self.jobs, most)
        self.journal.fact("used", round(self.budget.used, 2))

    def _refit_rounds(self, experiment: Experiment) -> int:
        """For how many rounds of refits time is kept although the models of its folds could answer.

        None before all of these have run; of those that are planned as many as fit, and one that fits if it is
        trained for less.
        """
        if len(experiment.proposal.folds) < self.costs.folds or not self.costs.made_to_fit(experiment.proposal):
            return 0
        seconds = self.costs.refitting(experiment)
        planned = range(math.ceil(REFITS / self.jobs), 0, -1)
        whole = next((n for n in planned if self.budget.has_time_for_refits(seconds, n)), 0)
        return whole or int(self.budget.has_time_for_refits(LEAST_TRAINING * seconds))

    def _announce(self, closed: Experiment) -> None:
        outcome = closed.outcome
        self.tell(
            "finished",
            number=closed.number,
            recipe=closed.proposal.recipe,
            status=str(closed.status),
            score=closed.score.value if closed.score else None,
            error=closed.score.error if closed.score else None,
            seconds=outcome.seconds if outcome else 0.0,
            verdict=closed.verdict,
        )

    def settle(self) -> tuple[int, int]:
        """After an interruption: adopt results that were finished, mark the others lost. Returns how many of each.

        Finished work is never run again: a worker that wrote `result.json` before everything was killed has done
        its job, and the judge can still read its predictions.
        """
        adopted = lost = 0
        for row in list(self.journal.history()):
            if row.status is not Status.RUNNING:
                continue
            path = self.workspace.experiment(row.number) / "result.json"
            if path.exists():
                self.close(Outcome.model_validate_json(path.read_bytes()))
                adopted += 1
            else:
                gone = Outcome(number=row.number, status=Status.LOST, error="its process was gone when the run resumed")
                self.journal.close(gone, None, gone.error)
                lost += 1
        return adopted, lost


def folders(numbers: Sequence[int]) -> tuple[str, ...]:
    """Folders of experiments as a job names them, relative to its own."""
    return tuple(f"../{number:04d}" for number in numbers)


def _alike(first: Proposal, second: Proposal) -> bool:
    """Whether one recipe is given the columns of the same steps, so that the one says what the other takes."""
    steps = ([step.name for step in p.features] for p in (first, second))
    return first.recipe == second.recipe and next(steps) == next(steps)


def likely_members(history: Sequence[Experiment], higher_is_better: bool) -> list[Experiment]:
    """What the answer may be made of: the leader, the best of the next recipes, and what they are stacked on."""
    leader = best(history, higher_is_better)
    sign = -1.0 if higher_is_better else 1.0
    scored = [e for e in history if e.score is not None and e.proposal.for_answer and e.proposal.recipe != "dummy"]
    chosen = [leader] if leader is not None else []
    for e in sorted(scored, key=lambda e: (-len(e.proposal.folds), sign * guiding(e.score).value)):  # type: ignore[arg-type]
        if len(chosen) < MEMBERS and all(e.proposal.recipe != c.proposal.recipe for c in chosen):
            chosen.append(e)
    below = {n for e in chosen for n in e.proposal.stack} - {e.number for e in chosen}
    return [*chosen, *(e for e in history if e.number in below)]
