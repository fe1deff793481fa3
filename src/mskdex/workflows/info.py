"""``info`` and ``doctor``: what can be measured, by which model, and what this installation can do."""

import importlib.util
import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version
from pathlib import Path

from mskdex.errors import ImageRefused
from mskdex.errors import MskdexError
from mskdex.errors import ResourceError
from mskdex.images.isolation import Decoder
from mskdex.model.card import CARD
from mskdex.model.card import Card
from mskdex.model.checkpoint import load_model
from mskdex.model.checkpoint import shipped_model
from mskdex.workflows.examples import example_radiograph

CORE = (
    "numpy",
    "scipy",
    "onnxruntime",
    "pydicom",
    "pillow",
    "jinja2",
    "numba",
    "matplotlib",
    "nibabel",
    "spekpy",
    "xraydb",
)
CODECS = {"pyjpegls": "JPEG-LS", "pylibjpeg-openjpeg": "JPEG 2000", "pylibjpeg-rle": "RLE"}
OPTIONAL_CODECS = {"python-gdcm": "JPEG Lossless, and JPEG of 12 bits"}
EXTRAS = {"train": ("torch", "lightning-fabric", "onnx", "onnxscript", "safetensors", "tensorboard")}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: whether it is in order, and what to do if it is not."""

    subject: str
    found: str
    in_order: bool = True
    needed: bool = True
    advice: str = ""


def read_card(model: Path | None = None) -> Card:
    """The card of a model's folder, by default of the model in the package.

    Raises:
        ModelError: there is none.
    """
    return Card.read((model or shipped_model()) / CARD)


def examine(model: Path | None = None) -> list[Finding]:
    """Look at everything that ``predict`` and ``train`` need on this machine."""
    return [
        Finding("Python", platform.python_version()),
        Finding("Machine", f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {_memory()}"),
        *(_package(name, "pip install --force-reinstall mskdex") for name in CORE),
        *(_package(name, f"pip install {name}  ({formats})") for name, formats in CODECS.items()),
        *(
            _package(name, f"pip install 'mskdex[jpeg-lossless]'  (only for {formats})", needed=False)
            for name, formats in OPTIONAL_CODECS.items()
        ),
        _decoder(),
        _model(model),
        *(_extra(extra, packages) for extra, packages in EXTRAS.items()),
        _accelerator(),
    ]


def _package(name: str, advice: str, *, needed: bool = True) -> Finding:
    try:
        return Finding(name, version(name))
    except PackageNotFoundError:
        return Finding(name, "missing", in_order=False, needed=needed, advice=advice)


def _decoder() -> Finding:
    """Whether files can be read at all: each is decoded in a process of its own, which a system may not let start."""
    subject = "Decode worker"
    try:
        with Decoder() as decoder:
            decoder.decode(example_radiograph())
    except (ImageRefused, ResourceError, OSError) as error:
        found = str(error) if isinstance(error, MskdexError) else f"does not start ({type(error).__name__})"
        return Finding(subject, found, in_order=False, advice="install mskdex again; if that does not help, report it")
    return Finding(subject, "reads the packaged example")


def _model(folder: Path | None) -> Finding:
    try:
        card = load_model(folder, threads=1).card
    except MskdexError as error:
        return Finding("Model", str(error), in_order=False, advice="install mskdex again, or name a model with --model")
    return Finding("Model", f"{card.name} {card.version}, weights as its card says (sha256 {card.sha256[:12]}...)")


def _extra(extra: str, packages: tuple[str, ...]) -> Finding:
    missing = [name for name in packages if not _installed(name)]
    advice = f"pip install 'mskdex[{extra}]'" if missing else ""
    found = f"missing: {', '.join(missing)}" if missing else "all there"
    return Finding(f"Extra [{extra}]", found, in_order=not missing, needed=False, advice=advice)


def _installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def _accelerator() -> Finding:
    if importlib.util.find_spec("torch") is None:
        return Finding("Accelerator", "not looked for without torch; predict needs none", needed=False)
    import torch

    if torch.cuda.is_available():
        return Finding(
            "Accelerator", ", ".join(torch.cuda.get_device_name(n) for n in range(torch.cuda.device_count()))
        )
    return Finding("Accelerator", "none; training runs on the CPU, in hours instead of minutes", needed=False)


def _memory() -> str:
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return "memory unknown"
    return f"{total / 2**30:.0f} GiB"
