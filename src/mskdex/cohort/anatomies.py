"""Where virtual patients get their anatomy: built in, an atlas or labelled CTs; one template per group of patients."""

import json
from dataclasses import dataclass
from dataclasses import replace
from functools import lru_cache
from functools import partial
from pathlib import Path

import numpy as np

from mskdex.cohort.fingerprint import fingerprint
from mskdex.cohort.scans import TABLE
from mskdex.cohort.scans import files_of_study
from mskdex.cohort.scans import template_of_study
from mskdex.errors import StudyError
from mskdex.errors import UsageError
from mskdex.phantom.atlas import template_from_labels
from mskdex.phantom.atlas import template_from_meshes
from mskdex.phantom.builtin import BuiltinShape
from mskdex.phantom.builtin import builtin_template
from mskdex.phantom.builtin import sample_shape
from mskdex.phantom.dimorphism import proportions_before
from mskdex.phantom.template import Template
from mskdex.phantom.vary import varied

_SEXES = ("female", "male")
_FINER = 2
"""An atlas is looked up from voxels of half the size, so that its bones get no steps."""


@dataclass(frozen=True)
class Anatomy:
    """A source of anatomy, as the command line names it: ``builtin``, ``atlas:PATH`` or ``ct:PATH``.

    PATH of an atlas is a folder of closed PLY meshes, or a NIfTI label volume with a JSON of the same stem that maps
    codes to names; of CTs, a study: a folder with ``subjects.csv`` (``cohort.scans``).

    Attributes:
        kind: ``builtin``, ``atlas`` or ``ct``.
        path: of the atlas or the study.
    """

    kind: str
    path: Path | None = None

    @classmethod
    def parse(cls, text: str) -> "Anatomy":
        """Read ``builtin``, ``atlas:PATH`` or ``ct:PATH``.

        Raises:
            UsageError: it is none of them, or PATH is not there.
        """
        kind, _, path = text.partition(":")
        if kind == "builtin" and not path:
            return cls(kind)
        if kind == "atlas" and path and Path(path).exists():
            return cls(kind, Path(path))
        if kind == "ct" and path and (Path(path) / TABLE).is_file():
            return cls(kind, Path(path))
        raise UsageError(
            f"--anatomy '{text}' is neither 'builtin', nor 'atlas:PATH' with a PATH that exists, "
            f"nor 'ct:PATH' with a folder that holds {TABLE}"
        )

    def template(self, seed: int, group: int, voxel_mm: float) -> Template:
        """The template of one group of patients: another person's anatomy per group, the same for the same seed.

        Args:
            seed: of the cohort.
            group: number of the template.
            voxel_mm: edge of its voxels.

        Raises:
            UsageError: PATH holds no atlas, one that lacks a measured muscle or bone, or no CT that can be a template.
        """
        rng = np.random.default_rng([seed, group, 0xA7A])
        if self.kind == "ct" and self.path is not None:
            return template_of_study(self.path, group, voxel_mm, rng)
        sex = _SEXES[group % 2]
        return self.body(sample_shape(rng, sex), rng, f"{self.kind}-{sex[0]}-{group:03d}", voxel_mm)

    def body(self, shape: BuiltinShape, rng: np.random.Generator, name: str, voxel_mm: float) -> Template:
        """A deformed body of these measures, of the built-in anatomy or of an atlas (``vary.varied``).

        Args:
            shape: its measures, and its sex.
            rng: source of randomness, for the deformation.
            name: of the template.
            voxel_mm: edge of its voxels.

        Raises:
            UsageError: PATH holds no atlas, or one that lacks a measured muscle or bone.
        """
        if self.kind == "builtin":
            return varied(builtin_template(shape, voxel_mm), rng, name)
        try:
            atlas = replace(self.atlas(voxel_mm / _FINER), sex=shape.sex)
            return varied(atlas, rng, name, change=partial(proportions_before, shape=shape), voxel_mm=voxel_mm)
        except ValueError as error:
            raise UsageError(f"{self.path.name if self.path else 'this'} is no whole atlas: {error}") from error

    def fingerprint(self) -> str | None:
        """Of what the templates are made of (``cohort.fingerprint``); None for the built-in anatomy.

        Of an atlas: its meshes, or its label volume and the JSON of its names; of a study: its table and every CT,
        label volume and scheme that a row names. It does not depend on where they lie.

        Raises:
            UsageError: there are no names beside a label volume, or the study's table cannot be read.
        """
        if self.path is None:
            return None
        if self.kind == "ct":
            return fingerprint(files_of_study(self.path))
        if self.path.is_dir():
            return fingerprint({mesh.name: mesh for mesh in self.path.glob("*.ply")})
        return fingerprint({"labels": self.path, "names": _names_beside(self.path)})

    def atlas(self, voxel_mm: float) -> Template:
        """The atlas itself, before it is varied, in voxels of ``voxel_mm``.

        Raises:
            UsageError: there is no path, or the label volume or the JSON of its names will not do; says which and why.
        """
        if self.path is None:
            raise UsageError("an atlas needs a path: atlas:PATH")
        return _atlas(self.path, voxel_mm)


@lru_cache(1)  # a cohort's templates are all made from it
def _atlas(path: Path, voxel_mm: float) -> Template:
    if path.is_dir():
        return template_from_meshes("atlas", path, voxel_mm=voxel_mm)
    names = _read_names(_names_beside(path))
    from mskdex.images.labels import read_label_volume  # only label volumes need nibabel

    try:
        volume = read_label_volume(path)
    except StudyError as error:
        raise UsageError(f"the atlas {path.name} is no label volume: {error.message}") from error
    return template_from_labels("atlas", volume.voxels, names, volume.voxel_to_world, voxel_mm=voxel_mm)


def _read_names(path: Path) -> dict[int, str]:
    """What the JSON beside a label volume calls each code."""
    expected = 'an object such as {"1": "gluteus_maximus_R"}'
    try:
        names = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"the atlas' names, {path.name}, cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the atlas' names, {path.name}, are not JSON: {error}") from error
    if not isinstance(names, dict):
        raise UsageError(f"the atlas' names, {path.name}, are no map of codes to names; expected {expected}")
    for code, name in names.items():
        if not (code.isdecimal() and isinstance(name, str)):
            raise UsageError(
                f"the atlas' names, {path.name}, have an entry {code!r} that is no code with a name; "
                f"expected {expected}"
            )
    return {int(code): name for code, name in names.items()}


def _names_beside(labels: Path) -> Path:
    """The JSON that maps the codes of a label volume to names."""
    names = labels.with_name(labels.name.split(".")[0] + ".json")
    stem_matches = sorted(labels.parent.glob("*labels*.json"))
    if not names.exists() and len(stem_matches) != 1:
        raise UsageError(f"{labels.name} needs a JSON that maps its codes to names, {names.name}, beside it")
    return names if names.exists() else stem_matches[0]
