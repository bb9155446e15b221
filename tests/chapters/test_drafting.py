from types import SimpleNamespace
from typing import Any, cast

import pytest

from modelwright.chapters.drafting import Given, draft, offer, without_code
from modelwright.chapters.materials import Materials
from modelwright.errors import ModelwrightError, SettingsError
from modelwright.records.experiment import Experiment, Proposal, Status, Step
from modelwright.records.finding import Finding
from modelwright.records.plan import Scheme, ValidationPlan
from modelwright.records.problem import Problem
from modelwright.records.profile import Column, Profile, Role
from modelwright.settings import Settings

PROBLEM = Problem(
    name="x", root="", kind="binary", targets=("y",), metric="log_loss", higher_is_better=False, classes=(0, 1)
)
CODE = "def build(problem, params): ..."
SUSPECT = Finding(sort="future", columns=("later",), evidence="It is broken.", compare=True, left_out=True)
COLUMNS = (
    Column(name="a", role=Role.NUMBER, distinct=300),
    Column(name="later", role=Role.NUMBER, distinct=300),
    Column(name="seen", role=Role.DATE, distinct=300),
)
PROFILE = Profile(rows=400, test_rows=50, columns=COLUMNS)
PLAN = ValidationPlan(scheme=Scheme.STRATIFIED, folds=3, repeats=2, holdout=0.1, seed=7, why="")
KEPT_OUT = Step(name="without", params={"columns": ["later"]})


def materials(*, scheme: Scheme = Scheme.STRATIFIED, findings: tuple[Finding, ...] = ()) -> Materials:
    """What a draft looks at."""
    plan = PLAN if scheme is Scheme.STRATIFIED else PLAN.model_copy(update={"scheme": scheme, "repeats": 1})
    profile = PROFILE.model_copy(update={"findings": findings})
    return cast(Materials, SimpleNamespace(problem=PROBLEM, profile=profile, plan=plan))


MATERIALS = materials()


def done(number: int, status: Status = Status.DONE, **fields: Any) -> Experiment:
    """One experiment of a history."""
    return Experiment(
        number=number, proposal=Proposal(**{"recipe": "linear", "folds": (0, 1), **fields}), status=status
    )


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"recipe": "linar"}, "no recipe is called 'linar': choose one of dummy"),
        ({"recipe": "os:system"}, "no recipe is called 'os:system'"),
        ({"recipe": "naive-bayes"}, "the recipe naive-bayes cannot be used here"),
        ({}, "nothing says what to fit"),
        ({"recipe": "linear", "code": "def build(): ..."}, "a recipe or code, not both"),
        ({"recipe": "script"}, "needs code"),
        ({"code": "def build(problem, params)"}, "the script is no Python"),
        ({"recipe": "linear", "features": ["ranking"]}, "no feature step is called 'ranking'"),
        ({"recipe": "linear", "features": [Step(name="os:system")]}, "no feature step is called 'os:system'"),
        ({"recipe": "linear", "features": ["lists"]}, "the step lists is of no use here"),
        ({"recipe": "linear", "folds": [6]}, r"folds \[6\] cannot be run: choose among 0 to 5"),
        ({"recipe": "linear", "folds": []}, r"folds \[\] cannot be run"),
        ({"recipe": "linear", "rows": 0.0}, "rows 0.0 is no share"),
        ({"recipe": "linear", "seed": -1}, "seed -1 cannot be used"),
        ({"recipe": "linear", "params": {"seed": 3}}, "params hold a seed"),
        ({"recipe": "linear", "params": {"penalty": object()}}, "params.*cannot be used"),
        ({"recipe": "linear", "params": {"checkpoint": "/etc"}}, "checkpoint '/etc' is none of this run"),
        ({"parent": 77}, "there is no experiment 77 to change"),
    ],
)
def test_what_is_not_known_is_refused_by_name(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelwrightError, match=message) as caught:
        draft(Given(**asked), MATERIALS, ())
    assert "\n" not in str(caught.value)


def test_what_is_not_said_is_usual() -> None:
    proposal, hints = draft(Given(recipe="linear"), MATERIALS, ())
    assert (proposal.folds, proposal.rows, proposal.seed, proposal.move) == ((0, 1, 2), 1.0, 7, "draft")
    assert proposal.features == (Step(name="dates"),)
    assert hints == ()


def test_few_folds_and_strange_parameters_are_hinted_at() -> None:
    _, hints = draft(Given(recipe="linear", folds=[1], params={"penality": 1.0}), MATERIALS, ())
    assert "does not list penality" in hints[0]
    assert "1 of 3 folds are a first look" in hints[1]


@pytest.mark.parametrize(
    ("changed", "move"),
    [
        ({"folds": [0, 1, 2]}, "extend"),
        ({"params": {"penalty": 2.0}}, "tune"),
        ({"features": ["dates", "missing"]}, "add"),
        ({"features": []}, "drop"),
        ({"features": ["missing"]}, "refine"),
        ({"rows": 0.5}, "shrink"),
        ({"seed": 8}, "seed"),
        ({"recipe": "lightgbm"}, "swap"),
        ({"rows": 0.5, "seed": 8}, "change"),
    ],
)
def test_a_change_is_called_as_the_rules_call_it(
    changed: dict[str, Any], move: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelwright.features.missing.MissingPattern.applies", classmethod(lambda *_: None))
    parent = done(1, features=(Step(name="dates"),), params={"splines": False}, seed=7)
    proposal, _ = draft(Given(parent=1, **changed), MATERIALS, (parent,))
    assert proposal.move == move
    said = {"recipe": "linear", "params": {"splines": False}, "rows": 1.0, "seed": 7, "folds": [0, 1], **changed}
    if "recipe" in changed:
        said["params"] = {}
    assert (proposal.recipe, proposal.params, proposal.rows, proposal.seed, list(proposal.folds)) == (
        said["recipe"],
        said["params"],
        said["rows"],
        said["seed"],
        said["folds"],
    )


def test_code_is_a_recipe_whose_source_is_a_parameter_and_sees_the_table_as_it_is() -> None:
    proposal, _ = draft(Given(code="def build(problem, params): ...", params={"depth": 3}), MATERIALS, ())
    assert proposal.recipe == "script"
    assert proposal.params == {"code": "def build(problem, params): ...", "depth": 3}
    assert (proposal.features, proposal.move) == ((), "code")


def test_code_stays_what_it_was_where_only_its_parameters_change() -> None:
    parent = done(1, recipe="script", params={"code": CODE, "depth": 3})
    proposal, _ = draft(Given(parent=1, params={"depth": 4}), MATERIALS, (parent,))
    assert proposal.params == {"code": CODE, "depth": 4}
    assert proposal.move == "tune"


def test_columns_that_are_kept_out_of_the_answer_stay_out_whatever_is_asked_for() -> None:
    given = Given(recipe="linear", features=["dates"])
    proposal, _ = draft(given, materials(findings=(SUSPECT,)), ())
    assert proposal.features == (KEPT_OUT, Step(name="dates"))
    bare, _ = draft(Given(code=CODE), materials(findings=(SUSPECT,)), ())
    assert bare.features == (KEPT_OUT,)


def test_steps_that_look_at_later_rows_are_refused_where_the_future_is_asked_for() -> None:
    given = Given(recipe="linear", features=["date-gaps"])
    with pytest.raises(SettingsError, match="looks at later rows"):
        draft(given, materials(scheme=Scheme.ROLLING), ())


def test_the_same_model_on_the_same_folds_is_refused_unless_it_failed() -> None:
    given = Given(recipe="linear", features=[], seed=0, folds=[1])
    with pytest.raises(ModelwrightError, match="experiment 1 is this model"):
        draft(given, MATERIALS, (done(1),))
    again, _ = draft(given, MATERIALS, (done(1, Status.TIMEOUT),))
    assert again.folds == (1,)


def test_the_menu_has_what_applies_and_says_why_the_rest_does_not() -> None:
    menu = offer(materials(findings=(SUSPECT,)), Settings())
    assert {"linear", "lightgbm"} <= {recipe.name for recipe in menu.recipes}
    assert "naive-bayes" in menu.declined
    assert "dates" in {step.name for step in menu.features}
    assert menu.kept_out == ("later",)
    assert "build(problem, params)" in menu.code
    assert "rows that sum to one" in menu.code


def test_code_is_told_by_its_length_in_a_line() -> None:
    assert without_code({"code": "abc", "depth": 3}) == {"code": "<3 characters>", "depth": 3}
