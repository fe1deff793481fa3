"""One average man and one average woman, built once."""

import pytest

from mskdex.phantom.builtin import average_shape
from mskdex.phantom.builtin import builtin_template
from mskdex.phantom.template import Template


@pytest.fixture(scope="session")
def man() -> Template:
    return builtin_template(average_shape("male"))


@pytest.fixture(scope="session")
def woman() -> Template:
    return builtin_template(average_shape("female"))


@pytest.fixture(params=["man", "woman"])
def body(request: pytest.FixtureRequest) -> Template:
    return request.getfixturevalue(request.param)
