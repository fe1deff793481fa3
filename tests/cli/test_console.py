"""A command's log lines come out as they are, while it runs and no longer."""

import logging

import pytest

from mskdex.cli.console import lines_of


def test_lines_are_shown_while_the_block_runs(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("mskdex.somewhere")
    with lines_of("mskdex"):
        logger.info("step %d  [dim]loss[/dim] %.2f", 5, 0.25)
    logger.info("later")
    assert capsys.readouterr().err == "step 5  [dim]loss[/dim] 0.25\n"


def test_the_logger_is_left_as_it_was() -> None:
    logger = logging.getLogger("mskdex")
    before = logger.level, logger.propagate, list(logger.handlers)
    with pytest.raises(RuntimeError), lines_of("mskdex"):
        raise RuntimeError
    assert (logger.level, logger.propagate, list(logger.handlers)) == before
