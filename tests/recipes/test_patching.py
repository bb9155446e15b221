"""Pictures by the patches they are made of."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from modelwright import plugins, vectors
from modelwright.interfaces import Recipe
from modelwright.recipes.patches import ImagePatches
from modelwright.recipes.patching import Patches
from modelwright.records.problem import Modality, Output, Problem
from modelwright.records.profile import Role
from modelwright.strategists.menu import Menu
from modelwright.testing import records, shapes

FEW: dict[str, Any] = {"filters": 20, "components": 12}

Seen = tuple[pd.DataFrame, dict[str, Any]]


def asked(**change: Any) -> Problem:
    fields: dict[str, Any] = {
        "modality": Modality.IMAGE, "kind": "multiclass", "classes": (0, 1, 2), "inputs": ("picture",),
        "metric": "accuracy", "output": Output.LABELS, "options": {"pictures": {"height": 24, "width": 24}},
    }  # fmt: skip
    return records.problem(**{**fields, **change})


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return shapes.pictures(tmp_path_factory.mktemp("pictures"), 90)


@pytest.fixture(scope="module")
def fitted(seen: Seen) -> Any:
    X, known = seen
    return ImagePatches().build(asked(), {**FEW, "seed": 1}).fit(X, known["classes"])


def test_it_learns_what_is_to_be_seen(fitted: Any, tmp_path: Path) -> None:
    X, known = shapes.pictures(tmp_path, 60, seed=9)
    found = fitted.predict_proba(X)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)
    assert (found.argmax(axis=1) == known["classes"]).mean() > 0.85


def test_predictions_agree_one_by_one_in_any_order_and_after_a_pickle(fitted: Any, seen: Seen) -> None:
    X, whole = seen[0], fitted.predict_proba(seen[0])
    for some in (X[::-1], X.sample(17, random_state=3), X[:1]):
        np.testing.assert_allclose(fitted.predict_proba(some), whole[some.index], atol=1e-4)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict_proba(X), whole)


def test_values_and_sets_of_labels_have_their_shapes(seen: Seen) -> None:
    X, classes = seen[0], seen[1]["classes"]
    values = ImagePatches().build(asked(kind="regression", metric="rmse", classes=()), FEW).fit(X, classes * 10.0)
    assert np.corrcoef(values.predict(X), classes)[0, 1] > 0.8
    labels = ImagePatches().build(asked(kind="multilabel", metric="f1-samples"), FEW).fit(X, np.eye(3)[classes])
    assert np.asarray(labels.predict_proba(X)).shape == (90, 3)


def test_a_picture_and_its_mirror_image_are_the_same_only_where_they_should_be(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for k in range(6):
        pixels = random.integers(0, 255, (32, 32, 3), dtype=np.uint8)
        pixels[:, :12] //= 4
        Image.fromarray(pixels).save(tmp_path / f"{k}.png")
        Image.fromarray(pixels[:, ::-1]).save(tmp_path / f"m{k}.png")
    here, there = (pd.DataFrame({"picture": [str(tmp_path / f"{m}{k}.png") for k in range(6)]}) for m in ("", "m"))
    either, one = (Patches(mirrored=mirrored, **FEW).fit(here) for mirrored in (True, False))
    np.testing.assert_allclose(either.transform(here), either.transform(there), atol=1e-3)
    assert np.abs(one.transform(here) - one.transform(there)).max() > 0.5


@pytest.mark.parametrize("colour", [0, 127, 255])
def test_pictures_without_anything_on_them_are_learnt_from(tmp_path: Path, colour: int) -> None:
    for k in range(5):
        Image.new("RGB", (40, 20), (colour, colour, colour)).save(tmp_path / f"{k}.png")
    X = pd.DataFrame({"picture": [str(tmp_path / f"{k}.png") for k in range(5)]})
    assert np.isfinite(Patches(**FEW).fit_transform(X)).all()


def test_a_picture_that_is_missing_is_answered_for(fitted: Any, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"nothing of the kind")
    X = pd.DataFrame({"picture": [str(tmp_path / "broken.png"), None]})
    found = fitted.predict_proba(X)
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(found[0], found[1])


def test_labels_move_no_component(seen: Seen) -> None:
    X, known = seen
    first, other = (Patches(**FEW).fit_transform(X, y) for y in (known["classes"], known["classes"][::-1]))
    np.testing.assert_array_equal(first, other)


def test_pictures_are_looked_at_once_in_a_run_however_often_they_are_asked_for(
    seen: Seen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, looked = seen[0][:40], []
    plain = Patches(**FEW).fit(X).transform(X)
    real = Patches._of_some
    monkeypatch.setattr(Patches, "_of_some", lambda self, pixels: looked.append(len(pixels)) or real(self, pixels))
    vectors.keep_in(tmp_path)
    try:
        for components in (12, 5, 12):
            again = Patches(filters=20, components=components).fit(X).transform(X)
        assert sum(looked) == 40
        Patches(filters=20, seed=3).fit(X)
        Patches(filters=20, mirrored=False).fit(X)
        Patches(filters=20).fit(X[::-1])  # other filters are drawn of these
        assert sum(looked) == 160
    finally:
        vectors.keep_in(None)
    np.testing.assert_allclose(again, plain, atol=1e-6)


def test_rows_that_were_fitted_on_look_the_same_later(seen: Seen) -> None:
    patches = Patches(**FEW)
    found = patches.fit_transform(seen[0])
    np.testing.assert_allclose(found, patches.transform(seen[0]), atol=1e-5)
    assert found.std(axis=0, ddof=1)[0] == pytest.approx(1.0, abs=1e-3)
    assert (np.diff(found.std(axis=0)) < 1e-6).all()  # the main component first


@pytest.mark.parametrize(("rows", "columns"), [(30, 29), (90, 50), (700, 70)])
def test_there_are_as_many_components_as_rows_can_bear(seen: Seen, rows: int, columns: int) -> None:
    X = pd.concat([seen[0]] * 8)[:rows]
    assert Patches(filters=20).fit_transform(X).shape == (rows, columns)


def test_only_rows_that_are_pictures_are_its_business() -> None:
    profile = records.profile(Role.PATH)
    assert ImagePatches().applies(asked(), profile) is None
    assert ImagePatches().applies(asked(kind="segmentation"), profile)
    assert ImagePatches().applies(asked(modality=Modality.TABLE), profile)


@pytest.mark.parametrize("size", [24, 96])
def test_all_that_is_tried_can_be_built(size: int) -> None:
    recipe, profile = ImagePatches(), records.profile(Role.PATH, rows=9000)
    problem = asked(options={"pictures": {"height": size, "width": size}})
    known = Patches().get_params()
    assert all({*preset} <= known.keys() for preset in recipe.presets(problem, profile))
    assert recipe.space(problem, profile).keys() - {"penalty"} <= known.keys()
    assert ("side" in recipe.space(problem, profile)) == (size == 96)


def test_more_filters_larger_pictures_and_more_rows_take_longer() -> None:
    recipe, profile = ImagePatches(), records.profile(Role.PATH)
    base = recipe.effort(asked(), profile, {}, 1000)
    assert recipe.effort(asked(), profile, {"mirrored": False}, 1000) < base
    assert base < recipe.effort(asked(), profile, {"filters": 400}, 1000)
    assert base < recipe.effort(asked(), profile, {"side": 48}, 1000)
    assert base < recipe.effort(asked(), profile, {}, 2000)


def test_it_comes_after_the_first_answers_and_before_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    profile = records.profile(Role.PATH)
    names = list(Menu(asked(), profile).recipes)
    assert names[:3] == ["dummy", "linear", "image-patches"]

    def without_networks(name: str) -> Recipe:
        recipe: Any = load("recipes", name)
        if recipe.family in ("convolution", "convolution-tuned", "vision-transformer"):
            monkeypatch.setattr(type(recipe), "applies", lambda *_: "no torch")
        return recipe

    load = plugins.load
    monkeypatch.setattr(
        plugins, "load", lambda group, name: without_networks(name) if group == "recipes" else load(group, name)
    )
    alone = list(Menu(asked(), profile).recipes)
    assert alone[:3] == names[:3]
    assert "lightgbm" in alone
