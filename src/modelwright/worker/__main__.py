"""`python -m modelwright.worker FOLDER` reruns one experiment by hand; `--serve` is for the executor.

A rerun writes to FOLDER/rerun and leaves the record alone. It runs every fold again, those included that the
experiment took over from another one, without limits of time and memory, and compares the predictions with the
recorded ones byte by byte. Exit code: 0 the same, 1 they differ, 2 there is nothing to run.
"""

import json
import os
import shutil
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Serve, or rerun the folder given."""
    if arguments == ["--serve"]:
        from .serve import serve

        serve()
        return 0
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write("usage: python -m modelwright.worker FOLDER, the folder of one experiment\n")
        return 2
    folder = Path(arguments[0]).resolve()
    if not (folder / "job.json").exists():
        sys.stderr.write(f"{folder} is not the folder of an experiment: it has no job.json.\n")
        return 2
    same_conditions(folder)
    return rerun(folder)


def same_conditions(folder: Path) -> None:
    """Start this program again with the threads and the hash seed of the executor's processes, unless it has them."""
    from ..executors.processes import PARENT, THREADS, WORKER, environment

    wanted = environment(json.loads((folder / "job.json").read_text())["threads"])
    for mark in (PARENT, WORKER):
        wanted.pop(mark, None)
    if any(os.environ.get(name) != wanted[name] for name in (*THREADS, "PYTHONHASHSEED")):
        os.execve(sys.executable, [sys.executable, "-P", "-m", "modelwright.worker", str(folder)], wanted)  # noqa: S606


def rerun(folder: Path) -> int:
    """Run the experiment again, and say whether it came out the same."""
    from .data import Shelf
    from .job import run

    out = folder / "rerun"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    os.chdir(out)
    outcome = run(folder, Shelf(), out=out, afresh=True)
    recorded = {path.name: path.read_bytes() for path in sorted(folder.glob("*.npz"))}
    again = {path.name: path.read_bytes() for path in sorted(out.glob("*.npz"))}
    differing = sorted(name for name in recorded.keys() | again.keys() if recorded.get(name) != again.get(name))
    sys.stdout.write(f"{folder.name}: {outcome.status}{f' ({outcome.error})' if outcome.error else ''}, see {out}\n")
    if differing:
        sys.stdout.write(f"predictions differ from the recorded ones: {', '.join(differing)}\n")
        return 1
    if not recorded:
        sys.stdout.write("there are no predictions, neither recorded nor now\n")
        return 0
    sys.stdout.write(f"predictions equal the recorded ones byte for byte ({len(recorded)} files)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
