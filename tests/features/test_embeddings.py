import pickle
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from modelwright.features.embeddings import TextEmbeddings
from modelwright.records.profile import Role
from modelwright.testing.contracts import FeatureContract
from modelwright.testing.records import problem, profile

pytest.importorskip("transformers", reason="the extra text is not installed")


@pytest.fixture
def pairs() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    words = ["heron", "moon", "water", "boats", "quiet", "red", "sea", "drift"]
    texts = [" ".join(rng.choice(words, 4)) for _ in range(80)]
    return pd.DataFrame({"a": texts, "b": [*texts[:40], *texts[:40]], "n": 1.0})


class TestContract(FeatureContract):
    @pytest.fixture(autouse=True)
    def _folder(self, checkpoint: Path) -> None:
        self.folder = str(checkpoint)

    def step(self) -> TextEmbeddings:
        return TextEmbeddings(self.folder, components=4)


def test_it_declines_without_text_or_without_a_checkpoint() -> None:
    with_one = problem().model_copy(update={"options": {"checkpoints": ["/somewhere"]}})
    assert TextEmbeddings.applies(with_one, profile(Role.NUMBER)) == "no column holds text"
    assert "--checkpoint" in str(TextEmbeddings.applies(problem(), profile(Role.TEXT)))
    assert TextEmbeddings.applies(with_one, profile(Role.TEXT)) is None
    assert TextEmbeddings.given(with_one, profile(Role.TEXT)) == {"checkpoint": "/somewhere"}


def test_its_width_is_the_number_of_columns_it_adds(pairs: pd.DataFrame, checkpoint: Path) -> None:
    made = TextEmbeddings(str(checkpoint), 4).fit_transform(pairs)
    width = TextEmbeddings.width_for(profile(Role.TEXT, Role.TEXT, Role.NUMBER), {"components": 4})
    assert width == len(made.columns) - len(pairs.columns)


def test_equal_texts_are_as_near_as_can_be(pairs: pd.DataFrame, checkpoint: Path) -> None:
    made = TextEmbeddings(str(checkpoint), 4).fit_transform(pairs)
    likeness = made["a~b.likeness"].to_numpy()
    np.testing.assert_allclose(likeness[:40], 1.0, atol=1e-5)
    assert likeness[40:].mean() < 0.999
    assert {"a.e1", "a.e4", "b.e1", "a~b.d1"} <= set(made)
    assert "a.e5" not in made


def test_rows_alone_and_texts_unseen_are_read_alike_without_the_checkpoint(
    pairs: pd.DataFrame, checkpoint: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "gone"
    shutil.copytree(checkpoint, folder)
    step = TextEmbeddings(str(folder), 4).fit(pairs)
    new = pairs.assign(a="an unheard of text", b=None)
    expected = step.transform(new)
    shutil.rmtree(folder)
    again = pickle.loads(pickle.dumps(step))
    columns = [c for c in expected if c not in pairs]
    np.testing.assert_allclose(again.transform(new)[columns], expected[columns], atol=1e-5)
    np.testing.assert_allclose(
        again.transform(pairs.iloc[[7]])[columns], step.transform(pairs)[columns].iloc[[7]], atol=1e-5
    )
