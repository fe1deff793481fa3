"""One average man and one average woman, built once."""

from dataclasses import replace

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


@pytest.fixture(scope="session")
def young_man() -> Template:
    """With the muscles that the published young and active have; the average man is older."""
    return builtin_template(replace(average_shape("male"), muscle_girth=1.0))


@pytest.fixture(scope="session")
def young_woman() -> Template:
    return builtin_template(replace(average_shape("female"), muscle_girth=0.85))


@pytest.fixture(params=["man", "woman"])
def body(request: pytest.FixtureRequest) -> Template:
    return request.getfixturevalue(request.param)
