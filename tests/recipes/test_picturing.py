"""Networks for whole pictures, from nothing and pretrained."""

import pickle

import numpy as np
import pandas as pd
import pytest

from modelwright import plugins
from modelwright.records.problem import Modality, Output
from modelwright.records.profile import Role
from modelwright.testing import records, shapes

pytest.importorskip("torch", reason="the extra images is not installed")
pytest.importorskip("timm", reason="the extra images is not installed")
import torch

from modelwright.recipes import descent, visual
from modelwright.recipes.image import ImageNetwork, TunedConvolution, TunedTransformer, native, pixels_seen, wanted
from modelwright.recipes.picturing import PictureClassifier, PictureLabels, PictureRegressor
from modelwright.testing.checkpoints import tiny_backbone
from modelwright.worker.agreement import disagreement

SMALL = {"width": 8, "side": 24, "batch": 16, "erase": 0.0, "shift": 0.1, "learning_rate": 0.01, "seed": 1}


def asked(**change):
    fields = {"modality": Modality.IMAGE, "kind": "multiclass", "classes": (0, 1, 2), "inputs": ("picture",)}
    options = {"pictures": {"height": 24, "width": 24}}
    return records.problem(**{"metric": "accuracy", "output": Output.LABELS, "options": options, **fields, **change})


class StopFitError(Exception):
    """Raised where a test has seen enough of a fit."""


def stop_fit(*_):
    raise StopFitError


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    return shapes.pictures(tmp_path_factory.mktemp("pictures"), 90)


@pytest.fixture(scope="module")
def fitted(seen):
    X, known = seen
    return PictureClassifier(epochs=12, **SMALL).fit(X, known["classes"])


def test_it_learns_what_is_to_be_seen(fitted, tmp_path):
    X, known = shapes.pictures(tmp_path, 60, seed=9)
    found = fitted.predict_proba(X)
    assert found.shape == (60, 3)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)
    assert (found.argmax(axis=1) == known["classes"]).mean() > 0.85


def test_predictions_agree_one_by_one_in_any_order_and_after_a_pickle(fitted, seen):
    X, _ = seen
    again = pickle.loads(pickle.dumps(fitted))
    assert disagreement(again, X) == ""
    whole = fitted.predict_proba(X)
    np.testing.assert_allclose(again.predict_proba(X.iloc[::-1])[::-1], whole, atol=1e-4)
    np.testing.assert_allclose(again.predict_proba(X.iloc[7:8]), whole[7:8], atol=1e-4)


def test_the_same_seed_gives_the_same_network_and_another_one_another(seen):
    X, known = seen
    first, second, third = (
        PictureClassifier(epochs=1, **{**SMALL, "seed": seed}).fit(X, known["classes"]).predict_proba(X)
        for seed in (1, 1, 2)
    )
    np.testing.assert_allclose(first, second, atol=1e-4)
    assert np.abs(first - third).max() > 1e-2


@pytest.mark.parametrize(
    "change",
    [
        {"flip": "all", "zoom": 0.2, "rotate": 10.0, "colour": 0.3},
        {"mix": "cutmix"},
        {"noise": "bi-tempered"},
        {"noise": "early"},
        {"noise": "correct"},
        {"noise": "correct", "mix": "mixup"},
        {"smaller": 0.6},
        {"balanced": True},
    ],
)
def test_every_way_to_train_gives_probabilities(seen, change):
    X, known = seen
    found = PictureClassifier(epochs=2, **{**SMALL, **change}).fit(X, known["classes"]).predict_proba(X)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("cleaning", ["drop", "relabel"])
def test_labels_held_to_be_wrong_are_left_out_or_changed(seen, cleaning, monkeypatch):
    pytest.importorskip("cleanlab", reason="the extra images is not installed")
    X, known = seen
    codes = known["classes"].copy()
    wrong = np.arange(0, 90, 15)
    codes[wrong] = (codes[wrong] + 1) % 3
    model = PictureClassifier(epochs=10, cleaning=cleaning, **SMALL)
    learnt = []
    whole = PictureClassifier._trained
    monkeypatch.setattr(
        PictureClassifier, "_trained", lambda self, p, t, *rest: (learnt.append(t), whole(self, p, t, *rest))[1]
    )
    model.fit(X, codes)
    assert "labels are held to be wrong" in model.notes_[-1]
    if cleaning == "drop":
        assert 70 <= len(learnt[-1]) < 90
    else:
        assert (learnt[-1] == known["classes"]).sum() > (codes == known["classes"]).sum()


@pytest.mark.parametrize("classes", [2, 3])
def test_softened_targets_lean_from_a_wrong_label_to_what_is_to_be_seen(seen, classes, monkeypatch):
    pytest.importorskip("cleanlab", reason="the extra images is not installed")
    X, known = seen
    clean = np.minimum(known["classes"], classes - 1)
    wrong = np.arange(0, 90, 15)
    codes = clean.copy()
    codes[wrong] = (codes[wrong] + 1) % classes
    learnt, whole = [], PictureClassifier._trained
    monkeypatch.setattr(
        PictureClassifier, "_trained", lambda self, p, t, *rest: (learnt.append(t), whole(self, p, t, *rest))[1]
    )
    found = PictureClassifier(epochs=10, cleaning="soften", **SMALL).fit(X, codes).predict_proba(X)
    assert found.shape == (90, classes)
    soft = learnt[-1]
    soft = np.column_stack([1 - soft[:, 0], soft[:, 0]]) if soft.shape[1] == 1 else soft
    np.testing.assert_allclose(soft.sum(axis=1), 1, rtol=1e-5)
    assert (soft[np.arange(90), codes] >= 0.5 - 1e-6).all()
    assert soft[wrong, clean[wrong]].mean() > 1 / classes - 0.1
    assert soft[wrong, codes[wrong]].mean() < soft[np.arange(90), codes].mean()


@pytest.mark.parametrize(("classes", "cleaning"), [(2, "none"), (3, "none"), (3, "relabel"), (3, "soften")])
def test_a_taught_network_learns_half_from_what_others_think(seen, classes, cleaning, monkeypatch):
    X, known = seen
    codes = np.minimum(known["classes"], classes - 1)
    believed = np.full((90, classes + 1), 0.1)  # one class of the problem has no row here
    believed[:, 0] = 0.5
    believed[5] = np.nan
    learnt = []
    monkeypatch.setattr(
        PictureClassifier, "_trained", lambda _self, _pixels, target, *_: learnt.append(target) or stop_fit()
    )
    model = PictureClassifier(epochs=1, cleaning=cleaning, **SMALL)
    with pytest.raises(StopFitError):
        model.fit(X, codes, believed=believed)
    soft = learnt[0] if classes > 2 else np.column_stack([1 - learnt[0][:, 0], learnt[0][:, 0]])
    others = (believed[:, :classes].T / believed[:, :classes].sum(axis=1)).T
    expected = 0.5 * np.eye(classes)[codes] + 0.5 * others
    expected[5] = np.eye(classes)[codes[5]]
    np.testing.assert_allclose(soft, expected, rtol=1e-5)
    assert model._believed is None  # it is not kept with the network


def test_two_classes_labels_and_values_have_their_shapes(seen):
    X, known = seen
    classes = known["classes"]
    two = PictureClassifier(epochs=1, **SMALL).fit(X, (classes == 1).astype(int)).predict_proba(X)
    assert two.shape == (90, 2)
    labels = PictureLabels(epochs=1, **SMALL).fit(X, np.eye(3)[classes]).predict_proba(X)
    assert labels.shape == (90, 3)
    flat = PictureRegressor(epochs=1, **SMALL).fit(X, classes * 10.0).predict(X)
    assert flat.shape == (90,)
    assert -2 < flat.min() <= flat.max() < 22
    several = PictureRegressor(epochs=1, **SMALL).fit(X, np.column_stack([classes, -classes]) * 1.0).predict(X)
    assert several.shape == (90, 2)


def test_one_class_needs_no_network(seen):
    X, _ = seen
    assert (PictureClassifier().fit(X, np.zeros(90, int)).predict_proba(X) == 1).all()


def test_memory_that_runs_out_halves_what_is_seen_at_once(capfd):
    portions, tried = descent.Portions(8), []
    weight = torch.zeros(1, requires_grad=True)
    optimizer, scaler = torch.optim.SGD([weight], 0.1), torch.amp.GradScaler("cpu", enabled=False)

    def found(part):
        tried.append(part.stop - part.start)
        if part.stop - part.start > 2:
            raise torch.OutOfMemoryError
        return (weight - 1.0).square().mean()

    portions.add_up(found, 8, optimizer, scaler, "cpu")
    assert tried == [8, 4, 2, 2, 2, 2]
    assert weight.grad.item() == pytest.approx(-2.0)
    assert "2 pictures at once" in capfd.readouterr().err
    portions.rows = 1
    with pytest.raises(MemoryError, match="single picture"):
        portions.add_up(lambda _: (_ for _ in ()).throw(torch.OutOfMemoryError()), 4, optimizer, scaler, "cpu")


@pytest.mark.parametrize("architecture", ["resnet10t", "vit_tiny_patch16_224"])
def test_a_pretrained_network_is_read_from_its_folder_and_then_needs_it_no_more(seen, tmp_path, architecture):
    X, known = seen
    folder = tiny_backbone(tmp_path / "net", architecture)
    side = 224 if architecture.startswith("vit") else 64
    rows = np.arange(0, 90, 6)
    model = PictureClassifier(checkpoint=str(folder), side=side, epochs=1, decay=0.8, batch=8)
    model.fit(X.iloc[rows], known["classes"][rows])
    before = model.predict_proba(X.iloc[:2])
    for file in folder.iterdir():
        file.unlink()
    np.testing.assert_allclose(pickle.loads(pickle.dumps(model)).predict_proba(X.iloc[:2]), before, atol=1e-3)


def test_broken_weights_are_named(seen, tmp_path):
    X, known = seen
    folder = tiny_backbone(tmp_path / "net")
    (folder / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(OSError, match=r"pretrained model in .*net cannot be read"):
        PictureClassifier(checkpoint=str(folder), side=32, epochs=1).fit(X, known["classes"])


def test_recipes_are_for_pictures_that_get_one_answer():
    recipe, profile = ImageNetwork(), records.profile(Role.PATH)
    assert recipe.applies(asked(inputs=()), profile) is None
    assert recipe.applies(records.problem(), profile) == "the rows are no pictures"
    assert "detection" in (recipe.applies(asked(kind="detection"), profile) or "")
    assert "checkpoint" in (TunedConvolution().applies(asked(), profile) or "")


def test_a_backbone_serves_the_recipe_of_its_sort(tmp_path):
    profile = records.profile(Role.PATH)
    options = {
        "checkpoints": [str(tiny_backbone(tmp_path / "a")), str(tiny_backbone(tmp_path / "b", "vit_tiny_patch16_224"))]
    }
    problem = asked(options=options)
    assert TunedConvolution().build(problem, {}).checkpoint.endswith("a")
    transformer = plugins.load("recipes", "image-transformer")
    assert transformer.applies(problem, profile) is None
    assert transformer.build(problem, {}).checkpoint.endswith("b")


@pytest.mark.parametrize("seconds", [5.0, 40.0, 200.0, 1000.0, 20_000.0])
def test_a_fit_is_made_as_large_as_the_time_allows(seconds):
    recipe, profile = ImageNetwork(), records.profile(Role.PATH, rows=4000)
    problem = asked(options={"pictures": {"height": 64, "width": 80}})
    params = recipe.within(problem, profile, 3000, seconds)
    effort = recipe.effort(problem, profile, params, 3000)
    least = recipe.effort(problem, profile, recipe.within(problem, profile, 3000, 0.0), 3000)
    assert effort <= max(seconds, least) + 1e-6
    assert params["side"] <= native(problem) == 64
    if seconds >= 1000:
        assert effort > 0.5 * seconds or params["epochs"] == 150
        assert params["epochs"] >= wanted(params["width"], params["side"])


@pytest.mark.parametrize(
    ("kind", "seconds", "warned", "told"),
    [
        ("multiclass", 20_000.0, False, {"mix": "cutmix"}),
        ("multiclass", 20_000.0, True, {"mix": "cutmix", "noise": "correct"}),
        ("multiclass", 10.0, True, {}),
        ("regression", 20_000.0, False, {}),
    ],
)
def test_a_long_training_mixes_pictures_and_corrects_labels_that_the_task_warns_of(kind, seconds, warned, told):
    options = {"pictures": {"height": 32, "width": 32}, **({"wrong_labels": "Labels are noisy."} if warned else {})}
    params = ImageNetwork().within(
        asked(kind=kind, options=options), records.profile(Role.PATH, rows=1000), 800, seconds
    )
    assert {name: value for name, value in params.items() if name not in ("side", "width", "epochs")} == told


@pytest.mark.parametrize("seconds", np.geomspace(10, 20_000, 12))
def test_the_wider_a_network_the_fewer_epochs_are_long(seconds):
    problem = asked(options={"pictures": {"height": 32, "width": 32}})
    params = ImageNetwork().within(problem, records.profile(Role.PATH, rows=1000), 800, float(seconds))
    assert ("mix" in params) is (params["epochs"] * params["width"] >= 40 * 16)


@pytest.mark.parametrize(("rows", "wide"), [(600, False), (3000, True)])
def test_few_pictures_are_learnt_by_a_narrow_network_in_many_steps(rows, wide):
    problem = asked(options={"pictures": {"height": 32, "width": 32}})
    recipe, profile = ImageNetwork(), records.profile(Role.PATH, rows=rows)
    seconds = recipe.effort(problem, profile, {"side": 32, "width": 24, "epochs": 40}, rows)
    params = recipe.within(problem, profile, rows, seconds)
    assert (params["width"] > 16) is wide
    assert wide or params["epochs"] > 60
    values = asked(kind="regression", classes=(), options=problem.options)  # which are not mixed
    assert recipe.within(values, profile, rows, seconds)["width"] > 16


@pytest.mark.parametrize("warned", [True, False])
def test_ways_to_doubt_labels_come_first_where_the_task_warns_of_them(warned):
    problem = asked(options={"wrong_labels": "Labels are noisy."} if warned else {})
    first = ImageNetwork().presets(problem, records.profile(Role.PATH))[0]
    assert (first == {"noise": "correct"}) is warned


@pytest.mark.parametrize("smaller", [1.0, 0.75, 0.5])
def test_a_training_that_begins_on_smaller_pictures_takes_less_time_by_the_pixels_it_sees(smaller):
    seen = np.mean([visual.side(done, smaller, 256) ** 2 for done in np.linspace(0, 1, 1000)]) / 256**2
    assert pixels_seen({"smaller": smaller}) == pytest.approx(seen, rel=0.02)


def test_a_transformer_that_knows_one_size_is_not_shown_others():
    spaces = [recipe().space(asked(), records.profile()) for recipe in (TunedConvolution, TunedTransformer)]
    assert ["smaller" in space for space in spaces] == [True, False]


def test_an_unreadable_picture_is_answered_for(fitted, seen, tmp_path):
    X, _ = seen
    (tmp_path / "broken.png").write_bytes(b"")
    found = fitted.predict_proba(pd.DataFrame({"picture": [X["picture"][0], str(tmp_path / "broken.png")]}))
    assert np.isfinite(found).all()
    assert "broken.png" in fitted.notes_[0]
