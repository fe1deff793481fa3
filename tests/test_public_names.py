"""The public names are there, each is what it says, and importing the package costs nothing."""

import subprocess
import sys

import pytest

import mskdex


@pytest.mark.parametrize("name", mskdex.__all__)
def test_every_public_name_is_there(name: str) -> None:
    found = getattr(mskdex, name)
    assert getattr(found, "__name__", name) == name
    assert name in dir(mskdex)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="muscles"):
        _ = mskdex.muscles


def test_importing_the_package_is_light() -> None:
    code = (
        "import sys, mskdex; heavy = {'numpy', 'numba', 'torch', 'pydicom'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
