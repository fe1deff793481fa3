"""One command, several processes: what was typed is started again by torchrun's launcher, on this machine."""

import logging
import os
import sys
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from uuid import uuid4


def start_again(processes: int, words: Sequence[str]) -> int:
    """Run ``mskdex WORDS...`` in so many processes that train together, one thread each unless the words say more.

    Args:
        processes: on this machine; they meet at its loopback address.
        words: of the command line, after the program's name.

    Returns:
        exit status: 0, or that of the first process that failed, which has said why.
    """
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig
    from torch.distributed.launcher.api import elastic_launch

    told = any(word.split("=")[0] == "--threads" for word in words)
    threads = [] if told else ["--threads", "1"]
    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)  # it would tell of the failure once more
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=processes,
        run_id=uuid4().hex,
        max_restarts=0,
        rdzv_backend="c10d",
        rdzv_endpoint="127.0.0.1:0",
        local_addr="127.0.0.1",
    )
    try:
        with _threads_of_their_own():
            elastic_launch(config, sys.executable)("-m", "mskdex", *words, *threads)
    except ChildFailedError as error:
        return abs(error.get_first_failure()[1].exitcode)
    except SignalException as error:
        return 128 + error.sigval
    return 0


@contextmanager
def _threads_of_their_own() -> Iterator[None]:
    """Processes started meanwhile take one thread each, unless the environment says more; ours stays as it was."""
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = before or "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["OMP_NUM_THREADS"]
