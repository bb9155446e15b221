"""A large table under a short budget: is there a blend, in time, and in how much memory?

    python benchmarks/growth.py [--rows 1000000] [--budget 10m] [--out FOLDER]

Makes a table of 30 columns (16 numbers, some with gaps and heavy tails; 10 categories of 2 to 20,000 levels; dates; an
id) whose answer of two classes comes from sums, a product, curves and effects of levels, a fifth of the rows as test.
Prints what the run gave beside its aims, and what the best possible model would score. Exit status 1 where one is
missed.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from comparing.watching import Watch

from modelwright.api import open_run
from modelwright.deliver import searched
from modelwright.metrics import catalogue
from modelwright.settings import seconds

LEVELS = (2, 3, 5, 8, 20, 60, 200, 1_000, 5_000, 20_000)
MEMORY_GB = 12.0


def make_task(folder: Path, rows: int) -> tuple[Path, pd.Series, float]:
    """The task folder, the answers of its test rows, and the AUC of the true chances on them."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(rows, 16)).astype(np.float32)
    codes = np.column_stack([rng.zipf(1.3, rows) % levels for levels in LEVELS])
    effects = [rng.normal(size=levels) for levels in LEVELS]
    signal = 0.8 * numbers[:, 0] + numbers[:, 1] * numbers[:, 2] + np.sin(2 * numbers[:, 3]) + np.abs(numbers[:, 4])
    signal = signal + sum(0.5 * effects[k][codes[:, k]] for k in (3, 6, 8, 9))
    days = rng.integers(0, 700, rows)
    signal = signal + 0.4 * np.cos(2 * np.pi * days / 7)
    chance = 1 / (1 + np.exp(-(signal - np.quantile(signal, 0.8))))
    numbers[:, 5] = np.exp(2 * numbers[:, 5])  # a heavy tail
    numbers[rng.random(rows) < 0.2, 0] = np.nan
    table = pd.DataFrame(numbers, columns=[f"n{k}" for k in range(16)])
    for k, levels in enumerate(LEVELS):
        names = np.array([f"{k}-{level:05d}" for level in range(levels)], dtype=object)
        table[f"c{k}"] = names[codes[:, k]]
    table["day"] = (np.datetime64("2021-01-01") + days).astype(str)
    table["seen"] = (np.datetime64("2021-01-01") + days + rng.integers(0, 30, rows)).astype(str)
    table.insert(0, "id", np.arange(rows))
    table["bought"] = (rng.random(rows) < chance).astype(int)
    folder.mkdir(parents=True)
    cut = rows * 8 // 10
    table[:cut].to_csv(folder / "train.csv", index=False)
    table[cut:].drop(columns="bought").to_csv(folder / "test.csv", index=False)
    (folder / "description.md").write_text("Predict `bought` for each id. Judged by the area under the ROC curve.\n")
    answers = table.set_index("id")["bought"][cut:]
    return folder, answers, float(catalogue.get("auc").call(answers.to_numpy(), chance[cut:]))


def main() -> int:
    """Make, run, grade, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--budget", default="10m")
    parser.add_argument("--out", type=Path, help="where task and run are kept (default: nowhere)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as spare:
        root = args.out or Path(spare)
        task, answers, possible = make_task(root / "task", args.rows)
        run, began = root / "run", time.monotonic()
        command = [sys.executable, "-m", "modelwright", "run", str(task), "--budget", args.budget, "--out", str(run)]
        process = subprocess.Popen([*command, "--quiet"])
        watch = Watch(process.pid)
        watch.start()
        code, wall, seen = process.wait(), time.monotonic() - began, watch.stop()
        opened = open_run(run)
        final = opened.facts.get("final") or {}
        by_number = {e.number: e for e in opened.experiments}
        members = [by_number[member["experiment"]] for member in final.get("members", ())]
        families = {searched.family(e.proposal) for e in members}
        handed_in = pd.read_csv(run / "submission.csv").set_index("id")["bought"]
        score = float(catalogue.get("auc").call(answers.to_numpy(), handed_in.loc[answers.index].to_numpy()))
        memory = (seen["peak_pss_mb"] or seen["peak_rss_mb"]) / 1024
        limit = seconds(args.budget) or 0.0
        print(f"| figure | found | aim |\n|---|---|---|\n| AUC | {score:.5f} | {possible:.5f} at best |")
        print(f"| cross-validated | {final.get('cv', {}).get('value', float('nan')):.5f} | |")
        print(f"| wall time | {wall:.0f} s | {limit:.0f} s |\n| peak memory | {memory:.1f} GiB | {MEMORY_GB:.0f} GiB |")
        print(f"| families in the blend | {', '.join(sorted(families)) or 'none'} | two |")
        print(f"| experiments | {sum(e.proposal.move != 'refit' for e in opened.experiments)} | |")
        print(f"| bundle | {'there' if (run / 'bundle' / 'bundle.json').exists() else 'missing'} | there |")
        whole = (run / "bundle" / "bundle.json").exists() and len(families) >= 2
        return 0 if code == 0 and whole and wall <= limit and memory <= MEMORY_GB else 1


if __name__ == "__main__":
    sys.exit(main())
