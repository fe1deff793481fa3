"""One plain hip radiograph in, every muscle's volume and lean mass and every bone's mass out."""

__version__ = "0.1.0"
