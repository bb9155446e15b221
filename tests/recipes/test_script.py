"""The recipe `script`: told from what is no script without running it, and never built by us."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.recipes.script import LONGEST, Script, essence, flaw
from modelwright.testing.records import problem, profile

CODE = "def build(problem, params):\n    return Model(random_state=1)\n"


def test_it_is_never_built_in_a_process_of_ours() -> None:
    with pytest.raises(RuntimeError, match="behind a wall"):
        Script().build(problem(), {"code": CODE})


def test_the_rules_never_draft_it() -> None:
    assert Script().applies(problem(), profile())


@pytest.mark.parametrize(
    "code",
    [CODE, "build = make\n", "from somewhere import build\n", "class A:\n    pass\n\n" + CODE],
)
def test_whatever_defines_build_may_be_a_script(code: str) -> None:
    assert flaw(code) == ""


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("", "no function build"),
        ("class A:\n    def build(self): ...\n", "no function build"),
        ("def build(:\n", "line 1"),
        ("x = 1\n" * LONGEST, "more than"),
        ("\0", "no Python"),
        ("(" * 5000, "no Python"),
    ],
)
def test_what_is_no_script_is_told_in_a_sentence(code: str, why: str) -> None:
    assert why in flaw(code)
    assert len(flaw(code).splitlines()) == 1


@pytest.mark.parametrize(
    "same",
    [
        CODE.replace("=1", "=2"),
        "# a comment\n" + CODE,
        CODE.replace("    return", '    """A docstring."""\n\n    return'),
        CODE.replace("return Model(random_state=1)", "return Model( random_state = 99 )"),
    ],
)
def test_seeds_comments_and_layout_make_no_other_script(same: str) -> None:
    assert essence(same) == essence(CODE)


def test_a_seed_of_the_module_makes_no_other_script() -> None:
    assert essence("SEED = 1\n" + CODE) == essence("SEED = 2\n" + CODE)


@pytest.mark.parametrize(
    "other", [CODE.replace("Model", "Other"), CODE.replace("random_state", "depth"), CODE + "x = 1\n"]
)
def test_anything_else_does(other: str) -> None:
    assert essence(other) != essence(CODE)


@given(st.text(max_size=200))
def test_no_text_makes_the_check_raise(text: str) -> None:
    assert isinstance(flaw(text), str)
    assert isinstance(essence(text), str)


def test_a_fit_takes_what_its_author_said() -> None:
    assert Script().effort(problem(), profile(), {"seconds": 40}, 1000) == 40.0
    assert Script().effort(problem(), profile(), {"seconds": "soon"}, 1000) > 0
