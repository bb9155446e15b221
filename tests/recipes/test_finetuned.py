import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from modelwright import plugins
from modelwright.records.problem import Modality
from modelwright.records.profile import Role
from modelwright.testing.records import problem, profile

pytest.importorskip("transformers", reason="the extra text is not installed")
import torch

from modelwright.recipes import finetuning
from modelwright.recipes.finetuned import FineTunedClassifier, FineTunedRegressor
from modelwright.recipes.transformer import MISSING, NONE
from modelwright.testing.checkpoints import ARCHITECTURES, tiny_checkpoint
from modelwright.worker.agreement import disagreement

WORDS = ["heron", "moon", "water", "boats", "quiet", "red", "sea", "drift"]


def sentences(rows: int = 240, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows)
    texts = [" ".join(rng.permutation([*rng.choice(WORDS, rng.integers(2, 12)), ("past", "lands")[k]])) for k in y]
    return pd.DataFrame({"text": texts}), y


def test_it_asks_for_a_checkpoint_and_for_text() -> None:
    recipe = plugins.load("recipes", "transformer")
    with_one = problem().model_copy(update={"options": {"checkpoints": ["/somewhere"]}})
    assert recipe.applies(problem(), profile(Role.TEXT)) == NONE
    assert recipe.applies(with_one, profile(Role.TEXT)) in (None, MISSING)
    assert recipe.applies(with_one, profile(Role.NUMBER)) == "the table has no column of text"


def test_a_pair_is_read_in_the_order_of_the_problem(checkpoint: Path) -> None:
    pair = problem().model_copy(
        update={
            "inputs": ("second", "first"),
            "modality": Modality.TEXT_PAIR,
            "options": {"checkpoints": [str(checkpoint)]},
        }
    )
    built = plugins.load("recipes", "transformer").build(pair, {})
    assert (built.columns, built.checkpoint) == (["second", "first"], str(checkpoint))
    X = pd.DataFrame({"first": ["red moon"] * 50, "second": ["a heron"] * 50, "kind": pd.Categorical(["sea"] * 50)})
    built.tokenizer_, built.longest_ = _tokenizer(checkpoint), 64
    built.columns_ = built._columns(X)
    told = built.tokenizer_.decode(built._tokens(X.iloc[:1]).ids)
    assert told.index("heron") < told.index("[SEP]") < told.index("moon") < told.index("sea")


def _tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(folder))


@pytest.mark.parametrize("pooling", ["mean", "cls", "attention"])
def test_words_that_tell_the_class_are_learnt(checkpoint: Path, pooling: str) -> None:
    X, y = sentences(600)
    new, truth = sentences(200, seed=1)
    model = FineTunedClassifier(str(checkpoint), cycle=12, learning_rate=4e-3, pooling=pooling).fit(X, y)
    assert (model.predict(new) == truth).mean() > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_trains_and_predicts_the_same_after_a_pickle(tmp_path: Path, architecture: str) -> None:
    X, y = sentences(60)
    folder = tiny_checkpoint(tmp_path / architecture, architecture)
    model = FineTunedClassifier(str(folder), cycle=1).fit(X, y)
    assert disagreement(model, X) == ""
    shutil.rmtree(folder)  # a model in service has no checkpoint beside it
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_allclose(again.predict_proba(X), model.predict_proba(X), atol=1e-6)


def test_values_of_a_few_steps_may_be_learnt_as_classes(checkpoint: Path) -> None:
    X, y = sentences(300)
    values = np.where(y == 1, 0.75, 0.25)
    values[::10] = 0.5
    model = FineTunedRegressor(str(checkpoint), cycle=8, learning_rate=4e-3, steps=True).fit(X, values)
    found = model.predict(X)
    assert found.min() >= 0.25
    assert found.max() <= 0.75
    assert np.corrcoef(found, values)[0, 1] > 0.6


def test_an_epoch_that_runs_out_of_memory_goes_on_with_fewer_rows_at_once(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = sentences(100)
    plain = FineTunedClassifier(str(checkpoint), cycle=1, epochs=1, dropout=0.0).fit(X, y).predict_proba(X)
    forward, sizes = finetuning.Head.forward, []

    def hungry(self: Any, **tokens: Any) -> Any:
        if self.training:
            sizes.append(len(tokens["input_ids"]))
            if sizes[-1] > 4:
                raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(self, **tokens)

    monkeypatch.setattr(finetuning.Head, "forward", hungry)
    found = FineTunedClassifier(str(checkpoint), cycle=1, epochs=1, dropout=0.0).fit(X, y).predict_proba(X)
    assert sizes[:3] == [16, 8, 4]
    np.testing.assert_allclose(found, plain, atol=0.02)  # the encoder's own dropout falls otherwise


def test_where_no_row_fits_it_is_a_failure_for_memory(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = sentences(50)

    def full(_self: Any, **_tokens: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(finetuning.Head, "forward", full)
    with pytest.raises(MemoryError, match="single row"):
        FineTunedClassifier(str(checkpoint), cycle=1).fit(X, y)


def test_layers_near_the_words_learn_more_slowly(checkpoint: Path) -> None:
    from modelwright import encoders

    module = finetuning.Head(encoders.load(checkpoint).model, "mean", 0.1, 1)
    schedule = finetuning.Schedule(3, None, 16, 1e-4, 0.5, 0.1, 0.01, full=True)
    rates = {}
    groups = finetuning._groups(module, schedule)
    for name, parameter in module.named_parameters():
        rates[name] = next(g["lr"] for g in groups if any(p is parameter for p in g["params"]))
    assert rates["answer.weight"] == pytest.approx(5e-4)
    layers = [next(r for n, r in rates.items() if f"layer.{k}." in n) for k in (0, 1)]
    words = next(r for n, r in rates.items() if "word_embeddings" in n)
    assert layers[1] == pytest.approx(2 * layers[0])
    assert layers[0] == pytest.approx(2 * words)


def test_batches_hold_all_rows_once_and_those_of_like_length(checkpoint: Path) -> None:
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 300, 1000)
    batches = list(finetuning._like_lengths(np.arange(1000), lengths, 16, rng))
    assert sorted(np.concatenate(batches)) == list(range(1000))
    padded = sum(len(b) * lengths[b].max() for b in batches)
    assert padded < 1.1 * lengths.sum()


@pytest.mark.parametrize("text", ["", " ", "🌊🌊", "x" * 1_000_000, "<p>hi</p>", "\ud800 broken", "12345", None])
def test_strange_texts_are_read(checkpoint: Path, text: str | None) -> None:
    X, y = sentences(60)
    X = X.assign(text=X["text"].astype(object))
    X.loc[3, "text"] = text
    model = FineTunedClassifier(str(checkpoint), cycle=1, epochs=1).fit(X, y)
    assert np.isfinite(model.predict_proba(X)).all()


def test_a_checkpoint_with_broken_weights_fails_by_name(checkpoint: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(checkpoint, broken)
    (broken / "model.safetensors").write_bytes(b"not weights")
    X, y = sentences(60)
    with pytest.raises(Exception, match="broken"):
        FineTunedClassifier(str(broken)).fit(X, y)
