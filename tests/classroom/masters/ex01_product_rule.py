"""The product rule: what a backward rule of a product is.

Belongs to lesson 05, back-propagation.
"""

import numpy as np  # noqa: F401


# %% Part A (2 points)
def mul_backward(g, a, b):
    """Gradients of sum(g * (a * b)) for a and b. All arrays have one shape."""
    # BEGIN SOLUTION A: return a pair, the gradient for a first
    return g * b, g * a
    # END SOLUTION


# %% Part B (1 point)
def bias_row(g):
    """The gradient for a bias that was added to every row."""
    # BEGIN SOLUTION B: add up what the rows hand back
    return g.sum(axis=0)
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import answer, check, compare  # noqa: E402

HINTS = {"A": ["one", "two", "three"], "B": ["ein", "zwei", "drei"]}
RIGHT = {
    "lists": ("A", "return (g * b).tolist(), (g * a).tolist()"),
    "one_array": ("A", "return np.einsum('nd,knd->knd', g, [b, a])"),
    "float32": ("A", "g = g.astype(np.float32)\nreturn [g * b.astype(np.float32), g * a.astype(np.float32)]"),
    "named_tuple": ("A", "from collections import namedtuple\nreturn namedtuple('Slopes', 'a b')(b * g, a * g)"),
    "tensors": ("A", "import minigrad as mg\nreturn tuple(mg.tensor(g) * mg.tensor(v) for v in (b, a))"),
    "product_with_ones": ("B", "return np.ones(len(g)) @ g"),
    "loop": ("B", "total = 0.0\nfor row in g:\n    total = total + row\nreturn total"),
    "columns": ("B", "return [sum(column) for column in zip(*g.tolist())]"),
    "longdouble": ("B", "return np.add.reduce(g.astype(np.longdouble))"),
    "tensor": ("B", "import minigrad as mg\nreturn mg.tensor(g).sum(dim=0)"),
}
WRONG = {
    "sign": ("A", "return -g * b, -g * a", "sign"),
    "swapped": ("A", "return g * a, g * b", "swapped"),
    "mean": ("B", "return g.mean(axis=0)", "0.2 x expected"),
    "columns": ("B", "return g.sum(axis=1)", "wrong shape"),
}


@answer
def slopes(g, a, b):
    return g * b, g * a


@answer
def column_sums(g):
    return g.sum(axis=0)


@check("A", points=2)
def product_rule(m, rng):
    g, a, b = rng.standard_normal((3, 5, 4))
    for_a, for_b = slopes(g, a, b)
    swapped = ("the gradient for a must come first", (for_b, for_a))
    got = m.mul_backward(g, a, b)
    compare("mul_backward(g, a, b)", got, (for_a, for_b), swapped=swapped)


@check("B", points=1)
def sum_over_rows(m, rng):
    g = rng.standard_normal((5, 4))
    compare("bias_row(g)", m.bias_row(g), column_sums(g))


@check("B", points=0, hidden=True)
def one_row(m, rng):
    g = rng.standard_normal((1, 4))
    compare("bias_row(g)", m.bias_row(g), g[0])
