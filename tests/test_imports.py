"""Starting is quick: what the package promises of `import modelwright` and `modelwright --help`."""

import subprocess
import sys
import time

import pytest

TRIES = 10  # the best counts: a machine that is busy says nothing about us


def best_seconds(limit: float, *arguments: str) -> float:
    """Wall time of a Python process with these arguments: the best of several tries, or the first below the limit."""
    best = float("inf")
    for _ in range(TRIES):
        began = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        best = min(best, time.perf_counter() - began)
        if best < limit:
            break
    sys.stdout.write(f"{arguments}: {best:.3f} s (limit {limit} s)\n")
    return best


@pytest.mark.alone
def test_importing_the_package_takes_less_than_a_third_of_a_second() -> None:
    assert best_seconds(0.3, "-c", "import modelwright") < 0.3


@pytest.mark.alone
def test_help_takes_less_than_six_tenths_of_a_second() -> None:
    program = "import sys; sys.argv = ['modelwright', '--help']; from modelwright.cli import main; main()"
    assert best_seconds(0.6, "-c", program) < 0.6


HEAVY = ("numpy", "pandas", "sklearn", "scipy", "lightgbm", "skrub", "matplotlib", "duckdb", "optuna", "pyarrow")


@pytest.mark.parametrize("module", ["modelwright", "modelwright.api", "modelwright.cli", "modelwright.board"])
def test_importing_does_not_import_what_is_heavy(module: str) -> None:
    program = f"import sys, {module}; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert found.stdout.split() == []


def test_help_does_not_import_rich() -> None:
    program = "import sys, modelwright.cli; print('rich' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "False"
