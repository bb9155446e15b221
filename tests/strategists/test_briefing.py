"""What a language model reads: short enough, the parts that matter, and no value that it may not see."""

import math
from typing import Any

import pandas as pd
import pytest

from modelwright.metrics.replay import State
from modelwright.records.experiment import Experiment, Status
from modelwright.records.profile import Column, Role
from modelwright.strategists import briefing, privacy
from modelwright.strategists.briefing import BYTES_PER_TOKEN, Desk, Now, cut, tokens, write
from modelwright.strategists.menu import Menu
from modelwright.testing.records import experiment, plan, problem, profile

LIMIT = 12_000  # tokens of a prompt


def desk(level: str = "schema", columns: int = 3, **change: Any) -> Desk:
    the_problem = problem(description="Predict it. " * 4000, **change)
    many = tuple(
        Column(
            name=f"column number {k} with a long name", role=Role.CATEGORY, distinct=9, top=(("secret-level", 5),),
            examples=("secret-level",), missing=0.25,
        )
        for k in range(columns)
    )  # fmt: skip
    the_profile = profile(Role.NUMBER).model_copy(update={"columns": many})
    menu = Menu(the_problem, the_profile)
    sample = pd.DataFrame({"a": ["secret-cell"] * 50})
    return Desk(the_problem, the_profile, plan(), menu, level, sample.head)  # type: ignore[arg-type]


def history(count: int) -> list[Experiment]:
    code = "import numpy\n" + "x = 1  # what a long script this is\n" * 400
    made = [experiment(1, 0.5, recipe="dummy")]
    for k in range(2, count + 1):
        if k % 7 == 0:
            made.append(
                experiment(
                    k,
                    None,
                    recipe="lightgbm",
                    status=Status.FAILED,
                    parent=2,
                    move="tune",
                    error=f"E{k}: " + "no " * 100,
                )
            )
        elif k % 11 == 0:
            made.append(
                experiment(
                    k,
                    0.6 + k / 5000,
                    recipe="script",
                    params={"code": code + str(k)},
                    parent=2,
                    move="improve",
                    by="m",
                    reason="why " * 90,
                )
            )
        else:
            made.append(
                experiment(
                    k,
                    0.6 + k / 5000,
                    recipe="lightgbm",
                    params={"num_leaves": k},
                    parent=2,
                    move="tune",
                    reason="why " * 90,
                )
            )
    return made


def now(experiments: list[Experiment], own: tuple[str, ...] = ()) -> Now:
    families = {"lightgbm": "boosting", "dummy": "dummy", "script": "script"}
    return Now(State(experiments, plan(), True, families.__getitem__), 600.0, 0.5, "2 calls", own)


@pytest.mark.parametrize("purpose", ["draft", "improve", "repair"])
def test_a_prompt_is_short_however_long_journal_description_and_table_are(purpose: Any) -> None:
    experiments = history(500)
    broken = experiments[6].model_copy(
        update={
            "proposal": experiments[10].proposal,
            "outcome": experiments[6].outcome.model_copy(update={"traceback": "a line\n" * 5000}),
        }  # type: ignore[union-attr]
    )
    messages = write(desk("full", columns=900), now(experiments, ("idea " * 200,) * 60), purpose, broken)
    assert sum(len(m.text.encode()) for m in messages) / BYTES_PER_TOKEN < LIMIT


def test_what_matters_of_a_long_journal_is_in_it() -> None:
    experiments = history(500)
    text = write(desk(), now(experiments), "improve")[1].text
    best = max((e for e in experiments if e.score is not None), key=lambda e: e.score.value)  # type: ignore[union-attr]
    latest = [e for e in experiments if e.score is not None][-1]
    for number in (best.number, latest.number):
        assert f"#{number} " in text
    assert "What failed" in text
    assert "no model at all gets" in text


def test_the_code_that_failed_and_its_error_are_told_for_a_repair() -> None:
    experiments = history(13)
    broken = experiments[10].model_copy(update={"status": Status.FAILED, "score": None})
    broken = broken.model_copy(update={"outcome": experiments[6].outcome})
    text = write(desk(), now(experiments), "repair", broken)[1].text
    assert "what a long script this is" in text
    assert "E7" in text
    assert '"base": 11' in text


def test_at_the_level_schema_no_value_of_the_data_is_told() -> None:
    text = "\n".join(m.text for m in write(desk("schema"), now(history(20)), "improve"))
    assert "secret" not in text
    assert "column number 1" in text


def test_rows_and_levels_are_told_where_the_user_allows_it() -> None:
    text = "\n".join(m.text for m in write(desk("sample"), now(history(20)), "improve"))
    assert text.count("secret-cell") == privacy.ROWS["sample"]
    assert "secret-level" in text


def test_values_in_error_messages_are_hidden_and_names_are_not() -> None:
    line = "ValueError: could not convert string to float: 'Mrs Smith'; KeyError: 'age'"
    assert (
        privacy.error(line, "schema", ["age"]) == "ValueError: could not convert string to float: '…'; KeyError: 'age'"
    )
    assert privacy.error(line, "sample", ["age"]) == line


def test_a_run_that_counts_experiments_has_no_clock() -> None:
    counted = Now(State(history(5), plan(), True, lambda _r: "x"), math.inf, 0.1)
    assert "counted" in write(desk(), counted, "draft")[1].text


def test_text_is_cut_after_a_line_and_says_so() -> None:
    text = "\n".join(f"line {k}" for k in range(1000))
    short = cut(text, 100)
    assert tokens(short) <= 100
    assert short.endswith("[more was cut]")
    assert short.splitlines()[-2].startswith("line ")
    assert cut("short", 100) == "short"


def test_where_no_code_is_run_none_is_asked_for() -> None:
    without = desk()
    without = Desk(**{**without.__dict__, "code_allowed": False})
    system = briefing.system(without)
    assert "build(problem, params)" not in system
    assert "built-in recipes only" in system


def test_what_steps_found_is_told_and_made_columns_that_hold_values_are_not() -> None:
    notes = ("interactions: a+b explains 5.1% of what is left.", "interactions: code.count.Q+a explains 3.0% of it.")
    e = experiment(2, 0.7, recipe="lightgbm")
    assert e.outcome is not None
    e = e.model_copy(update={"outcome": e.outcome.model_copy(update={"notes": notes})})
    columns = tuple(Column(name=name, role=Role.NUMBER) for name in ("a", "b", "code"))
    told = []
    for level in ("schema", "sample"):
        here = desk(level)
        here = Desk(
            **{**here.__dict__, "profile": here.profile.model_copy(update={"columns": columns}), "sample": None}
        )
        told.append(write(here, now([experiment(1, 0.5, recipe="dummy"), e]), "draft")[1].text)
    assert "a+b explains" in told[0]
    assert "count.Q" not in told[0]
    assert "count.Q" in told[1]
