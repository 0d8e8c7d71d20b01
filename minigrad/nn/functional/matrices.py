"""Arrays as matrices."""

import math


def as_matrix(x):
    """(..., n) as a matrix with rows of n."""
    return x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])
