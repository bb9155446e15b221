"""Files of pictures, whole and broken, as arrays."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from modelwright import pictures
from modelwright.pictures import PictureError

RNG = np.random.default_rng(0)
COLOURS = RNG.integers(0, 256, (12, 20, 3), dtype=np.uint8)


@pytest.fixture(autouse=True)
def _kept_nowhere():
    yield
    pictures.keep_in(None)


def saved(path: Path, mode: str, **how) -> Path:
    Image.fromarray(COLOURS).convert(mode).save(path, **how)
    return path


@pytest.mark.parametrize(
    ("mode", "ending"),
    [("RGB", "png"), ("L", "png"), ("P", "png"), ("RGBA", "png"), ("LA", "png"), ("1", "png"), ("CMYK", "jpg")],
)
def test_every_mode_becomes_three_bytes_a_pixel(tmp_path, mode, ending):
    found = pictures.read(saved(tmp_path / f"a.{ending}", mode))
    assert found.shape == (12, 20, 3)
    assert found.dtype == np.uint8
    if mode == "RGB":
        assert (found == COLOURS).all()


def test_sixteen_bits_are_brought_to_their_own_range(tmp_path):
    deep = np.arange(240, dtype=np.uint16).reshape(12, 20) * 17 + 900
    Image.fromarray(deep).save(tmp_path / "a.png")
    found = pictures.read(tmp_path / "a.png")
    assert (found.min(), found.max()) == (0, 255)
    assert (np.diff(found[..., 0].astype(int).ravel()) >= 0).all()


def test_what_is_clear_is_white(tmp_path):
    clear = np.zeros((4, 4, 4), np.uint8)
    Image.fromarray(clear, "RGBA").save(tmp_path / "a.png")
    assert (pictures.read(tmp_path / "a.png") == 255).all()


def test_a_picture_is_turned_as_its_tag_says(tmp_path):
    tag = Image.Exif()
    tag[0x0112] = 6  # a quarter turn
    Image.fromarray(COLOURS).save(tmp_path / "a.png", exif=tag)
    assert pictures.size(tmp_path / "a.png") == (20, 12)
    assert (pictures.read(tmp_path / "a.png") == np.rot90(COLOURS, -1)).all()
    assert pictures.read(tmp_path / "a.png", upright=False).shape == (12, 20, 3)


def broken(folder: Path, how: str) -> Path:
    path = folder / "a.png"
    if how == "empty":
        path.write_bytes(b"")
    elif how == "text":
        path.write_text("a picture of a heron")
    elif how == "truncated":
        Image.fromarray(RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(path)
        path.write_bytes(path.read_bytes()[:3000])
    return path


@pytest.mark.parametrize("how", ["empty", "text", "truncated", "missing"])
def test_a_broken_file_is_named_in_one_sentence(tmp_path, how):
    path = broken(tmp_path, how)
    with pytest.raises(PictureError, match=r"a\.png"):
        pictures.read(path)


def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path):
    Image.new("1", (40_000, 30_000)).save(tmp_path / "bomb.png")
    for look in (pictures.read, pictures.size, lambda p: pictures.shrunk(p, (8, 8))):
        with pytest.raises(PictureError, match=r"bomb\.png claims"):
            look(tmp_path / "bomb.png")


def test_pictures_are_shrunk_to_one_size(tmp_path):
    paths = [str(saved(tmp_path / f"{k}.png", mode)) for k, mode in enumerate(("RGB", "L"))]
    found, wrong = pictures.many(paths, (6, 10))
    assert found.shape == (2, 6, 10, 3)
    assert not wrong
    mean = COLOURS.reshape(6, 2, 10, 2, 3).mean(axis=(1, 3))
    assert np.abs(found[0].astype(float) - mean).mean() < 30  # a filter of wider reach than a box


def test_one_unreadable_picture_is_grey_and_named_but_many_are_an_error(tmp_path):
    good = [str(saved(tmp_path / f"{k}.png", "RGB")) for k in range(5)]
    bad = [str(tmp_path / f"bad{k}.png") for k in range(3)]
    found, wrong = pictures.many([*good, bad[0]], (6, 6))
    assert (found[5] == pictures.BLANK).all()
    assert "bad0.png" in wrong[0]
    with pytest.raises(PictureError, match=r"3 of 8 pictures cannot be read; the first: .*bad0"):
        pictures.many([*good, *bad], (6, 6))


def test_what_was_decoded_is_read_again_until_the_file_changes(tmp_path, monkeypatch):
    pictures.keep_in(tmp_path / "cache")
    paths = [str(saved(tmp_path / f"{k}.png", "RGB")) for k in range(4)]
    first, _ = pictures.many(paths, (6, 6))
    monkeypatch.setattr(pictures, "shrunk", lambda *_: pytest.fail("decoded again"))
    again, _ = pictures.many([*reversed(paths), paths[0]], (6, 6))
    assert (again == [*first[::-1], first[0]]).all()
    monkeypatch.undo()
    Image.fromarray(255 - COLOURS).save(paths[0])
    changed, _ = pictures.many(paths, (6, 6))
    assert not (changed[0] == first[0]).all()


def test_more_pictures_than_memory_lie_in_a_file(tmp_path, monkeypatch):
    paths = [str(saved(tmp_path / f"{k}.png", "RGB")) for k in range(3)]
    whole, _ = pictures.many(paths, (6, 6))
    monkeypatch.setattr(pictures, "IN_MEMORY", 0.0)
    mapped, _ = pictures.many(paths, (6, 6))
    assert isinstance(mapped, np.memmap)
    assert (mapped == whole).all()
