"""The command line: doors without logic. Every verb is a function of ``workflows``; help imports nothing heavy."""

from mskdex.cli.app import main

__all__ = ["main"]
