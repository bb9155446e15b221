import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from modelwright.errors import TaskError
from modelwright.task import archives, packed
from modelwright.task.catalog import Tables
from modelwright.task.folder import scan
from modelwright.task.tables import read_table

TRAIN, TEST = "id,x,y\n1,2,0\n2,3,1\n", "id,x\n3,4\n"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MODELWRIGHT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def task(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    return tmp_path / "shop"


def zipped(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return path


def tarred(path: Path, mode: str, **members: str) -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            info = tarfile.TarInfo(name.replace("__", "/").replace("_dot_", "."))
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content.encode()))
    return path


@pytest.mark.parametrize(
    "make",
    [
        lambda f, **m: zipped(f / "data.zip", **m),
        lambda f, **m: tarred(f / "data.tar", "w", **m),
        lambda f, **m: tarred(f / "data.tar.gz", "w:gz", **m),
        lambda f, **m: tarred(f / "data.tar.bz2", "w:bz2", **m),
        lambda f, **m: tarred(f / "data.tar.xz", "w:xz", **m),
    ],
)
def test_tables_in_an_archive_are_tables_of_the_task(task: Path, make: Callable[..., Path]) -> None:
    archive = make(task, train_dot_csv=TRAIN, test_dot_csv=TEST, brief_dot_md="Predict y.")
    folder = scan(task)
    assert [t.relative_to(folder.root).as_posix() for t in folder.tables] == [
        f"{archive.name}/test.csv",
        f"{archive.name}/train.csv",
    ]
    assert folder.description == "Predict y."
    assert folder.name == "shop"
    assert Tables(folder)[folder.root / archive.name / "train.csv"].shape == (2, 3)
    assert [p.name for p in task.iterdir()] == [archive.name]


def test_an_archive_may_be_the_task_itself(task: Path) -> None:
    path = zipped(task / "birds.zip", birds__train_dot_csv=TRAIN, birds__readme_dot_md="Predict y.")
    folder = scan(path)
    assert (folder.name, folder.description, folder.place) == ("birds", "Predict y.", str(path))
    assert [t.name for t in folder.tables] == ["train.csv"]


def test_pictures_in_an_archive_lie_as_if_unpacked_in_place(task: Path) -> None:
    (task / "train.csv").write_text("file,label\ntrain/1.png,a\ntrain/2.png,b\n")
    zipped(task / "train.zip", **{f"{i}_dot_png": "x" for i in range(20)})
    zipped(task / "more.zip", test__7_dot_png="x", test__8_dot_png="x")
    folder = scan(task)
    assert [t.name for t in folder.tables] == ["train.csv"]
    assert (folder.root / "train" / "1.png").is_file()
    assert (folder.root / "test" / "7.png").is_file()
    assert {"train", "test"} <= {p.name for p in folder.others}


def test_folders_by_class_in_an_archive_become_tables(task: Path) -> None:
    zipped(task / "train.zip", **{f"train__{c}__{i}_dot_png": "x" for c in ("cat", "dog") for i in range(5)})
    zipped(task / "test.zip", **{f"{i}_dot_png": "x" for i in range(5)})
    folder = scan(task)
    assert [t.relative_to(folder.root).as_posix() for t in folder.tables] == ["test", "train"]
    assert Tables(folder)[folder.root / "train"]["file"][0] == "train/cat/0.png"
    assert (folder.root / "train" / "cat" / "0.png").is_file()


def test_an_archive_is_unpacked_once_and_anew_when_it_changes(task: Path, cache: Path) -> None:
    zipped(task / "data.zip", train_dot_csv=TRAIN, test_dot_csv=TEST)
    assert scan(task).tables == scan(task).tables
    before = {p.name for p in cache.iterdir()}
    zipped(task / "data.zip", train_dot_csv=TRAIN + "5,6,1\n", test_dot_csv=TEST)
    folder = scan(task)
    assert len(Tables(folder)[folder.tables[1]]) == 3
    assert len({p.name for p in cache.iterdir()} - before) == 2


def test_an_archive_in_an_archive_is_unpacked_but_none_in_that(task: Path) -> None:
    zipped(task / "c.zip", a_dot_csv=TRAIN, b_dot_csv=TEST)
    with zipfile.ZipFile(task / "b.zip", "w") as archive:
        archive.write(task / "c.zip", "c.zip")
        archive.writestr("train.csv", TRAIN)
    with zipfile.ZipFile(task / "a.zip", "w") as archive:
        archive.write(task / "b.zip", "b.zip")
        archive.writestr("test.csv", TEST)
    (task / "b.zip").unlink()
    (task / "c.zip").unlink()
    folder = scan(task)
    assert sorted(t.name for t in folder.tables) == ["test.csv", "train.csv"]


def test_a_message_names_the_archive_rather_than_the_cache(task: Path, cache: Path) -> None:
    zipped(task / "data.zip", train_dot_csv="a,b\n1,2\n3,4,5\n", test_dot_csv=TEST)
    folder = scan(task)
    with pytest.raises(TaskError, match=r"shop/data\.zip/train\.csv, line 3") as caught:
        Tables(folder)[folder.tables[1]]
    assert str(cache) not in str(caught.value)


def test_one_table_of_an_archive_is_read_by_its_path(task: Path) -> None:
    path = zipped(task / "data.zip", train_dot_csv=TRAIN, test_dot_csv=TEST)
    assert read_table(path / "test.csv").shape == (1, 2)


@pytest.mark.parametrize("name", ["../out.csv", "/out.csv", "a/../../out.csv", "C:/out.csv", "..\\out.csv"])
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_member_that_climbs_out_is_refused(task: Path, cache: Path, name: str, kind: str) -> None:
    path = task / f"data.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("train.csv", TRAIN)
            archive.writestr(zipfile.ZipInfo(name), TRAIN)
    else:
        tarred(path, "w", train_dot_csv=TRAIN, **{name: TRAIN})
    with pytest.raises(TaskError, match=r"data\.\w+ has the member .*climbs out of its folder"):
        scan(task)
    assert not list(cache.iterdir())
    assert not list(task.parent.rglob("out.csv"))


@pytest.mark.parametrize("goal", ["../../secret", "/etc/passwd"])
def test_a_link_that_leads_out_is_refused(task: Path, goal: str) -> None:
    with tarfile.open(task / "data.tar", "w") as archive:
        info = tarfile.TarInfo("train.csv")
        info.type, info.linkname = tarfile.SYMTYPE, goal
        archive.addfile(info)
    with pytest.raises(TaskError, match=r"link 'train\.csv'"):
        scan(task)


def test_a_device_is_refused(task: Path) -> None:
    with tarfile.open(task / "data.tar", "w") as archive:
        info = tarfile.TarInfo("null")
        info.type = tarfile.CHRTYPE
        archive.addfile(info)
    with pytest.raises(TaskError, match="a device"):
        scan(task)


def endless(path: Path, said: int = 100) -> Path:
    """A zip whose header says that few bytes are in it, with many zeros inside."""
    zipped(path, train_dot_csv="0" * 3_000_000, test_dot_csv=TEST)
    raw = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = raw.find(mark)
        raw[at + offset : at + offset + 4] = struct.pack("<I", said)
    path.write_bytes(raw)
    return path


def test_an_archive_that_expands_without_end_is_stopped_and_leaves_nothing(
    task: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "HARMLESS", 1_000_000)
    zipped(task / "data.zip", train_dot_csv="0" * 3_000_000, test_dot_csv=TEST)
    with pytest.raises(TaskError, match=r"data\.zip expands without end"):
        scan(task)
    assert not list(cache.iterdir())


def test_a_header_that_lies_about_the_size_does_not_help(task: Path, cache: Path) -> None:
    endless(task / "data.zip")
    with pytest.raises(TaskError, match=r"data\.zip"):
        scan(task)
    assert not list(cache.iterdir())


def test_too_many_members_are_refused(task: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MEMBERS", 5)
    zipped(task / "data.zip", **{f"{i}_dot_csv": TRAIN for i in range(6)})
    with pytest.raises(TaskError, match="more than 5 files"):
        scan(task)
    assert not list(cache.iterdir())


def test_a_single_packed_file_that_expands_without_end_is_stopped(task: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "HARMLESS", 1_000_000)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    (task / "train.csv.gz").write_bytes(packer.compress(b"0" * 30_000_000) + packer.flush())
    with pytest.raises(TaskError, match=r"train\.csv\.gz expands without end"):
        read_table(task / "train.csv.gz")


def test_a_cache_that_cannot_be_made_is_one_sentence(
    task: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MODELWRIGHT_CACHE", str(tmp_path / "file" / "cache"))
    zipped(task / "data.zip", train_dot_csv=TRAIN, test_dot_csv=TEST)
    with pytest.raises(TaskError, match="set MODELWRIGHT_CACHE"):
        scan(task)
