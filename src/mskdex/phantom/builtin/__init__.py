"""Built-in parametric anatomy: a labelled hip from named measures alone, no data needed."""

from mskdex.phantom.builtin.shape import BuiltinShape
from mskdex.phantom.builtin.shape import average_shape
from mskdex.phantom.builtin.shape import sample_shape
from mskdex.phantom.builtin.template import builtin_template

__all__ = ["BuiltinShape", "average_shape", "builtin_template", "sample_shape"]
