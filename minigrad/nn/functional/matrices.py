"""Arrays as matrices."""

import functools
import math

import numpy as np


def as_matrix(x):
    """(..., n) as a matrix with rows of n."""
    return x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


@functools.lru_cache
def starts_of_rows(rows, columns):
    """Where the rows of a matrix start when its elements are counted one after the other."""
    return np.arange(0, rows * columns, columns)


def row_maxima(matrix):
    """The largest number of each row, NaN if it has one, as a column.

    NumPy finds where it is in a third of the time that it takes to find what it is.
    """
    return matrix.take(matrix.argmax(1) + starts_of_rows(*matrix.shape))[:, None]
