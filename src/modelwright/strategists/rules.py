"""The rules strategist: what a good engineer does, without a language model.

    draft    the dummy, then one model of each family, simplest first, on as many rows and folds as time allows
    repair   a draft that failed: name what went wrong, change one thing, try again, twice at most
    extend   what looks promising on one fold to the others; what is not behind in its family to further repeats
    add      a feature step that could be of use
    drop     a feature step, to see whether it carries weight; a doubtful column, to see what it makes of the score
    compare  the incumbent with a column that is left out of the answer, only to say what that makes of the score
    tune     parameters of a family's incumbent
    swap     the recipe within a family
    grow     a model that was drafted on a share of the rows to all of them
    seed     the incumbent once more with another seed, for the blend

Families take turns, the best first; one whose last experiments brought nothing is left alone (a pivot). When all
have hit their ceiling, a last round of seeds is run, and the search ends.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from .. import plugins
from ..interfaces import Recipe
from ..records.experiment import Experiment, Params, Proposal, Status, Step
from ..records.plan import ValidationPlan
from ..records.problem import Problem
from ..records.profile import Profile, Role
from .doubts import WITHOUT, comparisons, left_out
from .pace import FEW_ROWS, Cost, Pace
from .state import CEILING, State, scored, value
from .tune import suggest

USEFUL = 0.5  # of the leader's advantage over the dummy; less than that brings little to a blend
BASIC = {  # steps that a draft has, by the roles that call for them
    "picture-statistics": (Role.PATH,),
    "dates": (Role.DATE,),
    "composites": (Role.COMPOSITE,),
    "lists": (Role.LIST,),
    "places": (Role.COORDINATES,),
    "text-statistics": (Role.TEXT, Role.CODE),
}
OPTIONAL = (
    "target-encode",
    "frequency",
    "group-counts",
    "missing",
    "integers-as-categories",
    "text-components",
)
AGGREGATES = "aggregates"
EARLY = ("group-counts", "frequency")  # before the steps that take codes apart
NO_TEXT_STEPS = ("text",)  # families that read text columns themselves
RAW = ("pixels", "dummy")  # families that take the table as it is
EXTRA_SEEDS = 3
STRUCTURAL = 2  # changes of steps or recipe for one of tuning


class Rules:
    """Proposes by rules; see the module. `left()` gives seconds, `cost` predicts a proposal's."""

    def __init__(
        self,
        problem: Problem,
        profile: Profile,
        plan: ValidationPlan,
        cost: Cost,
        left: Callable[[], float],
        seed: int = 0,
    ) -> None:
        self.problem, self.profile, self.plan = problem, profile, plan
        self.seed, self.pace = seed, Pace(plan, cost, left)

    # --- what there is --------------------------------------------------------------------------

    @cached_property
    def recipes(self) -> dict[str, Recipe]:
        """Recipes that apply, in drafting order."""
        found = {name: plugins.load("recipes", name) for name in plugins.names("recipes")}
        return {name: r for name, r in found.items() if r.applies(self.problem, self.profile) is None}

    @cached_property
    def basic_steps(self) -> tuple[Step, ...]:
        """Steps that read other tables, and those that turn columns no estimator reads (dates) into ones it does."""
        have = {c.role for c in self.profile.columns if c.in_test}
        basic = tuple(Step(name=name) for name, roles in BASIC.items() if have & set(roles) and self._applies(name))
        return (*self.aggregates, *basic)

    @cached_property
    def aggregates(self) -> tuple[Step, ...]:
        """One step for each other table that has several rows for one row of the problem."""
        return tuple(Step(name=AGGREGATES, params={"relation": r.name}) for r in self.problem.relations if r.many)

    @cached_property
    def optional_steps(self) -> tuple[str, ...]:
        """Steps worth a try, in the order in which they are tried."""
        known = (*OPTIONAL, *BASIC, AGGREGATES)
        named = [*OPTIONAL, *(n for n in plugins.names("features") if n not in known)]
        return tuple(name for name in named if self._applies(name))

    def _applies(self, step: str) -> bool:
        return plugins.load("features", step).applies(self.problem, self.profile) is None

    @cached_property
    def kept_out(self) -> tuple[Step, ...]:
        """The step that every model of the answer begins with, where columns are left out of it."""
        return left_out(self.profile)

    def family_of(self, recipe: str) -> str:
        """The family a recipe belongs to."""
        return str(plugins.load("recipes", recipe).family)

    def steps_for(self, recipe: str) -> tuple[Step, ...]:
        """The steps a draft of this recipe begins with."""
        family = self.family_of(recipe)
        if family in RAW:
            return ()
        return self.kept_out + tuple(
            s for s in self.basic_steps if not (family in NO_TEXT_STEPS and s.name == "text-statistics")
        )

    # --- proposing ------------------------------------------------------------------------------

    def propose(self, history: Sequence[Experiment], free: int) -> list[Proposal]:
        """At most `free` proposals, best first; [] when there is nothing left to try (or nothing that fits)."""
        chosen: list[Proposal] = []
        state = State(history, self.plan, self.problem.higher_is_better, self.family_of)
        for proposal in self._ideas(state):
            if len(chosen) == free:
                break
            if state.known(proposal) or any(p.same_model(proposal) for p in chosen):
                continue
            fitted = self.pace.fit(proposal, state)
            if fitted is not None and not state.known(fitted):
                chosen.append(fitted)
        return chosen

    def _ideas(self, state: State) -> Iterator[Proposal]:
        """Everything worth trying, best first; lazily, since tuning costs time to think about."""
        yield from self._drafts(state)
        yield from self._repairs(state)
        yield from self._extensions(state)
        yield from self._comparisons(state)
        yield from self._moves(state)
        yield from self._meanwhile(state)
        yield from self._seeds(state)

    def _drafts(self, state: State) -> Iterator[Proposal]:
        """The dummy first, then the default recipe of each family."""
        drafted = {e.proposal.recipe for e in state.searched}
        families = {self.family_of(r) for r in drafted if r != "dummy"}
        for name in self.recipes:
            family = self.family_of(name)
            if name in drafted or (name != "dummy" and family in families):
                continue
            families.add(family)
            reason = (
                "the score that no model at all gets; everything else is held against it"
                if name == "dummy"
                else f"a first model of the {family} family"
            )
            yield Proposal(
                recipe=name,
                features=self.steps_for(name),
                folds=self.plan.all_folds if name == "dummy" else self.pace.folds,
                seed=self.seed,
                move="draft",
                reason=reason,
            )

    def _repairs(self, state: State) -> Iterator[Proposal]:
        """One changed thing for drafts, extensions and earlier repairs that failed."""
        repaired = {e.proposal.parent for e in state.searched if e.proposal.move == "repair"}
        for e in state.searched:
            if not e.status.failed or e.number in repaired or e.proposal.move not in ("draft", "extend", "repair"):
                continue
            if e.proposal.recipe == "dummy" or self._repairs_so_far(e, state) >= 2:
                continue
            change, reason = self._remedy(e)
            if change:
                yield e.proposal.model_copy(update={**change, "parent": e.number, "move": "repair", "reason": reason})

    @staticmethod
    def _repairs_so_far(experiment: Experiment, state: State) -> int:
        by_number = {e.number: e for e in state.history}
        count, current = 0, experiment
        while current.proposal.move == "repair" and current.proposal.parent in by_number:
            count, current = count + 1, by_number[current.proposal.parent]
        return count

    def _remedy(self, e: Experiment) -> tuple[dict[str, object], str]:
        """What to change after a failure, and why; ({}, "") when there is nothing left to change."""
        p, error = e.proposal, (e.outcome.error if e.outcome else "")
        if e.status in (Status.TIMEOUT, Status.MEMORY) and p.rows > FEW_ROWS / 2:
            what = "took too long" if e.status is Status.TIMEOUT else "needed too much memory"
            return {"rows": round(p.rows / 3, 4), "folds": self.pace.folds}, f"it {what}: a third of the rows"
        if p.params:
            return {"params": {}}, f"it failed ({error}): the recipe's own parameters instead"
        basic = self.steps_for(p.recipe)
        if p.features and p.features not in (basic, self.kept_out):
            return {"features": basic}, f"it failed ({error}): without the optional feature steps"
        if p.features != self.kept_out:
            return {"features": self.kept_out}, f"it failed ({error}): without any feature step"
        if p.rows > FEW_ROWS:
            return {"rows": round(p.rows / 3, 4)}, f"it failed ({error}): fewer rows, in case a few of them do it"
        return {}, ""

    def _extensions(self, state: State) -> Iterator[Proposal]:
        """Looks that deserve the other folds: first of their family, or ahead of what their family has.

        What has run the first repeat is such a look at the others, and for these a tie is enough: it is ties that more
        folds can decide, and the blend takes its members from what has run them all.
        """
        running = [e.proposal for e in state.searched if e.status is Status.RUNNING]
        looks = [
            e
            for e in state.scored
            if e.proposal.recipe != "dummy"
            and not state.extended(e, self._next_folds(e))
            and not any(p.same_model(e.proposal) for p in running)
        ]
        leader = state.best(state.scored)
        offered: list[Proposal] = []
        for e in sorted(looks, key=lambda e: -value(e) if self.problem.higher_is_better else value(e)):
            if any(p.same_model(e.proposal) for p in offered):
                continue
            offered.append(e.proposal)
            family = state.families.get(self.family_of(e.proposal.recipe))
            # the first of a family is wanted for the blend even when it is somewhat behind
            if family is None or family.incumbent is e:
                worth = self._useful(e, leader, state)
            else:
                worth = state.promising(e, family.incumbent, tie=state.is_whole(scored(e)))
            if worth:
                folds, reason = self._next_folds(e), f"its first look on fold {e.proposal.folds[0]} was promising"
                if len(e.proposal.folds) >= self.plan.folds:
                    reason = f"it did well on {len(e.proposal.folds)} folds, which may be luck of how the rows fell"
                yield e.proposal.model_copy(
                    update={
                        "folds": folds,
                        "parent": e.number,
                        "move": "extend",
                        "reason": f"{reason}: run the other folds",
                    }
                )

    def _next_folds(self, look: Experiment) -> tuple[int, ...]:
        """What a look is extended to: the first repeat, and from there to all."""
        whole = len(look.proposal.folds) >= self.plan.folds
        return self.plan.all_folds if whole else self.plan.first_folds

    def _meanwhile(self, state: State) -> Iterator[Proposal]:
        """A slot is free and nothing is known yet: another fold of a model whose first look is under way."""
        if state.families:
            return
        for e in state.searched:
            if e.status is Status.RUNNING and e.proposal.recipe != "dummy":
                begun = {k for o in state.searched if o.proposal.same_model(e.proposal) for k in o.proposal.folds}
                for fold in reversed(self.plan.first_folds):
                    if fold not in begun:
                        reason = "a slot is free while the first look is under way: one more fold at the same time"
                        change = {"folds": (fold,), "move": "extend", "parent": e.number, "reason": reason}
                        yield e.proposal.model_copy(update=change)
                        break

    def _useful(self, look: Experiment, leader: Experiment | None, state: State) -> bool:
        """Whether a look has enough of the leader's advantage over no model at all, on the folds that all have run."""
        dummy = next((e for e in state.scored if e.proposal.recipe == "dummy"), None)
        if leader is None or dummy is None:
            return True
        folds = [s.folds for s in (look.score, leader.score, dummy.score) if s is not None]
        common = sorted(set.intersection(*(set(f) for f in folds)))
        if not common:
            return True
        mine, top, none = (sum(f[k] for k in common) for f in folds)
        sign = 1.0 if self.problem.higher_is_better else -1.0
        return sign * (mine - none) > USEFUL * sign * (top - none)

    def _moves(self, state: State) -> Iterator[Proposal]:
        """One change to a family's incumbent; families take turns, the least tried of the good ones first."""
        leader = state.best(state.whole)
        close = {f.name: leader is not None and state.near(f.incumbent, leader, 3.0) for f in state.families.values()}
        # a family near the leader gets more patience, and three turns for one of a family well behind
        patience = {name: CEILING * (4 if near else 1) for name, near in close.items()}
        open_families = [f for f in state.families.values() if not f.at_ceiling(patience[f.name])]
        turns = {f.name: self._running_or_done(f.name, state) * (1 if close[f.name] else 3) for f in open_families}
        order = sorted(enumerate(open_families), key=lambda item: turns[item[1].name] + item[0])
        for _, family in order:
            yield from self._moves_of(family.incumbent, state)

    def _comparisons(self, state: State) -> Iterator[Proposal]:
        """The best model on all folds with and without each doubtful column."""
        leader = state.best(state.whole)
        if leader is not None and self.family_of(leader.proposal.recipe) not in RAW:
            yield from comparisons(self.profile, leader, state.searched, self.pace.folds)

    def _running_or_done(self, family: str, state: State) -> int:
        return sum(self.family_of(e.proposal.recipe) == family and e.proposal.move != "draft" for e in state.searched)

    def _moves_of(self, incumbent: Experiment, state: State) -> Iterator[Proposal]:
        """Three structural changes (steps, recipes), then two for one of tuning."""
        structural = [
            *self._grows(incumbent),
            *self._adds(incumbent, state),
            *self._swaps(incumbent),
            *self._drops(incumbent),
        ]
        fresh = [p for p in structural if not state.known(p) and not self._looked_at(p, state)]
        family = self.family_of(incumbent.proposal.recipe)
        tunes = sum(e.proposal.move == "tune" and self.family_of(e.proposal.recipe) == family for e in state.searched)
        others = self._running_or_done(family, state) - tunes
        if fresh and others < STRUCTURAL * tunes + 3:  # what the model sees matters more than how it is set
            yield fresh[0]
        yield from self._tunes(incumbent, state)
        yield from fresh

    @staticmethod
    def _looked_at(proposal: Proposal, state: State) -> bool:
        """Whether this model had its first look already (and was not found worth more)."""
        return any(e.proposal.same_model(proposal) for e in state.searched)

    def _child(self, parent: Experiment, move: str, reason: str, **change: object) -> Proposal:
        fixed = {"folds": self.pace.folds, "parent": parent.number, "move": move, "reason": reason}
        return parent.proposal.model_copy(update={**fixed, **change})

    def _grows(self, parent: Experiment) -> Iterator[Proposal]:
        if parent.proposal.rows < 1:
            yield self._child(parent, "grow", "the same model on all rows, now that its cost is known", rows=1.0)

    def _adds(self, parent: Experiment, state: State) -> Iterator[Proposal]:
        have = {s.title for s in parent.proposal.features}
        family = self.family_of(parent.proposal.recipe)
        if family in RAW:
            return
        refuted = self._refuted_steps(family, state)
        for step in (*self.steps_for(parent.proposal.recipe), *(Step(name=name) for name in self.optional_steps)):
            if step.title not in have and step.title not in refuted:
                yield self._child(
                    parent,
                    "add",
                    f"does the feature step {step.title} help the {family} family?",
                    features=self._with(parent.proposal.features, step),
                )

    @staticmethod
    def _with(steps: tuple[Step, ...], step: Step) -> tuple[Step, ...]:
        """One more step: at the end, or at the start where it reads columns that others take apart."""
        if step.name not in (*EARLY, AGGREGATES):
            return (*steps, step)
        first = tuple(s for s in steps if s.name == WITHOUT)  # nothing is made of what is left out
        return (*first, step, *(s for s in steps if s.name != WITHOUT))

    def _refuted_steps(self, family: str, state: State) -> set[str]:
        """Steps that were added once in this family; asking again with each new incumbent would cost the budget."""
        before = {e.number: {step.title for step in e.proposal.features} for e in state.history}
        return {
            step.title
            for e in state.searched
            if e.proposal.move == "add" and self.family_of(e.proposal.recipe) == family
            for step in e.proposal.features
            if step.title not in before.get(e.proposal.parent or 0, set())
        }

    def _drops(self, parent: Experiment) -> Iterator[Proposal]:
        for step in parent.proposal.features:
            if step.name == WITHOUT:
                continue
            rest = tuple(s for s in parent.proposal.features if s != step)
            yield self._child(parent, "drop", f"does the feature step {step.title} carry its weight?", features=rest)

    def _swaps(self, parent: Experiment) -> Iterator[Proposal]:
        family = self.family_of(parent.proposal.recipe)
        for name in self.recipes:
            if name not in ("dummy", parent.proposal.recipe) and self.family_of(name) == family:
                yield self._child(
                    parent, "swap", f"{name} is another model of the {family} family", recipe=name, params={}
                )

    def _tunes(self, parent: Experiment, state: State) -> Iterator[Proposal]:
        recipe = self.recipes.get(parent.proposal.recipe)
        space = recipe.space(self.problem, self.profile) if recipe else {}
        if not space:
            return
        same = [e for e in state.searched if e.proposal.recipe == parent.proposal.recipe]
        # gains over the incumbent, so that first looks teach as well: values on one fold are on a scale of their own
        trials = [
            (e.proposal.params, state.gain(e, parent)) for e in same if e.score is not None and e.proposal.for_answer
        ]
        point: Params = suggest(space, trials, seed=self.seed + 1000 * len(same) + 1)
        changed = ", ".join(f"{k} {v}" for k, v in point.items())
        yield self._child(parent, "tune", f"other parameters: {changed}", params=point)

    def _seeds(self, state: State) -> Iterator[Proposal]:
        """When all families are at their ceiling: more seeds of the best, for the blend; then the search is over."""
        for family in list(state.families.values())[:2]:
            seeds = [
                e for e in state.whole if e.proposal.move == "seed" and e.proposal.parent == family.incumbent.number
            ]
            if any(state.gain(e, family.incumbent) == 0 for e in seeds):
                continue  # this model does not depend on its seed
            for k in range(1, EXTRA_SEEDS + 1):
                yield self._child(
                    family.incumbent,
                    "seed",
                    f"no family improved in its last {CEILING} experiments: another seed of the best, for the blend",
                    seed=self.seed + k,
                    folds=family.incumbent.proposal.folds,
                )
