"""Layers that learn the number of their input features at the first call."""

from ..core.layers import Linear
from .functional.checks import check_tensors
from .module import Module, overwrite
from .parametric import BatchNorm1d, BatchNorm2d, Conv2d
from .uninitialized import Uninitialized, UninitializedBuffer, UninitializedParameter

__all__ = "LazyBatchNorm1d LazyBatchNorm2d LazyConv2d LazyLinear".split()


class Lazy(Module):
    """The base of the lazy layers; `cls_to_become` is the class of what they become.

    They are made like that class, but for the number of input features. At the first call, or when
    a state dict is loaded, the parameters get their shapes and values; the first call makes the
    layer one of that class. An optimizer may be given the parameters before.
    """

    _sized = "num_features"  # the attribute with the number of input features
    _axis = 1  # where the input has them

    def _wait(self, *arguments, **keywords):
        """Begin as a layer without input features; keep the arguments for the first call."""
        self.cls_to_become.__init__(self, 0, *arguments, **keywords)
        self._arguments = (arguments, keywords)
        for name, tensor in list(self._own_state()):
            if name in self._parameters:
                self._register("_parameters", name, UninitializedParameter(tensor.dtype))
            elif tensor.ndim:  # not the count of batches
                self._register("_buffers", name, UninitializedBuffer(tensor.dtype))

    def has_uninitialized_params(self):
        """Tell whether any parameter or buffer has no shape yet."""
        return any(isinstance(tensor, Uninitialized) for _, tensor in self._own_state())

    def initialize_parameters(self, input):
        """Give the parameters the shapes that fit to the input, and their first values."""
        check_tensors(type(self).__name__, input=input)
        features = input.shape[self._axis]
        arguments, keywords = self._arguments
        if self.has_uninitialized_params():
            made = dict(self.cls_to_become(features, *arguments, **keywords)._own_state())
            for name, tensor in self._own_state():
                if isinstance(tensor, Uninitialized):
                    tensor.materialize(made[name].shape)
                    overwrite(tensor, made[name]._array)
        setattr(self, self._sized, features)

    def __call__(self, *args, **kwargs):
        self.initialize_parameters(*args, **kwargs)
        self.__class__ = self.cls_to_become
        del self._arguments
        return self(*args, **kwargs)


class LazyLinear(Lazy, Linear):
    """A `Linear` whose `in_features` the first call tells; it then becomes one.

    Options, shapes and errors are those of `Linear`.
    """

    cls_to_become = Linear
    _sized = "in_features"
    _axis = -1

    def __init__(self, out_features, bias=True, device=None, dtype=None):
        self._wait(out_features, bias, device, dtype)


class LazyConv2d(Lazy, Conv2d):
    """A `Conv2d` whose `in_channels` the first call tells; it then becomes one.

    Options, shapes and errors are those of `Conv2d`.
    """

    cls_to_become = Conv2d
    _sized = "in_channels"
    _axis = -3

    def __init__(
        self, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True,
        padding_mode="zeros", device=None, dtype=None
    ):  # fmt: skip
        options = (stride, padding, dilation, groups, bias, padding_mode, device, dtype)
        self._wait(out_channels, kernel_size, *options)

    def initialize_parameters(self, input):
        """Give the parameters their shapes; RuntimeError unless the input is (N, C, H, W)."""
        check_tensors("LazyConv2d", input=input)
        if input.ndim not in (3, 4):
            raise RuntimeError(f"LazyConv2d: needs (N, C, H, W) or (C, H, W), not {input.shape}")
        Lazy.initialize_parameters(self, input)


class LazyBatchNorm1d(Lazy, BatchNorm1d):
    """A `BatchNorm1d` whose `num_features` the first call tells; it then becomes one.

    Options, shapes and errors are those of `BatchNorm1d`.
    """

    cls_to_become = BatchNorm1d

    def __init__(
        self, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True, device=None,
        dtype=None, *, bias=True
    ):  # fmt: skip
        self._wait(eps, momentum, affine, track_running_stats, device, dtype, bias=bias)


class LazyBatchNorm2d(Lazy, BatchNorm2d):
    """A `BatchNorm2d` whose `num_features` the first call tells; it then becomes one.

    Options, shapes and errors are those of `BatchNorm2d`.
    """

    cls_to_become = BatchNorm2d
    __init__ = LazyBatchNorm1d.__init__
