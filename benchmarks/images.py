"""Pictures: classes, masks and boxes under their budgets, and what doubting labels brings.

    python benchmarks/images.py DATA --tools TOOLS [--only cifar camvid bccd contrails noisy] [--seeds 3] [--out FOLDER]

DATA holds task folders (`cifar10-images`, `camvid-segmentation`, `bccd-detection`), TOOLS a grader `grade.py` and the
generators `make_contrails_task.py` and `make_noisy_images_task.py`. Each is one run of the command as a user would give
it; printed beside its aim. `noisy` compares, for each seed, the search as it is with one whose network may neither
doubt labels nor smooth them, mix pictures or be taught: with what that network answers by itself (plain cross-entropy,
fitted on all rows as often as there was time for), to which the aim is held, and with that search as a whole, whose
answer has models of patches and measures in it as well, which wrong labels harm less. Exit status 1 where an aim is
missed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import pandas as pd

from modelwright import plugins
from modelwright.api import open_run
from modelwright.metrics.predictions import read_asked, refit_file
from modelwright.recipes.image import ImageNetwork
from modelwright.records.experiment import Params, Status
from modelwright.records.problem import Problem
from modelwright.records.profile import Profile
from modelwright.strategists.menu import Menu
from modelwright.strategists.rules import Rules
from modelwright.workspace import Workspace


@dataclass(frozen=True)
class Aim:
    """One task, its budget on two cores, and the score it should reach."""

    folder: str
    budget: str
    score: float


AIMS = {
    "cifar": Aim("cifar10-images", "15m", 0.62),
    "camvid": Aim("camvid-segmentation", "20m", 0.35),
    "bccd": Aim("bccd-detection", "30m", 0.30),
    "contrails": Aim("contrails", "20m", 0.60),
}
NOISY_BUDGET, NOISE, BETTER = "10m", 0.15, 0.02
NETWORK = "network-alone.csv"  # what a plain network answers by itself


class Plain(ImageNetwork):
    """The network from nothing, with cross-entropy, and labels and pictures as they are."""

    steps = 0  # cross-entropy is better short and wide where labels are wrong

    def within(self, problem: Problem, profile: Profile, rows: int, seconds: float) -> Params:
        """As the recipe does, without smoothing: it is in the proposal, as workers know the recipe by its name."""
        plain: Params = {"smoothing": 0.0, "mix": "none", "noise": "none"}
        return {**super().within(problem, profile, rows, seconds), **plain}

    def presets(self, problem: Problem, profile: Profile) -> list[Params]:
        """Those that take labels for true."""
        return [p for p in super().presets(problem, profile) if not {"noise", "cleaning", "mix"} & set(p)]

    def trials(self, problem: Problem, profile: Profile) -> list[Params]:
        """Those that take labels for true."""
        return [p for p in super().trials(problem, profile) if not {"noise", "cleaning", "mix"} & set(p)]


class PlainMenu(Menu):
    """The usual menu with the plain network in place of the other."""

    @property
    def recipes(self) -> dict[str, Any]:
        """By name."""
        return {name: Plain() if name == "image-network" else recipe for name, recipe in super().recipes.items()}


class PlainRules(Rules):
    """The rules with that menu."""

    menu_type = PlainMenu


def run(task: Path, budget: str, out: Path, extra: Sequence[str] = ()) -> float:
    """Run the command; wall time in seconds."""
    began = time.monotonic()
    command = [sys.executable, "-m", "modelwright", "run", str(task / "task"), "--budget", budget, "--out", str(out)]
    here = str(Path(__file__).resolve().parent)  # where a strategist of this file is found
    subprocess.run([*command, "--quiet", *extra], check=True, env={**os.environ, "PYTHONPATH": here})
    return time.monotonic() - began


def grade(tools: Path, task: Path, out: Path, name: str = "submission.csv") -> float:
    """The graded score."""
    command = [sys.executable, str(tools / "grade.py"), str(task), str(out / name)]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(json.loads(found.stdout)["score"])


def main() -> int:
    """Run what is asked and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--tools", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[*AIMS, "noisy"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    out = given.out or Path(tempfile.mkdtemp(prefix="images-"))
    missed = False
    print("| task | budget | wall | cross-validated | sealed | graded | aim |\n|---|---|---|---|---|---|---|")
    for name, aim in AIMS.items():
        if name not in given.only:
            continue
        task = given.data / aim.folder
        if name == "contrails":
            task = out / "contrails"
            if not task.exists():
                subprocess.run([sys.executable, str(given.tools / "make_contrails_task.py"), str(task)], check=True)
        seconds = run(task, aim.budget, out / f"run-{name}")
        score, final = grade(given.tools, task, out / f"run-{name}"), open_run(out / f"run-{name}").facts["final"]
        missed |= score < aim.score
        told = [f"{s['value']:.4g} ± {s['error']:.2g}" if s else "" for s in (final["cv"], final["sealed"])]
        print(
            f"| {name} | {aim.budget} | {seconds:.0f} s | {told[0]} | {told[1]} | {score:.4g} | {aim.score} |",
            flush=True,
        )
    if "noisy" in given.only:
        missed |= not noisy(given.data / "cifar10-images", given.tools, out, given.seeds)
    return int(missed)


def noisy(source: Path, tools: Path, out: Path, seeds: int) -> bool:
    """Both searches on tasks with wrong labels; whether doubting them pays and their share is found."""
    gains, beside, off = [], [], []
    print("\n| seed | plain network | plain search | doubting | share of wrong labels told |\n|---|---|---|---|---|")
    for seed in range(seeds):
        task = out / f"noisy-{seed}"
        if not task.exists():
            command = [sys.executable, str(tools / "make_noisy_images_task.py"), str(source), str(task)]
            subprocess.run([*command, "--noise", str(NOISE), "--seed", str(seed)], check=True)
        plain, doubting = out / f"run-noisy-{seed}-plain", out / f"run-noisy-{seed}"
        shared = ["--seed", str(seed)]
        run(task, NOISY_BUDGET, plain, [*shared, "--strategist", "images:PlainRules"])
        run(task, NOISY_BUDGET, doubting, shared)
        write_network(plain)
        scores = grade(tools, task, plain, NETWORK), grade(tools, task, plain), grade(tools, task, doubting)
        told = told_noise(doubting)
        gains.append(scores[2] - scores[0])
        beside.append(scores[2] - scores[1])
        off.append(abs(told - NOISE))
        shown = " | ".join(f"{score:.4f}" for score in scores)
        print(f"| {seed} | {shown} | {told:.3f} (made: {NOISE}) |", flush=True)
    print(f"\nagainst the network {mean(gains):+.4f} (aim {BETTER:+}), against its search {mean(beside):+.4f}")
    print(f"share of wrong labels off by {max(off):.3f} at most (aim 0.04)")
    return mean(gains) >= BETTER and max(off) <= 0.04


def write_network(run_folder: Path) -> None:
    """Hand in what the network of a run answers by itself: its fits on all rows, else the models of its folds."""
    run, work = open_run(run_folder), Workspace(run_folder)
    kind = plugins.load("kinds", run.problem.kind)
    mine = [e for e in run.experiments if e.proposal.recipe == "image-network" and e.status is Status.DONE]
    fitted = [kind.load(refit_file(work.experiment(e.number))) for e in mine if e.proposal.move == "refit"]
    if not fitted:
        whole = max((e for e in mine if e.proposal.move != "pilot"), key=lambda e: (len(e.proposal.folds), e.number))
        asked = read_asked(kind, work.experiment(whole.number), whole.proposal.folds, run.problem)
        fitted = [asked[run.facts["final"]["sealed_rows"] :]]
    chances = sum(fitted) / len(fitted)
    answer = pd.read_csv(run_folder / "submission.csv")
    answer[answer.columns[-1]] = np.asarray(run.problem.classes)[chances.argmax(axis=1)]
    answer.to_csv(run_folder / NETWORK, index=False)


def told_noise(run_folder: Path) -> float:
    """The share of wrong labels that the report tells."""
    from modelwright.deliver.dossier import read
    from modelwright.deliver.report import label_noise

    found = label_noise(read(Workspace(run_folder)))
    return found.share if found else float("nan")


if __name__ == "__main__":
    sys.exit(main())
