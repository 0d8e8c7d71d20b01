"""Probability distributions: samples, log-probabilities, entropies, divergences.

The module is loaded when it is first asked for. Samples come from minigrad's generator, which
`manual_seed` makes repeatable.
"""

import functools
import math
import numbers

import numpy as np

from . import absent
from .autograd import enable_grad
from .core.tensor import Tensor
from .dtypes import finfo, get_default_dtype
from .nn.functional import binary_cross_entropy_with_logits, softplus
from .ops import full, log, log1p, sigmoid, softmax, tensor, where
from .ops.arguments import size_of
from .random import bernoulli, multinomial, normal, randn

# What must hold of parameters and values: in words, and as a function that gives booleans.
REAL = ("real", lambda x: x == x)
POSITIVE = ("positive", lambda x: x > 0)
IN_UNIT = ("in [0, 1]", lambda x: (x >= 0) & (x <= 1))
SIMPLEX = ("probabilities of sum 1", lambda x: (x >= 0).all(-1) & ((x.sum(-1) - 1).abs() < 1e-6))
BINARY = ("0 or 1", lambda x: (x == 0) | (x == 1))


class _lazy(functools.cached_property):
    """A property that is computed when it is first read, and recorded even under `no_grad`."""

    def __get__(self, instance, owner=None):
        with enable_grad():
            return super().__get__(instance, owner)


def _broadcast(name, *values):
    """Return tensors and numbers as tensors of one shape."""
    if not all(isinstance(x, (Tensor, numbers.Real)) for x in values):
        raise ValueError(f"{name}: its parameters must be numbers or tensors, not {values}")
    dtypes = [x.dtype for x in values if isinstance(x, Tensor)]
    dtype = dtypes[0] if dtypes else get_default_dtype()
    tensors = [x if isinstance(x, Tensor) else tensor(x, dtype=dtype) for x in values]
    shapes = [x.shape for x in tensors]
    try:
        return [x.expand(np.broadcast_shapes(*shapes)) for x in tensors]
    except ValueError:
        raise RuntimeError(f"{name}: the shapes {shapes} do not broadcast") from None


class Distribution:
    """The base of all distributions: independent ones in `batch_shape`, each over `event_shape`.

    Parameters and values are checked unless `validate_args` is False.
    """

    has_rsample = False
    _validate_args = __debug__
    _parameters = {}  # what must hold of each
    _support = REAL  # what must hold of a value

    def __init__(self, batch_shape=(), event_shape=(), validate_args=None):
        self._batch_shape = tuple(batch_shape)
        self._event_shape = tuple(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        for name, wanted in self._parameters.items():
            if self._validate_args and name in vars(self):
                self._require(f"the parameter {name}", vars(self)[name], *wanted)

    @staticmethod
    def set_default_validate_args(value):
        """Choose whether arguments are checked where a distribution does not say it itself."""
        if value not in (True, False):
            raise ValueError(f"set_default_validate_args(): value must be a bool, not {value!r}")
        Distribution._validate_args = value

    batch_shape = property(lambda self: self._batch_shape, doc="The shape of the parameters.")
    event_shape = property(lambda self: self._event_shape, doc="The shape of one sample.")
    stddev = property(lambda self: self.variance.sqrt(), doc="The standard deviation.")

    def __getattr__(self, name):
        raise absent.AbsentName(type(self).__name__, name, dir(self))

    def __repr__(self):
        known = {name: vars(self)[name] for name in self._parameters if name in vars(self)}
        shown = [f"{k}: {x if x.numel() == 1 else x.shape}" for k, x in known.items()]
        return f"{type(self).__name__}({', '.join(shown)})"

    def _refuse(self, name):
        raise NotImplementedError(f"{type(self).__name__} has no {name}")

    mean = property(lambda self: self._refuse("mean"), doc="The expected value.")
    mode = property(lambda self: self._refuse("mode"), doc="The most probable value.")
    variance = property(lambda self: self._refuse("variance"), doc="The variance.")

    def expand(self, batch_shape, _instance=None):
        """Refuse: NotImplementedError."""
        self._refuse("expand(); make it anew from parameters that are expanded")

    def sample(self, sample_shape=()):
        """Draw from it `sample_shape` times, without gradient: sample, batch and event shape."""
        return self.rsample(sample_shape).detach()

    def rsample(self, sample_shape=()):
        """Draw as `sample`, as a differentiable function of the parameters."""
        self._refuse("rsample(), for its samples are no differentiable function; see sample()")

    def log_prob(self, value):
        """Return the logarithm of the density or, for integers, the probability at `value`."""
        self._refuse("log_prob()")

    def entropy(self):
        """Return the entropy in nats, in the batch shape."""
        self._refuse("entropy()")

    def _extended_shape(self, sample_shape=()):
        return (*size_of("sample", sample_shape), *self._batch_shape, *self._event_shape)

    def _require(self, what, value, wanted, holds):
        if not holds(value.detach()).all():
            raise ValueError(f"{self}: {what} of shape {value.shape} must be {wanted}: {value}")

    def _validate_sample(self, value):
        """Raise ValueError unless `value` is a tensor that the distribution can draw."""
        if not self._validate_args:
            return
        if not isinstance(value, Tensor):
            raise ValueError(f"{self}: the value must be a Tensor, not {type(value).__name__}")
        try:
            np.broadcast_shapes(value.shape, self._batch_shape)
        except ValueError:
            raise ValueError(f"{self}: a value of shape {value.shape} does not broadcast") from None
        self._require("the value", value, *self._support)


class Normal(Distribution):
    """The normal distribution of mean `loc` and standard deviation `scale`, which broadcast.

    ValueError unless `scale` is positive, and for a `loc` that is NaN; RuntimeError for shapes that
    do not broadcast. `loc` and `scale` are attributes, as tensors of one shape.

    >>> import minigrad as mg
    >>> mg.distributions.Normal(0.0, 2.0).log_prob(mg.tensor(1.0))
    tensor(-1.7371)
    """

    has_rsample = True
    _parameters = {"loc": REAL, "scale": POSITIVE}

    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = _broadcast("Normal", loc, scale)
        super().__init__(self.loc.shape, validate_args=validate_args)

    mean = mode = property(lambda self: self.loc, doc="`loc`, in the batch shape.")
    stddev = property(lambda self: self.scale, doc="`scale`, in the batch shape.")
    variance = property(lambda self: self.scale**2, doc="`scale` squared, in the batch shape.")

    def sample(self, sample_shape=()):
        shape = self._extended_shape(sample_shape)
        return normal(self.loc.detach().expand(shape), self.scale.detach().expand(shape))

    def rsample(self, sample_shape=()):
        shape = self._extended_shape(sample_shape)
        return self.loc + randn(shape, dtype=self.loc.dtype) * self.scale

    def log_prob(self, value):
        self._validate_sample(value)
        z = -((value - self.loc) ** 2) / (2 * self.scale**2)
        return z - log(self.scale) - math.log(2 * math.pi) / 2

    def entropy(self):
        return 0.5 + math.log(2 * math.pi) / 2 + log(self.scale)


def _given(distribution, probs, logits):
    """Return the name and value of the one that is given; ValueError for both or neither."""
    if (probs is None) == (logits is None):
        raise ValueError(f"{type(distribution).__name__}: give either probs or logits, not both")
    return ("probs", probs) if logits is None else ("logits", logits)


def _inside(probs):
    eps = finfo(probs.dtype).eps
    return probs.clamp(eps, 1 - eps)


class Bernoulli(Distribution):
    """1 with the probability `probs` = sigmoid(`logits`), else 0, in their dtype.

    ValueError for `probs` outside [0, 1], for `logits` that are NaN, and unless exactly one of the
    two is given.

    >>> import minigrad as mg
    >>> mg.distributions.Bernoulli(0.5).log_prob(mg.tensor([0.0, 1.0]))
    tensor([-0.6931, -0.6931])
    """

    _parameters = {"probs": IN_UNIT, "logits": REAL}
    _support = BINARY

    def __init__(self, probs=None, logits=None, validate_args=None):
        name, given = _given(self, probs, logits)
        (given,) = _broadcast("Bernoulli", given)
        vars(self)[name] = given
        super().__init__(given.shape, validate_args=validate_args)

    @_lazy
    def probs(self):
        """The probability of 1."""
        return sigmoid(self.logits)

    @_lazy
    def logits(self):
        """log(probs / (1 - probs)), finite also for 0 and 1."""
        return log(_inside(self.probs)) - log1p(-_inside(self.probs))

    mean = property(lambda self: self.probs, doc="The probability of 1.")
    variance = property(lambda self: self.probs * (1 - self.probs), doc="probs * (1 - probs).")

    @property
    def mode(self):
        """The more probable value, NaN if there is none."""
        p = self.probs
        return where(p == 0.5, math.nan, (p >= 0.5).to(p.dtype))

    def sample(self, sample_shape=()):
        return bernoulli(self.probs.detach().expand(self._extended_shape(sample_shape)))

    def log_prob(self, value):
        self._validate_sample(value)
        pair = _broadcast("Bernoulli.log_prob", self.logits, value)
        return -binary_cross_entropy_with_logits(*pair, reduction="none")

    def entropy(self):
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")


class Categorical(Distribution):
    """An integer from 0 up to but without K, with K `probs` or `logits` along the last axis.

    Both are normalized: probs to the sum 1, logits to logarithms of such probabilities. ValueError
    for `probs` that are negative or all 0, for NaN, without an axis, and unless exactly one of the
    two is given; AttributeError for one that is not a tensor.

    >>> import minigrad as mg
    >>> mg.distributions.Categorical(mg.tensor([1.0, 3.0])).probs
    tensor([0.2500, 0.7500])
    """

    _parameters = {"probs": SIMPLEX, "logits": REAL}

    def __init__(self, probs=None, logits=None, validate_args=None):
        name, given = _given(self, probs, logits)
        if not isinstance(given, Tensor):
            raise AttributeError(f"Categorical: needs a Tensor, not {type(given).__name__}")
        if given.ndim < 1:
            raise ValueError(f"Categorical: {name} must have at least one axis")
        if name == "probs":
            self.probs = given / given.sum(-1, keepdim=True)
        else:
            self.logits = given - given.logsumexp(-1, keepdim=True)
        self._count = given.shape[-1]
        super().__init__(given.shape[:-1], validate_args=validate_args)

    @_lazy
    def probs(self):
        """The probabilities, (..., K)."""
        return softmax(self.logits, -1)

    @_lazy
    def logits(self):
        """The logarithms of the probabilities, (..., K), finite also for 0."""
        return log(_inside(self.probs))

    @property
    def _support(self):
        last = self._count - 1
        return f"an integer from 0 to {last}", lambda x: (x % 1 == 0) & (x >= 0) & (x <= last)

    @property
    def mean(self):
        """NaN, for the numbers of classes have no mean."""
        return full(self._extended_shape(), math.nan, dtype=self.probs.dtype)

    variance = mean
    mode = property(lambda self: self.probs.argmax(-1), doc="The most probable class.")

    def sample(self, sample_shape=()):
        shape = self._extended_shape(sample_shape)
        rows = self.probs.detach().reshape(math.prod(self._batch_shape), self._count)
        return multinomial(rows, math.prod(sample_shape), True).T.reshape(shape)

    def log_prob(self, value):
        self._validate_sample(value)
        index, _ = _broadcast("Categorical.log_prob", value.long(), self.logits[..., 0])
        logits = self.logits.expand((*index.shape, self._count))
        return logits.gather(-1, index.unsqueeze(-1)).squeeze(-1)

    def entropy(self):
        least = finfo(self.logits.dtype).min
        return -(self.logits.clamp(min=least) * self.probs).sum(-1)


class Independent(Distribution):
    """A name only, refused here: the constructor raises NotImplementedError."""

    def __init__(self, base_distribution, reinterpreted_batch_ndims, validate_args=None):
        self._refuse("form here; sum log_prob() and entropy() of the base over the last axes")


class MultivariateNormal(Distribution):
    """A name only, refused here: the constructor raises NotImplementedError."""

    def __init__(
        self, loc, covariance_matrix=None, precision_matrix=None, scale_tril=None,
        validate_args=None
    ):  # fmt: skip
        self._refuse("form here; with a diagonal covariance it is Normal, summed over the axis")


def _kl_of_normals(p, q):
    ratio = (p.scale / q.scale) ** 2
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale) ** 2 - 1 - log(ratio))


def _kl_of_bernoullis(p, q):
    one = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    zero = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    one = where(p.probs == 0, 0.0, where(q.probs == 0, math.inf, one))
    return one + where(p.probs == 1, 0.0, where(q.probs == 1, math.inf, zero))


def _kl_of_categoricals(p, q):
    each = where(q.probs == 0, math.inf, p.probs * (p.logits - q.logits))
    return where(p.probs == 0, 0.0, each).sum(-1)


_KL = {Normal: _kl_of_normals, Bernoulli: _kl_of_bernoullis, Categorical: _kl_of_categoricals}


def kl_divergence(p, q):
    """Return the divergence sum(p * log(p / q)) of two distributions of one kind, batch by batch.

    NotImplementedError for two of different kinds. Kullback and Leibler 1951.
    """
    for kind, divergence in _KL.items():
        if isinstance(p, kind) and isinstance(q, kind):
            return divergence(p, q)
    kinds = f"{type(p).__name__} from {type(q).__name__}"
    raise NotImplementedError(f"kl_divergence(): there is none of {kinds}, only of like from like")


__getattr__ = absent.getattr_of("minigrad.distributions", globals())
