"""The program: one app, its commands, and what every error becomes."""

import errno
import io
import logging
import sys
from collections.abc import Sequence
from traceback import extract_tb

from cyclopts import App
from cyclopts import CycloptsError
from rich.console import Console

from mskdex import __version__
from mskdex.cli.evaluate import evaluate
from mskdex.cli.info import doctor
from mskdex.cli.info import info
from mskdex.cli.predict import predict
from mskdex.cli.simulate import simulate
from mskdex.cli.train import train
from mskdex.errors import ExitCode
from mskdex.errors import MskdexError

HELP = "One plain hip radiograph in, every muscle's volume and lean mass and every bone's mass out. Research use only."
EPILOGUE = (
    "Exit codes: 0 all measured; 2 usage; 3 some refused; 4 all refused; 5 resources; 6 integrity; 70 our bug; "
    "130 interrupted. "
    "With --debug, errors of ours show where they happened."
)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS)

app = App(
    name="mskdex",
    help=HELP,
    help_epilogue=EPILOGUE,
    help_format="plaintext",
    version=__version__,
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)
for command in (predict, simulate, train, evaluate, info, doctor):
    app.command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns what the shell is told (``ExitCode``)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a notebook's is none
            # A pipe or an old terminal may know ASCII alone; a name or a table line must not end the program there.
            stream.reconfigure(errors="replace")
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    logging.basicConfig(level=logging.DEBUG if debug else logging.CRITICAL, format="%(message)s")
    logging.getLogger("matplotlib").setLevel(logging.WARNING)
    try:
        status = app(words, exit_on_error=False, error_console=Console(stderr=True))
    except CycloptsError:
        return ExitCode.USAGE
    except MskdexError as error:
        _say(f"mskdex: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        _say("mskdex: interrupted; what was written before is whole and stays")
        return ExitCode.INTERRUPTED
    except MemoryError:
        _say("mskdex: memory ran out; what was written before is whole and stays")
        return ExitCode.RESOURCES
    except Exception as error:
        if debug:
            raise
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            _say(f"mskdex: a file cannot be read or written: {error.strerror}; what was written before is whole")
            return ExitCode.RESOURCES
        last = extract_tb(error.__traceback__)[-1]
        _say(f"mskdex: an error of ours, {type(error).__name__} in {last.name}; please report it (--debug shows more)")
        return ExitCode.OUR_BUG
    return int(status) if isinstance(status, int) else ExitCode.ALL_MEASURED


def _say(message: str) -> None:
    # Plain, not rich: a message is one line that scripts read, and brackets in it are not markup.
    sys.stderr.write(message + "\n")
