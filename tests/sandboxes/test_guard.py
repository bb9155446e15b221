"""The first process of a container, here without one."""

import subprocess
import sys
import time

from modelwright.sandboxes.guard import GRACE

GUARD = [sys.executable, "-P", "-m", "modelwright.sandboxes.guard"]


def test_what_it_starts_talks_over_its_pipes_and_its_exit_code_is_passed_on() -> None:
    good = subprocess.run(
        [*GUARD, "json.tool", "--compact"], input="[1,  2]", capture_output=True, text=True, check=True
    )
    assert good.stdout == "[1,2]\n"
    bad = subprocess.run([*GUARD, "json.tool"], input="[1, ", capture_output=True, text=True, check=False)
    assert bad.returncode == 1


def test_what_does_not_end_with_its_input_is_ended() -> None:
    serving = [*GUARD, "http.server", "0", "--bind", "127.0.0.1"]
    with subprocess.Popen(serving, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        time.sleep(GRACE + 1)
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(GRACE + 20) == 1
        process.stdout.read()  # ends, as nothing holds it open any more
