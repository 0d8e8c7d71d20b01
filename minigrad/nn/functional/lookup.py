"""The look-up of rows in a table, behind every embedding."""

import numpy as np

from ...core.tensor import wrap
from ...ops import where
from ...ops.indexing import read
from .checks import check_kind, check_tensors, check_usual


def check_options(name, max_norm, norm_type, scale_grad_by_freq, sparse):
    """Refuse what an embedding does in PyTorch beyond looking up: renormalise, scale, be sparse."""
    if max_norm is not None:
        check_kind(name, float, max_norm=max_norm)
    check_kind(name, float, norm_type=norm_type)
    check_kind(name, bool, scale_grad_by_freq=scale_grad_by_freq, sparse=sparse)
    check_usual(
        name,
        max_norm=(max_norm, None),
        norm_type=(norm_type, 2.0),
        scale_grad_by_freq=(scale_grad_by_freq, False),
        sparse=(sparse, False),
    )


def embedding(
    input, weight, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False,
    sparse=False
):  # fmt: skip
    """Return the rows of `weight` (V, D) at the indices `input`: from (...) to (..., D).

    The indices are int64 or int32. The row `padding_idx` gets no gradient. TypeError unless both
    are tensors, RuntimeError for other dtypes and ranks, IndexError for an index outside [0, V),
    AssertionError for a `padding_idx` outside; NotImplementedError for `max_norm`, for another
    `norm_type`, for `scale_grad_by_freq` and for `sparse`.

    >>> import minigrad as mg
    >>> embedding(mg.tensor([2, 0]), mg.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    tensor([[5., 6.],
            [1., 2.]])
    """
    check_tensors("embedding", input=input, weight=weight)
    check_options("embedding", max_norm, norm_type, scale_grad_by_freq, sparse)
    if padding_idx is not None and weight.ndim and not -len(weight) <= padding_idx < len(weight):
        raise AssertionError(
            f"embedding(): padding_idx {padding_idx} is no row of a weight {weight.shape}"
        )
    index = input._array
    if weight.ndim != 2 or index.dtype not in (np.int64, np.int32):
        raise RuntimeError(
            "embedding(): needs int64 indices and a (V, D) weight, "
            f"not {index.dtype}, {weight.shape}"
        )
    rows = weight.shape[0]
    if index.size and not (0 <= index.min() and index.max() < rows):
        raise IndexError(
            f"embedding(): an index lies outside [0, {rows - 1}], the rows of weight {weight.shape}"
        )
    out = read(weight, index=(index,))
    if padding_idx is not None:
        out = where(wrap(index == padding_idx % rows).unsqueeze(-1), out.detach(), out)
    return out
