"""A language model beside the rules, or in their place.

    Hybrid     the rules keep the workers busy; a model is asked for drafts, when the search stands still, to mend its
               own code, and for kinds of answer that no recipe knows
    ModelOnly  the model proposes everything but the dummy; the rules fill in while it cannot be reached

A model sees what a strategist sees, as text (see `briefing`), and answers with one hypothesis and one change (see
`idea`). What it proposes meets the same pace, folds and judge as anything else, and it never says how good it was: what
it predicts is held against what happened, and shown to it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from ..metrics.foretold import Foretold, ideas
from ..metrics.promote import number
from ..metrics.replay import State, scored
from ..recipes.script import CODE, SCRIPT, essence
from ..records.call import Call, CallStatus, Message
from ..records.experiment import Experiment, Proposal, Status
from . import briefing
from .briefing import Desk, Now, Purpose
from .counsel import Counsel, Question, Reply, choose
from .idea import Idea, MalformedAnswerError, read
from .privacy import Privacy
from .rules import Rules

if TYPE_CHECKING:
    import pandas as pd

DRAFTS = 2  # scripts that are asked for before anything is improved
STILL = 6  # finished experiments without a new best, after which the search stands still
AGAIN = 10  # finished experiments after which a model is asked again in any case
FORCED = 3  # questions in a row that are put only because the rules have no idea left
REPAIRS = 2  # of one script, one after the other
CAPPED = 5.0  # standard errors that one idea can be credited with
LEAST_LEFT = 20.0  # seconds of search below which nobody is asked
WAIT = 0.5  # seconds between looks, where the search waits for an answer


@dataclass(frozen=True)
class Advice:
    """What a strategist that asks models is given beside the rest."""

    counsel: Counsel
    record: Callable[[Call], None]  # writes a call into the journal
    earlier: Sequence[Call] = ()  # those of a run that was interrupted
    level: Privacy = "schema"
    sample: "Callable[[int], pd.DataFrame] | None" = None
    code_allowed: bool = True
    threads: int = 1
    memory_mb: int = 0
    stopped: Callable[[], bool] = lambda: False  # whether the user has ended the search


class Hybrid(Rules):
    """See the module."""

    asks_models: ClassVar[bool] = True  # it is given `advice`
    alone: ClassVar[bool] = False  # whether the rules only fill in

    def __init__(self, *arguments: Any, advice: Advice, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.advice, self.counsel = advice, advice.counsel
        # an idea may take longer than a draft of the rules: there are few, and somebody has thought about each
        self.pace.patient = lambda recipe: recipe == SCRIPT or self._patient(recipe)
        self.calls: list[Call] = list(advice.earlier)
        self._ready: list[Proposal] = []  # ideas that wait for a free place
        self._told: dict[str, str] = {}  # remarks for the journal
        self._turned_down: list[str] = []  # ideas that were never run, and why
        self._forced = 0  # questions put because nothing else was left to do, since an idea was run
        self._asked_at = 0  # finished experiments when a model was asked last

    # --- proposing ------------------------------------------------------------------------------

    def propose(self, history: Sequence[Experiment], free: int) -> list[Proposal]:
        """What the model had in mind, as far as it fits the time; the rules for all other places."""
        state = self._state(history)
        idle = not any(e.status is Status.RUNNING for e in state.searched)
        self._collect(state, 0.0)
        while True:
            self._ask(state)
            chosen = self._take(state, free)
            others = self._alone if self.alone else self._by_rules
            chosen += others(state, free - len(chosen), chosen)
            if chosen or not idle or not free or self.advice.stopped() or not self._fits_time():
                return chosen
            if not self.counsel.busy and self._forced < FORCED:
                self._forced += 1
                self._ask(state, force=True)  # the rules have no idea left, and there is time
            if not self.counsel.busy:
                return []
            self._collect(state, WAIT)  # else the search would end while an answer is on its way

    def remarks(self, history: Sequence[Experiment]) -> Mapping[str, str]:
        """Those of the rules, and what became of asking."""
        return {**super().remarks(history), **self._told}

    def finish(self) -> None:
        """The search is over: what is still under way goes on record."""
        if (reply := self.counsel.collect()) is not None:
            self._record(reply.call)
        elif (call := self.counsel.abandon()) is not None:
            self._record(call)

    def _by_rules(self, state: State, free: int, chosen: Sequence[Proposal]) -> list[Proposal]:
        if free <= 0:
            return []
        found = super().propose(state.history, free)
        return [p for p in found if not any(p.same_model(c) and set(p.folds) & set(c.folds) for c in chosen)]

    def _alone(self, state: State, free: int, chosen: Sequence[Proposal]) -> list[Proposal]:
        """The dummy and what carries the model's ideas on; the rules where no model can be reached."""
        if free <= 0:
            return []
        reachable = self.counsel.busy or bool(self.counsel.available())
        if not reachable or not self._fits_time():
            return self._by_rules(state, free, chosen)
        ours = [p for p in super().propose(state.history, free) if p.recipe == "dummy" or p.move in ("extend", "grow")]
        return [p for p in ours if not any(p.same_model(c) for c in chosen)][:free]

    def _take(self, state: State, free: int) -> list[Proposal]:
        """Ideas that wait, cut to the time left."""
        chosen: list[Proposal] = []
        while self._ready and len(chosen) < free:
            proposal = self._ready.pop(0)
            fitted = self.pace.fit(proposal, state)
            if fitted is None:
                one = self.cost(proposal.model_copy(update={"folds": proposal.folds[:1]}), state.history)
                took = f"one fold of it would take about {one:.0f} s here, of {self.pace.left():.0f} s left"
                self._turn_down(proposal.reason, took)
            elif not state.known(fitted):
                self._forced = 0
                chosen.append(fitted)
        return chosen

    # --- asking ---------------------------------------------------------------------------------

    def _ask(self, state: State, *, force: bool = False) -> None:
        """Put the next question, if there is one to put, somebody to put it to, and time for the answer."""
        if self.counsel.busy or self._ready or not self._fits_time():
            return
        names = self.counsel.available()
        due = (self._due(state) or (("improve", None) if force and state.scored else None)) if names else None
        if due is None:
            return
        purpose, about = due
        messages = briefing.write(self._desk, self._now(state), purpose, about)
        name = choose(names, self._gains(state), self.calls)
        if about is not None and about.proposal.by in names:
            name = about.proposal.by  # who wrote the code mends it
        self._asked_at = self._finished(state)
        self.counsel.ask(name, Question(purpose, tuple(messages), about.number if about else None))

    def _fits_time(self) -> bool:
        """Whether an answer could still be of use."""
        return self.pace.left() > LEAST_LEFT

    def _due(self, state: State) -> tuple[Purpose, Experiment | None] | None:
        """What is worth asking now."""
        if (broken := self._broken(state)) is not None:
            return "repair", broken
        own = [e for e in state.searched if e.proposal.by and e.proposal.move != "repair"]
        known = [name for name in self.menu.recipes if name != "dummy"]
        first = not known or self.alone  # else there should be something to hold an idea against
        models = [e for e in state.scored if first or e.proposal.recipe != "dummy"]
        waits = bool(known) or (not self._finished(state) and "dummy" in self.menu.recipes)
        if not models and waits:
            return None
        if len(own) + len(self._turned_down) < DRAFTS:
            return "draft", None
        since = self._finished(state) - self._asked_at
        if any(e.status is Status.RUNNING for e in own):
            return None  # what it thinks next depends on what becomes of this
        if self.alone or since >= AGAIN or (since > 0 and (self._still(state) or self._last_won(own, state))):
            return "improve", None
        return None

    def _broken(self, state: State) -> Experiment | None:
        """A script that failed and may still be mended."""
        mended = {e.proposal.parent for e in state.searched if e.proposal.move == "repair"}
        for e in state.searched:
            wrong = e.status in (Status.FAILED, Status.INVALID, Status.CRASHED) and e.proposal.recipe == SCRIPT
            if wrong and e.number not in mended and self._repairs_so_far(e, state) < REPAIRS:
                return e
        return None

    @staticmethod
    def _finished(state: State) -> int:
        return sum(e.status is not Status.RUNNING for e in state.searched)

    def _still(self, state: State) -> bool:
        """Whether the latest experiments brought no new best."""
        done = [e for e in state.whole if e.status is Status.DONE]
        best = state.best(done)
        return best is not None and sum(e.number > best.number for e in state.scored) >= STILL

    def _last_won(self, own: Sequence[Experiment], state: State) -> bool:
        """Whether the model's latest idea became the best of all on its folds."""
        finished = [e for e in own if e.score is not None]
        leader = state.best(state.whole)
        return bool(finished) and leader is not None and leader.proposal.same_model(finished[-1].proposal)

    @property
    def _desk(self) -> Desk:
        a = self.advice
        return Desk(
            self.problem, self.profile, self.plan, self.menu, a.level, a.sample, a.code_allowed, a.threads,
            self.pace.slots, a.memory_mb,
        )  # fmt: skip

    def _now(self, state: State) -> Now:
        return Now(state, self.pace.left(), self.progress(), self.counsel.purse(), self._own(state))

    # --- answers --------------------------------------------------------------------------------

    def _collect(self, state: State, seconds: float) -> None:
        """Take an answer that has come: an idea, or a question back, or nothing."""
        reply = self.counsel.collect(seconds)
        if reply is None:
            return
        self._record(reply.call)
        if reply.text is None:
            self._tell_failure(reply)
            return
        try:
            self._ready.append(self._proposal(reply, state))
        except MalformedAnswerError as error:
            if reply.question.turn == 1 and self._fits_time():
                self._ask_back(reply, str(error))
            else:
                self._turn_down("an answer of yours could not be used", str(error))

    def _ask_back(self, reply: Reply, reason: str) -> None:
        """One turn to mend an answer that cannot be used."""
        told = f"That cannot be used: {reason}. Answer again, in the form that was asked for."
        turns = (Message(role="assistant", text=reply.text or ""), Message(role="user", text=told))
        question = replace(reply.question, messages=(*reply.question.messages, *turns), turn=2)
        self.counsel.ask(reply.model, question)

    def _record(self, call: Call) -> None:
        self.calls.append(call)
        self.advice.record(call)

    def _tell_failure(self, reply: Reply) -> None:
        """A remark for the journal, one for each sort of failure."""
        call = reply.call
        onward = (
            "the rules go on without it"
            if call.status in (CallStatus.DENIED, CallStatus.REFUSED)
            else "the rules go on"
        )
        told = f"The language model {reply.model} gave no answer ({call.status}: {call.error}); {onward}."
        self._told.setdefault(f"no answer of {reply.model}: {call.status}", told)

    def _turn_down(self, idea: str, why: str) -> None:
        self._turned_down.append(f"not run: {idea[:120]} ({why[:160]})")
        self._told[f"idea {len(self._turned_down)} that was not run"] = (
            f"An idea of the language model was not run: {idea[:160]} ({why})."
        )

    def _proposal(self, reply: Reply, state: State) -> Proposal:
        """The experiment that an answer asks for. MalformedAnswerError says what in it is not known here."""
        by_number = {e.number: e for e in state.history}

        def source(of: int) -> str | None:
            found = by_number.get(of)
            code = found.proposal.params.get(CODE) if found is not None else None
            return code if isinstance(code, str) else None

        idea = read(reply.text or "", source)
        about = reply.question.about
        parent = by_number.get(about if about is not None else idea.parent if idea.parent is not None else -1)
        is_script = idea.recipe == SCRIPT
        fields = self._of_script(idea, parent, state) if is_script else self._of_recipe(idea, parent)
        repair = reply.question.purpose == "repair"
        move = "repair" if repair else "draft" if parent is None else "improve"
        reason = f"{idea.hypothesis} {idea.change}".strip()
        proposal = Proposal(
            recipe=idea.recipe,
            folds=self.pace.folds,
            seed=self.seed,
            parent=parent.number if parent is not None else None,
            move=move,
            reason=reason,
            by=reply.model,
            expected=idea.expected_gain,
            disproof=idea.disproof,
            **fields,
        )
        if state.known(proposal):
            same = state.of_model(proposal)[0].number
            raise MalformedAnswerError(f"that is experiment {same} again: propose something the journal does not have")
        return proposal

    def _of_script(self, idea: Idea, parent: Experiment | None, state: State) -> dict[str, Any]:
        """Params and steps of a script; code that differs in its seed alone is no other idea."""
        if not self.advice.code_allowed:
            raise MalformedAnswerError("scripts are not run on this machine: propose a built-in recipe")
        steps = self._checked(idea) if idea.features is not None else ()
        params: dict[str, Any] = {**idea.params, CODE: idea.code}
        if idea.seconds is not None:
            params["seconds"] = round(idea.seconds, 1)
        same = essence(idea.code)
        for e in state.searched:
            p = e.proposal
            others = {k: v for k, v in p.params.items() if k not in (CODE, "seconds")}
            alike = p.recipe == SCRIPT and p.features == steps and others == idea.params and e is not parent
            if alike and essence(str(p.params.get(CODE, ""))) == same:
                raise MalformedAnswerError(f"but for seeds and comments, that is the script of experiment {e.number}")
        return {"params": params, "features": steps}

    def _of_recipe(self, idea: Idea, parent: Experiment | None) -> dict[str, Any]:
        """Params and steps of a built-in recipe; those of the parent where nothing else is said."""
        known = [name for name in self.menu.recipes if name != "dummy"]
        if idea.recipe not in known:
            raise MalformedAnswerError(
                f"no recipe {idea.recipe!r} fits this task: choose one of {', '.join(known)}, or script"
            )
        same = parent is not None and parent.proposal.recipe == idea.recipe
        before = parent.proposal if parent is not None and same else None
        if idea.features is not None:
            steps = self._checked(idea)
        else:
            steps = before.features if before is not None else self.menu.first_steps(idea.recipe)
        return {"params": {**(before.params if before is not None else {}), **idea.params}, "features": steps}

    def _checked(self, idea: Idea) -> tuple[Any, ...]:
        """The steps of an idea, all of which must apply here."""
        steps = idea.features or ()
        for step in steps:
            if not self.menu.applies(step.name):
                known = ", ".join(s.name for s in (*self.menu.basic, *self.menu.optional))
                raise MalformedAnswerError(
                    f"the feature step {step.name!r} does not apply here: those that do are {known}"
                )
        kept_out = [s for s in self.menu.kept_out if s not in steps]
        return (*kept_out, *steps)

    # --- what it was worth ----------------------------------------------------------------------

    def _gains(self, state: State) -> dict[str, float]:
        """What each model's ideas have brought, in standard errors of the leader of their time."""
        found: dict[str, float] = {}
        for idea in ideas(state):
            if idea.found is None or idea.rival is None or not state.is_whole(scored(idea.most)):
                continue
            unit = max(idea.found.error, scored(idea.rival).error / 4, 1e-12)
            name = idea.first.proposal.by
            found[name] = found.get(name, 0.0) + min(CAPPED, max(0.0, idea.found.gain / unit))
        return found

    def _own(self, state: State) -> list[str]:
        """A line for each idea so far: what was expected of it, and what happened."""
        return [*(foretold(idea) for idea in ideas(state)), *self._turned_down[-3:]]


class ModelOnly(Hybrid):
    """See the module."""

    alone = True


def foretold(idea: Foretold) -> str:
    """What was expected of an idea and what happened, in a line."""
    first, e, found, rival = idea.first, idea.most, idea.found, idea.rival
    expected = f"expected {first.proposal.expected:+.4g}" if first.proposal.expected is not None else "no gain foretold"
    if found is not None and rival is not None and e.score is not None:
        folds = f" on {len(e.score.folds)} fold(s)"
        came = f"got {found.gain:+.4g} ± {found.error:.2g} over #{rival.number}{folds}, {found.verdict}"
    elif e.status.failed:
        came = f"it failed ({e.status})"
    elif e.score is not None:
        came = f"got {number(e.score.value)}"
    else:
        came = "it runs" if e.status is Status.RUNNING else str(e.status)
    return f"#{first.number} {expected}, {came}: {first.proposal.reason[:120]}"
