"""One measurement: modelwright through its command line, or a peer through the program that runs peers.

That program is called as `run_peer.py TASK --peer NAME --time SECONDS --cpus N --seed N --out DIR --venvs DIR
--date-parts`, and leaves `submission.csv` and `result.json` one folder below DIR, with fields named as in `rows.Row`,
and `score`. The grader is called as `grade.py TASK SUBMISSION` and prints JSON with `score`.
"""

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any

import psutil

from modelwright import open_run
from modelwright.deliver import searched

from .rows import OURS, Key, Row, Store, Task, blank, with_note
from .watching import Watch

HARD, SPARE = 2.0, 120.0  # times the budget, and seconds more, after which modelwright is killed, as peers are
USAGE = 2  # exit status of a program that was called wrongly
PEER_FIELDS = (
    "wall_s", "peak_pss_mb", "peak_rss_mb", "cpu_s", "other_cpu_s", "row_ms_cold", "row_ms_warm", "rows10k_s",
    "model_mb", "version",
)  # fmt: skip


@dataclass(frozen=True)
class Bench:
    """What all measurements share."""

    store: Store
    cpus: int
    grade: Path
    run_peer: Path | None = None
    venvs: Path | None = None
    flags: tuple[str, ...] = ()  # more flags for `modelwright run`
    keep: bool = False  # whether run folders stay


def measure(key: Key, task: Task, bench: Bench) -> Row:
    """Run one tool on one task, grade what it hands in, and keep both."""
    row, submission = (ours if key.tool == OURS else peer)(key, task, bench)
    bench.store.write(row, submission)
    if not bench.keep:
        bench.store.work(key)
    return row


def ours(key: Key, task: Task, bench: Bench) -> tuple[Row, Path]:
    """Run modelwright in a process of its own; the row and where the submission lies."""
    run, row = bench.store.work(key), blank(key, task, bench.cpus)
    command = [sys.executable, "-m", "modelwright", "run", str(task.folder / "task"), "--out", str(run), "--quiet"]
    command += ["--budget", f"{key.budget_s:g}s", "--seed", str(key.seed), *bench.flags]
    log = bench.store.log(key)
    start = monotonic()
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT)
        watch = Watch(process.pid)
        watch.start()
        try:
            code = process.wait(HARD * key.budget_s + SPARE)
        except subprocess.TimeoutExpired:
            code = _killed(process)
            row = with_note(row, f"killed after {monotonic() - start:.0f} s")
    row = replace(row, wall_s=round(monotonic() - start, 1), version=_version(), **watch.stop())
    if code != 0:
        row = with_note(row, f"exit status {code}: {log.read_text(encoding='utf-8', errors='replace')[-300:]}")
    if (run / "journal.db").exists():
        row = replace(row, **_story(run))
    if (run / "bundle" / "bundle.json").exists():
        row = _probed(row, run / "bundle", task)
    else:
        row = with_note(row, "no bundle")
    return _graded(row, task, run / "submission.csv", bench.grade), run / "submission.csv"


def _killed(process: "subprocess.Popen[bytes]") -> int:
    """End a process with all that it has started; its exit status."""
    top = psutil.Process(process.pid)
    for each in [top, *top.children(recursive=True)]:  # the top first: it must not go on where a child has gone
        with suppress(psutil.NoSuchProcess):
            each.kill()
    return process.wait()


def _story(run: Path) -> dict[str, Any]:
    """What the run says of itself: estimates, experiments, and the families in its blend."""
    opened = open_run(run)
    tried = {e.number: e for e in opened.experiments if e.proposal.move != "refit"}
    found: dict[str, Any] = {"experiments": len(tried)}
    final = opened.facts.get("final") or {}
    told = {"cv": final.get("cv"), "expected": final.get("outlook") or final.get("cv"), "sealed": final.get("sealed")}
    for name, score in told.items():
        if score:
            found |= {name: score["value"], f"{name}_error": score["error"]}
    shares: dict[str, float] = {}
    for member in final.get("members", ()):
        family = searched.family(tried[member["experiment"]].proposal)
        shares[family] = shares.get(family, 0.0) + member["weight"]
    return found | {"families": " ".join(sorted(shares, key=lambda f: -shares[f]))}


def _probed(row: Row, bundle: Path, task: Task) -> Row:
    """The row with the size of the bundle and how fast it answers."""
    size = sum(f.stat().st_size for f in bundle.rglob("*") if f.is_file())
    row = replace(row, model_mb=round(size / 2**20, 3))
    tables = sorted((task.folder / "task").glob("test.*"))
    if not tables:
        return with_note(row, "no test table to measure answers on")
    threads = {name: str(row.cpus) for name in ("OMP_NUM_THREADS", "LOKY_MAX_CPU_COUNT")}
    program = Path(__file__).with_name("latency.py")
    done = subprocess.run(
        [sys.executable, str(program), str(bundle), str(tables[0])],
        capture_output=True, text=True, check=False, env=os.environ | threads,
    )  # fmt: skip
    if done.returncode != 0:
        return with_note(row, f"answers not measured: {done.stderr}")
    return replace(row, **json.loads(done.stdout.splitlines()[-1]))


def _graded(row: Row, task: Task, submission: Path, grade: Path) -> Row:
    """The row with the grader's score."""
    if not submission.exists():
        return with_note(row, "no submission")
    done = subprocess.run(
        [sys.executable, str(grade), str(task.folder), str(submission)], capture_output=True, text=True, check=False
    )
    report = json.loads(done.stdout or "{}")
    if report.get("score") is None:
        return with_note(row, f"not graded: {report.get('error') or done.stderr}")
    return replace(row, graded=report["score"])


def peer(key: Key, task: Task, bench: Bench) -> tuple[Row, Path | None]:
    """Run a peer; the row and where the submission lies. Raises SystemExit when the program refuses the call."""
    out, row = bench.store.work(key), blank(key, task, bench.cpus)
    command = [
        sys.executable, bench.run_peer, task.folder, "--peer", key.tool, "--time", round(key.budget_s),
        "--cpus", bench.cpus, "--seed", key.seed, "--out", out, "--venvs", bench.venvs, "--date-parts",
    ]  # fmt: skip
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    results = sorted(out.glob("*/result.json"))
    if done.returncode == USAGE or not results:
        raise SystemExit(f"{bench.run_peer} did not run {key.tool}: {done.stderr.strip()[-300:]}")
    found = json.loads(results[0].read_text(encoding="utf-8"))
    log = results[0].with_name("log.txt")
    if log.exists():
        bench.store.log(key).write_bytes(log.read_bytes())
    row = replace(row, graded=found.get("score"), **{n: found[n] for n in PEER_FIELDS if found.get(n) is not None})
    submission = results[0].with_name("submission.csv")
    note = str(found.get("note") or "").removeprefix("date parts").strip("; ")  # it says so of every peer
    return with_note(row, note), submission


def _version() -> str:
    """The commit that is measured; the version where it is not in a repository."""
    from modelwright import __version__

    done = subprocess.run(
        ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout.strip() or __version__
