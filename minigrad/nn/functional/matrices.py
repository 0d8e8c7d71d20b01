"""Arrays as matrices, and the sums of their rows and columns.

The sums are products with ones, which BLAS takes 3 to 10 times as fast as `np.add.reduce` adds.
"""

import functools
import math

import numpy as np


@functools.lru_cache
def _ones(n, dtype):
    return np.ones(n, dtype)


def as_matrix(x):
    """(..., n) as a matrix with rows of n."""
    return x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def row_sums(matrix):
    """The sum of each row, as a column."""
    return matrix.dot(_ones(matrix.shape[1], matrix.dtype))[:, None]


def column_sums(x):
    """The sum of each column of (..., n), as a vector."""
    matrix = as_matrix(x)
    return _ones(len(matrix), matrix.dtype).dot(matrix)
