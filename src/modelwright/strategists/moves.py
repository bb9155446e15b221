"""One-change operators: what can be changed of an incumbent, move by move, and which move is worth most now."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain, islice

from ..metrics.replay import STACK, Family, State, Trial, value
from ..recipes.script import CODE, SCRIPT
from ..records.experiment import Experiment, Params, Proposal, Step
from ..records.plan import Scheme
from .doubts import WITHOUT
from .ledger import Ledger
from .menu import ALONE, RAW, Menu, with_step
from .tune import suggest

PATIENCE = 4  # times the ceiling, after which a family near the leader is left alone; one far behind after one
NEAR = 3.0  # standard errors behind the leader at which a family is near it
EXTRA_SEEDS = 3
# a change that the rules make is no idea of whoever had the parent's
OURS = {"by": "", "expected": None, "disproof": ""}
LOST = 3  # families in which a step was no help, after which the others do without it
MEMBERS = 8  # models that a stacked one sees
OF_ONE_FAMILY = 2
STACKS = 6  # stacked models in a run
STACKED_ROWS = 1_000  # below, a second level's score is too good by more than it can bring (docs/log.md)
USEFUL = 0.5  # of the leader's advantage over the dummy; less than that brings little to a blend
MUCH = 0.02  # of the leader's advantage over the dummy, which a step must have brought some family,
CLEARLY = 5.0  # and in standard errors of that gain, for all others to try it before anything else
FAR = 12.0  # standard errors behind the leader at which a model has nothing to say to a second level
TREES = ("boosting", "ordered-boosting")  # families whose own settings serve a second level too
STACKERS: dict[str, Params] = {  # further second-level models: shallow, for their columns say nearly all
    "lightgbm": {"num_leaves": 6, "learning_rate": 0.03, "feature_fraction": 0.5, "lambda_l2": 10.0},
    "linear": {"splines": False, "penalty": 10.0},
}


@dataclass(frozen=True)
class Option:
    """A kind of move that a family could make next: what it is worth, and the proposals, made when asked for."""

    rate: float
    make: Callable[[], Iterator[Proposal]]


class Moves:
    """Changes of incumbents. `cost` predicts the seconds of a proposal, `folds` are those that new models run."""

    def __init__(
        self,
        menu: Menu,
        state: State,
        ledger: Ledger,
        folds: tuple[int, ...],
        cost: Callable[[Proposal], float],
        seed: int,
    ) -> None:
        self.menu, self.state, self.ledger = menu, state, ledger
        self.folds, self.cost, self.seed = folds, cost, seed

    def ranked(self, others: Iterable[Option] = ()) -> Iterator[Proposal]:
        """The moves of all open families, and others, the one that promises most for its seconds first."""
        options = [option for family in self.open_families() for option in self._options(family)]
        options += [*self._stack_options(), *others]
        made = [option.make() for option in sorted(options, key=lambda o: -o.rate) if option.rate > 0]
        for proposals in made:
            yield from islice(proposals, 1)
        yield from chain.from_iterable(made)  # with many cores, what is second best of its kind runs beside

    def open_families(self) -> list[Family]:
        """Families that are not left alone, the best first."""
        leader = self.state.best(self.state.whole)
        families = [f for f in self.state.families.values() if f.name != STACK]
        if leader is None:
            return families
        near = {f.name: self.state.distance(f.incumbent, leader) <= NEAR for f in families}
        return [f for f in families if not f.at_ceiling(PATIENCE if near[f.name] else 1)]

    def _options(self, family: Family) -> Iterator[Option]:
        incumbent = family.incumbent
        whole = incumbent.proposal.model_copy(update={"folds": self.folds})
        usual = self.cost(whole)  # what changed parameters cost is known when they are, and about as much
        makers: dict[str, Callable[[Experiment], Iterator[Proposal]]] = {
            "grow": self.grows,
            "preset": self.presets,
            "add": self.adds,
            "refine": self.refines,
            "swap": self.swaps,
            "drop": self.drops,
        }
        for move, maker in makers.items():
            fresh = [p for p in maker(incumbent) if not self.state.of_model(p)]
            if fresh:  # the first stands for its kind
                yield Option(self.ledger.rate(move, family, self.cost(fresh[0])), partial(iter, fresh))
        for move, late in (("tune", self.tunes), ("seed", self.seeds)):
            yield Option(self.ledger.rate(move, family, usual), partial(late, incumbent))

    def _child(self, parent: Experiment, move: str, reason: str, **change: object) -> Proposal:
        fixed = {"folds": self.folds, "parent": parent.number, "move": move, "reason": reason, **OURS}
        return parent.proposal.model_copy(update={**fixed, **change})

    # --- one change each ------------------------------------------------------------------------

    def grows(self, parent: Experiment) -> Iterator[Proposal]:
        """All rows (or as many as there is time for) for a model that was drafted on a share of them; once."""
        grown = any(e.proposal.move == "grow" and e.proposal.parent == parent.number for e in self.state.searched)
        if parent.proposal.rows < 1 and not grown:
            yield self._child(parent, "grow", "the same model on all rows, now that its cost is known", rows=1.0)

    def adds(self, parent: Experiment) -> Iterator[Proposal]:
        """One more feature step: what helped other families first, what did not help them last."""
        have = {s.title for s in parent.proposal.features}
        family = self.state.family(parent.proposal)
        if family in ALONE or self._blind(parent):
            return
        refuted = self._added_before(family)
        steps = (*self.menu.kept_out, *self.menu.basic, *self.menu.optional)
        for step in sorted(steps, key=lambda s: -self._helped(s)):
            if step.title not in have and step.title not in refuted and not self._idle(step):
                reason = f"does the feature step {step.title} help the {family} family?"
                yield self._child(parent, "add", reason, features=with_step(parent.proposal.features, step))

    def transfers(self) -> Iterator[Proposal]:
        """A step that brought some family much, in the others: the best of each, which need not have run all folds.

        Such a step shows what the table is made of, and that is the same for all.
        """
        leader = self.state.best(self.state.whole)
        if leader is None:
            return
        enough = MUCH * self.state.lift(leader)
        proven = [s for s in (*self.menu.basic, *self.menu.optional) if self._brought(s) >= enough > 0]
        for best in self.state.bests if proven else ():
            if self.state.advantage(best, leader) > USEFUL:
                for proposal in self.adds(best):
                    if any(s in proven and s not in best.proposal.features for s in proposal.features):
                        yield proposal

    def _brought(self, step: Step) -> float:
        """The most that the step has brought to a family, clearly beyond noise."""
        return max((t.gain for t in self._added(step) if t.won and t.gain >= CLEARLY * t.error), default=0.0)

    def _added_before(self, family: str) -> set[str]:
        """Steps that were added once in this family; asking again with each new incumbent would cost the budget."""
        before = {e.number: {step.title for step in e.proposal.features} for e in self.state.history}
        return {
            step.title
            for e in self.state.searched
            if e.proposal.move == "add" and self.state.family(e.proposal) == family
            for step in e.proposal.features
            if step.title not in before.get(e.proposal.parent or 0, set())
        }

    def _helped(self, step: Step) -> int:
        """1 where the step became part of an incumbent, -1 where it was tried and did not, 0 where it is new."""
        verdicts = [trial.won for trial in self._added(step)]
        return 0 if not verdicts else 1 if any(verdicts) else -1

    def _idle(self, step: Step) -> bool:
        """Whether other families need not try the step: it made nothing at all, or has lost in several of them."""
        tried = self._added(step)
        if any(trial.won for trial in tried):
            return False
        return any(trial.gain == 0 for trial in tried) or len({trial.family for trial in tried}) >= LOST

    def _is_code(self, number: int) -> bool:
        return self._by_number[number].proposal.recipe == SCRIPT

    def _blind(self, parent: Experiment) -> bool:
        """Whether the model is code that names the columns it reads: a step added to it changed nothing at all."""
        code = parent.proposal.params.get(CODE)
        same = [t for t in self.state.trials if t.move == "add" and t.gain == 0 and self._is_code(t.number)]
        return code is not None and any(self._by_number[t.number].proposal.params.get(CODE) == code for t in same)

    def _added(self, step: Step) -> list[Trial]:
        """The trials that added the step to a model that may have looked at what it made."""
        tried = [trial for trial in self.state.trials if trial.move == "add" and self._is_about(trial.number, step)]
        return [trial for trial in tried if trial.gain != 0 or not self._is_code(trial.number)]

    def _is_about(self, number: int, step: Step) -> bool:
        """Whether the step is what the experiment of that number added."""
        by_number = self._by_number
        first = self.state.of_model(by_number[number].proposal)[0].proposal
        before = by_number.get(first.parent or 0)
        return step in first.features and (before is None or step not in before.proposal.features)

    @cached_property
    def _by_number(self) -> dict[int, Experiment]:
        return {e.number: e for e in self.state.history}

    def refines(self, parent: Experiment) -> Iterator[Proposal]:
        """Other parameters of a step: first of the one whose absence was found to hurt most."""
        for step in sorted(parent.proposal.features, key=self._missed):
            rest, idle = parent.proposal.features, self._idle_parameters(step.name)
            for variant in self.menu.variants(step):
                if idle & set(variant.params):
                    continue
                features = tuple(variant if s == step else s for s in rest)
                reason = f"the step {step.title} carries weight: is it better as {variant.title}?"
                yield self._child(parent, "refine", reason, features=features)

    def _idle_parameters(self, step: str) -> set[str]:
        """Parameters of a step that were changed in this run and made no difference at all."""
        unmoved = [t.number for t in self.state.trials if t.move == "refine" and t.gain == 0]
        tried = [s for n in unmoved for s in self._by_number[n].proposal.features if s.name == step]
        return {name for s in tried for name in s.params}

    def _missed(self, step: Step) -> float:
        """What dropping the step brought; 0 where that was not tried, positive where it was no loss."""
        gains = [0.0]
        for trial in self.state.trials:
            if trial.move == "drop":
                first = self.state.of_model(self._by_number[trial.number].proposal)[0].proposal
                before = self._by_number.get(first.parent or 0)
                if before is not None and step in before.proposal.features and step not in first.features:
                    gains.append(trial.gain)
        return min(gains)

    def drops(self, parent: Experiment) -> Iterator[Proposal]:
        """Ablation: one feature step less."""
        for step in parent.proposal.features:
            if step.name == WITHOUT:
                continue
            rest = tuple(s for s in parent.proposal.features if s != step)
            yield self._child(parent, "drop", f"does the feature step {step.title} carry its weight?", features=rest)

    def swaps(self, parent: Experiment) -> Iterator[Proposal]:
        """Another recipe of the family."""
        family = self.state.family(parent.proposal)
        for name in self.menu.recipes:
            if name not in ("dummy", parent.proposal.recipe) and self.menu.family_of(name) == family:
                reason = f"{name} is another model of the {family} family"
                yield self._child(parent, "swap", reason, recipe=name, params={})

    def presets(self, parent: Experiment) -> Iterator[Proposal]:
        """Parameters that are known to do well on other tables, each tried once in a run."""
        recipe = parent.proposal.recipe
        for preset in self.menu.presets(recipe, self.state.noise):
            params = self.menu.changed(parent.proposal, preset)
            if not any(e.proposal.recipe == recipe and e.proposal.params == params for e in self.state.searched):
                reason = f"parameters that do well on other tables: {_told(preset)}"
                yield self._child(parent, "preset", reason, params=params)

    def tunes(self, parent: Experiment) -> Iterator[Proposal]:
        """Other parameters, as the trials so far suggest them."""
        recipe = parent.proposal.recipe
        space = self.menu.space(recipe)
        if not space:
            return
        same = [e for e in self.state.searched if e.proposal.recipe == recipe]
        # gains over the incumbent, so that first looks teach as well: values on one fold are on a scale of their own
        trials = [
            (e.proposal.params, self.state.gain(e, parent))
            for e in same
            if e.score is not None and e.proposal.for_answer and not e.proposal.stack
        ]
        point: Params = suggest(space, trials, seed=self.seed + 1000 * len(same) + 1)
        params = self.menu.changed(parent.proposal, point)
        yield self._child(parent, "tune", f"other parameters: {_told(point)}", params=params)

    def seeds(self, parent: Experiment) -> Iterator[Proposal]:
        """More seeds of a model, for the blend."""
        seeds = [e for e in self.state.whole if e.proposal.move == "seed" and e.proposal.parent == parent.number]
        if any(self.state.gain(e, parent) == 0 for e in seeds):
            return  # this model does not depend on its seed
        for k in range(1, EXTRA_SEEDS + 1):
            reason = "another seed of the best of its family, for the blend"
            proposal = self._child(parent, "seed", reason, seed=self.seed + k, folds=parent.proposal.folds)
            if not self.state.known(proposal):
                yield proposal
                return

    # --- a second level -------------------------------------------------------------------------

    def _stack_options(self) -> Iterator[Option]:
        """A model that sees what the best ones predict; again when there are better ones to see."""
        leader = self.state.best([e for e in self.state.whole if not e.proposal.stack])
        made = [e.proposal for e in self.state.searched if e.proposal.stack and e.proposal.move == "stack"]
        few = self.menu.profile.rows < STACKED_ROWS
        if leader is None or few or len(made) >= STACKS or self.state.plan.scheme is Scheme.ROLLING:
            return  # under rolling origin, the rows before the first fold have no predictions to learn from
        seen = self._members(leader)
        if len({self.state.family(e.proposal) for e in seen}) < 2:
            return
        numbers = tuple(sorted(e.number for e in seen))
        for recipe, params in self._stackers(leader):
            if any(p.recipe == recipe and p.params == params and _alike(p.stack, numbers) for p in made):
                continue
            proposal = Proposal(
                recipe=recipe,
                params=params,
                features=leader.proposal.features,
                stack=numbers,
                folds=self.state.plan.first_folds,
                seed=self.seed,
                move="stack",
                reason=f"a second level: {recipe} on the table and what {len(numbers)} models predict out of fold",
            )
            family = Family(STACK, leader, sum(p.recipe == recipe for p in made))
            yield Option(self.ledger.rate("stack", family, self.cost(proposal)), partial(iter, (proposal,)))
            return

    def _stackers(self, leader: Experiment) -> list[tuple[str, Params]]:
        """Second-level models, the best first: the leader's own, where it is of trees, then those of `STACKERS`."""
        mine = leader.proposal
        own = [(mine.recipe, mine.params)] if self.state.family(mine) in TREES else []
        return [*own, *((name, params) for name, params in STACKERS.items() if name in self.menu.recipes)]

    def _members(self, leader: Experiment) -> list[Experiment]:
        """What a second level sees: the best experiments on all rows, at most two of a family, none far behind."""
        sign = 1.0 if self.state.higher_is_better else -1.0
        chosen: list[Experiment] = []
        for e in sorted(self.state.whole, key=lambda e: (-sign * value(e), e.number)):
            family = self.state.family(e.proposal)
            mine = [c for c in chosen if self.state.family(c.proposal) == family]
            fits = family != STACK and family not in RAW and e.proposal.rows == 1
            if fits and len(mine) < OF_ONE_FAMILY and not any(c.proposal.same_model(e.proposal) for c in chosen):
                chosen.append(e)
        return [e for e in chosen if self.state.distance(e, leader) <= FAR][:MEMBERS]


def _alike(first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    """Whether two second levels see nearly the same models."""
    common = len(set(first) & set(second))
    return common >= 0.6 * max(len(first), len(second))


def _told(params: Params) -> str:
    return ", ".join(f"{k} {v}" for k, v in params.items())
