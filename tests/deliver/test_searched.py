"""The story of the search is true to the record: families, ceilings, ablation, moves, notes."""

from collections.abc import Sequence
from typing import Any

import pytest

from modelwright.deliver import searched
from modelwright.metrics.replay import CEILING, State
from modelwright.records.experiment import Experiment, Outcome, Status, Step
from modelwright.testing.records import experiment, plan

DATES, CODES, KEYS = Step(name="dates"), Step(name="codes"), Step(name="keys")


def state(rows: Sequence[Experiment]) -> State:
    return searched.replayed(rows, plan(5), higher_is_better=True)


def tunes(first: int, count: int, value: float = 0.6, **fields: Any) -> list[Experiment]:
    """Tuned models of one family, worse than its incumbent."""
    numbers = range(first, first + count)
    return [experiment(k, value, params={"k": k}, move="tune", **{"parent": 1, **fields}) for k in numbers]


def pivoted() -> list[Experiment]:
    """Boosting hits its ceiling at experiment 10; the search turns to linear, which is better in the end."""
    boosted = [experiment(1, 0.5, recipe="dummy"), experiment(2, 0.8, recipe="lightgbm")]
    boosted += tunes(3, CEILING, 0.7, recipe="lightgbm", parent=2)
    late = CEILING + 3
    return [*boosted, experiment(late, 0.75), *tunes(late + 1, 1, 0.9, parent=late)]


# -- families and ceilings ---------------------------------------------------------------------------------------------


def test_a_family_is_told_by_its_first_score_its_best_and_what_was_spent_on_it() -> None:
    rows = [experiment(1, 0.7, seconds=2.0), experiment(2, status=Status.FAILED), *tunes(3, 1, 0.8)]
    (line,) = searched.families(state(rows))
    assert (line.name, line.tried, line.failed) == ("linear", 3, 1)
    assert line.first is rows[0]
    assert line.best is rows[2]
    assert line.seconds == pytest.approx(sum(e.outcome.seconds for e in rows if e.outcome))


def test_a_family_that_never_ran_all_folds_comes_last_and_has_no_score() -> None:
    rows = [experiment(1, 0.9, recipe="extra-trees", folds=(0,)), experiment(2, 0.7)]
    lines = searched.families(state(rows))
    assert [line.name for line in lines] == ["linear", "trees"]
    assert (lines[1].first, lines[1].best, lines[1].ceiling) == (None, None, None)


def test_the_dummy_and_refits_are_no_family() -> None:
    rows = [experiment(1, 0.5, recipe="dummy"), experiment(2, 0.7), experiment(3, move="refit", folds=(), parent=2)]
    assert [(line.name, line.tried) for line in searched.families(state(rows))] == [("linear", 1)]


def test_the_lead_goes_to_what_is_better_than_the_leader_by_more_than_noise() -> None:
    rows = [
        experiment(1, 0.5, recipe="dummy"),
        experiment(2, 0.7, features=[DATES]),
        experiment(3, 0.99, recipe="lightgbm", folds=(0,)),
        experiment(4, 0.7001, move="tune", parent=2, params={"k": 1}, noise=0.05, shift=3.0),
        experiment(5, 0.8, recipe="lightgbm", features=[DATES]),
        experiment(6, 0.85, recipe="lightgbm", features=[DATES, CODES], move="add", parent=5),
        experiment(7, 0.9, stack=(2, 6), move="stack"),
    ]
    found = searched.leads(state(rows))
    assert [(line.experiment.number, line.family, line.turned) for line in found] == [
        (2, "linear", False),
        (5, "boosting", True),
        (6, "boosting", False),
        (7, "stack", True),
    ]
    assert [line.what for line in found] == [
        "linear: a first model of its family",
        "lightgbm: a first model of its family",
        "lightgbm: experiment 5 with codes",
        "linear: on what 2 models predict",
    ]
    assert found[0].gain is None
    assert found[2].gain
    assert found[2].gain[0] == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"features": [], "move": "drop"}, "without dates"),
        ({"features": [CODES], "move": "refine"}, "with codes instead of dates"),
        ({"recipe": "xgboost", "move": "swap"}, "with the recipe xgboost"),
        ({"params": {"k": 2}, "move": "preset"}, "with other parameters"),
        ({"seed": 4, "move": "seed"}, "with another seed"),
    ],
)
def test_a_leader_is_told_as_the_one_change_that_it_was(change: dict[str, Any], words: str) -> None:
    fields = {"recipe": "lightgbm", "features": [DATES], "parent": 1, **change}
    rows = [experiment(1, 0.7, recipe="lightgbm", features=[DATES]), experiment(2, 0.8, **fields)]
    assert searched.leads(state(rows))[1].what == f"{fields['recipe']}: experiment 1 {words}"


def test_all_second_levels_are_one_family() -> None:
    rows = [experiment(1, 0.7), experiment(2, 0.8, recipe="lightgbm"), experiment(3, 0.9, stack=(1, 2), move="stack")]
    assert [line.name for line in searched.families(state(rows))] == ["stack", "boosting", "linear"]


def test_a_pivot_says_where_the_search_turned_and_what_that_brought() -> None:
    (pivot,) = searched.pivots(state(pivoted()))
    assert (pivot.ceiling.family, pivot.score.number) == ("boosting", 2)
    assert pivot.turned == (("linear", 2),)
    assert pivot.before is None
    assert pivot.after is not None
    assert pivot.after.number == CEILING + 4
    assert pivot.leader is not None
    assert [e.number for e in pivot.leader] == [2, CEILING + 4]


def test_a_ceiling_with_nothing_after_it_turned_nowhere() -> None:
    (pivot,) = searched.pivots(state([experiment(1, 0.7), *tunes(2, CEILING)]))
    assert (pivot.turned, pivot.after) == ((), None)


def test_a_ceiling_is_one_line_for_a_terminal() -> None:
    (line,) = searched.ceiling_lines(pivoted(), plan(5), higher_is_better=True)
    assert line == f"boosting: 0.8000 ± 0.0010 (experiment 2), {CEILING} changes in a row within noise"


def test_a_recipe_that_is_not_installed_here_is_a_family_of_its_own() -> None:
    assert searched.family_of("somebody-elses") == "somebody-elses"


# -- ablation ----------------------------------------------------------------------------------------------------------


def changed(move: str, value: float, before: tuple[Step, ...], after: tuple[Step, ...], **fields: Any) -> list[Any]:
    parent = experiment(1, 0.70, features=before, noise=0.01)
    child = experiment(2, value, features=after, noise=0.01, move=move, parent=1, **fields)
    return searched.steps(state([parent, child]))


@pytest.mark.parametrize(
    ("move", "value", "before", "after", "what", "verdict"),
    [
        ("add", 0.75, (), (DATES,), "+ dates", "kept"),
        ("add", 0.65, (KEYS,), (KEYS, DATES), "+ dates", "hurts"),
        ("drop", 0.65, (DATES, KEYS), (KEYS,), "\N{MINUS SIGN} dates", "carries weight: stays"),
        ("drop", 0.70, (DATES, KEYS), (KEYS,), "\N{MINUS SIGN} dates", "not needed: left out"),
        ("drop", 0.75, (DATES, KEYS), (KEYS,), "\N{MINUS SIGN} dates", "it hurt: better without"),
        ("refine", 0.75, (DATES,), (CODES,), "dates → codes", "kept"),
    ],
)
def test_each_change_of_a_step_has_its_verdict(
    move: str, value: float, before: tuple[Step, ...], after: tuple[Step, ...], what: str, verdict: str
) -> None:
    (line,) = changed(move, value, before, after)
    assert (line.what, line.verdict, line.steps) == (what, verdict, len(after))
    assert line.trial.gain == pytest.approx(value - 0.70)


@pytest.mark.parametrize(("move", "verdict"), [("add", "no use"), ("drop", "within noise: stays")])
def test_what_lies_within_noise_is_called_so(move: str, verdict: str) -> None:
    before, after = ((), (DATES,)) if move == "add" else ((DATES,), ())
    (line,) = changed(move, 0.699, before, after, shift=3.0)
    assert line.verdict == verdict


def test_a_step_that_failed_is_no_gain_and_no_loss() -> None:
    rows = [experiment(1, 0.7), experiment(2, status=Status.FAILED, features=(DATES,), move="add", parent=1)]
    (line,) = searched.steps(state(rows))
    assert (line.verdict, line.trial.gain) == ("failed", 0.0)


def test_the_ablation_is_summed_up_in_words() -> None:
    rows = [experiment(1, 0.75, features=(CODES,))]
    for k, (step, value) in enumerate([(DATES, 0.80), (KEYS, 0.70), (Step(name="groups"), 0.71)], start=2):
        rows.append(experiment(k, value, features=(CODES, step), move="add", parent=1))
    rows.append(experiment(5, 0.60, features=(DATES,), move="drop", parent=2))
    assert searched.told(searched.steps(state(rows))) == (
        "3 steps were added: 1 helped, none made no difference beyond noise, 2 made the model worse. "
        "1 step was left out to see: 1 carried weight, none made no difference beyond noise, "
        "none had made the model worse."
    )


def test_tuning_is_no_ablation() -> None:
    assert searched.steps(state([experiment(1, 0.7), *tunes(2, 3)])) == []
    assert searched.told([]) == ""


# -- moves and notes ---------------------------------------------------------------------------------------------------


def test_pilots_are_told_in_words_against_the_first_of_their_recipe() -> None:
    size = {"epochs": 3}
    shared: dict[str, Any] = {"recipe": "transformer", "move": "pilot", "folds": (4,)}
    rows = [
        experiment(1, 0.7, recipe="lightgbm"),
        experiment(2, 0.50, params=size, **shared),
        experiment(3, 0.53, params={**size, "steps": True}, parent=2, **shared),
        experiment(4, 0.47, params={**size, "pooling": "cls"}, parent=2, **shared),
        experiment(5, 0.5001, params={**size, "unheard": 7}, parent=2, noise=0.01, **shared),
        experiment(6, params={**size, "pooling": "attention"}, parent=2, status=Status.FAILED, **shared),
    ]
    first, classes, token, other, failed = searched.pilots(state(rows))
    assert (first.setting, first.gain, first.verdict) == ("", None, "")
    assert classes.setting == "the steps of the target as classes, not as numbers"
    assert classes.gain is not None
    assert classes.gain[0] == pytest.approx(0.03)
    assert (classes.verdict, token.verdict, failed.verdict) == ("better", "worse", "failed")
    assert (other.setting, other.verdict) == ("unheard 7", "no difference beyond noise")


def test_a_kind_of_move_counts_what_it_won_and_all_the_time_it_took() -> None:
    look = experiment(2, 0.8, folds=(0,), params={"k": 1}, move="tune", parent=1, seconds=3.0)
    rows = [experiment(1, 0.7), look, experiment(3, 0.8, params={"k": 1}, move="extend", parent=2, seconds=3.0)]
    rows += [*tunes(4, 2), experiment(6, status=Status.FAILED, params={"k": 9}, move="tune", parent=1)]
    (line,) = searched.moves(state(rows))
    assert (line.move, line.tried, line.won, line.tied, line.worse, line.failed) == ("tune", 4, 1, 0, 2, 1)
    assert line.gain == pytest.approx(0.1)
    assert line.seconds == pytest.approx(sum(e.outcome.seconds for e in rows[1:] if e.outcome))
    assert line.per_minute == pytest.approx(60 * line.gain / line.seconds)


def test_the_move_that_brought_most_for_its_time_comes_first() -> None:
    slow = experiment(2, 0.8, params={"k": 1}, move="tune", parent=1, seconds=50.0)
    quick = experiment(3, 0.85, params={"k": 1}, features=(DATES,), move="add", parent=2)
    assert [line.move for line in searched.moves(state([experiment(1, 0.7), slow, quick]))] == ["add", "tune"]


def test_a_note_is_told_once_with_all_its_experiments_and_notes_of_one_step_stand_together() -> None:
    said = {1: ("dates: a declined", "keys: b"), 2: ("keys: b", "no step: c"), 3: ("dates: d", "keys: b")}
    rows = [
        experiment(k, 0.7).model_copy(update={"outcome": Outcome(number=k, status=Status.DONE, notes=notes)})
        for k, notes in said.items()
    ]
    assert [(n.step, n.text, n.numbers) for n in searched.notes(rows)] == [
        ("dates", "a declined", (1,)),
        ("dates", "d", (3,)),
        ("keys", "b", (1, 2, 3)),
        ("", "no step: c", (2,)),
    ]


def test_notes_that_differ_by_percentages_alone_are_one_with_the_range() -> None:
    said = {1: ("pairs: a * b explains 12.5%.", "pairs: a * b explains 9%."), 2: ("pairs: a * b explains 10.1%.",)}
    rows = [
        experiment(k, 0.7).model_copy(update={"outcome": Outcome(number=k, status=Status.DONE, notes=notes)})
        for k, notes in said.items()
    ]
    (line,) = searched.notes(rows)
    assert (line.step, line.text, line.numbers) == ("pairs", "a * b explains 9 to 12.5%.", (1, 2))


def test_a_move_without_time_on_record_has_no_gain_per_minute() -> None:
    line = searched.MoveLine("tune", 1, 1, 0, 0, 0, 0.1, 0.0)
    assert line.per_minute is None
