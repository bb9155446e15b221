"""What somebody asks for, made into a proposal: known names, steps that apply, folds that exist, nothing twice."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from .. import checkpoints, plugins
from ..errors import RunError, SettingsError
from ..recipes.script import CODE, SCRIPT, flaw
from ..records.base import JsonValue
from ..records.desk import Offer, RecipeTold, StepTold
from ..records.experiment import Experiment, Params, Proposal, Status, Step
from ..records.plan import Scheme, ValidationPlan
from ..records.problem import Problem
from ..settings import Settings
from ..strategists import briefing
from ..strategists.menu import ALONE, RAW, Menu
from .machine import shares
from .materials import Materials

ABOUT = 240  # characters of what a recipe or a step is


@dataclass(frozen=True)
class Given:
    """An experiment as it is asked for; None is what was not said."""

    recipe: str | None = None
    code: str | None = None
    params: Mapping[str, Any] | None = None
    features: Sequence[str | Step] | None = None
    folds: Sequence[int] | None = None
    rows: float | None = None
    seed: int | None = None
    reason: str = ""
    parent: int | None = None
    by: str = ""


def draft(given: Given, materials: Materials, history: Sequence[Experiment]) -> tuple[Proposal, tuple[str, ...]]:
    """The proposal, and what the caller should know of it.

    Raises:
        ModelwrightError: something in it is not known here, does not apply, or has been run already.
    """
    menu, parent = menu_of(materials), _parent(given.parent, history)
    before = parent.proposal if parent else None
    recipe = _recipe(given, before, materials)
    fields = {
        "recipe": recipe,
        "params": _params(given, recipe, before),
        "features": _features(given.features, recipe, before, menu),
        "stack": before.stack if before and before.recipe == recipe else (),
        "rows": _rows(given.rows, before),
        "folds": _folds(given.folds, before, materials.plan),
        "seed": _seed(given.seed, before, materials.plan),
        "parent": given.parent,
        "reason": given.reason.strip() or "asked for",
        "by": given.by,
    }
    try:
        proposal = Proposal.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise SettingsError(f"{'.'.join(map(str, first['loc']))} cannot be used: {first['msg']}.") from error
    for params in (proposal.params, *(step.params for step in proposal.features)):
        _refuse_foreign(params, materials.problem)
    for e in history:
        going = e.status in (Status.RUNNING, Status.DONE) and set(proposal.folds) <= set(e.proposal.folds)
        if going and e.proposal.same_model(proposal):
            raise RunError(f"experiment {e.number} is this model on these folds already: change something.")
    proposal = proposal.model_copy(update={"move": _move(proposal, before)})
    return proposal, (*_unlisted(proposal, menu), *_first_look(proposal, materials.plan))


def menu_of(materials: Materials) -> Menu:
    """What there is to choose from; none that looks at later rows where the future is asked for."""
    return Menu(materials.problem, materials.profile, future=materials.plan.scheme is Scheme.ROLLING)


def _parent(number: int | None, history: Sequence[Experiment]) -> Experiment | None:
    if number is None:
        return None
    found = next((e for e in history if e.number == number and e.proposal.move != "refit"), None)
    if found is None:
        raise RunError(f"there is no experiment {number} to change: give the number of one in the history.")
    return found


def _recipe(given: Given, before: Proposal | None, materials: Materials) -> str:
    """The recipe asked for, which is known here and applies."""
    if given.recipe is not None and given.recipe != SCRIPT and given.code is not None:
        raise SettingsError("an experiment has a recipe or code, not both: give one of them.")
    name = SCRIPT if given.code is not None else given.recipe or (before.recipe if before else None)
    if name is None:
        raise SettingsError("nothing says what to fit: give a recipe, code, or a parent to change.")
    known = plugins.names("recipes")
    if name not in known:
        if name == SCRIPT:
            raise SettingsError("code cannot be run here: choose a recipe of the menu.")
        raise SettingsError(f"no recipe is called {name!r}: choose one of {', '.join(known)}.")
    if name != SCRIPT:
        why = plugins.load("recipes", name).applies(materials.problem, materials.profile)
        if why is not None:
            raise SettingsError(f"the recipe {name} cannot be used here: {why.rstrip('.')}.")
    return name


def _params(given: Given, recipe: str, before: Proposal | None) -> Params:
    """Those that were given, else those of the parent, where it has the same recipe; code stays what it was."""
    own: Params = dict(before.params) if before and before.recipe == recipe else {}
    params: Params = dict(given.params) if given.params is not None else {k: v for k, v in own.items() if k != CODE}
    if "seed" in params:
        raise SettingsError("params hold a seed: give it as the experiment's seed instead.")
    if recipe == SCRIPT:
        code = given.code if given.code is not None else params.get(CODE, own.get(CODE))
        if not isinstance(code, str) or not code.strip():
            raise SettingsError(f"the recipe {SCRIPT} needs code: give its source.")
        if reason := flaw(code):
            raise SettingsError(f"{reason}.")
        return {CODE: code, **{k: v for k, v in params.items() if k != CODE}}
    return params


def _features(given: Sequence[str | Step] | None, recipe: str, before: Proposal | None, menu: Menu) -> tuple[Step, ...]:
    """The steps, behind the one that keeps columns out of the answer; a recipe's own where none were named."""
    family = menu.family_of(recipe)
    if given is None:
        if before is not None and (before.recipe == recipe or family not in ALONE):
            return before.features
        return menu.kept_out if recipe == SCRIPT else menu.first_steps(recipe)
    steps = tuple(_step(each, menu) for each in given)
    kept = menu.kept_out if family not in RAW else ()
    return (*(s for s in kept if s not in steps), *steps)


def _step(given: str | Step, menu: Menu) -> Step:
    name, known = given if isinstance(given, str) else given.name, plugins.names("features")
    if name not in known:
        raise SettingsError(f"no feature step is called {name!r}: choose one of {', '.join(known)}.")
    if name in menu.avoided:
        raise SettingsError(f"the step {name} looks at later rows, and the future is asked for: leave it out.")
    if not menu.applies(name):
        why = plugins.load("features", name).applies(menu.problem, menu.profile) or "it says so"
        raise SettingsError(f"the step {name} is of no use here: {why.rstrip('.')}.")
    return menu.step(given) if isinstance(given, str) else given


def _folds(given: Sequence[int] | None, before: Proposal | None, plan: ValidationPlan) -> tuple[int, ...]:
    if given is None:
        return before.folds if before else plan.first_folds
    folds = tuple(sorted(set(given)))
    if not folds or not set(folds) <= set(plan.all_folds):
        raise SettingsError(f"folds {list(given)} cannot be run: choose among 0 to {plan.all_folds[-1]}.")
    return folds


def _rows(given: float | None, before: Proposal | None) -> float:
    if given is None:
        return before.rows if before else 1.0
    if not 0 < given <= 1:
        raise SettingsError(f"rows {given} is no share of the rows: give more than 0, and at most 1.")
    return float(given)


def _seed(given: int | None, before: Proposal | None, plan: ValidationPlan) -> int:
    if given is None:
        return before.seed if before else plan.seed
    if not 0 <= given < 2**31:
        raise SettingsError(f"seed {given} cannot be used: give a whole number from 0 to {2**31 - 1}.")
    return given


def _refuse_foreign(params: Params, problem: Problem) -> None:
    """Raise SettingsError for a pretrained model that the user did not name: a path is not the caller's to choose."""
    folder, known = params.get("checkpoint"), checkpoints.named(problem)
    if folder and folder not in known:
        raise SettingsError(f"the checkpoint {folder!r} is none of this run: choose one of {known or 'none'}.")


def _move(proposal: Proposal, before: Proposal | None) -> str:
    """What kind of change it is, in the words that the rules and the report use."""
    if before is None:
        return CODE if proposal.recipe == SCRIPT else "draft"
    fields = ("recipe", "params", "features", "rows", "seed")
    changed = [name for name in fields if getattr(proposal, name) != getattr(before, name)]
    if "recipe" in changed:
        return "swap"
    return _of_one_field(changed[0], proposal, before) if len(changed) == 1 else "change" if changed else "extend"


def _of_one_field(name: str, proposal: Proposal, before: Proposal) -> str:
    """The same where one thing alone was changed."""
    new, gone = ({step.model_dump_json() for step in p.features} for p in (proposal, before))
    code = proposal.params.get(CODE) != before.params.get(CODE)
    return {
        "params": CODE if code else "tune",
        "features": "add" if new > gone else "drop" if new < gone else "refine",
        "rows": "grow" if proposal.rows > before.rows else "shrink",
        "seed": "seed",
    }[name]


def _unlisted(proposal: Proposal, menu: Menu) -> tuple[str, ...]:
    """A word on parameters that the recipe does not list: it may know them all the same, or pass them over."""
    if proposal.recipe == SCRIPT:
        return ()
    listed = set(menu.space(proposal.recipe)).union(*(p for p in menu.presets(proposal.recipe)))
    strange = sorted(set(proposal.params) - listed)
    if not strange:
        return ()
    return (f"{proposal.recipe} does not list {', '.join(strange)} among its params and may pass them over.",)


def _first_look(proposal: Proposal, plan: ValidationPlan) -> tuple[str, ...]:
    missing = [k for k in plan.first_folds if k not in proposal.folds]
    if not missing:
        return ()
    return (
        f"{len(proposal.folds)} of {plan.folds} folds are a first look: the answer is made of models that ran all.",
    )


def without_code(params: Params) -> Params:
    """Parameters for a line: of code only its length."""
    code = params.get(CODE)
    return {**params, CODE: f"<{len(code)} characters>"} if isinstance(code, str) else params


# --- what there is to ask for ---------------------------------------------------------------------------------------


def offer(materials: Materials, settings: Settings) -> Offer:
    """The recipes and steps that apply, with what is worth trying of each, and what code must be."""
    _, threads, memory = shares(settings)
    menu = menu_of(materials)
    known = {name: plugins.load("recipes", name) for name in plugins.names("recipes")}
    declined = {n: str(why) for n, r in known.items() if (why := r.applies(materials.problem, materials.profile))}
    columns = [name for step in menu.kept_out for name in _names(step.params.get("columns"))]
    return Offer(
        recipes=tuple(
            RecipeTold(
                name=name,
                family=recipe.family,
                about=_about(recipe),
                params={k: v.model_dump(mode="json") for k, v in menu.space(name).items()},
                features=tuple(step.title for step in menu.first_steps(name)),
            )
            for name, recipe in menu.recipes.items()
        ),
        features=tuple(
            StepTold(
                name=name,
                about=_about(plugins.load("features", name)),
                params=menu.step(name).params,
                others=tuple(step.params for step in menu.variants(menu.step(name))),
            )
            for name in plugins.names("features")
            if name not in menu.avoided and menu.applies(name)
        ),
        kept_out=tuple(columns),
        code=briefing.contract(materials.problem, threads, memory),
        declined={name: why for name, why in declined.items() if name != SCRIPT},
    )


def _names(value: JsonValue) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else []


def _about(thing: Any) -> str:
    """The first sentence or two of what a class says of itself."""
    text = " ".join((inspect.getdoc(thing if isinstance(thing, type) else type(thing)) or "").split("\n\n")[0].split())
    return text if len(text) <= ABOUT else text[:ABOUT].rsplit(" ", 1)[0] + " ..."
