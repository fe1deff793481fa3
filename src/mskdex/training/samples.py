"""A validation patient's maps as a picture, so that eyes may follow what figures say."""

from pathlib import Path

import numpy as np

from mskdex.files import write_bytes
from mskdex.report.samples import Sample
from mskdex.report.samples import draw_sample
from mskdex.training.examples import stored_example
from mskdex.training.library import Library
from mskdex.training.scores import Predictor

SAMPLES = "samples"
SAMPLE_BYTES = 150_000
"""About what a picture takes on disk."""


def keep_sample(run: Path, step: int, patients: Library, predict: Predictor) -> Path:
    """Draw the first patient's maps, predicted from the image alone, beside the truth: ``samples/step-00000500.png``.

    Args:
        run: The run's folder.
        step: Steps taken.
        patients: Of whom the first by id is drawn, every time the same.
        predict: The network.
    """
    subject, arrays = next(iter(patients))
    example = stored_example(subject, arrays)
    thickness, _ = predict(example.radiograph[None], example.told[None])
    grey, field = example.radiograph
    title = f"step {step}, a validation patient"  # pictures go round: no id
    picture = draw_sample(Sample(title, np.where(field > 0, grey, grey.min()), example.thickness_cm, thickness[0]))
    path = run / SAMPLES / f"step-{step:08d}.png"
    path.parent.mkdir(exist_ok=True)
    write_bytes(path, picture)
    return path
