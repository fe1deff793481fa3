"""Many patients on disk: what training reads, written so that a killed command loses nothing it had finished."""

from mskdex.cohort.record import Arrays
from mskdex.cohort.record import Canvas
from mskdex.cohort.record import Hospital
from mskdex.cohort.record import Split
from mskdex.cohort.record import Subject
from mskdex.cohort.record import Verdict
from mskdex.cohort.store import Cohort
from mskdex.cohort.store import CohortWriter

__all__ = ["Arrays", "Canvas", "Cohort", "CohortWriter", "Hospital", "Split", "Subject", "Verdict"]
