"""The differentiable operations, a family a file, each forward beside its gradient rules."""

from . import methods
from .creation import arange, as_tensor, from_numpy, full, ones, ones_like, tensor, zeros, zeros_like
from .elementwise import (
    abs,
    add,
    clone,
    div,
    eq,
    exp,
    ge,
    gt,
    le,
    log,
    lt,
    maximum,
    minimum,
    mul,
    ne,
    neg,
    positive,
    pow,
    relu,
    sigmoid,
    sign,
    sqrt,
    sub,
    tanh,
    where,
)
from .indexing import gather
from .linalg import matmul
from .reductions import (
    amax,
    amin,
    argmax,
    argmin,
    log_softmax,
    logsumexp,
    max,
    mean,
    min,
    softmax,
    sum,
    var,
)
from .shape import cat, flatten, permute, reshape, squeeze, stack, t, transpose, unsqueeze
