"""What there is to choose from: the recipes and feature steps that apply to the problem, and what drafts begin with."""

from collections.abc import Sequence
from functools import cached_property

from .. import plugins
from ..interfaces import Elastic, Recipe
from ..records.experiment import Params, Proposal, Step
from ..records.problem import Modality, Problem
from ..records.profile import LabelNoise, Profile, Role
from ..records.space import Space
from .doubts import WITHOUT, left_out

AGGREGATES = "aggregates"
BASIC = {  # steps that a draft has, by the roles that call for them
    "picture-embeddings": (Role.PATH,),  # before the step that drops the paths
    "picture-statistics": (Role.PATH,),
    "dates": (Role.DATE,),
    "composites": (Role.COMPOSITE,),
    "characters": (Role.CODE,),
    "lists": (Role.LIST,),
    "places": (Role.COORDINATES,),
    "text-statistics": (Role.TEXT,),
    "text-likeness": (Role.TEXT,),
}
EARLY = ("group-counts", "frequency", "date-gaps")  # before the steps that take codes and dates apart
AHEAD = ("date-gaps",)  # look at the times of later rows
LAST = ("select",)  # judges what all other steps made
# families that read strings themselves, and so do without the steps that follow
READERS = ("text", "bayes", "text-network", "transformer")
FOR_OTHERS = ("text-statistics", "text-likeness", "characters")
RAW = ("pixels", "unet", "segmenter", "detector", "detector-tuned", "dummy")  # families that take the table as it is
NETWORKS = ("convolution", "convolution-tuned", "vision-transformer")  # families that learn to see pictures
PICTURES = ("patches", *NETWORKS)  # families that read pictures themselves
EARLY_ANSWER = ("dummy", "linear")  # beside families that read pictures, which are far ahead of all tables
ALONE = (*RAW, *PICTURES, "transformer")  # families to which the columns that steps make say nothing


class Menu:
    """Recipes by family, and steps; in the order in which they are worth a try.

    Where the `future` is asked for, steps that look at later rows are left out.
    """

    def __init__(self, problem: Problem, profile: Profile, *, future: bool = False) -> None:
        self.problem, self.profile, self.avoided = problem, profile, AHEAD if future else ()

    @cached_property
    def recipes(self) -> dict[str, Recipe]:
        """Recipes that apply, in drafting order."""
        found = {name: plugins.load("recipes", name) for name in plugins.names("recipes")}
        fitting = {name: r for name, r in found.items() if r.applies(self.problem, self.profile) is None}
        if any(recipe.family in NETWORKS for recipe in fitting.values()):
            return self._of_pictures(fitting)
        if any(recipe.family in PICTURES for recipe in fitting.values()):
            early = [name for name, r in fitting.items() if name in EARLY_ANSWER or r.family in PICTURES]
            return {name: fitting[name] for name in (*early, *(n for n in fitting if n not in early))}
        if self.problem.modality not in (Modality.TEXT, Modality.TEXT_PAIR):
            return fitting

        def place(item: tuple[str, Recipe]) -> int:
            """The dummy, models of texts, others, and last what takes long."""
            name, recipe = item
            late = getattr(recipe, "patient", False)
            return 0 if name == "dummy" else 3 if late else 1 if recipe.family in READERS else 2

        return dict(sorted(fitting.items(), key=place))

    @staticmethod
    def _of_pictures(fitting: dict[str, Recipe]) -> dict[str, Recipe]:
        """A quick model of what is measured of pictures, for an early answer; then those that see them.

        Of what a pretrained network makes of them, boosted trees too.
        """
        tuned = any("tuned" in recipe.family or "transformer" in recipe.family for recipe in fitting.values())
        first = [name for name in fitting if name in EARLY_ANSWER or (tuned and name == "lightgbm")]
        own = [name for name, recipe in fitting.items() if recipe.family in PICTURES]
        foreign = [name for name in fitting if name not in plugins.BUILTIN["recipes"]]
        return {name: fitting[name] for name in dict.fromkeys((*first, *own, *foreign))}

    def family_of(self, recipe: str) -> str:
        """The family a recipe belongs to."""
        return str(plugins.load("recipes", recipe).family)

    def space(self, recipe: str) -> Space:
        """The parameters of a recipe worth trying; empty where it does not apply."""
        return self.recipes[recipe].space(self.problem, self.profile) if recipe in self.recipes else {}

    def presets(self, recipe: str, noise: LabelNoise | None = None) -> Sequence[Params]:
        """Settings of a recipe that are known to do well on other tables, the best first; it may have none.

        `noise`: how many labels seem wrong, where the search has found out more of it than the profile says.
        """
        given = getattr(self.recipes.get(recipe), "presets", None)
        profile = self.profile if noise is None else self.profile.model_copy(update={"noise": noise})
        return given(self.problem, profile) if given else ()

    def elastic(self, recipe: str) -> bool:
        """Whether a recipe can be made to take a given time."""
        return isinstance(self.recipes.get(recipe), Elastic)

    def changed(self, parent: Proposal, params: Params) -> Params:
        """What a setting makes of a model's parameters: of an elastic one, one change of what it is."""
        return {**parent.params, **params} if self.elastic(parent.recipe) else params

    # --- steps ----------------------------------------------------------------------------------

    def applies(self, step: str) -> bool:
        """Whether a feature step could be of use."""
        return step in self._steps and plugins.load("features", step).applies(self.problem, self.profile) is None

    @cached_property
    def _steps(self) -> Sequence[str]:
        return [name for name in plugins.names("features") if name not in self.avoided]

    @cached_property
    def aggregates(self) -> tuple[Step, ...]:
        """One step for each other table that has several rows for one row of the problem."""
        return tuple(Step(name=AGGREGATES, params={"relation": r.name}) for r in self.problem.relations if r.many)

    @cached_property
    def basic(self) -> tuple[Step, ...]:
        """Steps that read other tables, and those that turn columns no estimator reads (dates) into ones it does."""
        have = {c.role for c in self.profile.columns if c.in_test}
        basic = tuple(self.step(name) for name, roles in BASIC.items() if have & set(roles) and self.applies(name))
        return (*self.aggregates, *basic)

    @cached_property
    def optional(self) -> tuple[Step, ...]:
        """Steps worth a try, in the order in which they are registered."""
        known = (*BASIC, AGGREGATES, WITHOUT)
        return tuple(self.step(name) for name in self._steps if name not in known and self.applies(name))

    def step(self, name: str) -> Step:
        """A step with the parameters that this problem gives it; those of plug-ins may have no such."""
        given = getattr(plugins.load("features", name), "given", None)
        return Step(name=name, params=dict(given(self.problem, self.profile)) if given else {})

    def variants(self, step: Step) -> tuple[Step, ...]:
        """The same step with other parameters, as the step itself lists them."""
        given = getattr(plugins.load("features", step.name), "variants", ())
        return tuple(Step(name=step.name, params=params) for params in given if params != step.params)

    @cached_property
    def kept_out(self) -> tuple[Step, ...]:
        """The step that every model of the answer begins with, where columns are left out of it."""
        return left_out(self.profile)

    def first_steps(self, recipe: str) -> tuple[Step, ...]:
        """The steps a draft of this recipe begins with."""
        family = self.family_of(recipe)
        if family in ALONE:
            return self.kept_out if family not in RAW else ()
        steps = tuple(s for s in self.basic if not (family in READERS and s.name in FOR_OTHERS))
        return (*self.kept_out, *steps)


def with_step(steps: tuple[Step, ...], step: Step) -> tuple[Step, ...]:
    """One more step: at the start where others take apart what it reads, else at the end, before one that judges."""
    if step.name not in (*EARLY, AGGREGATES):
        last = () if step.name in LAST else tuple(s for s in steps if s.name in LAST)
        return (*(s for s in steps if s not in last), step, *last)
    first = tuple(s for s in steps if s.name == WITHOUT)  # nothing is made of what is left out
    return (*first, step, *(s for s in steps if s.name != WITHOUT))
