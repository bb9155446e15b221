from pathlib import Path

from modelwright.task import files


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_names_with_their_folder_are_files_as_they_stand(tmp_path: Path) -> None:
    make(tmp_path, "images/a.png", "images/b.png")
    assert files.forms(["images/a.png", "images/b.png"], str(tmp_path)) == ("*",)


def test_names_without_folder_or_ending_are_found_below(tmp_path: Path) -> None:
    make(tmp_path, "train/a.png", "train/b.png", "test/c.jpg")
    assert files.forms(["a", "b"], str(tmp_path)) == ("train/*.png",)
    assert files.forms(["a.png", "b.png"], str(tmp_path)) == ("train/*",)
    assert set(files.forms(["a", "c"], str(tmp_path))) == {"train/*.png", "test/*.jpg"}


def test_a_name_whose_file_is_not_there_is_no_path(tmp_path: Path) -> None:
    make(tmp_path, "train/a.png")
    assert files.forms(["a", "z"], str(tmp_path)) == ()
    assert files.forms(["a"], "") == ()
    assert files.forms([], str(tmp_path)) == ()


def test_a_path_is_made_by_the_form_whose_file_is_there(tmp_path: Path) -> None:
    make(tmp_path, "train/a.png", "test/c.png")
    forms = ("train/*.png", "test/*.png")
    assert files.path_of("c", forms, tmp_path) == str(tmp_path / "test/c.png")
    assert files.path_of("new", forms, tmp_path) == str(tmp_path / "train/new.png")
    assert files.path_of("x/y.png", (), tmp_path) == str(tmp_path / "x/y.png")


def test_links_to_folders_are_followed_and_those_that_lead_back_are_not(tmp_path: Path) -> None:
    make(tmp_path, "disk/b.png", "disk/deep/c.png", "task/a.png", ".hidden/d.png")
    (tmp_path / "task" / "linked").symlink_to(tmp_path / "disk")
    (tmp_path / "disk" / "back").symlink_to(tmp_path / "task")
    found = [p.relative_to(tmp_path).as_posix() for p in files.below(tmp_path / "task")]
    assert found == ["task/a.png", "task/linked/b.png", "task/linked/deep/c.png"]
    assert [p.name for p in files.below(tmp_path / "task", deep=1)] == ["a.png", "b.png"]
