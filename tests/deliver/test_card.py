"""The model card tells what the record holds and leaves the rest to a person."""

from collections.abc import Callable
from pathlib import Path

import pytest

from modelwright.deliver import card, contents, dossier, figures
from modelwright.records.problem import Problem
from modelwright.records.profile import Field, Role, Schema
from modelwright.workspace import Workspace

SCHEMA = Schema(fields=(Field(name="Age", role=Role.NUMBER),))
MEMBERS = [contents.Member(file="members/01/model.joblib", weight=1.0, sha256="", recipe="linear")]


def test_the_card_holds_both_scores_and_is_not_signed(
    run_folder: Callable[..., Workspace], problem_of: Callable[..., Problem]
) -> None:
    workspace = run_folder()
    text, found = card.text(workspace, problem_of("binary"), SCHEMA, MEMBERS, {"python": "3.11.2"}), None
    found = dossier.read(workspace)
    assert found.cv
    assert found.sealed
    assert figures.with_error(found.cv.value, found.cv.error) in text
    assert figures.with_error(found.sealed.value, found.sealed.error) in text
    assert "Not signed by a person yet" in text
    assert "names no metric" in text
    assert text.count("*to be filled in*") >= 4


def test_the_card_of_an_unfinished_run_claims_no_score(tmp_path: Path, problem_of: Callable[..., Problem]) -> None:
    text = card.text(Workspace(tmp_path), problem_of("regression"), SCHEMA, MEMBERS, {})
    assert "not in the record" in text
    assert "no sealed check" in text


@pytest.mark.parametrize(
    ("name", "text"), [("plain", "`plain`"), ("a`b", "`` a`b ``"), ("two\nlines", "`two lines`"), ("``", "``` `` ```")]
)
def test_any_name_is_one_code_span(name: str, text: str) -> None:
    assert card.code(name) == text
