"""Answers of language models: read where they can be, told apart where they cannot."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.strategists.idea import MalformedAnswerError, read

CODE = "def build(problem, params):\n    return 1\n"
HEAD = {
    "hypothesis": "more trees",
    "change": "600 trees",
    "expected_gain": 0.01,
    "disproof": "no gain",
    "recipe": "script",
}


def answer(head: dict[str, object] | None = None, code: str | None = CODE, fence: str = "```") -> str:
    block = f"\n{fence}python\n{code}{fence}\n" if code is not None else ""
    return f"Some thoughts first.\n{fence}json\n{json.dumps(HEAD | (head or {}))}\n{fence}\n{block}And some after."


def test_a_whole_script_with_its_prediction_is_read() -> None:
    idea = read(answer())
    assert (idea.hypothesis, idea.expected_gain, idea.code) == ("more trees", 0.01, CODE)


def test_a_built_in_recipe_needs_no_code() -> None:
    idea = read(
        answer({"recipe": "lightgbm", "params": {"num_leaves": 7}, "features": ["ranks", {"name": "select"}]}, None)
    )
    assert (idea.recipe, idea.params, idea.code) == ("lightgbm", {"num_leaves": 7}, "")
    assert [s.name for s in idea.features or ()] == ["ranks", "select"]


def test_code_in_the_object_itself_is_taken_too() -> None:
    assert read(json.dumps(HEAD | {"code": CODE})).code == CODE


def test_a_fence_that_was_not_closed_still_holds_the_code() -> None:
    assert read(answer(code=None) + "\n```python\n" + CODE).code == CODE


def test_edits_are_applied_to_the_script_they_name() -> None:
    edit = "<<<<<<< SEARCH\n    return 1\n=======\n    return 2\n>>>>>>> REPLACE\n"
    idea = read(json.dumps(HEAD | {"base": 7}) + "\n" + edit, {7: CODE}.get)
    assert idea.code == CODE.replace("1", "2")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("I would rather not.", "no JSON object"),
        ("", "no JSON object"),
        ('{"hypothesis": "x", "code": "a\\qb"}', "cannot be read"),
        (json.dumps({"hypothesis": "x", "expected_gain": "a lot"}), "expected_gain"),
        (json.dumps({"hypothesis": "  "}), "empty"),
        (json.dumps(HEAD), "no code came with it"),
        (answer(code="def build(problem, params:\n"), "no Python"),
        (answer(code="x = 1\n"), "defines no function build"),
        (json.dumps(HEAD | {"base": 3}) + "\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n", "names no experiment"),
        (answer({"features": [3]}), "feature step"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_sentence(text: str, why: str) -> None:
    with pytest.raises(MalformedAnswerError, match=why):
        read(text)


def test_an_edit_that_fits_twice_is_refused() -> None:
    edit = "<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n"
    with pytest.raises(MalformedAnswerError, match="2 times"):
        read(json.dumps(HEAD | {"base": 7}) + "\n" + edit, {7: "x\nx\n"}.get)


def test_seed_and_code_are_no_parameters_of_its_own() -> None:
    assert read(answer({"params": {"seed": 3, "code": "x", "depth": 2}})).params == {"depth": 2}


@given(st.text(max_size=300))
def test_any_text_is_an_idea_or_one_sentence(text: str) -> None:
    told = ""
    try:
        read(text)
    except MalformedAnswerError as error:
        told = str(error)
    assert len(told.splitlines()) <= 1
