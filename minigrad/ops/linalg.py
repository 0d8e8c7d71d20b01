"""Products of matrices."""

import numpy as np

from ..core import record, rules
from ..core.quiet import restore, silence
from ..core.tensor import Tensor
from .promotion import check_tensor, refuse_bools
from .elementwise import broadcasting, factor
from .indexing import diagonal
from .norms import vector_norm
from .reductions import floating, sum
from .shape import expand, reshape, squeeze, unsqueeze

__all__ = "addmm bmm cdist dot matmul mm mv outer trace".split()


def matmul(input, other):
    """Multiply matrices over the last two axes; the leading ones broadcast.

    A vector is a row or a column: (n,) @ (n,) gives a number, (b, n, m) @ (m, k) gives (b, n, k).
    RuntimeError if the inner lengths, the leading axes or the dtypes do not match, or an operand is
    0-d; TypeError unless both are tensors.
    """
    if isinstance(input, Tensor) and isinstance(other, Tensor):
        x = input._array
        y = other._array
        if x.ndim == y.ndim == 2 and x.shape[1] == y.shape[0]:
            if x.dtype is y.dtype and x.dtype.kind == "f":
                return _matmul_of_two_matrices(input, other, x, y)
    _check_matmul(input, other)
    if other.ndim == 1:
        return squeeze(matmul(input, unsqueeze(other, -1)), -1)
    if input.ndim == 1:
        return squeeze(matmul(unsqueeze(input, 0), other), -2)
    if input.ndim > 2 and other.ndim == 2 and input.numel():
        # one large product instead of many small ones
        product = rules.matmul(reshape(input, (-1, input.shape[-1])), other)
        return reshape(product, (*input.shape[:-1], other.shape[-1]))
    return broadcasting(rules.matmul, input, other)


def _matmul_of_two_matrices(input, other, x, y):
    """Return the recorded product of two floating matrices, by the shortest way."""
    alarms = silence()
    try:
        out = x.dot(y)
    finally:
        restore(alarms)
    return record.recorded(rules.matmul, out, (x, y), (input._node, other._node), {})


def _check_matmul(input, other):
    """Raise the errors of `matmul`."""
    check_tensor("matmul", input, other)
    x = input.shape
    y = other.shape
    if input.dtype != other.dtype:
        raise RuntimeError(
            f"matmul(): both operands need one dtype, got {input.dtype} and {other.dtype}; "
            "use .to()"
        )
    if not x or not y or x[-1] != y[-2 if len(y) > 1 else 0]:
        raise RuntimeError(
            f"matmul(): shapes {x} and {y} cannot be multiplied; "
            "the last length of the first must be the second-to-last of the other"
        )
    if input.numel() and other.numel():
        refuse_bools("matmul", input)


def mm(input, mat2):
    """Return the product of two matrices; RuntimeError for other ranks."""
    return matmul(*_with_ranks("mm", (input, 2), (mat2, 2)))


def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    """Return `beta * input + alpha * (mat1 @ mat2)`; RuntimeError unless all have one dtype."""
    check_tensor("addmm", input, mat1, mat2)
    if input.dtype != mat1.dtype:
        raise RuntimeError(f"addmm(): input is {input.dtype} but mat1 is {mat1.dtype}; use .to()")
    beta = factor("addmm", "beta", beta, input.dtype)
    alpha = factor("addmm", "alpha", alpha, input.dtype)
    product = mm(mat1, mat2)
    if not beta:  # then a NaN in the input does not matter
        input = rules.where(np.zeros((), bool), input, np.zeros((), input.dtype))
    return expand(input, product.shape) * beta + product * alpha


def bmm(input, mat2):
    """Multiply two batches of matrices; RuntimeError for other ranks or different batch sizes."""
    _with_ranks("bmm", (input, 3), (mat2, 3))
    if input.shape[0] != mat2.shape[0]:
        raise RuntimeError(f"bmm(): the batches of {input.shape} and {mat2.shape} differ in size")
    return matmul(input, mat2)


def mv(input, vec):
    """Return the product of a matrix and a vector; RuntimeError for other ranks."""
    refuse_bools("mv", input)
    return matmul(*_with_ranks("mv", (input, 2), (vec, 1)))


def dot(input, tensor):
    """Return the inner product of two vectors; RuntimeError for other ranks."""
    return matmul(*_with_ranks("dot", (input, 1), (tensor, 1)))


def outer(input, vec2):
    """Return the matrix of the products of two vectors' elements; RuntimeError for other ranks."""
    _with_ranks("outer", (input, 1), (vec2, 1))
    return unsqueeze(input, 1) * vec2


def trace(input):
    """Return the sum of the diagonal of a matrix; RuntimeError for another rank."""
    _with_ranks("trace", (input, 2))
    refuse_bools("trace", input)
    return sum(diagonal(input))


_COMPUTE_MODES = (
    "use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist"
)  # fmt: skip


def cdist(x1, x2, p=2.0, compute_mode="use_mm_for_euclid_dist_if_necessary"):
    """Return the p-norm distances of all rows of (..., n, d) from all of (..., m, d): (..., n, m).

    They are computed from the differences, the most exact way, whatever the `compute_mode`.
    RuntimeError for a negative `p` and for rows of different lengths, ValueError for a
    `compute_mode` that PyTorch does not have.
    """
    check_tensor("cdist", x1, x2)
    if not isinstance(compute_mode, str) or compute_mode not in _COMPUTE_MODES:
        raise ValueError(
            f"cdist(): compute_mode must be one of {_COMPUTE_MODES}, not {compute_mode!r}"
        )
    floating("cdist", x1)
    if x1.dtype != x2.dtype:
        raise RuntimeError(
            f"cdist(): x1 is {x1.dtype} but x2 is {x2.dtype}; convert one with .to()"
        )
    if not p >= 0:
        raise RuntimeError(f"cdist(): p must not be negative, got {p}")
    if x1.ndim < 2 or x2.ndim < 2 or x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(f"cdist(): rows of {x1.shape} and {x2.shape} must be of one length")
    return vector_norm("cdist", unsqueeze(x1, -2) - unsqueeze(x2, -3), p, -1, keepdim=False)


def _with_ranks(name, *operands):
    """Return the tensors of pairs (tensor, rank); RuntimeError for one of another rank."""
    for operand, ndim in operands:
        check_tensor(name, operand)
        if operand.ndim != ndim:
            raise RuntimeError(
                f"{name}(): expected {ndim} axes, got a tensor of shape {operand.shape}"
            )
    return [operand for operand, _ in operands]
