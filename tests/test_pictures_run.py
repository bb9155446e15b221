"""Whole small runs on pictures, masks and boxes, broken files among them: each ends in a valid submission."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import modelwright as mw
from modelwright.errors import TaskError
from modelwright.journal import history
from modelwright.kinds import rle
from modelwright.records.experiment import Experiment, Proposal, Status
from modelwright.testing import shapes

pytest.importorskip("torch", reason="the extra images is not installed")
pytest.importorskip("torchvision", reason="the extra images is not installed")

ROWS, ASKED = 60, 12
QUICK: dict[str, dict[str, Any]] = {
    "image-network": {"epochs": 6, "width": 8, "side": 24, "learning_rate": 0.01},
    "unet": {"epochs": 6, "width": 6, "learning_rate": 0.01, "batch": 4},
    "boxes": {"epochs": 6, "width": 6, "side": 64, "learning_rate": 0.006},
}


class Two:
    """Proposes the dummy, and on one fold the network that is fit for the kind."""

    def __init__(self, problem: Any, *_: Any, **__: Any) -> None:
        self.recipe = {"segmentation": "unet", "detection": "boxes"}.get(problem.kind, "image-network")

    def propose(self, seen: Sequence[Experiment], free: int) -> list[Proposal]:
        steps = [
            Proposal(recipe="dummy", folds=(0, 1, 2, 3)),
            Proposal(recipe=self.recipe, params=QUICK[self.recipe], folds=(0,)),
        ]
        return steps[len(seen) :][:free]

    def remarks(self, _history: Sequence[Experiment]) -> dict[str, str]:
        return {}


def run(task: Path, out: Path) -> mw.Run:
    return mw.run(task, experiments=2, jobs=1, strategist=f"{__name__}:Two", out=out)


def made(folder: Path, side: int) -> "tuple[pd.DataFrame, dict[str, Any]]":
    """Pictures in train/ and test/, and what is known of all."""
    X, known = shapes.pictures(folder / "all", ROWS + ASKED, side=side)
    names = [f"{k:03d}.png" for k in range(ROWS + ASKED)]
    for part in ("train", "test"):
        (folder / part).mkdir(parents=True)
    for k, path in enumerate(X["picture"]):
        Path(path).rename(folder / ("train" if k < ROWS else "test") / names[k])
    (folder / "all").rmdir()
    return pd.DataFrame({"file": names}), known


def classes(folder: Path) -> Path:
    table, known = made(folder, 24)
    table["form"] = [shapes.FORMS[k] for k in known["classes"]]
    table[:ROWS].to_csv(folder / "train.csv", index=False)
    table[ROWS:][["file"]].to_csv(folder / "test.csv", index=False)
    (folder / "description.md").write_text("Which form does a picture show? Judged by accuracy of `form`.\n")
    return folder


def test_classes_with_a_broken_picture_among_them(tmp_path: Path) -> None:
    task = classes(tmp_path / "task")
    (task / "train" / "003.png").write_bytes(b"")
    Image.fromarray(np.arange(576, dtype=np.uint16).reshape(24, 24)).save(task / "train" / "004.png")
    done = run(task, tmp_path / "run")
    answers = pd.read_csv(done.path / "submission.csv")
    assert set(answers["form"]) <= set(shapes.FORMS)
    assert answers["file"].tolist() == [f"{k:03d}.png" for k in range(ROWS, ROWS + ASKED)]
    assert [e.status for e in done.experiments][:2] == [Status.DONE, Status.DONE]
    found = history.facts(done.path / "journal.db")["findings"]
    assert any("003.png is empty" in str(finding) for finding in found)
    fresh = pd.DataFrame({"picture": [str(task / "test" / "060.png")]})
    assert done.predict(fresh).shape[0] == 1
    told = done.predict(task / "test.csv")  # which names the pictures as the task did
    pd.testing.assert_frame_equal(told, done.predict(task / "test"))
    assert told["file"].tolist() == answers["file"].tolist()


def test_many_broken_pictures_are_one_clear_sentence(tmp_path: Path) -> None:
    task = classes(tmp_path / "task")
    for k in range(5, 12):
        (task / "train" / f"{k:03d}.png").write_text("no picture")
    with pytest.raises(TaskError, match=r"7 of 72 pictures cannot be used .*005\.png is no picture"):
        run(task, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def masks(folder: Path) -> "tuple[Path, dict[str, Any]]":
    _, known = made(folder, 32)
    for part in ("train", "test"):
        (folder / part / "images").mkdir()
        for file in (folder / part).glob("*.png"):
            file.rename(folder / part / "images" / file.name)
    (folder / "train" / "masks").mkdir()
    for k, codes in enumerate(known["codes"][:ROWS]):
        marked = codes.copy()
        marked[:2] = 255 if k % 2 else marked[:2]
        Image.fromarray(marked).save(folder / "train" / "masks" / f"{k:03d}.png")
    wanted = [f"{k:03d}.png_{c}" for k in range(ROWS, ROWS + ASKED) for c in range(4)]
    sample = pd.DataFrame({"id": wanted, "rle": ""})
    sample.to_csv(folder / "sample_submission.csv", index=False)
    (folder / "description.md").write_text(
        "Say of each pixel what it shows: 0 ground, 1 round, 2 square, 3 striped; 255 unlabelled. An id is the name of "
        "the picture, an underscore and the class number.\n\nJudged by intersection over union of each class, averaged "
        "over the classes. Unlabelled pixels are left out.\n\nHand in run-length encoded masks: start and length, "
        "counting from 1, down the columns first. Leave the field empty if the class does not occur.\n"
    )
    return folder, known


def test_masks_of_several_classes_are_a_row_for_each_and_one_of_another_size_is_left_out(tmp_path: Path) -> None:
    task, known = masks(tmp_path / "task")
    Image.fromarray(np.zeros((30, 32), np.uint8)).save(task / "train" / "masks" / "005.png")
    done = run(task, tmp_path / "run")
    found = history.facts(done.path / "journal.db")["findings"]
    assert any("005.png is a mask of 30 x 32 pixels for a scene of 32 x 32" in str(finding) for finding in found)
    answers = pd.read_csv(done.path / "submission.csv", keep_default_na=False)
    assert len(answers) == 4 * ASKED
    right = []
    for k in range(ASKED):
        told = np.zeros((32, 32), np.uint8)
        for c in range(4):
            text = answers.loc[answers["id"] == f"{ROWS + k:03d}.png_{c}", "rle"].item()
            told[rle.decode(text, (32, 32), empty="") > 0] = c
        right.append((told == known["codes"][ROWS + k]).mean())
    assert np.mean(right) > 0.85
    assert (done.path / "report.html").stat().st_size > 10_000


def test_boxes_are_written_as_the_sample_shows(tmp_path: Path) -> None:
    task = tmp_path / "task"
    table, known = made(task, 64)
    lines = [
        (name[:-4], shapes.FORMS[int(form)], *map(int, box))
        for name, boxes in zip(table["file"][:ROWS], known["boxes"], strict=False)
        for form, *box in boxes
    ]
    lines += [("001", "round", 40, 40, 40, 60), ("002", "square", 50, 50, 90, 90)]  # without area; partly outside
    named = ["image_id", "class", "xmin", "ymin", "xmax", "ymax"]
    pd.DataFrame(lines, columns=named).to_csv(task / "train.csv", index=False)
    asked = pd.DataFrame({"image_id": [f"{k:03d}" for k in range(ROWS, ROWS + ASKED)]})
    asked.to_csv(task / "test.csv", index=False)
    asked.assign(PredictionString="").to_csv(task / "sample_submission.csv", index=False)
    (task / "description.md").write_text(
        "Find the things in each picture. train.csv has a line for each box: image_id is the file name without .png, "
        "then the class and xmin, ymin, xmax, ymax in pixels. For test, one line per picture, all boxes in one field "
        "as groups of six separated by blanks: class, confidence, xmin, ymin, xmax, ymax.\n\n"
        "    image_id,PredictionString\n    060,round 0.9 3 4 20 30\n\n"
        "Judged by the mean over the classes of the average precision at an overlap of 0.5.\n"
    )
    done = run(task, tmp_path / "run")
    answers = pd.read_csv(done.path / "submission.csv", keep_default_na=False)
    assert answers["image_id"].astype(str).str.zfill(3).tolist() == asked["image_id"].tolist()
    words = [text.split() for text in answers["PredictionString"]]
    assert all(len(w) % 6 == 0 for w in words)
    assert any(w for w in words)
    assert {w[k] for w in words for k in range(0, len(w), 6)} <= set(shapes.FORMS)
    scores = [e.score.value for e in done.experiments if e.score is not None and e.proposal.recipe == "boxes"]
    assert scores[0] > 0.1, scores
    assert json.loads((done.path / "bundle" / "bundle.json").read_text())
