"""Layers with parameters: fully connected, convolutions, normalisation, embedding."""

import math

import numpy as np

from ..device import checked_device
from ..dtypes import get_default_dtype, supported
from ..tensor import wrap
from . import functional as F
from . import init
from .functional.checks import check_kind, check_tensors
from .module import Module, Parameter, overwrite

__all__ = "BatchNorm1d BatchNorm2d Conv2d ConvTranspose2d Embedding LayerNorm Linear".split()


def new_parameter(owner, shape, device=None, dtype=None):
    """A parameter of a layer of the class `owner`, whose values are still to be set.

    TypeError for lengths that are no integers, RuntimeError for negative ones and for a device but "cpu".
    """
    checked_device(owner, device)
    for length in shape:
        check_kind(owner, int, **{"a length": length})
    if min(shape, default=0) < 0:
        raise RuntimeError(f"{owner}(): a parameter cannot have shape {shape}: no length may be negative")
    dtype = get_default_dtype() if dtype is None else supported(dtype, f"{owner}()")
    return Parameter(wrap(np.empty(shape, dtype)))


class Affine(Module):
    """What layers with a `weight` and a `bias` share; each is None where its shape is."""

    def _add_parameters(self, weight, bias, device=None, dtype=None):
        owner = type(self).__name__
        for name, shape in (("weight", weight), ("bias", bias)):
            parameter = None if shape is None else new_parameter(owner, shape, device, dtype)
            self.register_parameter(name, parameter)
        self.reset_parameters()

    def reset_parameters(self):
        """Draw weight and bias anew, uniform in [-k, k], k = 1 / sqrt(fan_in)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))  # the gain is then sqrt(1/3)
        if self.bias is not None:
            bound = 1 / math.sqrt(init.fans(self.weight)["fan_in"] or math.inf)
            init.uniform_(self.bias, -bound, bound)

    def _shown(self, options):
        values = {"bias": getattr(self, "bias", None) is not None}
        return ", ".join(f"{option}={values.get(option, getattr(self, option))}" for option in options.split())


class Linear(Affine):
    """y = x @ weight.T + bias, from (..., in_features) to (..., out_features), weight (out_features, in_features).

    >>> import minigrad as mg
    >>> mg.nn.Linear(63, 10)(mg.zeros(32, 63)).shape
    (32, 10)
    """

    def __init__(self, in_features, out_features, bias=True, device=None, dtype=None):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self._add_parameters((out_features, in_features), (out_features,) if bias else None, device, dtype)

    def forward(self, input):
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self):
        return self._shown("in_features out_features bias")


def _of_both_axes(value):
    """A value for both axes as two; what else is wrong with it, the function says that takes it."""
    return tuple(value) if isinstance(value, (tuple, list)) else value if isinstance(value, str) else (value, value)


class Conv2d(Affine):
    """`nn.functional.conv2d` with a learned weight (out_channels, in_channels / groups, kh, kw) and bias.

    ValueError for `groups` below 1 or that do not divide both channels, for a padding of another name than "valid"
    and "same", and for "same" with a stride; NotImplementedError for a `padding_mode` other than "zeros".
    """

    _function = staticmethod(F.conv2d)

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True,
        padding_mode="zeros", device=None, dtype=None
    ):  # fmt: skip
        if padding_mode in ("reflect", "replicate", "circular"):
            raise NotImplementedError(f"Conv2d(): padding_mode={padding_mode!r} is not supported, only 'zeros'")
        strided = _of_both_axes(stride) != (1, 1)
        if isinstance(padding, str) and padding not in (("valid",) if strided else ("valid", "same")):
            raise ValueError(f"Conv2d(): padding must be numbers, 'valid', or 'same' with stride 1, not {padding!r}")
        options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        self._build(in_channels, out_channels, kernel_size, options)
        weight = (out_channels, in_channels // groups, *self.kernel_size)
        self._complete(weight, bias, padding_mode, device, dtype)

    def _build(self, in_channels, out_channels, kernel_size, options):
        """Keep the options, one that is a number for both axes as two."""
        super().__init__()
        groups = options["groups"]
        name = type(self).__name__
        check_kind(name, float, in_channels=in_channels, out_channels=out_channels, groups=groups)
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"{name}(): {in_channels} in and {out_channels} out channels must be divisible by groups={groups}"
            )
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = _of_both_axes(kernel_size)
        self._options = tuple(options)
        for option, value in options.items():
            setattr(self, option, value if option == "groups" else _of_both_axes(value))

    def _complete(self, weight, bias, padding_mode, device, dtype):
        if padding_mode != "zeros":
            raise ValueError(f"{type(self).__name__}(): padding_mode must be 'zeros', not {padding_mode!r}")
        self.padding_mode = padding_mode
        self._add_parameters(weight, (self.out_channels,) if bias else None, device, dtype)

    def forward(self, input):
        return self._function(input, self.weight, self.bias, **{name: vars(self)[name] for name in self._options})

    def extra_repr(self):
        usual = {"padding": (0, 0), "dilation": (1, 1), "output_padding": (0, 0), "groups": 1, "bias": True}
        options = {**{name: vars(self)[name] for name in self._options}, "bias": self.bias is not None}
        others = [f", {name}={options[name]}" for name in usual if options.get(name, usual[name]) != usual[name]]
        sizes = f"{self.in_channels}, {self.out_channels}, {self._shown('kernel_size')}, stride={options['stride']}"
        return "".join([sizes, *others])


class ConvTranspose2d(Conv2d):
    """`nn.functional.conv_transpose2d` with a learned weight (in_channels, out_channels / groups, kh, kw) and bias.

    ValueError for `groups` below 1 or that do not divide both channels, and for a `padding_mode` but "zeros".
    """

    _function = staticmethod(F.conv_transpose2d)

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1, bias=True,
        dilation=1, padding_mode="zeros", device=None, dtype=None
    ):  # fmt: skip
        options = {"stride": stride, "padding": padding, "output_padding": output_padding, "groups": groups}
        options["dilation"] = dilation
        self._build(in_channels, out_channels, kernel_size, options)
        weight = (in_channels, out_channels // groups, *self.kernel_size)
        self._complete(weight, bias, padding_mode, device, dtype)


class LayerNorm(Affine):
    """`nn.functional.layer_norm` with a learned weight and bias of `normalized_shape`, an integer or several."""

    def __init__(self, normalized_shape, eps=1e-5, elementwise_affine=True, bias=True, device=None, dtype=None):
        super().__init__()
        shape = tuple(normalized_shape) if isinstance(normalized_shape, (tuple, list)) else (normalized_shape,)
        self.normalized_shape, self.eps, self.elementwise_affine = shape, eps, elementwise_affine
        weight = shape if elementwise_affine else None
        self._add_parameters(weight, weight if bias else None, device, dtype)

    def reset_parameters(self):
        """Begin with weight 1 and bias 0."""
        for name, parameter in self.named_parameters():
            init.constant_(parameter, name == "weight")

    def forward(self, input):
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return f"{self.normalized_shape}, {self._shown('eps elementwise_affine bias')}"


class BatchNorm1d(Affine):
    """`nn.functional.batch_norm` of (N, C) or (N, C, L), with learned weight and bias and running statistics.

    Without `track_running_stats` the batch's statistics serve in evaluation too; with `momentum=None` the running
    ones are plain averages over all batches. ValueError for an input of other axes.
    """

    _ranks = (2, 3)

    def __init__(
        self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True, device=None, dtype=None,
        *, bias=True
    ):  # fmt: skip
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        shape = tuple(num_features) if isinstance(num_features, (tuple, list)) else (num_features,)
        weight = shape if affine else None
        self._add_parameters(weight, weight if bias else None, device, dtype)
        for name, value in (("running_mean", 0), ("running_var", 1)):
            start = new_parameter(type(self).__name__, shape, device, dtype).detach()
            init.constant_(start, value)
            self.register_buffer(name, start if track_running_stats else None)
        self.register_buffer("num_batches_tracked", wrap(np.array(0)) if track_running_stats else None)

    reset_parameters = LayerNorm.reset_parameters

    def forward(self, input):
        check_tensors(type(self).__name__, input=input)
        if input.ndim not in self._ranks:
            raise ValueError(f"{type(self).__name__}: the axes of {input.shape} must be {self._ranks} in number")
        momentum = 0.0 if self.momentum is None else self.momentum
        if self.training and self.track_running_stats:
            overwrite(self.num_batches_tracked, self.num_batches_tracked._array + 1)
            momentum = 1 / self.num_batches_tracked.item() if self.momentum is None else momentum
        by_batch = self.training or self.running_mean is None
        running = (self.running_mean, self.running_var) if self.track_running_stats or not by_batch else (None, None)
        return F.batch_norm(input, *running, self.weight, self.bias, by_batch, momentum, self.eps)

    def extra_repr(self):
        return f"{self.num_features}, {self._shown('eps momentum affine bias track_running_stats')}"


class BatchNorm2d(BatchNorm1d):
    """`BatchNorm1d` for images (N, C, H, W)."""

    _ranks = (4,)


class Embedding(Affine):
    """A table of `num_embeddings` rows of `embedding_dim`, looked up by index: (...) to (..., embedding_dim).

    Rows start standard normal; that of `padding_idx` is 0 and stays so. AssertionError if there is no such row.
    """

    def __init__(self, num_embeddings, embedding_dim, padding_idx=None, *, device=None, dtype=None):
        super().__init__()
        if padding_idx is not None:
            check_kind("Embedding", int, num_embeddings=num_embeddings, padding_idx=padding_idx)
            assert -num_embeddings <= padding_idx < num_embeddings, "padding_idx must be within num_embeddings"
            padding_idx %= num_embeddings
        self.num_embeddings, self.embedding_dim, self.padding_idx = num_embeddings, embedding_dim, padding_idx
        self._add_parameters((num_embeddings, embedding_dim), None, device, dtype)

    def reset_parameters(self):
        """Draw the rows anew."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            init.zeros_(self.weight.detach()[self.padding_idx])

    def forward(self, input):
        return F.embedding(input, self.weight, self.padding_idx)

    def extra_repr(self):
        padding = "" if self.padding_idx is None else f", {self._shown('padding_idx')}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
