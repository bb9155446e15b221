"""Starting is quick: what the package promises of `import modelwright` and `modelwright --help`."""

import subprocess
import sys
import time

import pytest

from .pace import takes_less_than


def starts_within(limit: float, *arguments: str) -> bool:
    """Whether a Python process with these arguments takes less than `limit` seconds of a quiet core."""
    command = [sys.executable, *arguments]
    return takes_less_than(limit, lambda: subprocess.run(command, check=True, capture_output=True), time.perf_counter)


@pytest.mark.alone
def test_importing_the_package_takes_less_than_a_third_of_a_second() -> None:
    assert starts_within(0.3, "-c", "import modelwright")


@pytest.mark.alone
def test_help_takes_less_than_six_tenths_of_a_second() -> None:
    program = "import sys; sys.argv = ['modelwright', '--help']; from modelwright.cli import main; main()"
    assert starts_within(0.6, "-c", program)


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
