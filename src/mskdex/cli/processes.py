"""One command, several processes: what was typed is started again by torchrun, on this machine."""

import os
import subprocess
import sys
from collections.abc import Sequence


def start_again(processes: int, words: Sequence[str]) -> int:
    """Run ``mskdex WORDS...`` in so many processes that train together, one thread each unless the words say more.

    Args:
        processes: on this machine; they meet at its loopback address.
        words: of the command line, after the program's name.

    Returns:
        exit status: 0, or what the first process that failed left.
    """
    told = any(word.split("=")[0] == "--threads" for word in words)
    threads = [] if told else ["--threads", "1"]
    # The -- keeps torchrun from taking options of ours for abbreviations of its own.
    launcher = ["torch.distributed.run", "--standalone", "--local-addr=127.0.0.1", f"--nproc-per-node={processes}"]
    command = [sys.executable, "-m", *launcher, "-m", "--", "mskdex", *words, *threads]
    # Without it torchrun sets it itself, and warns of that.
    environment = {"OMP_NUM_THREADS": "1", **os.environ}
    return subprocess.run(command, env=environment, check=False).returncode
