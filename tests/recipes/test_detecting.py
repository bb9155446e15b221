"""Networks that find boxes."""

import pickle

import numpy as np
import pytest

from modelwright.metrics.boxes import mean_average_precision, overlaps
from modelwright.records.profile import Role
from modelwright.testing import records, shapes

pytest.importorskip("torch", reason="the extra images is not installed")
pytest.importorskip("torchvision", reason="the extra images is not installed")
import torch

from modelwright.recipes import boxing
from modelwright.recipes.detect import BoxNetwork, TunedBoxes, shape
from modelwright.recipes.detecting import BoxFinder
from modelwright.worker.agreement import disagreement

SMALL = {"column": "picture", "classes": 3, "width": 8, "height": 64, "length": 64, "batch": 8, "seed": 1}


def asked(**options):
    told = {"path_column": "picture", "pictures": {"height": 64, "width": 96}, **options}
    return records.problem(kind="detection", metric="map50", classes=("a", "b", "c"), options=told)


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    return shapes.pictures(tmp_path_factory.mktemp("pictures"), 48, side=64)


@pytest.fixture(scope="module")
def fitted(seen):
    X, known = seen
    return BoxFinder(epochs=30, learning_rate=0.004, **SMALL).fit(X, known["boxes"])


def test_it_finds_what_is_there(fitted, tmp_path):
    X, known = shapes.pictures(tmp_path, 15, side=64, seed=7)
    found = fitted.predict(X)
    assert all(boxes.shape[1] == 6 for boxes in found)
    assert mean_average_precision(known["boxes"], found) > 0.6


def test_boxes_agree_one_by_one_in_any_order_and_after_a_pickle(fitted, seen):
    X, _ = seen
    again = pickle.loads(pickle.dumps(fitted))
    assert disagreement(again, X) == ""
    first, second = fitted.predict(X.iloc[[5]])[0], again.predict(X)[5]
    np.testing.assert_allclose(first[:3], second[:3], atol=0.05)


def test_boxes_move_with_their_pictures():
    rng = np.random.default_rng(3)
    box = np.array([[1.0, 20.0, 12.0, 44.0, 30.0]])
    picture = torch.zeros((1, 3, 64, 64))
    picture[:, :, 12:30, 20:44] = 1.0
    for flip in ("none", "sides", "all"):
        change = boxing.Change(flip=flip, zoom=0.4, colour=0.0, visible=0.2)
        for _ in range(10):
            shown, (left,) = boxing.changed_batch(picture, [box], change, rng)
            rows, columns = np.nonzero(shown[0, 0].numpy() > 0.5)
            if not len(left):
                continue
            there = np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], dtype=float)
            assert overlaps(left[:, 1:], there)[0, 0] > 0.85


def test_boxes_that_are_hardly_visible_are_left_out():
    edge = np.array([[0.0, 0.0, 0.0, 6.0, 6.0], [0.0, 20.0, 20.0, 40.0, 40.0]])
    change = boxing.Change(flip="none", zoom=0.7, colour=0.0, visible=0.9)
    rng = np.random.default_rng(0)
    left = [len(boxing.changed_batch(torch.zeros((1, 3, 64, 64)), [edge], change, rng)[1][0]) for _ in range(40)]
    assert min(left) < 2 == max(left)


def test_boxes_outside_or_without_area_are_dropped_and_shares_are_read():
    model = BoxFinder(**SMALL)
    boxes = np.array([[0, 10, 10, 10, 30], [1, -20, 5, 40, 80], [2, 200, 200, 240, 220]], dtype=float)
    kept = model._inside(boxes, (64, 64))
    assert kept[:, 0].tolist() == [1]
    assert kept[0, 1:].tolist() == [0, 5, 40, 64]
    shares = BoxFinder(**SMALL, shares=True)._inside(np.array([[0, 0.25, 0.5, 0.75, 1.0]]), (480, 640))
    assert shares[0, 1:].tolist() == [16, 32, 48, 64]
    back = model._outside(np.array([[0, 0.9, 16, 32, 48, 64]]), (128, 256))
    assert back[0, 2:].tolist() == [64, 64, 192, 128]


def test_pictures_without_boxes_can_be_learnt_from(seen):
    X, known = seen
    boxes = known["boxes"].copy()
    for k in range(0, 48, 2):
        boxes[k] = np.empty((0, 5))
    found = BoxFinder(epochs=1, **SMALL).fit(X, boxes).predict(X.iloc[:3])
    assert len(found) == 3


def test_sides_can_be_halved_and_keep_the_ratio():
    assert shape(asked(), 96) == (64, 96)
    assert shape(asked(pictures={"height": 480, "width": 640}), 320) == (256, 320)
    recipe, profile = BoxNetwork(), records.profile(Role.PATH, rows=300)
    for seconds in (10.0, 100.0, 2000.0):
        params = recipe.within(asked(), profile, 240, seconds)
        least = recipe.effort(asked(), profile, recipe.within(asked(), profile, 240, 0.0), 240)
        assert recipe.effort(asked(), profile, params, 240) <= max(seconds, least) + 1e-6
    assert recipe.applies(asked(), profile) is None
    assert "segmentation" in (recipe.applies(records.problem(kind="segmentation"), profile) or "")
    assert "checkpoint" in (TunedBoxes().applies(asked(), profile) or "")


@pytest.mark.parametrize("architecture", ["resnet10t", "mobilenetv4_conv_small"])
def test_it_stands_over_a_pretrained_network(seen, tmp_path, architecture):
    from modelwright.testing.checkpoints import tiny_backbone

    X, known = seen
    folder = tiny_backbone(tmp_path / "net", architecture)
    model = BoxFinder(checkpoint=str(folder), epochs=1, **SMALL).fit(X.iloc[:8], known["boxes"][:8])
    before = model.predict(X.iloc[:1])[0]
    for file in folder.iterdir():
        file.unlink()
    after = pickle.loads(pickle.dumps(model)).predict(X.iloc[:1])[0]
    assert len(before) == len(after)
