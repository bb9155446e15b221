import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from modelwright.recipes.dummy import Dummy
from modelwright.testing.records import problem

X = pd.DataFrame({"x": range(4)})


def test_probabilities_are_the_shares_of_the_classes() -> None:
    found = Dummy().build(problem(), {"seed": 0}).fit(X, np.array([0, 0, 0, 1])).predict_proba(X)
    np.testing.assert_array_equal(found, np.tile([0.75, 0.25], (4, 1)))


@pytest.mark.parametrize(("metric", "expected"), [("rmse", 25.0), ("mae", 0.5), ("mape", 0.5)])
def test_values_are_the_mean_or_for_absolute_losses_the_median(metric: str, expected: float) -> None:
    estimator = Dummy().build(problem(kind="regression", metric=metric, classes=()), {"seed": 0})
    assert estimator.fit(X, np.array([0.0, 0.0, 1.0, 99.0])).predict(X).tolist() == [expected] * 4


def test_two_targets_have_two_means() -> None:
    estimator = Dummy().build(problem(kind="regression", metric="rmse", classes=()), {"seed": 0})
    assert estimator.fit(X, np.arange(8.0).reshape(4, 2)).predict(X[:1]).tolist() == [[3.0, 4.0]]


def test_maps_have_the_size_of_their_scene_and_the_share_of_marked_pixels(tmp_path) -> None:
    for name, shape in (("a", (2, 4)), ("b", (3, 3))):
        np.save(tmp_path / f"{name}.npy", np.zeros(shape, np.float32))
    scenes = pd.DataFrame({"scene": [str(tmp_path / "a.npy"), str(tmp_path / "b.npy")]})
    masks = np.empty(2, dtype=object)
    masks[:] = [np.ones((2, 4), np.uint8), np.zeros((3, 3), np.uint8)]
    asked = problem(kind="segmentation").model_copy(update={"options": {"path_column": "scene"}, "classes": ()})
    found = Dummy().build(asked, {"seed": 0}).fit(scenes, masks).predict_proba(scenes)
    assert [m.shape for m in found] == [(2, 4), (3, 3)]
    assert found[1].dtype == np.float32
    assert found[1][0, 0] == pytest.approx(8 / 17)
    several = asked.model_copy(update={"classes": (0, 1, 2)})
    masks[1] = np.full((3, 3), 255, np.uint8)  # pixels that do not count
    found = Dummy().build(several, {"seed": 0}).fit(scenes, masks).predict_proba(scenes)
    assert found[1].shape == (3, 3, 3)
    assert found[1][0, 0].tolist() == [0, 255, 0]


def test_fitting_it_imports_no_library_of_models() -> None:
    program = (
        "import sys, numpy as np, pandas as pd\nfrom modelwright.recipes.dummy import Dummy\n"
        "from modelwright.testing.records import problem\n"
        "Dummy().build(problem(), {'seed': 0}).fit(pd.DataFrame({'x': [1, 2]}), np.array([0, 1])).predict_proba([0])\n"
        "assert not {'sklearn', 'scipy', 'lightgbm'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
