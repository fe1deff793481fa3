"""What ``simulate`` can be asked for."""

from typing import get_args
from typing import get_type_hints

from mskdex.cli.simulate import simulate
from mskdex.phantom.population import Condition


def test_every_condition_of_the_population_can_be_asked_for() -> None:
    wanted = get_type_hints(simulate)["condition"]
    assert set(get_args(get_args(wanted)[0])) == set(Condition)
