"""Layers with parameters: fully connected, convolutions, normalisation, embedding."""

import math

import numpy as np

from .. import core
from ..absent import refuse
from ..core.layers import Linear
from ..core.record import replace
from ..core.tensor import wrap
from ..device import checked_device
from ..dtypes import get_default_dtype, supported
from ..extension import extends
from ..random import rand
from . import functional as F
from . import init
from .functional.checks import check_kind, check_tensors
from .functional.convolution import output_padding_for
from .functional.lookup import check_options
from .module import Module, Parameter, overwrite

__all__ = """
    BatchNorm1d BatchNorm2d Conv1d Conv2d ConvTranspose2d Embedding GroupNorm LayerNorm Linear
    PReLU RMSNorm
""".split()


def new_values(shape, layer="Parameter", device=None, dtype=None):
    """Return a tensor for a parameter of a class of layers; its values are not set.

    TypeError for lengths that are not integers, RuntimeError for negative ones and for any device
    except "cpu".
    """
    checked_device(layer, device)
    for length in shape:
        check_kind(layer, int, **{"a length": length})
    if min(shape, default=0) < 0:
        raise RuntimeError(
            f"{layer}(): a parameter cannot have shape {shape}: no length may be negative"
        )
    dtype = get_default_dtype() if dtype is None else supported(dtype, f"{layer}()")
    return wrap(np.empty(shape, dtype))


def new_parameter(layer, shape, device, dtype):
    """Return a parameter of a class of layers; its values are not set."""
    return Parameter(new_values(shape, layer, device, dtype))


def draw_uniform(shape, bound, dtype):
    """Return an array drawn between -bound and bound by the generator of `minigrad.random`."""
    return -bound + (bound + bound) * rand(shape, dtype=dtype)._array


replace(core.module.empty, new_values)
replace(core.layers.uniform, draw_uniform)


def tuple_of(lengths):
    """Return one length, or a tuple or list of several, as a tuple."""
    return tuple(lengths) if isinstance(lengths, (tuple, list)) else (lengths,)


@extends(Linear)
class _:
    def extra_repr(self):
        sizes = f"in_features={self.in_features}, out_features={self.out_features}"
        return f"{sizes}, bias={self.bias is not None}"


# -- Convolutions ----------------------------------------------------------------------------------


def repeated(value, axes):
    """Return an option for each of the axes as a tuple, and a name such as "same" as it is.

    Everything else about it is checked by the function that uses it.
    """
    if isinstance(value, str):
        return value
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * axes


def check_channels(name, in_channels, out_channels, groups):
    """Raise TypeError unless these are numbers, ValueError unless `groups` divides the channels."""
    check_kind(name, float, in_channels=in_channels, out_channels=out_channels, groups=groups)
    if groups < 1 or in_channels % groups or out_channels % groups:
        raise ValueError(
            f"{name}(): {in_channels} in and {out_channels} out channels must be divisible by "
            f"groups={groups}"
        )


def check_padding(name, padding, stride):
    """Raise ValueError for a name that is not a padding of a convolution with this stride."""
    names = ("valid", "same") if set(tuple_of(stride)) == {1} else ("valid",)
    if isinstance(padding, str) and padding not in names:
        raise ValueError(
            f"{name}(): padding must be numbers, 'valid', or 'same' with stride 1, not {padding!r}"
        )


def check_padding_mode(name, padding_mode):
    """Raise ValueError unless the padding mode is "zeros"."""
    if padding_mode != "zeros":
        raise ValueError(f"{name}(): padding_mode must be 'zeros', not {padding_mode!r}")


class Conv2d(Module):
    """`nn.functional.conv2d` with a learned weight and bias.

    The weight has the shape (out_channels, in_channels / groups, *kernel_size). ValueError for
    `groups` below 1 or that do not divide both channels, for a padding of a name other than "valid"
    and "same", for "same" with a stride, and for an unknown `padding_mode`; NotImplementedError for
    "reflect", "replicate" and "circular". Without `bias` there is none. Options, shapes and other
    errors are those of the function.

    >>> import minigrad as mg
    >>> mg.nn.Conv2d(3, 16, 5, padding="same")(mg.zeros(32, 3, 8, 8)).shape
    (32, 16, 8, 8)
    """

    _function = staticmethod(F.conv2d)
    _axes = 2
    _options = ("stride", "padding", "dilation", "groups")  # passed on to the function

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1,
        bias=True, padding_mode="zeros", device=None, dtype=None
    ):  # fmt: skip
        super().__init__()
        name = type(self).__name__
        if padding_mode in ("reflect", "replicate", "circular"):
            refuse(name, f"padding_mode={padding_mode!r}", "padding_mode='zeros'")
        check_padding(name, padding, stride)
        self._keep(
            in_channels, out_channels, groups, padding_mode, kernel_size=kernel_size,
            stride=stride, padding=padding, dilation=dilation
        )  # fmt: skip
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self.weight = new_parameter(name, shape, device, dtype)
        self.register_parameter("bias", None)
        if bias:
            self.bias = new_parameter(name, (out_channels,), device, dtype)
        self.reset_parameters()

    def _keep(self, in_channels, out_channels, groups, padding_mode, **of_axes):
        """Check the channels and the padding mode, and keep the options, those of axes as pairs."""
        name = type(self).__name__
        check_channels(name, in_channels, out_channels, groups)
        check_padding_mode(name, padding_mode)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.groups = groups
        self.padding_mode = padding_mode
        for option, value in of_axes.items():
            setattr(self, option, repeated(value, self._axes))

    def reset_parameters(self):
        """Draw weight and bias again, uniform in [-k, k], k = 1 / sqrt(fan_in)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))  # the gain is then sqrt(1/3)
        if self.bias is not None:
            fan_in, _ = init._calculate_fan_in_and_fan_out(self.weight)
            bound = 1 / math.sqrt(fan_in or math.inf)
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input):
        options = {name: getattr(self, name) for name in self._options}
        return self._function(input, self.weight, self.bias, **options)

    def extra_repr(self):
        options = {name: getattr(self, name) for name in self._options}
        options["bias"] = self.bias is not None
        usual = {
            "padding": (0,) * self._axes,
            "dilation": (1,) * self._axes,
            "output_padding": (0,) * self._axes,
            "groups": 1,
            "bias": True,
        }
        shown = [
            f"{self.in_channels}",
            f"{self.out_channels}",
            f"kernel_size={self.kernel_size}",
            f"stride={self.stride}",
        ]
        for name, value in usual.items():
            if options.get(name, value) != value:
                shown.append(f"{name}={options[name]}")
        return ", ".join(shown)


class Conv1d(Conv2d):
    """`nn.functional.conv1d` with a learned weight and bias.

    The weight is (out_channels, in_channels / groups, kernel_size). All else is as in `Conv2d`.
    """

    _function = staticmethod(F.conv1d)
    _axes = 1


class ConvTranspose2d(Conv2d):
    """`nn.functional.conv_transpose2d` with a learned weight and bias.

    The weight has the shape (in_channels, out_channels / groups, *kernel_size). Called with an
    `output_size`, (H', W') or the whole shape, it chooses `output_padding` by itself. ValueError
    for a size that none gives, for `groups` below 1 or that do not divide both channels, and for
    any `padding_mode` except "zeros". Options, shapes and other errors are those of the function.

    >>> import minigrad as mg
    >>> layer = mg.nn.ConvTranspose2d(16, 3, 3, stride=2, padding=1)
    >>> layer(mg.zeros(32, 16, 4, 4)).shape, layer(mg.zeros(32, 16, 4, 4), (8, 8)).shape
    ((32, 3, 7, 7), (32, 3, 8, 8))
    """

    _function = staticmethod(F.conv_transpose2d)
    _options = ("stride", "padding", "output_padding", "groups", "dilation")

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0,
        groups=1, bias=True, dilation=1, padding_mode="zeros", device=None, dtype=None
    ):  # fmt: skip
        Module.__init__(self)
        self._keep(
            in_channels, out_channels, groups, padding_mode, kernel_size=kernel_size,
            stride=stride, padding=padding, output_padding=output_padding, dilation=dilation
        )  # fmt: skip
        name = type(self).__name__
        shape = (in_channels, out_channels // groups, *self.kernel_size)
        self.weight = new_parameter(name, shape, device, dtype)
        self.register_parameter("bias", None)
        if bias:
            self.bias = new_parameter(name, (out_channels,), device, dtype)
        self.reset_parameters()

    def forward(self, input, output_size=None):
        options = {name: getattr(self, name) for name in self._options}
        if output_size is not None:
            windows = (self.kernel_size, self.stride, self.padding, self.dilation)
            options["output_padding"] = output_padding_for(input, output_size, *windows)
        return F.conv_transpose2d(input, self.weight, self.bias, **options)


# -- Normalisation ---------------------------------------------------------------------------------


class Normalization(Module):
    """The base of the normalisations, which learn a weight and a bias."""

    def _add_parameters(self, shape, device, dtype, **wanted):
        """Add those parameters that are wanted, and for the others the place of an absent one."""
        for name, is_wanted in wanted.items():
            made = new_parameter(type(self).__name__, shape, device, dtype) if is_wanted else None
            self.register_parameter(name, made)
        self.reset_parameters()

    def reset_parameters(self):
        """Set the weight to 1 and the bias to 0."""
        for name, parameter in self.named_parameters():
            init.constant_(parameter, name == "weight")


class LayerNorm(Normalization):
    """`nn.functional.layer_norm` with a learned weight and bias of `normalized_shape`.

    That is the last length of the input, or the last ones. Without `bias` there is no bias, without
    `elementwise_affine` neither. `eps` and the errors are those of the function.
    """

    def __init__(
        self,
        normalized_shape,
        eps=1e-5,
        elementwise_affine=True,
        bias=True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        self.normalized_shape = tuple_of(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        wanted = {"weight": elementwise_affine, "bias": elementwise_affine and bias}
        self._add_parameters(self.normalized_shape, device, dtype, **wanted)

    def forward(self, input):
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )


class RMSNorm(Normalization):
    """`nn.functional.rms_norm` with a learned weight of `normalized_shape`.

    That is the last length of the input, or the last ones. Without `elementwise_affine` there is no
    weight. `eps` and the errors are those of the function.
    """

    def __init__(
        self, normalized_shape, eps=None, elementwise_affine=True, device=None, dtype=None
    ):
        super().__init__()
        self.normalized_shape = tuple_of(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self._add_parameters(self.normalized_shape, device, dtype, weight=elementwise_affine)

    def forward(self, x):
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self):
        affine = f"elementwise_affine={self.elementwise_affine}"
        return f"{self.normalized_shape}, eps={self.eps}, {affine}"


class GroupNorm(Normalization):
    """`nn.functional.group_norm` with a learned weight and bias for each channel.

    Without `bias` there is no bias, without `affine` neither. ValueError unless `num_groups`
    divides `num_channels`; `eps` and the other errors are those of the function.
    """

    def __init__(
        self, num_groups, num_channels, eps=1e-5, affine=True, device=None, dtype=None, *, bias=True
    ):
        super().__init__()
        check_kind("GroupNorm", float, num_groups=num_groups, num_channels=num_channels)
        if not num_groups or num_channels % num_groups:
            raise ValueError(f"GroupNorm(): {num_groups=} must divide {num_channels=}")
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        shape = (num_channels,)
        self._add_parameters(shape, device, dtype, weight=affine, bias=affine and bias)

    def forward(self, input):
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class BatchNorm1d(Normalization):
    """`nn.functional.batch_norm` of (N, C) or (N, C, L), with running statistics.

    Weight and bias, one number for each of `num_features` channels, are learned; without `bias` or
    `affine` there is no bias or neither. Without `track_running_stats` the batch's statistics serve
    in evaluation, too; with `momentum=None` the running ones are plain averages over all batches.
    ValueError for an input of any other number of axes; `eps`, `momentum` and the other errors are
    those of the function.
    """

    _ranks = (2, 3)

    def __init__(
        self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True,
        device=None, dtype=None, *, bias=True
    ):  # fmt: skip
        super().__init__()
        name = type(self).__name__
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        shape = tuple_of(num_features)
        mean = new_parameter(name, shape, device, dtype).detach()
        variance = new_parameter(name, shape, device, dtype).detach()
        count = wrap(np.array(0))
        self.register_buffer("running_mean", mean if track_running_stats else None)
        self.register_buffer("running_var", variance if track_running_stats else None)
        self.register_buffer("num_batches_tracked", count if track_running_stats else None)
        self._add_parameters(shape, device, dtype, weight=affine, bias=affine and bias)

    def reset_running_stats(self):
        """Set the running mean to 0, the running variance to 1, and the number of batches to 0."""
        if self.track_running_stats:
            init.zeros_(self.running_mean)
            init.ones_(self.running_var)
            overwrite(self.num_batches_tracked, 0)

    def reset_parameters(self):
        """Set the weight to 1, the bias to 0, and reset the running statistics."""
        super().reset_parameters()
        self.reset_running_stats()

    def forward(self, input):
        check_tensors(type(self).__name__, input=input)
        if input.ndim not in self._ranks:
            raise ValueError(
                f"{type(self).__name__}: the axes of {input.shape} must be {self._ranks} in number"
            )
        if self.training and self.track_running_stats:
            overwrite(self.num_batches_tracked, self.num_batches_tracked._array + 1)
        by_batch = self.training or self.running_mean is None
        running = (self.running_mean, self.running_var)
        if by_batch and not self.track_running_stats:
            running = (None, None)
        momentum = self._share_of_batch()
        return F.batch_norm(input, *running, self.weight, self.bias, by_batch, momentum, self.eps)

    def _share_of_batch(self):
        """Return the share by which a batch moves the running statistics."""
        if self.momentum is not None:
            return self.momentum
        if self.training and self.track_running_stats:
            return 1 / self.num_batches_tracked.item()
        return 0.0

    def extra_repr(self):
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, bias={self.bias is not None}, "
            f"track_running_stats={self.track_running_stats}"
        )


class BatchNorm2d(BatchNorm1d):
    """`BatchNorm1d` for images (N, C, H, W); options and errors are the same."""

    _ranks = (4,)


# -- Activation ------------------------------------------------------------------------------------


class PReLU(Module):
    """x where it is positive, else weight * x: the slope is learned, one or one for each channel.

    There are `num_parameters` slopes, which begin at `init`. Shapes and errors are those of
    `nn.functional.prelu`. He et al. 2015.
    """

    def __init__(self, num_parameters=1, init=0.25, device=None, dtype=None):
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = new_parameter("PReLU", (num_parameters,), device, dtype)
        self.reset_parameters()

    def reset_parameters(self):
        """Set every slope to `init`."""
        init.constant_(self.weight, self.init)

    def forward(self, input):
        return F.prelu(input, self.weight)

    def extra_repr(self):
        return f"num_parameters={self.num_parameters}"


# -- Embedding -------------------------------------------------------------------------------------


class Embedding(Module):
    """A table of rows that are looked up by index: from (...) to (..., embedding_dim).

    The `num_embeddings` rows start standard normal; that of `padding_idx` is 0 and stays so.
    AssertionError if there is no such row, NotImplementedError for `max_norm`, for another
    `norm_type`, for `scale_grad_by_freq` and for `sparse`. The errors of a call are those of
    `nn.functional.embedding`.

    >>> import minigrad as mg
    >>> mg.nn.Embedding(1000, 64)(mg.tensor([[3, 0, 999]])).shape
    (1, 3, 64)
    """

    def __init__(
        self, num_embeddings, embedding_dim, padding_idx=None, max_norm=None, norm_type=2.0,
        scale_grad_by_freq=False, sparse=False, *, device=None, dtype=None
    ):  # fmt: skip
        super().__init__()
        check_options("Embedding", max_norm, norm_type, scale_grad_by_freq, sparse)
        if padding_idx is not None:
            check_kind("Embedding", int, num_embeddings=num_embeddings, padding_idx=padding_idx)
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise AssertionError("padding_idx must be within num_embeddings")
            padding_idx %= num_embeddings
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = padding_idx
        shape = (num_embeddings, embedding_dim)
        self.weight = new_parameter(type(self).__name__, shape, device, dtype)
        self.reset_parameters()

    @classmethod
    def from_pretrained(
        cls, embeddings, freeze=True, padding_idx=None, max_norm=None, norm_type=2.0,
        scale_grad_by_freq=False, sparse=False
    ):  # fmt: skip
        """Make a table whose rows are those of `embeddings`, in its memory, frozen by default.

        AssertionError unless there are two axes. The other errors are those of the class.
        """
        check_tensors("from_pretrained", embeddings=embeddings)
        check_options("from_pretrained", max_norm, norm_type, scale_grad_by_freq, sparse)
        if embeddings.ndim != 2:
            raise AssertionError(f"from_pretrained(): {embeddings.shape} must have two axes")
        made = cls(*embeddings.shape, padding_idx)
        made.weight = Parameter(embeddings, requires_grad=not freeze)
        return made

    def reset_parameters(self):
        """Draw the rows again."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            init.zeros_(self.weight.detach()[self.padding_idx])

    def forward(self, input):
        return F.embedding(input, self.weight, self.padding_idx)

    def extra_repr(self):
        sizes = f"{self.num_embeddings}, {self.embedding_dim}"
        return sizes if self.padding_idx is None else f"{sizes}, padding_idx={self.padding_idx}"
