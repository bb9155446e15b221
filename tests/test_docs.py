"""The documents and examples say what is so."""

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from modelwright import plugins
from modelwright.records.plan import Scheme, ValidationPlan
from modelwright.records.problem import Problem
from modelwright.records.profile import Column, Profile, Role

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "modelwright"
EXAMPLES = ROOT / "examples"
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    EXAMPLES / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
MODULES = sorted(PACKAGE.rglob("*.py"))


def load(path: Path) -> ModuleType:
    """A module from a file outside of the package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sync = load(ROOT / "docs" / "sync.py")


def blocks(document: Path, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", document.read_text(), re.DOTALL)


@pytest.mark.parametrize("document", sync.documents(), ids=lambda p: p.name)
def test_documents_show_the_code_as_it_is(document: Path) -> None:
    assert sync.synced(document.read_text()) == document.read_text(), "run `make docs`"


def test_the_story_page_shows_the_real_story_and_the_real_loop() -> None:
    story, loop = blocks(ROOT / "docs" / "story.md", "python")
    assert story in (PACKAGE / "story.py").read_text()
    assert loop in (PACKAGE / "search" / "loop.py").read_text()
    assert "def run(" in story
    assert "def search(" in loop


def test_a_changed_story_is_noticed_and_mended() -> None:
    page = (ROOT / "docs" / "story.md").read_text()
    behind = page.replace("def search(", "def look(")
    assert behind != page
    assert sync.synced(behind) == page


def test_a_file_without_a_marked_part_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    with pytest.raises(ValueError, match="has no part between"):
        sync.story(tmp_path / "a.py")


@pytest.mark.parametrize("module", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_module_is_in_the_tree_with_a_comment(module: Path) -> None:
    (tree,) = blocks(ROOT / "README.md", "text")
    name = f"{module.parent.name}/" if module.stem == "__init__" and module.parent != PACKAGE else module.name
    assert re.search(rf"^ +{re.escape(name)} ", tree, re.MULTILINE)
    assert sync.comment(module) not in ("", "See docs/story.md"), "its docstring is its comment in the tree"


def commands() -> dict[str, str]:
    """The help of each command of the command line."""
    from typer.main import get_command

    from modelwright.cli import app

    group = get_command(app)
    found: dict[str, str] = {}
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        with command.make_context(name, [], resilient_parsing=True) as context:
            found[name] = command.get_help(context)
    return found


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [name for name in commands() if f"modelwright {name}" not in readme] == []


def test_every_flag_is_in_the_readme_and_has_a_help_text() -> None:
    readme = (ROOT / "README.md").read_text()
    for name, shown in commands().items():
        flags = re.findall(r"^  (--[a-z-]+)(?: [A-Z]+)? +(\S.*)?$", shown, re.MULTILINE)
        assert flags, name
        for flag, words in flags:
            assert f"{flag}`" in readme or f"{flag} " in readme or flag == "--help", f"{flag} of {name}"
            assert words or re.search(rf"{flag}.*\n +\S", shown), f"{flag} of {name} has no help"


def test_every_flag_that_the_documents_name_exists() -> None:
    known = set(re.findall(r"--[a-z-]+", " ".join(commands().values()))) | {"--check"}
    known |= {f for p in (ROOT / "benchmarks").glob("*.py") for f in re.findall(r'"(--[a-z-]+)"', p.read_text())}
    for document in DOCUMENTS:
        assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", document.read_text())) <= known, document.name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", document.read_text())
    assert [x for x in links if not x.startswith("https://") and not (document.parent / x).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_that_a_document_names_exist(document: Path) -> None:
    named = re.findall(r"`((?:src|docs|examples|tests|benchmarks)/[\w./-]+)`", document.read_text())
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_python_in_documents_is_python(document: Path) -> None:
    for block in blocks(document, "python"):
        ast.parse(block)


def test_make_targets_that_documents_name_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in DOCUMENTS:
        assert set(re.findall(r"(?:^    |`)make ([a-z-]+)", document.read_text(), re.MULTILINE)) <= targets


def test_make_says_in_one_line_that_there_is_no_python() -> None:
    ended = subprocess.run(["make", "PYTHON=", "python"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: no Python 3.11 or newer was found: install one, or name it")


def test_every_name_that_the_package_exports_is_there_and_explained() -> None:
    import modelwright

    for name in modelwright.__all__:
        assert getattr(modelwright, name).__doc__, name


def test_the_example_task_is_made_the_same_again(tmp_path: Path) -> None:
    load(EXAMPLES / "make_example.py").make(tmp_path / "breast-cancer")
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert len(files) == 5
    assert [p.name for p in files if p.read_bytes() != (EXAMPLES / p.relative_to(tmp_path)).read_bytes()] == []


def test_the_example_task_does_not_give_its_answers_away() -> None:
    task = EXAMPLES / "breast-cancer"
    train, test = pd.read_csv(task / "train.csv"), pd.read_csv(task / "test.csv")
    answers = pd.read_csv(EXAMPLES / "breast-cancer-answers.csv")
    assert "malignant" not in test
    assert answers["id"].tolist() == test["id"].tolist()
    assert not set(train["id"]) & set(test["id"])


def test_the_grader_of_the_example_grades_the_sample_submission() -> None:
    grade = load(EXAMPLES / "grade.py").grade
    sample, answers = EXAMPLES / "breast-cancer" / "sample_submission.csv", EXAMPLES / "breast-cancer-answers.csv"
    assert "graded on 169 answers kept back: log loss 0.6" in grade(str(sample), str(answers))


NUMBERS = Profile(
    rows=30, test_rows=5, columns=(Column(name="a", role=Role.NUMBER), Column(name="b", role=Role.NUMBER))
)
PROBLEM = Problem(
    name="x", root="", kind="binary", targets=("y",), metric="log_loss", higher_is_better=False, classes=(0, 1)
)


@pytest.fixture
def own_recipe(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.delitem(sys.modules, "own_recipe", raising=False)
    return "own_recipe:Neighbours"


def test_the_example_recipe_is_found_by_its_dotted_path_and_learns(own_recipe: str) -> None:
    recipe = plugins.load("recipes", own_recipe)
    assert recipe.applies(PROBLEM, NUMBERS) is None
    values = np.random.default_rng(0).normal(size=(30, 2))
    table, truth = pd.DataFrame(values, columns=["a", "b"]), (values[:, 0] > 0).astype(int)
    table.loc[0, "b"] = np.nan
    estimator = recipe.build(PROBLEM, {"seed": 0, "neighbours": 3}).fit(table, truth)
    assert (estimator.predict(table) == truth).all()


def test_the_example_strategist_tries_the_example_recipe(own_recipe: str) -> None:
    strategist = plugins.load("strategists", "own_recipe:WithNeighbours")
    plan = ValidationPlan(scheme=Scheme.STRATIFIED, folds=5, holdout=0.0, why="")
    made = strategist(PROBLEM, NUMBERS, plan, cost=lambda *_: 1.0, left=lambda: 60.0, seed=0)
    assert next(iter(made.menu.recipes)) == own_recipe
