"""Everything mskdex refuses to do, as one tree.

    MskdexError                     exit code
    ├── UsageError                  2   the call itself is wrong: an option, a file that is not there
    ├── ImageRefused                3   one radiograph cannot be measured; carries a code (4 when it was all of them)
    ├── StudyError                  3   one subject of a study cannot be used; carries a code
    ├── TrainingDivergedError       2   a loss stopped being a number; the last checkpoint is good
    ├── ResourceError               5   memory, disk or an optional package is missing
    └── IntegrityError              6   weights, locks and manifests that do not match what they claim
        ├── ModelError                  model card or weights
        └── CohortError                 cohort manifest or arrays

A message says what was found, what was expected and what to do. Messages never hold patient names, dates, ids of a
hospital or the contents of a file; a cohort's own subject ids they may.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the program tells the shell."""

    ALL_MEASURED = 0
    USAGE = 2
    SOME_REFUSED = 3
    ALL_REFUSED = 4
    RESOURCES = 5
    INTEGRITY = 6
    OUR_BUG = 70
    INTERRUPTED = 130


class MskdexError(Exception):
    """Base of every error that mskdex raises on purpose."""

    exit_code = ExitCode.OUR_BUG


class UsageError(MskdexError):
    """The call is wrong; the message names the accepted values."""

    exit_code = ExitCode.USAGE


class _CodedError(MskdexError):
    """An error with a stable, machine-readable code beside its message."""

    exit_code = ExitCode.SOME_REFUSED

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        # A two-argument exception does not survive the trip back from a worker process by itself.
        return type(self), (self.code, self.message)


class ImageRefused(_CodedError):  # noqa: N818 - a refusal is a result, not a failure
    """One radiograph cannot be measured: ``code`` says why, for machines; the message, for people."""


class StudyError(_CodedError):
    """One subject of a study cannot be used for training."""


class TrainingDivergedError(MskdexError):
    """A loss or its gradient is not a number any more; the settings or some patients are to blame."""

    exit_code = ExitCode.USAGE


class ResourceError(MskdexError):
    """Memory, disk space or an optional package is missing."""

    exit_code = ExitCode.RESOURCES


class IntegrityError(MskdexError):
    """A file is not what its manifest says it is."""

    exit_code = ExitCode.INTEGRITY


class ModelError(IntegrityError):
    """A model card, its weights or their hash do not fit together."""


class CohortError(IntegrityError):
    """A cohort's manifest and its arrays do not fit together."""
