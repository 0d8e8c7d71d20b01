"""The fully connected layer, and layers that only change a shape."""

import math

import numpy as np

from ..dtypes import get_default_dtype, supported
from ..ops import flatten, reshape
from ..ops.creation import checked_device
from ..ops.shape import axis_of
from ..tensor import wrap
from . import init
from .functional import linear
from .module import Module, Parameter


def new_parameter(*shape, device=None, dtype=None):
    """A parameter of this shape whose values are still to be set; the default dtype unless one is given.

    RuntimeError for another device than "cpu", a dtype that is not floating, or a negative length.
    """
    checked_device(device)
    if min(shape) < 0:
        raise RuntimeError(f"a parameter cannot have shape {shape}: no length may be negative")
    dtype = get_default_dtype() if dtype is None else supported(dtype, "Parameter()")
    return Parameter(wrap(np.empty(shape, dtype)))


class Identity(Module):
    """Gives back its input; takes any arguments, so that it can stand in for another layer."""

    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, input):
        return input


class Linear(Module):
    """y = x @ weight.T + bias, from (..., in_features) to (..., out_features).

    `weight` is (out_features, in_features), `bias` (out_features,) or None; both start uniform in
    [-k, k], k = 1 / sqrt(in_features).

    >>> import minigrad as mg
    >>> mg.nn.Linear(63, 10)(mg.zeros(32, 63)).shape
    (32, 10)
    """

    def __init__(self, in_features, out_features, bias=True, device=None, dtype=None):
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = new_parameter(out_features, in_features, device=device, dtype=dtype)
        if bias:
            self.bias = new_parameter(out_features, device=device, dtype=dtype)
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self):
        """Draw the weight and the bias anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))  # the gain is then sqrt(1/3): k = 1 / sqrt(in_features)
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input):
        return linear(input, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Flatten(Module):
    """The axes from `start_dim` to `end_dim` as one; by default all but the batch's."""

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input):
        return flatten(input, self.start_dim, self.end_dim)

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """The axis `dim` as several of lengths `unflattened_size`, one of which may be -1.

    TypeError unless the lengths are a tuple or list of integers. Calling it raises RuntimeError if they do not
    multiply to the length of the axis.
    """

    def __init__(self, dim, unflattened_size):
        super().__init__()
        if not isinstance(unflattened_size, (tuple, list)) or not all(isinstance(n, int) for n in unflattened_size):
            raise TypeError(f"Unflatten: unflattened_size must be a tuple of integers, not {unflattened_size!r}")
        self.dim = dim
        self.unflattened_size = unflattened_size

    def forward(self, input):
        axis = axis_of("Unflatten", input, self.dim)
        length, sizes = input.shape[axis], tuple(self.unflattened_size)
        known = math.prod(n for n in sizes if n != -1)
        if not sizes or sizes.count(-1) > 1 or (length % known if -1 in sizes and known else length != known):
            raise RuntimeError(
                f"Unflatten: sizes {sizes} do not multiply to {length}, the length of axis {axis} of {input.shape}"
            )
        return reshape(input, (*input.shape[:axis], *sizes, *input.shape[axis + 1 :]))

    def extra_repr(self):
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
