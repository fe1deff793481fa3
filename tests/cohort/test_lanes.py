"""Workers end with the program that started them, however it ends; and it says so where one of them is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mskdex.cohort.lanes import in_lanes
from mskdex.cohort.plan import VirtualPlan
from mskdex.errors import ResourceError

SCRIPT = """
import time
from mskdex.cohort.lanes import in_lanes
from mskdex.cohort.plan import VirtualPlan

def make(index):
    return index

if __name__ == "__main__":
    made = in_lanes(make, VirtualPlan(count=4, per_template=2), range(4), 2)
    print(next(made), flush=True)
    time.sleep(600)
"""


def test_workers_do_not_outlive_a_killed_program(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline().strip() in "0123"  # both workers were started for it
        program.kill()
        program.communicate(timeout=60)  # the output ends when the last process that could write to it has


def _killed(_: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def test_a_worker_that_the_system_kills_is_a_lack_of_resources() -> None:
    with pytest.raises(ResourceError, match="fewer --workers"):
        list(in_lanes(_killed, VirtualPlan(count=4, per_template=2), range(4), 2))


def test_an_interrupt_is_the_programs_alone(tmp_path: Path) -> None:
    """A terminal sends it to the workers too, which would each print where they were."""
    script = tmp_path / "script.py"
    # What a shell starts in the background ignores interrupts, and so would all that it starts.
    script.write_text("import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n" + SCRIPT)
    words = [sys.executable, str(script)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}
    with subprocess.Popen(words, **pipes) as program:  # type: ignore[call-overload]
        try:
            assert program.stdout.readline().strip() in "0123"
            os.killpg(program.pid, signal.SIGINT)
            said = program.communicate(timeout=60)[1]
        finally:
            program.kill()
    assert said.count("KeyboardInterrupt") == 1
