import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from modelwright.features.picture_embeddings import PictureEmbeddings
from modelwright.records.problem import Modality
from modelwright.records.profile import Role
from modelwright.testing import records, shapes

pytest.importorskip("timm", reason="the extra images is not installed")

from modelwright.testing.checkpoints import tiny_backbone

PICTURES = records.problem().model_copy(
    update={"modality": Modality.IMAGE, "inputs": ("picture",), "options": {"checkpoints": ["/somewhere"]}}
)


def test_it_declines_without_pictures_or_without_a_network() -> None:
    assert "no pictures" in str(PictureEmbeddings.applies(records.problem(), records.profile(Role.PATH)))
    alone = PICTURES.model_copy(update={"options": {}})
    assert "--checkpoint" in str(PictureEmbeddings.applies(alone, records.profile(Role.PATH)))
    assert PictureEmbeddings.applies(PICTURES, records.profile(Role.PATH)) is None
    assert PictureEmbeddings.given(PICTURES, records.profile(Role.PATH)) == {"checkpoint": "/somewhere"}


def test_pictures_become_a_few_columns_without_the_folder_too(tmp_path: Path) -> None:
    X, _ = shapes.pictures(tmp_path / "pictures", 20, side=24)
    folder = tiny_backbone(tmp_path / "net")
    step = PictureEmbeddings(str(folder), components=5).fit(X)
    made = step.transform(X)
    assert list(made.columns) == ["picture", *(f"picture.e{k}" for k in range(1, 6))]
    assert PictureEmbeddings.width_for(records.profile(Role.PATH), {"components": 5}) == 5
    assert np.isfinite(made.drop(columns="picture").to_numpy(float)).all()
    assert made["picture.e1"].std() >= made["picture.e5"].std() > 0
    shutil.rmtree(folder)
    again = pickle.loads(pickle.dumps(step)).transform(X.iloc[[3]])
    np.testing.assert_allclose(
        again.drop(columns="picture").to_numpy(float), made.iloc[[3]].drop(columns="picture").to_numpy(float), atol=1e-3
    )
