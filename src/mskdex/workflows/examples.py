"""The radiograph that comes with mskdex: a virtual patient, so nobody's."""

from importlib import resources
from pathlib import Path

from mskdex.errors import ResourceError

EXAMPLE = ("examples", "hip.dcm")


def example_radiograph() -> Path:
    """The packaged example's path.

    Raises:
        ResourceError: this installation has none.
    """
    path = Path(str(resources.files("mskdex").joinpath(*EXAMPLE)))
    if not path.is_file():
        raise ResourceError("this installation holds no example radiograph; install mskdex again")
    return path
