"""The array types of the library: shapes in names, units in variable names.

World coordinates are LPS millimetres (x to the patient's left, y to the back, z to the head). Volumes are indexed
``[i, j, k]``, the order of their ``voxel_to_world`` affine. Images and maps are indexed ``[row, column]``.
"""

from jaxtyping import Bool
from jaxtyping import Float32
from jaxtyping import Float64
from jaxtyping import Int16
from jaxtyping import UInt8
from numpy import ndarray

Affine = Float64[ndarray, "4 4"]
Vector3 = Float64[ndarray, "3"]
Points = Float64[ndarray, "*points 3"]

LabelVolume = UInt8[ndarray, "i j k"]
HounsfieldVolume = Int16[ndarray, "i j k"]
DensityVolume = Float32[ndarray, "i j k"]
ScalarVolume = Float32[ndarray, "i j k"]
MaskVolume = Bool[ndarray, "i j k"]

Image = Float32[ndarray, "rows columns"]
ImageMask = Bool[ndarray, "rows columns"]
InputBatch = Float32[ndarray, "batch 2 rows columns"]
"""What the network sees (``images.normalise``)."""
FactBatch = Float32[ndarray, "batch facts"]
"""What it is told of each patient (``model.told``)."""
MapStack = Float32[ndarray, "labels rows columns"]
"""One map per label: thickness in cm, or areal mass in g/cm2, on the detector plane."""
