"""Networks that draw maps."""

import pickle

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from modelwright.kinds.arrays import objects
from modelwright.records.profile import Role
from modelwright.testing import records, shapes

pytest.importorskip("torch", reason="the extra images is not installed")
import torch

from modelwright.recipes import mapping, unets, views
from modelwright.recipes.draw import SIZES, TunedSegmenter, UNet
from modelwright.recipes.segmenting import Drawing
from modelwright.worker.agreement import disagreement

SMALL = {"column": "picture", "width": 6, "batch": 4, "learning_rate": 0.01, "seed": 1}


def asked(**change):
    fields = {"kind": "segmentation", "classes": (), "metric": "dice-global", "targets": ("mask",)}
    options = {"path_column": "picture", "pictures": {"height": 32, "width": 32}, **change.pop("options", {})}
    return records.problem(**{"options": options, **fields, **change})


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    return shapes.pictures(tmp_path_factory.mktemp("pictures"), 36, side=32)


@pytest.fixture(scope="module")
def fitted(seen):
    X, known = seen
    return Drawing(epochs=16, **SMALL).fit(X, known["masks"])


def test_it_marks_what_is_to_be_marked(fitted, tmp_path):
    X, known = shapes.pictures(tmp_path, 12, side=32, seed=5)
    maps = fitted.predict_proba(X)
    assert all(m.shape == (32, 32) and m.dtype == np.float32 for m in maps)
    found, truth = np.stack(list(maps)) > 0.5, np.stack(list(known["masks"])) > 0
    assert 2 * (found & truth).sum() / (found.sum() + truth.sum()) > 0.8


def test_maps_agree_one_by_one_in_any_order_and_after_a_pickle(fitted, seen):
    X, _ = seen
    again = pickle.loads(pickle.dumps(fitted))
    assert disagreement(again, X) == ""
    np.testing.assert_allclose(again.predict_proba(X.iloc[[3]])[0], fitted.predict_proba(X)[3], atol=1e-4)


def test_several_classes_have_bytes_for_each(seen):
    X, known = seen
    codes = known["codes"].copy()
    codes[0] = codes[0].copy()
    codes[0][:4] = 255  # does not count
    maps = Drawing(classes=4, epochs=14, **SMALL).fit(X, codes).predict_proba(X)
    assert all(m.shape == (32, 32, 4) and m.dtype == np.uint8 for m in maps)
    assert np.abs(maps[0].astype(int).sum(axis=2) - 255).max() <= 3
    right = np.mean([(m.argmax(axis=2) == c).mean() for m, c in zip(maps[1:], codes[1:], strict=True)])
    assert right > 0.85


@pytest.mark.parametrize(
    "change",
    [{"loss": "cross-entropy"}, {"flip": "all"}, {"halvings": 1}, {"zoom": 0.2, "rotate": 15.0}, {"view": "scaled"}],
)
def test_every_way_to_train_gives_maps(seen, change):
    X, known = seen
    maps = Drawing(epochs=1, **{**SMALL, **change}).fit(X, known["masks"]).predict_proba(X.iloc[:2])
    assert all(np.isfinite(m).all() and 0 <= m.min() <= m.max() <= 1 for m in maps)


def test_scenes_of_any_size_are_drawn_and_large_ones_in_pieces(fitted, tmp_path):
    rng = np.random.default_rng(0)
    sizes = [(13, 40), (32, 32), (90, 70)]
    for k, size in enumerate(sizes):
        Image.fromarray(rng.integers(0, 255, (*size, 3), dtype=np.uint8)).save(tmp_path / f"{k}.png")
    X = pd.DataFrame({"picture": [str(tmp_path / f"{k}.png") for k in range(3)]})
    whole = fitted.predict_proba(X)
    assert [m.shape for m in whole] == sizes
    pieced = fitted.set_params(crop=40).predict_proba(X)
    fitted.set_params(crop=256)
    assert pieced[2].shape == (90, 70)
    assert np.abs(pieced[2] - whole[2]).mean() < 0.1


def test_a_mask_of_another_size_than_its_scene_is_named(seen):
    X, known = seen
    masks = known["masks"].copy()
    masks[4] = masks[4][:-1]
    with pytest.raises(ValueError, match=r"0004\.png has the shape \(31, 32\), its inputs \(32, 32\)"):
        Drawing(epochs=1, **SMALL).fit(X, masks)


def test_bands_are_seen_as_they_are_as_differences_or_as_a_composite():
    bands = [np.full((4, 5, 3), 250.0 + k, np.float32) + np.arange(3, dtype=np.float32) for k in range(3)]
    names = ("band_11.npy", "band_14.npy", "band_15.npy")
    assert views.ash_bands(names) == (0, 1, 2)
    assert views.ash_bands(("red.png", "band_14.npy")) is None
    assert views.ash_bands(("b111.npy", "b14.npy", "b15.npy")) is None
    raw = views.channels(bands, "raw", "one", None)
    assert raw.shape == (4, 5, 3)
    assert raw[0, 0].tolist() == [251.0, 252.0, 253.0]  # the middle frame
    assert views.channels(bands, "raw", "all", None).shape == (4, 5, 9)
    differences = views.channels(bands, "differences", "one", None)
    assert differences[0, 0, 3:].tolist() == [-1.0, -2.0, -1.0]
    ash = views.channels(bands, "ash", "one", (0, 1, 2))
    assert ash.shape == (4, 5, 3)
    np.testing.assert_allclose(ash[0, 0], [(1 + 4) / 6, (1 + 4) / 9, (252 - 243) / 60], rtol=1e-5)


def test_shares_of_annotators_are_learnt_where_they_left_them(tmp_path):
    rng = np.random.default_rng(0)
    masks = []
    for k in range(4):
        (tmp_path / str(k)).mkdir()
        marked = (rng.random((16, 16)) < 0.3).astype(np.uint8)
        np.save(
            tmp_path / str(k) / "band.npy", marked.astype(np.float32) + rng.normal(0, 0.1, (16, 16)).astype(np.float32)
        )
        np.save(tmp_path / str(k) / "each.npy", np.stack([marked, marked, 0 * marked], axis=-1)[:, :, None])
        masks.append(marked)
    X = pd.DataFrame({"picture": [str(tmp_path / str(k)) for k in range(4)]})
    model = Drawing(inputs=("band.npy",), annotators="each.npy", soft=True, epochs=1, **SMALL)
    shares = model._shares(str(tmp_path / "0"), masks[0])
    np.testing.assert_allclose(shares, masks[0] * 2 / 3)
    assert model.fit(X, objects(masks)).predict_proba(X)[0].shape == (16, 16)


def test_pixels_that_do_not_count_change_no_loss():
    answers = torch.randn((2, 3, 8, 8), generator=torch.Generator().manual_seed(0))
    target = torch.zeros((2, 8, 8), dtype=torch.long)
    target[:, :4] = -1
    changed = answers.clone()
    changed[:, :, :4] += 5
    for how in ("mixed", "cross-entropy"):
        first, second = (unets.mask_loss(a, target, how, torch.ones(3)) for a in (answers, changed))
        assert first.item() == pytest.approx(second.item(), rel=1e-5)
    one = [unets.mask_loss(a[:, :1], target, "mixed", torch.ones(1)).item() for a in (answers, changed)]
    assert one[0] == pytest.approx(one[1], rel=1e-5)


def test_pieces_of_large_scenes_lie_over_what_is_marked():
    codes = np.zeros((64, 64), np.int16)
    codes[50:53, 10:13] = 1
    data = mapping.Scenes([np.zeros((64, 64, 1), np.float32)], [codes], None)
    rng = np.random.default_rng(0)
    marked = [data.cut(np.array([0]), (16, 16), rng)[1].max() > 0 for _ in range(60)]
    assert 0.3 < np.mean(marked) < 0.9


def test_sizes_come_in_the_order_of_their_cost_and_fit_the_time():
    recipe, profile = UNet(), records.profile(Role.PATH, rows=200)
    for seconds in (10.0, 60.0, 300.0, 3000.0):
        params = recipe.within(asked(), profile, 150, seconds)
        least = recipe.effort(asked(), profile, recipe.within(asked(), profile, 150, 0.0), 150)
        assert recipe.effort(asked(), profile, params, 150) <= max(seconds, least) + 1e-6
    costs = [
        recipe.effort(asked(), profile, {"halvings": h, "width": w, "epochs": wanted}, 150) for h, w, wanted in SIZES
    ]
    assert costs == sorted(costs)
    assert "checkpoint" in (TunedSegmenter().applies(asked(), profile) or "")


@pytest.mark.parametrize("decoder", ["unet", "fpn"])
def test_a_decoder_over_a_pretrained_encoder_draws_maps(seen, tmp_path, decoder):
    pytest.importorskip("segmentation_models_pytorch", reason="the extra images is not installed")
    from modelwright.testing.checkpoints import tiny_backbone

    X, known = seen
    folder = tiny_backbone(tmp_path / "net")
    model = Drawing(checkpoint=str(folder), decoder=decoder, epochs=1, **SMALL).fit(X.iloc[:4], known["masks"][:4])
    before = model.predict_proba(X.iloc[:1])[0]
    for file in folder.iterdir():
        file.unlink()
    np.testing.assert_allclose(pickle.loads(pickle.dumps(model)).predict_proba(X.iloc[:1])[0], before, atol=1e-3)
