from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from modelwright.errors import SettingsError, TaskError
from modelwright.kinds import rle
from modelwright.kinds.arrays import objects
from modelwright.kinds.segmentation import Segmentation
from modelwright.metrics.catalogue import get
from modelwright.records.experiment import Rule
from modelwright.records.problem import Problem

KIND = Segmentation()
MASK = np.array([[0, 1, 1], [0, 0, 1]], dtype=np.uint8)


def problem(root="", **fields):
    asked = {"name": "t", "root": str(root), "kind": "segmentation", "targets": ("mask",), "metric": "dice-global"}
    return Problem(**(asked | {"higher_is_better": True} | fields))


def scenes(count, seed, size=16):
    """Masks, and maps that are right up to noise but far too low for a threshold of one half."""
    generator = np.random.default_rng(seed)
    masks = [(generator.random((size, size)) < 0.1).astype(np.uint8) for _ in range(count)]
    maps = [np.clip(0.2 * m + 0.1 * generator.random(m.shape), 0, 1).astype(np.float32) for m in masks]
    return objects(masks), objects(maps)


def test_masks_are_read_from_arrays_and_images(tmp_path):
    np.save(tmp_path / "a.npy", MASK[..., None])
    Image.fromarray(MASK * 255).save(tmp_path / "b.png")
    np.save(tmp_path / "c.npy", MASK.astype(bool))
    labels = pd.DataFrame({"mask": ["a.npy", "b.png", str(tmp_path / "c.npy")]})
    found = KIND.target(labels, problem(tmp_path), get("dice-global"))
    assert all((m == MASK).all() and m.dtype == np.uint8 for m in found)


@pytest.mark.parametrize(
    ("name", "content"), [("none.npy", None), ("a.npy", b"nothing"), ("a.png", b"nothing"), ("a.npy", b"")]
)
def test_a_file_that_is_no_mask_is_named(tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(TaskError, match=name):
        KIND.truth(pd.DataFrame({"mask": [name]}), problem(tmp_path))


def test_an_array_of_more_channels_is_no_mask(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((2, 2, 3)))
    with pytest.raises(TaskError, match="shape"):
        KIND.truth(pd.DataFrame({"mask": ["a.npy"]}), problem(tmp_path))


def test_maps_are_kept_to_half_a_step_and_masks_exactly(tmp_path):
    masks, maps = scenes(3, seed=0)
    maps[1] = maps[1][:5, :7]
    KIND.save(tmp_path / "p.npz", maps)
    KIND.save(tmp_path / "t.npz", masks)
    found = KIND.load(tmp_path / "p.npz")
    assert KIND.check(found, 3, problem()) is None
    assert max(np.abs(a - b).max() for a, b in zip(found, maps, strict=True)) <= 0.5 / 255 + 1e-6
    assert all((a == b).all() for a, b in zip(KIND.load(tmp_path / "t.npz"), masks, strict=True))


def test_no_rows_can_be_kept_too(tmp_path):
    KIND.save(tmp_path / "p.npz", objects([]))
    assert len(KIND.load(tmp_path / "p.npz")) == 0


@pytest.mark.parametrize(
    ("prediction", "word"),
    [
        (np.zeros((2, 4, 4)), "maps were asked for"),
        (objects([np.zeros((4, 4), np.float32)]), "2 maps"),
        (objects([np.zeros((4, 4), np.float32), None]), "map 1"),
        (objects([np.zeros((4, 4), np.float32), np.zeros(4, np.float32)]), "map 1"),
        (objects([np.full((4, 4), np.nan, np.float32), np.zeros((4, 4), np.float32)]), "map 0"),
        (objects([np.full((4, 4), 2.0, np.float32), np.zeros((4, 4), np.float32)]), "map 0"),
    ],
)
def test_a_malformed_prediction_is_named(prediction, word):
    assert word in KIND.check(prediction, 2, problem())


@pytest.mark.parametrize("metric", ["dice-global", "dice-mean", "iou", "iou-mean"])
def test_the_threshold_is_as_good_as_the_best_of_many(metric):
    masks, maps = scenes(20, seed=1)
    rule = KIND.rule(masks, maps, problem(), get(metric))

    def score(threshold):
        cut = Rule(name="threshold", params={"threshold": threshold})
        return get(metric).call(masks, KIND.present(maps, problem(), get(metric), cut))

    assert score(rule.params["threshold"]) >= max(score(t) for t in np.linspace(0.02, 0.98, 49)) - 0.002


def test_a_missing_map_stays_missing_in_a_mix():
    _, maps = scenes(2, seed=2)
    mixed = KIND.mix([maps, objects([None, maps[1]])], [0.5, 0.5], problem())
    assert mixed[0] is None
    assert np.allclose(mixed[1], maps[1])


def test_an_estimator_may_answer_with_an_array_or_a_list_of_maps():
    class Fitted:
        def predict(self, table):
            return [np.full((2, 3, 1), 0.5) for _ in range(len(table))]

    found = KIND.predict(Fitted(), pd.DataFrame({"a": [1, 2]}), problem())
    assert KIND.check(found, 2, problem()) is None
    assert found[0].shape == (2, 3)


@pytest.mark.parametrize("order", ["columns", "rows"])
def test_masks_are_handed_in_as_run_length_strings(order):
    asked = problem(options={"rle": {"order": order, "start": 1, "empty": "-"}}, header=("id", "pixels"), id="id")
    prediction = objects([MASK * np.float32(0.9), np.zeros((2, 3), np.float32)])
    table = KIND.submission(prediction, pd.DataFrame({"id": ["a", "b"]}), asked, get("dice-global"), Rule())
    assert list(table.columns) == ["id", "pixels"]
    assert (rle.decode(table["pixels"][0], (2, 3), order=order) == MASK).all()
    assert table["pixels"][1] == "-"


def test_strata_are_scenes_with_and_without_marks():
    assert KIND.strata(objects([MASK, 0 * MASK])).tolist() == [1, 0]
    assert KIND.strata(objects([MASK, MASK])) is None


def test_a_metric_of_labels_is_refused():
    with pytest.raises(SettingsError, match="'f1'"):
        KIND.target(pd.DataFrame({"mask": ["a.npy"]}), problem(), get("f1"))


def test_rows_without_a_map_stay_without_one_on_disk(tmp_path: Path) -> None:
    maps = objects([np.full((2, 3), 0.2, dtype=np.float32), None])
    KIND.save(tmp_path / "maps.npz", maps)
    again = KIND.load(tmp_path / "maps.npz")
    assert again[1] is None
    np.testing.assert_allclose(again[0], maps[0], atol=1 / 255)


def several(**fields):
    told = {"metric": "iou-classes", "classes": (0, 1, 2), "id": "id", "targets": ("rle",), "header": ("id", "rle")}
    return problem(**(told | fields))


def class_maps(codes):
    """Maps of three classes that are sure of these codes."""
    return objects(np.uint8(255 * (np.arange(3) == np.asarray(c)[..., None])) for c in codes)


class Sure:
    """An estimator that gives floats for each class."""

    def predict_proba(self, X):
        return objects(np.float32(np.arange(3) == c[..., None]) for c in X)


CODES = [np.array([[0, 1, 1], [2, 2, 0]]), np.array([[1, 1], [1, 2], [0, 0]])]


def test_maps_of_several_classes_are_bytes_and_kept_exactly(tmp_path):
    found = KIND.predict(Sure(), CODES, several())
    assert KIND.check(found, 2, several()) is None
    KIND.save(tmp_path / "p.npz", found)
    kept = KIND.load(tmp_path / "p.npz")
    assert all((a == b).all() and a.dtype == np.uint8 for a, b in zip(kept, found, strict=True))
    assert "bytes" in KIND.check(objects([np.zeros((2, 2), np.float32)] * 2), 2, several())


def test_the_likeliest_class_is_what_a_pixel_shows():
    mixed = KIND.mix([class_maps(CODES), class_maps([c * 0 for c in CODES])], [0.6, 0.4], several())
    masks = KIND.present(mixed, several(), get("iou-classes"), Rule())
    assert all((m == c).all() for m, c in zip(masks, CODES, strict=True))
    assert all(m.dtype == np.uint8 and np.abs(m.astype(int).sum(axis=2) - 255).max() <= 2 for m in mixed)


@pytest.mark.parametrize(
    ("answer", "header", "ids"),
    [
        ({"form": "id_class", "between": "_"}, ("id", "rle"), ["a.png_0", "a.png_1", "a.png_2"]),
        (
            {"form": "id_class", "between": "-", "written": {"0": "sky", "1": "road", "2": "car"}},
            ("id", "rle"),
            ["a.png-sky", "a.png-road", "a.png-car"],
        ),
        ({"form": "column", "column": "what"}, ("id", "what", "rle"), ["a.png", "a.png", "a.png"]),
    ],
)
def test_a_row_for_each_picture_and_class_is_handed_in(answer, header, ids):
    how = {"order": "rows", "start": 1, "empty": ""}
    asked = several(header=header, options={"answer": answer, "rle": how})
    wanted = pd.DataFrame({"id": ["a.png", "b.png"]})
    table = KIND.submission(class_maps(CODES), wanted, asked, get("iou-classes"), Rule())
    assert list(table.columns) == list(header)
    assert table["id"].tolist()[:3] == ids
    assert table["rle"].tolist() == ["1 1 6 1", "2 2", "4 2", "5 2", "1 3", "4 1"]
    if "what" in table:
        assert table["what"].tolist() == ["0", "1", "2"] * 2


def test_small_parts_are_left_out_only_where_that_is_better():
    truth, maps = scenes(6, seed=1, size=32)
    truth[:] = [np.kron(m[:4, :4], np.ones((8, 8), np.uint8)) for m in truth]
    dots = np.random.default_rng(2)
    noisy = [np.clip(0.8 * t + 0.9 * (dots.random(t.shape) < 0.02), 0, 1).astype(np.float32) for t in truth]
    asked = problem()
    rule = KIND.rule(truth, objects(noisy), asked, get("dice-global"))
    assert rule.params["smallest"] >= 4
    kept = KIND.present(objects(noisy), asked, get("dice-global"), rule)
    plain = KIND.present(objects(noisy), asked, get("dice-global"), Rule())
    assert get("dice-global").call(truth, kept) > get("dice-global").call(truth, plain)
    truth, maps = scenes(6, seed=3)
    assert "smallest" not in KIND.rule(truth, maps, asked, get("dice-global")).params
