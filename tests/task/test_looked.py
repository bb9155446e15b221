"""Pictures looked at before the search."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from modelwright.errors import TaskError
from modelwright.records.problem import Modality
from modelwright.task import looked
from modelwright.testing import records

PICTURES = records.problem().model_copy(update={"modality": Modality.IMAGE, "inputs": ("path0",)})


def files(folder, count, size=(10, 14)):
    for k in range(count):
        Image.fromarray(np.full((*size, 3), k % 255, np.uint8)).save(folder / f"{k:03d}.png")
    return [str(folder / f"{k:03d}.png") for k in range(count)]


def look(paths, problem=PICTURES, **columns):
    return looked.look(problem, pd.DataFrame({"path0": paths, **columns}), None)


def test_their_size_is_told(tmp_path):
    found = look(files(tmp_path, 5))
    assert found.size == {"height": 10, "width": 14}
    assert not found.findings


def test_a_few_that_cannot_be_read_are_named_and_many_are_an_error(tmp_path):
    paths = files(tmp_path, 150)
    (tmp_path / "003.png").write_bytes(b"")
    found = look(paths)
    assert "003.png is empty" in found.findings[0].evidence
    assert np.flatnonzero(~found.usable).tolist() == [3]
    for k in range(10, 20):
        (tmp_path / f"{k:03d}.png").write_bytes(b"nothing")
    with pytest.raises(TaskError, match=r"11 of 150 pictures cannot be used .*003\.png is empty.* and 8 more"):
        look(paths)


def test_sizes_that_differ_are_told(tmp_path):
    paths = files(tmp_path, 4)
    Image.new("RGB", (40, 30)).save(tmp_path / "large.png")
    found = look([*paths, str(tmp_path / "large.png")])
    assert found.findings[0].sort == "sizes"
    assert "10 to 30 pixels high" in found.findings[0].evidence


def test_of_many_bytes_only_some_are_decoded_to_the_end(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    paths = []
    for k in range(6):
        Image.fromarray(rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(tmp_path / f"{k}.jpg")
        paths.append(str(tmp_path / f"{k}.jpg"))
    whole = (tmp_path / "2.jpg").read_bytes()
    (tmp_path / "2.jpg").write_bytes(whole[: len(whole) // 2])
    assert "2.jpg" in look(paths).findings[0].evidence
    monkeypatch.setattr(looked, "DECODED", 0)
    assert not look(paths).findings


def test_bands_in_folders_are_looked_at_and_arrays_tell_their_size(tmp_path):
    (tmp_path / "scene").mkdir()
    np.save(tmp_path / "scene" / "b1.npy", np.zeros((8, 9, 3), np.float32))
    bands = PICTURES.model_copy(update={"options": {"inputs": ["b1.npy"]}})
    assert look([str(tmp_path / "scene")], bands).size == {"height": 8, "width": 9, "bands": 1}


def test_tables_are_not_looked_at():
    assert look(["/nowhere.png"], records.problem()).size == {}


def test_what_is_asked_for_is_looked_at_too(tmp_path):
    paths = files(tmp_path, 3)
    (tmp_path / "asked.png").write_text("nothing")
    found = looked.look(
        PICTURES, pd.DataFrame({"path0": paths}), pd.DataFrame({"path0": [str(tmp_path / "asked.png")]})
    )
    assert found.usable.all()
    assert "asked.png is no picture" in found.findings[0].evidence


def test_a_scene_whose_mask_has_another_size_is_left_out(tmp_path):
    paths = files(tmp_path, 3)
    for k, size in enumerate([(10, 14), (10, 14), (9, 14)]):
        Image.new("L", size[::-1]).save(tmp_path / f"mask{k}.png")
    masks = PICTURES.model_copy(update={"kind": "segmentation"})
    found = look(paths, masks, y=[str(tmp_path / f"mask{k}.png") for k in range(3)])
    assert found.usable.tolist() == [True, True, False]
    assert "mask2.png is a mask of 9 x 14 pixels for a scene of 10 x 14" in found.findings[0].evidence
