"""The look-up of rows in a table, behind every embedding."""

import numpy as np

from ...core.tensor import wrap
from ...ops import where
from ...ops.indexing import read
from .checks import check_tensors


def embedding(input, weight, padding_idx=None):
    """Return the rows of `weight` (V, D) at the indices `input`: from (...) to (..., D).

    The indices are int64 or int32. The row `padding_idx` gets no gradient. TypeError unless both
    are tensors, RuntimeError for other dtypes and ranks, IndexError for an index outside [0, V),
    AssertionError for a `padding_idx` outside.
    """
    check_tensors("embedding", input=input, weight=weight)
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
