"""What free code is given and how its answers come back; the walls themselves are tested in tests/sandboxes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from modelwright.records.experiment import Status
from modelwright.sandboxes.choose import Shut
from modelwright.testing.executors import add_job, tiny_run
from modelwright.worker.data import Shelf
from modelwright.worker.job import run
from modelwright.worker.scripted import PICTURES
from modelwright.workspace import Workspace

from ..sandboxes.conftest import HONEST, need

SEEING = """
import numpy as np
from pathlib import Path
from PIL import Image
class Seeing:
    def fit(self, X, y):
        return self
    def predict(self, X):
        print("NAMES", [Path(p).name for p in X["picture"]])
        return np.array([np.asarray(Image.open(p)).mean() for p in X["picture"]])
def build(problem, params):
    return Seeing()
"""


def with_pictures(workspace: Workspace, folder: Path) -> np.ndarray[Any, Any]:
    """Adds a column of paths, whose folders tell the answer; the brightness of each."""
    table = pd.read_feather(workspace.data / "features.feather")
    light = np.arange(len(table)) % 200
    paths = []
    for k, value in enumerate(light):
        path = folder / f"answer-{k % 7}" / f"row{k}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4), int(value)).save(path)
        paths.append(str(path))
    table.assign(picture=paths).to_feather(workspace.data / "features.feather", compression="uncompressed")
    (workspace.data / "schema.json").write_text(json.dumps({"fields": [{"name": "picture", "role": "path"}]}))
    return light


@pytest.fixture
def strong(workspace: Workspace) -> Workspace:
    Shut(wall=need("bubblewrap"), allowed=True).write(workspace.data)
    return workspace


def test_pictures_are_seen_under_names_that_tell_nothing(strong: Workspace, tmp_path: Path) -> None:
    light = with_pictures(strong, tmp_path / "pictures")
    _, folder = add_job(strong, 1, "script", params={"code": SEEING}, folds=(0,))
    outcome = run(folder, Shelf())
    assert outcome.status is Status.DONE, outcome
    from modelwright.kinds.regression import Regression

    found = Regression().load(folder / "fold_0.npz")
    np.testing.assert_allclose(found, light[:60][np.arange(60) % 3 == 0], atol=1e-3)
    log = (folder / "log.txt").read_text()
    assert "NAMES" in log
    assert "answer" not in log
    assert "row" not in log.replace("rows", "")
    names = json.loads((strong.data / PICTURES / "names.json").read_text())
    order = [int(Path(names[str(tmp_path / "pictures" / f"answer-{k % 7}" / f"row{k}.png")]).stem) for k in range(30)]
    assert order != sorted(order)


def test_nothing_of_what_it_was_given_stays_in_its_folder(strong: Workspace) -> None:
    _, folder = add_job(strong, 1, "script", params={"code": HONEST}, folds=(0, 1))
    run(folder, Shelf())
    left = sorted(path.name for path in folder.iterdir())
    assert left == ["asked_0.npz", "asked_1.npz", "fold_0.npz", "fold_1.npz", "job.json", "log.txt", "result.json"]


def test_a_fold_that_was_run_is_not_run_again(strong: Workspace) -> None:
    _, first = add_job(strong, 1, "script", params={"code": HONEST}, folds=(0,))
    run(first, Shelf())
    _, second = add_job(strong, 2, "script", params={"code": HONEST}, folds=(0, 1), reuse=("../0001",))
    outcome = run(second, Shelf())
    assert [c.reused for c in outcome.costs] == [True, False]


def test_the_same_seed_gives_the_same_predictions(strong: Workspace) -> None:
    drawing = HONEST.replace("np.full(len(X), self.mean_)", "np.random.rand() + np.zeros(len(X))")
    made = []
    for number in (1, 2):
        _, folder = add_job(strong, number, "script", params={"code": drawing}, folds=(0,))
        run(folder, Shelf())
        made.append((folder / "fold_0.npz").read_bytes())
    assert made[0] == made[1]


def test_classes_come_back_as_probabilities_of_all_classes(tmp_path: Path) -> None:
    binary = tiny_run(tmp_path / "binary", kind="binary")
    Shut(wall=need("bubblewrap"), allowed=True).write(binary.data)
    code = "from sklearn.dummy import DummyClassifier\ndef build(problem, params):\n    return DummyClassifier()\n"
    _, folder = add_job(binary, 1, "script", params={"code": code}, folds=(0,))
    assert run(folder, Shelf()).status is Status.DONE
    from modelwright.kinds.classification import Classification

    assert Classification().load(folder / "fold_0.npz").shape == (20, 2)
