"""What the pictures share: colours that colour-blind readers tell apart, new axes, values as arrays."""

import numpy as np

from ..tensor import Tensor

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#6B6B6B"
MORE = ("#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")  # the rest of Okabe and Ito's, but yellow


def new_axes(width=6.4, height=4.4):
    """The only Axes of a new Figure of that size in inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained").add_subplot()


def array_of(values):
    """The values of a tensor, a list or an array, as an array."""
    return values.detach().numpy() if isinstance(values, Tensor) else np.asarray(values)
