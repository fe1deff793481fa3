"""Fixtures that several rooms share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck
from hypothesis import settings

from mskdex.anatomy import LABELS
from mskdex.anatomy import MIRRORED_CHANNELS
from mskdex.cohort import Arrays
from mskdex.cohort import Canvas
from mskdex.cohort import CohortWriter
from mskdex.cohort import Split
from mskdex.cohort import Subject

# A busy machine is no fault of the code under test.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

MakeCohort = Callable[[Path, dict[Split, int]], Path]


@pytest.fixture(scope="session")
def blob_cohort() -> MakeCohort:
    """Writes a cohort of blobs: no anatomy, but every structure has a place and a size that its image shows."""

    def make(folder: Path, counts: dict[Split, int]) -> Path:
        with CohortWriter(folder, provenance={"made_of": "blobs"}) as writer:
            for split, count in counts.items():
                for number in range(count):
                    seed = 1000 * list(Split).index(split) + number
                    source = ("builtin-f-01", "atlas-m-01")[number % 2]
                    known = person_and_camera(np.random.default_rng(seed))
                    subject = Subject(f"{split}-{number:03d}", source, split, seed, *known)
                    writer.add(subject, blobs(np.random.default_rng(seed)))
        return folder

    return make


def person_and_camera(rng: np.random.Generator) -> tuple[dict[str, Any], dict[str, Any]]:
    """Somebody's person and camera, which have nothing to do with his blobs."""
    facts = {"age_years": rng.uniform(20, 90), "height_cm": rng.normal(168, 8), "weight_kg": rng.normal(75, 10)}
    camera = {"sdd_mm": rng.uniform(1000, 1250), "table_detector_mm": rng.uniform(20, 90)}
    person = {"sex": str(rng.choice(["female", "male"])), **facts}
    return person, camera


def blobs(rng: np.random.Generator) -> Arrays:
    """One patient of blobs: Gaussian bumps at mirrored places; the patient's size spreads them and widens them."""
    canvas = Canvas()
    rows, columns = np.mgrid[: canvas.map_rows, : canvas.map_columns]
    places = np.random.default_rng(0).uniform((12, 8), (60, 36), (len(LABELS), 2))
    size = float(rng.uniform(0.6, 1.2))
    thickness = np.empty((len(LABELS), *rows.shape), np.float32)
    for channel, other in enumerate(MIRRORED_CHANNELS):
        row, column = places[min(channel, other)]
        column = canvas.map_columns - 1 - column if channel > other else column
        column = (canvas.map_columns - 1) / 2 if channel == other else column
        row, column = 36 + size * (row - 36), 39.5 + size * (column - 39.5)
        radius = size * (7 + channel % 3) * np.exp(rng.normal(0, 0.05))
        thickness[channel] = 3 * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * radius**2))
    thickness[-1] = 8 * ((np.abs(columns - 39.5) < 34 * size) & (np.abs(rows - 35.5) < 30 * size))
    bone = np.arange(41) >= 36
    mass = thickness[:41] * np.where(bone, 1.3, 1.06 * rng.uniform(0.7, 0.95, 41))[:, None, None]
    attenuation = 0.2 * thickness[:36].sum(0) + 0.5 * thickness[36:41].sum(0) + 0.2 * thickness[41]
    fine = np.kron(attenuation, np.ones((2, 2))).astype(np.float16)
    area = canvas.map_pixel_area_cm2
    return Arrays(
        radiograph=(fine / fine.max()).astype(np.float16),
        field=np.ones(fine.shape, bool),
        thickness_cm=thickness.astype(np.float16),
        mass_g_per_cm2=mass.astype(np.float16),
        whole_volume_cm3=(thickness[:41].sum((1, 2)) * area).astype(np.float32),
        whole_mass_g=(mass.sum((1, 2)) * area).astype(np.float32),
        attenuation=fine,
    )


class Drawn(NamedTuple):
    """A patient drawn by hand: maps [.., 64, 72] at 6 mm, and the image that they add up to at 1.5 mm."""

    thickness_cm: np.ndarray
    mass_g_per_cm2: np.ndarray
    pixels: np.ndarray


@pytest.fixture(scope="session")
def drawn() -> Drawn:
    """Every structure a half ellipsoid, left mirroring right, those that are whole well inside the field."""
    rows, columns = np.mgrid[:64, :72] + 0.5
    rng = np.random.default_rng(5)
    thickness = np.zeros((len(LABELS), 64, 72), np.float32)
    for channel, other in enumerate(MIRRORED_CHANNELS):
        if channel < other:
            row, column, size = rng.uniform(20, 44), rng.uniform(14, 26), rng.uniform(4, 8, 2)
        elif channel == other:
            row, column, size = 24, 36, np.array([8, 6])
        else:
            thickness[channel] = thickness[other][:, ::-1]
            continue
        rest = 1 - ((rows - row) / size[0]) ** 2 - ((columns - column) / size[1]) ** 2
        thickness[channel] = 4 * np.sqrt(np.clip(rest, 0, None))
    thickness[-1] = 15 * np.sqrt(np.clip(1 - ((columns - 36) / 30) ** 2, 0, None))
    density = np.array([0.9] * 36 + [1.3] * 5)
    mass = (thickness[:41] * density[:, None, None]).astype(np.float32)
    attenuation = thickness.sum(0) + 0.5 * mass[36:].sum(0)
    pixels = np.kron(attenuation / attenuation.max(), np.ones((4, 4))).astype(np.float32)
    return Drawn(thickness, mass, pixels)
