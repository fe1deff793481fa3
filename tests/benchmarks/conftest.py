"""Benchmarks are scripts beside the package: what the tests ask of them is found there."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
