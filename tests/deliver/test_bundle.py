"""A bundle predicts on new rows what the models in it say, and refuses what it cannot vouch for."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import joblib
import numpy as np
import pandas as pd
import pytest

from modelwright.deliver import bundle, packing
from modelwright.deliver.row_schema import json_schema
from modelwright.errors import RunError, TableError
from modelwright.records.experiment import Job, Proposal, Rule
from modelwright.records.problem import Output, Problem
from modelwright.records.profile import Field, Role, Schema
from modelwright.workspace import Workspace

SCHEMA = Schema(
    fields=(Field(name="Age", role=Role.NUMBER), Field(name="Deck", role=Role.CATEGORY, categories=("A", "B", "C")))
)
NEW = pd.DataFrame({"Deck": ["A", "Z", None], "Age": [10.0, 30.0, 70.0], "extra": 1, "Id": [7, 8, 9]}, index=[5, 3, 1])


@pytest.fixture
def member(tmp_path: Path) -> Callable[..., Path]:
    """Makes refit folders, each with a model of two classes: older people survive, by a share that grows with age."""
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.pipeline import make_pipeline

    def make(place: int, numbers: bool = False, steps: Sequence[Any] = ()) -> Path:
        folder = tmp_path / f"refit{place}"
        folder.mkdir()
        table = pd.DataFrame({"Age": np.arange(0.0, 80.0), "Deck": pd.Categorical(["A", "B"] * 40)})
        y = np.log1p(table["Age"]) if numbers else (table["Age"] + 10 * place > 45).astype(int)
        pick = ColumnTransformer([("age", "passthrough", ["Age"])])
        estimator = make_pipeline(pick, LinearRegression() if numbers else LogisticRegression()).fit(table, y)
        joblib.dump({"estimator": estimator, "steps": list(steps)}, folder / "model.joblib")
        job = Job(number=place, proposal=Proposal(recipe=f"recipe-{place}", move="refit", folds=()), refit=True)
        (folder / "job.json").write_text(job.model_dump_json())
        return folder

    return make


@pytest.fixture
def written(
    run_folder: Callable[..., Workspace], member: Callable[..., Path], problem_of: Callable[..., Problem]
) -> Path:
    rule = Rule(name="threshold", params={"threshold": 0.4})
    members = [(0.75, member(1)), (0.25, member(2))]
    return packing.write(run_folder(), problem_of("binary", root="/somewhere"), SCHEMA, rule, members)


def chances(folders: Sequence[Path], weights: Sequence[float], table: pd.DataFrame) -> np.ndarray:
    models = [joblib.load(folder / "model.joblib")["estimator"] for folder in folders]
    mixed: np.ndarray = sum(w * m.predict_proba(table)[:, 1] for w, m in zip(weights, models, strict=True))
    return mixed


def test_predictions_are_the_weighted_average_of_the_members(written: Path, tmp_path: Path) -> None:
    expected = chances([tmp_path / "refit1", tmp_path / "refit2"], [0.75, 0.25], NEW)
    model = bundle.load(written)
    found = model.predict_proba(NEW)
    assert list(found.columns) == [False, True]
    assert found.index.tolist() == [5, 3, 1]
    np.testing.assert_allclose(found[True], expected, rtol=1e-6)
    assert model.predict(NEW)["Survived"].tolist() == (expected >= 0.4).tolist()


class Older:
    """A step that adds years, and counts how often it was asked."""

    asked: ClassVar[list[float]] = []

    def __init__(self, years: float) -> None:
        self.years = years

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        self.asked.append(self.years)
        return table.assign(Age=table["Age"] + self.years)


def test_steps_with_which_several_members_begin_are_made_once_and_give_the_same(
    run_folder: Callable[..., Workspace],
    member: Callable[..., Path],
    problem_of: Callable[..., Problem],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Older, "asked", [])
    steps = {1: [Older(5), Older(7)], 2: [Older(5)], 3: [Older(7)]}
    members = [(1 / 3, member(k, steps=made)) for k, made in steps.items()]
    model = bundle.load(packing.write(run_folder(), problem_of("binary"), SCHEMA, Rule(), members))
    found = model.predict_proba(NEW)[True]
    assert sorted(Older.asked) == [5, 7, 7]  # 7 after 5 is not 7 alone
    folders = [tmp_path / f"refit{k}" for k in steps]
    aged = [NEW.assign(Age=NEW["Age"] + sum(s.years for s in made)) for made in steps.values()]
    expected = [chances([folder], [1.0], table) for folder, table in zip(folders, aged, strict=True)]
    np.testing.assert_allclose(found, np.mean(expected, axis=0), rtol=1e-6)


def test_ids_come_along_where_they_are(written: Path) -> None:
    model = bundle.load(written)
    assert model.predict(NEW).columns.tolist() == ["Id", "Survived"]
    assert model.predict(NEW)["Id"].tolist() == [7, 8, 9]
    assert model.predict(NEW.drop(columns="Id")).columns.tolist() == ["Survived"]


def test_a_file_gives_the_same_answers_as_its_table(written: Path, tmp_path: Path) -> None:
    NEW.to_csv(tmp_path / "new.csv", index=False)
    model = bundle.load(written.parent)
    pd.testing.assert_frame_equal(model.predict(tmp_path / "new.csv"), model.predict(NEW.reset_index(drop=True)))


def test_the_table_handed_in_is_not_changed(written: Path) -> None:
    before = NEW.copy()
    bundle.load(written).predict(NEW)
    pd.testing.assert_frame_equal(NEW, before)


def test_a_missing_column_is_named_with_its_file(written: Path, tmp_path: Path) -> None:
    NEW.drop(columns="Age").to_csv(tmp_path / "new.csv", index=False)
    model = bundle.load(written)
    with pytest.raises(TableError, match=r"new\.csv.*'Age'"):
        model.predict(tmp_path / "new.csv")
    with pytest.raises(TableError, match=r"the table.*'Age'"):
        model.predict(NEW.drop(columns="Age"))


def test_a_table_without_rows_is_refused(written: Path) -> None:
    with pytest.raises(TableError, match="no rows"):
        bundle.load(written).predict(NEW.iloc[:0])


def test_numbers_come_back_in_natural_units(
    run_folder: Callable[..., Workspace], member: Callable[..., Path], problem_of: Callable[..., Problem]
) -> None:
    problem = problem_of("regression", targets=("energy",), header=("Id", "energy"))
    path = packing.write(run_folder("regression"), problem, SCHEMA, Rule(), [(1.0, member(1, numbers=True))])
    model = bundle.load(path)
    estimator = joblib.load(path / "members/01/model.joblib")["estimator"]
    np.testing.assert_allclose(model.predict(NEW)["energy"], np.expm1(estimator.predict(NEW)))
    with pytest.raises(RunError, match="no classes"):
        model.predict_proba(NEW)


def test_a_bundle_works_wherever_it_is_moved(written: Path, tmp_path: Path) -> None:
    here = bundle.load(written).predict(NEW)
    shutil.move(written, tmp_path / "elsewhere")
    shutil.rmtree(tmp_path / "refit1")
    pd.testing.assert_frame_equal(bundle.load(tmp_path / "elsewhere").predict(NEW), here)
    assert "/somewhere" not in (tmp_path / "elsewhere" / "bundle.json").read_text()


def test_an_older_bundle_is_replaced_and_nothing_is_left_behind(
    written: Path, member: Callable[..., Path], problem_of: Callable[..., Problem]
) -> None:
    workspace = Workspace(written.parent)
    (workspace.root / ".bundle.1.partial").mkdir()
    (workspace.root / ".bundle.1.old").mkdir()
    packing.write(workspace, problem_of("binary"), SCHEMA, Rule(), [(1.0, member(3))])
    assert [m.recipe for m in bundle.load(written).contents.members] == ["recipe-3"]
    assert not list(workspace.root.glob(".bundle*"))


def test_a_writer_killed_between_its_two_renames_loses_nothing(
    written: Path, problem_of: Callable[..., Problem]
) -> None:
    written.rename(written.with_name(".bundle.1.old"))
    with pytest.raises(RunError, match=r"no model\.joblib"):
        packing.write(Workspace(written.parent), problem_of("binary"), SCHEMA, Rule(), [(1.0, written.parent)])
    assert bundle.load(written).predict(NEW).shape == (3, 2)


def test_a_bundle_without_members_is_refused(
    run_folder: Callable[..., Workspace], problem_of: Callable[..., Problem]
) -> None:
    workspace = run_folder()
    with pytest.raises(RunError, match="no fitted model"):
        packing.write(workspace, problem_of("binary"), SCHEMA, Rule(), [])
    assert not workspace.bundle.exists()


def change(path: Path, **fields: Any) -> None:
    contents = json.loads((path / "bundle.json").read_text())
    (path / "bundle.json").write_text(json.dumps({**contents, **fields}))


def test_no_bundle_another_format_and_half_a_file_are_refused(written: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="holds no model bundle"):
        bundle.load(tmp_path / "nothing")
    change(written, format=99, something_new=1)
    with pytest.raises(RunError, match="format 99, this version reads format 3"):
        bundle.load(written)
    (written / "bundle.json").write_text('{"format": 1, "prob')
    with pytest.raises(RunError, match="not a bundle's table of contents"):
        bundle.load(written)


def test_a_damaged_or_missing_model_is_refused(written: Path) -> None:
    model = written / "members/02/model.joblib"
    content = model.read_bytes()
    model.unlink()
    with pytest.raises(RunError, match=r"lacks its model members/02/model\.joblib"):
        bundle.load(written).predict(NEW)
    model.write_bytes(content[:-10])
    with pytest.raises(RunError, match="damaged"):
        bundle.load(written).predict(NEW)


def test_a_model_outside_the_bundle_is_never_opened(written: Path, tmp_path: Path) -> None:
    members = json.loads((written / "bundle.json").read_text())["members"]
    change(written, members=[{**members[0], "file": "../../refit1/model.joblib"}])
    with pytest.raises(RunError, match="outside itself"):
        bundle.load(written).predict(NEW)


@pytest.mark.parametrize(
    ("name", "version", "warned"),
    [("numpy", "99.0.0", True), ("scikit-learn", "1.0", False), ("modelwright", "0.0.9", True), ("gone", "1.0", True)],
)
def test_libraries_of_another_series_give_a_warning(
    written: Path, recwarn: pytest.WarningsRecorder, name: str, version: str, warned: bool
) -> None:
    versions = json.loads((written / "bundle.json").read_text())["versions"]
    change(written, versions={**versions, name: version})
    with pytest.warns(RuntimeWarning, match=f"{name} {version}") if warned else pytest.MonkeyPatch.context():
        bundle.load(written)


def test_the_schema_lists_each_column_with_its_type_and_categories(written: Path) -> None:
    schema = json.loads((written / "schema.json").read_text())
    assert schema["required"] == ["Age", "Deck"]
    assert schema["properties"]["Age"]["type"] == ["number", "null"]
    assert schema["properties"]["Deck"]["x-categories"] == ["A", "B", "C"]


def test_every_role_has_a_type(problem_of: Callable[..., Problem]) -> None:
    fields = tuple(Field(name=str(role), role=role) for role in Role)
    assert json_schema(Schema(fields=fields), problem_of("binary", output=Output.LABELS))["required"]


def test_the_readme_tells_how_to_predict(written: Path) -> None:
    text = (written / "README.md").read_text()
    assert "modelwright predict" in text
    assert "Load only bundles you trust" in text


@pytest.mark.parametrize("times", [1, 3])
def test_an_answer_may_have_several_rows_for_each_row(times: int) -> None:
    answer = pd.DataFrame({"rle": range(2 * times)})
    found = bundle.with_index(answer, pd.Index([7, 4]))
    assert found.index.tolist() == [7] * times + [4] * times
    assert found.rle.tolist() == list(range(2 * times))
