"""The tape: the rule of a division, broadcasting undone, and the order in which backward works.

Belongs to lesson 05, back-propagation.

Backward takes the gradient of one number L with respect to the result of an operation to the
gradients with respect to its inputs, operation by operation, from the end. You write a rule (part
A), what a rule needs where an input was repeated by broadcasting (part B), and the walk from the
end to the beginning (part C). The parts do not use each other.
"""

import numpy as np


# %% Part A (1 point)
def div_backward(g, a, b):
    """For c = a / b and g = dL/dc: the pair (dL/da, dL/db), in the shape of all the arrays."""
    # BEGIN SOLUTION A: return a pair of arrays, the gradient with respect to a first
    return g / b, -g * a / b**2
    # END SOLUTION


# %% Part B (2 points)
def unbroadcast(g, shape):
    """The gradient of an input of this shape that was broadcast to the shape of the array g.

    Broadcasting repeats an input: along new axes in front, and along axes where its own length is
    1. Each copy has a gradient in g, and the input's gradient is the sum of those of its copies.
    Returns an array of exactly `shape`, a tuple, which may have fewer axes than g; (3,), (1, 3) and
    (2, 1) may have become (2, 3), and () any shape. Where nothing was repeated, g comes back.
    """
    # BEGIN SOLUTION B: sum g over the axes in front that shape lacks, and where shape has a 1
    g = np.sum(g, axis=tuple(range(len(g.shape) - len(shape))))
    stretched = tuple(axis for axis, length in enumerate(shape) if length == 1)
    return np.sum(g, axis=stretched, keepdims=True)
    # END SOLUTION


# %% Part C (4 points)
class Var:
    """A number and how it was made: `inputs` are pairs of a Var and the slope of `value` for it.

    The lesson keeps a rule in place of the slope. Here a share is the gradient times the slope.
    """

    def __init__(self, value, *inputs):
        self.value, self.inputs, self.grad = value, inputs, 0.0

    def __add__(x, y):
        return Var(x.value + y.value, (x, 1.0), (y, 1.0))

    def __mul__(x, y):
        return Var(x.value * y.value, (x, y.value), (y, x.value))

    def exp(x):
        return Var(np.exp(x.value), (x, np.exp(x.value)))


def backward(end):
    """Set `.grad` of `end`, and of each Var it was made of, to the derivative of end.value for it.

    Every `.grad` is 0.0 before. A Var with several users gets the sum of what they hand back, and
    hands it on once, when all of them have added their share: each Var comes after all of its
    users. To hand on once for each path would take 2**100 steps after y = y + y, 100 times. No
    computation here is a chain of more than 200 operations, so that a function that calls itself is
    fine. Returns nothing.
    """
    # BEGIN SOLUTION C: find an order with every Var after its inputs, then go back from its end
    order, seen = [], set()

    def visit(var):
        if var not in seen:
            seen.add(var)
            for x, _ in var.inputs:
                visit(x)
            order.append(var)

    visit(end)
    end.grad = 1.0
    for var in reversed(order):
        for x, slope in var.inputs:
            x.grad += var.grad * slope
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import answer, check, compare  # noqa: E402

HINTS = {
    "A": [
        "In the lesson each rule multiplies g by the slope of the result for that input. Which "
        "slopes has a / b?",
        "dc/da = 1 / b, and dc/db = -a / b**2: the derivative of 1 / b is -1 / b**2. Multiply g "
        "by each.",
        "return g / ..., -g * ...",
    ],
    "B": [
        "An input that is used in five places gets five gradients, and its own is their sum. A "
        "copy is a use.",
        "np.ndim(g) - len(shape) axes are new; they are in front. Afterwards both have as many "
        "axes, and where shape "
        "has a 1, sum with keepdims=True. An empty tuple as axis sums over no axis at all.",
        "g = np.sum(g, axis=tuple(range(...)))\n"
        "return np.sum(g, axis=tuple(i for i, n in enumerate(shape) if ...), keepdims=True)",
    ],
    "C": [
        "A Var may hand its gradient on only when it is complete. In which order of the Vars is "
        "that always so?",
        "Depth first: visit(var) visits the inputs, then appends var to a list, unless it has "
        "been there before. Read the list from its end: x.grad += var.grad * slope for each "
        "pair (x, slope) in var.inputs. dL/dL = 1.",
        "def visit(var):\n    if var not in seen:\n        seen.add(var)\n        ...\n"
        "        order.append(var)\n\n"
        "visit(end)\nend.grad = ...\nfor var in reversed(order):\n    ...",
    ],
}
_ORDER = (
    "order = []\n\n"
    "def visit(var):\n"
    "    if var not in order:\n"
    "        for x, _ in var.inputs:\n"
    "            visit(x)\n"
    "        order.append(var)\n\n"
    "visit(end)\n"
)
_WALK = "for var in reversed(order):\n    for x, slope in var.inputs:\n        "
RIGHT = {
    "product": (
        "A",
        "slope = 1 / b\nreturn g * slope, -g * a * slope * slope",
    ),
    "of_the_quotient": (
        "A",
        "first = np.divide(g, b)\nreturn [first, -first * a / b]",
    ),
    "named_tuple": (
        "A",
        "from collections import namedtuple\nPair = namedtuple('Pair', 'a b')\n"
        "return Pair(a=g / b, b=-(g * a) * b**-2.0)",
    ),
    "tensors": (
        "A",
        "import minigrad as mg\nx, y = (mg.tensor(v, requires_grad=True) for v in (a, b))\n"
        "(x / y).backward(mg.tensor(g))\nreturn x.grad, y.grad",
    ),
    "nested_lists": (
        "A",
        "def rule(g, a, b):\n    if isinstance(g, float):\n"
        "        return g / b, -g * a / b**2\n"
        "    pairs = [rule(*three) for three in zip(g, a, b)]\n"
        "    return [p[0] for p in pairs], [p[1] for p in pairs]\n\n"
        "return rule(g.tolist(), a.tolist(), b.tolist())",
    ),
    "float32": (
        "A",
        "g, a, b = (v.astype(np.float32) for v in (g, a, b))\nreturn g / b, -g * a / np.square(b)",
    ),
    "axis_by_axis": (
        "B",
        "while np.ndim(g) > len(shape):\n    g = g.sum(axis=0)\n"
        "for axis, n in enumerate(shape):\n    if n == 1:\n"
        "        g = g.sum(axis=axis, keepdims=True)\nreturn g",
    ),
    "reshaped": (
        "B",
        "padded = (1,) * (g.ndim - len(shape)) + tuple(shape)\n"
        "axes = tuple(i for i, n in enumerate(padded) if n == 1)\n"
        "return g.sum(axis=axes).reshape(shape)",
    ),
    "add_at": (
        "B",
        "total = np.zeros(shape)\n"
        "places = np.broadcast_to(np.arange(total.size).reshape(shape), g.shape)\n"
        "np.add.at(total.reshape(-1), places.ravel(), g.ravel())\nreturn total",
    ),
    "bincount": (
        "B",
        "n = int(np.prod(shape))\n"
        "places = np.broadcast_to(np.arange(n).reshape(shape), g.shape)\n"
        "return np.bincount(places.ravel(), g.ravel(), minlength=n).reshape(shape)",
    ),
    "loop": (
        "B",
        "total = np.zeros(shape)\nnew = g.ndim - len(shape)\n"
        "for place in np.ndindex(g.shape):\n"
        "    at = tuple(0 if n == 1 else i for i, n in zip(place[new:], shape))\n"
        "    total[at] += g[place]\nreturn total",
    ),
    "einsum": (
        "B",
        "axes = list(range(g.ndim))\nnew = g.ndim - len(shape)\n"
        "kept = [i for i in axes if i >= new and shape[i - new] != 1]\n"
        "return np.einsum(g, axes, kept).reshape(shape)",
    ),
    "tensor": (
        "B",
        "import minigrad as mg\nx = mg.zeros(shape, dtype=mg.float64, requires_grad=True)\n"
        "(x * mg.tensor(g)).sum().backward()\nreturn x.grad.numpy()",
    ),
    "kahn": (
        "C",
        "users, todo = {}, [end]\nseen = {end}\nfor var in todo:\n"
        "    for x, _ in var.inputs:\n        users[x] = users.get(x, 0) + 1\n"
        "        if x not in seen:\n            seen.add(x)\n            todo.append(x)\n"
        "end.grad, ready = 1.0, [end]\nfor var in ready:\n    for x, slope in var.inputs:\n"
        "        x.grad += var.grad * slope\n        users[x] -= 1\n"
        "        if users[x] == 0:\n            ready.append(x)",
    ),
    "graphlib": (
        "C",
        "from graphlib import TopologicalSorter\ngraph, todo = {}, [end]\nwhile todo:\n"
        "    var = todo.pop()\n    if var not in graph:\n"
        "        graph[var] = [x for x, _ in var.inputs]\n        todo += graph[var]\n"
        "end.grad = 1.0\n"
        "for var in reversed(list(TopologicalSorter(graph).static_order())):\n"
        "    for x, slope in var.inputs:\n        x.grad += var.grad * slope",
    ),
    "heights": (
        "C",
        "height = {}\n\ndef visit(var):\n    if var not in height:\n"
        "        height[var] = 1 + max((visit(x) for x, _ in var.inputs), default=0)\n"
        "    return height[var]\n\nvisit(end)\nend.grad = 1.0\n"
        "for var in sorted(height, key=height.get, reverse=True):\n"
        "    for x, slope in var.inputs:\n        x.grad += var.grad * slope",
    ),
    "stack": (
        "C",
        "order, done, stack = [], set(), [(end, False)]\nwhile stack:\n"
        "    var, left = stack.pop()\n    if left:\n        order.append(var)\n"
        "    elif var not in done:\n        done.add(var)\n"
        "        stack.append((var, True))\n"
        "        stack.extend((x, False) for x, _ in var.inputs)\nend.grad = np.float64(1)\n"
        "while order:\n    var = order.pop()\n    for x, slope in var.inputs:\n"
        "        x.grad = x.grad + slope * var.grad",
    ),
    "asked_for": (
        "C",
        "users, todo = {end: []}, [end]\nfor var in todo:\n    for x, slope in var.inputs:\n"
        "        if x not in users:\n            users[x] = []\n            todo.append(x)\n"
        "        users[x].append((var, slope))\ndone = {end: 1.0}\n\ndef grad(x):\n"
        "    if x not in done:\n"
        "        done[x] = sum(grad(user) * slope for user, slope in users[x])\n"
        "    return done[x]\n\nfor x in todo:\n    x.grad = grad(x)",
    ),
}
WRONG = {
    "swapped": ("A", "return -g * a / b**2, g / b", "swapped"),
    "sign": ("A", "return g / b, g * a / b**2", "sign"),
    "local": ("A", "return 1 / b, -a / b**2", "derivatives of c"),
    "product": ("A", "return g * b, g * a", "a * b"),
    "no_square": ("A", "return g / b, -g * a / b", "without the square"),
    "one": ("A", "return g / b - g * a / b**2", "expected a pair"),
    "absolute": ("A", "return g / np.abs(b), -g * a / b**2", "below 0"),
    "b_times_absolute_b": ("A", "return g / b, -g * a / (b * np.abs(b))", "below 0"),
    "epsilon": ("A", "return g / (b + 1e-8), -g * a / (b**2 + 1e-8)", "a constant"),
    "one_or_the_other": (
        "B",
        "if np.ndim(g) > len(shape):\n"
        "    return np.sum(g, axis=tuple(range(g.ndim - len(shape))))\n"
        "return np.sum(g, axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)",
        "for g of shape (5, 2, 3)",
    ),
    "rows_of_its_size": (
        "B",
        "if np.ndim(g) > len(shape):\n    n = int(np.prod(shape))\n"
        "    return g.reshape(-1, n).sum(axis=0).reshape(shape)\n"
        "return np.sum(g, axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)",
        "of one size",
    ),
    "mean": (
        "B",
        "g = np.mean(g, axis=tuple(range(np.ndim(g) - len(shape))))\n"
        "return np.mean(g, axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)",
        "mean of the copies",
    ),
    "front": (
        "B",
        "return np.sum(g, axis=tuple(range(np.ndim(g) - len(shape))))",
        "shape",
    ),
    "first_copy": (
        "B",
        "g = g[(0,) * (np.ndim(g) - len(shape))]\nreturn g[tuple(slice(n) for n in shape)]",
        "first copy",
    ),
    "total": (
        "B",
        "return np.broadcast_to(np.sum(g), shape) if g.shape != shape else g",
        "sum of all of g",
    ),
    "overwritten": (
        "C",
        _ORDER + "end.grad = 1.0\n" + _WALK + "x.grad = var.grad * slope",
        "one user",
    ),
    "no_start": ("C", _ORDER + _WALK + "x.grad += var.grad * slope", "end.grad"),
    "forward_order": (
        "C",
        (_ORDER + "end.grad = 1.0\n" + _WALK).replace("reversed(order)", "order")
        + "x.grad += var.grad * slope",
        "order",
    ),
    "by_value": (
        "C",
        _ORDER
        + "end.grad = 1.0\n"
        + _WALK.replace("reversed(order)", "sorted(order, key=lambda var: -var.value)")
        + "x.grad += var.grad * slope",
        "order",
    ),
    "equal_values": (
        "C",
        "values = []\n"
        + _ORDER.replace("var not in order", "var.value not in values").replace(
            "        for x", "        values.append(var.value)\n        for x"
        )
        + "end.grad = 1.0\n"
        + _WALK
        + "x.grad += var.grad * slope",
        "equal values",
    ),
    "too_early": (
        "C",
        "seen = set()\n\n"
        "def hand_back(var):\n"
        "    seen.add(var)\n"
        "    for x, slope in var.inputs:\n"
        "        x.grad += var.grad * slope\n"
        "    for x, _ in var.inputs:\n"
        "        if x not in seen:\n"
        "            hand_back(x)\n\n"
        "end.grad = 1.0\n"
        "hand_back(end)",
        "before it was complete",
    ),
    "remembers": (
        "C",
        "seen = backward.__dict__.setdefault('seen', set())\n"
        + _ORDER.replace("not in order", "not in seen").replace(
            "        order.append(var)",
            "        seen.add(var)\n        order.append(var)",
        )
        + "end.grad = 1.0\n"
        + _WALK
        + "x.grad += var.grad * slope",
        "each call",
    ),
    "breadth_first": (
        "C",
        "end.grad, todo = 1.0, [end]\n"
        "for var in todo:\n"
        "    for x, slope in var.inputs:\n"
        "        x.grad += var.grad * slope\n"
        "        if x not in todo:\n"
        "            todo.append(x)",
        "before it was complete",
    ),
}


@answer
def quotients(g, a, b):
    """The pair of gradients, and the mistakes that it can have, each with its value."""
    right = g / b, -g * a / b**2
    below = "b may be below 0, and so may b * b * b: there is no absolute value in these slopes"
    return right, {
        "swapped": ("the gradient with respect to a must come first", right[::-1]),
        "without_g": (
            "these are the derivatives of c, and not yet those of L",
            (1 / b, -a / b**2),
        ),
        "a_product": ("this is the rule of a * b", (g * b, g * a)),
        "without_the_square": ("the derivative of 1 / b is -1 / b**2", (g / b, -g * a / b)),
        "absolute": (below, (g / np.abs(b), right[1])),
        "absolute_b": (below, (right[0], -g * a / (b * np.abs(b)))),
        "constant": (
            "a constant beside b changes the slope",
            (g / (b + 1e-8), -g * a / (b**2 + 1e-8)),
        ),
    }


@check("A", points=1)
def quotient_rule(m, rng):
    g, a = rng.standard_normal((2, 3, 4))
    b = rng.uniform(0.5, 2, (3, 4)) * np.where(np.eye(3, 4), -1, 1)
    right, mistakes = quotients(g, a, b)
    compare("div_backward(g, a, b)", m.div_backward(g, a, b), right, rtol=1e-5, **mistakes)
    right, mistakes = quotients(g, a, b / 1e4)
    got = m.div_backward(g, a, b / 1e4)
    call = "div_backward(g, a, b) for b near 0.0001"
    compare(call, got, right, rtol=1e-5, **mistakes)


@answer
def sums_of_copies(g, shape):
    """What `unbroadcast` gives, and the mistakes that this can have, each with its value."""
    new = g.ndim - len(shape)
    axes = tuple(range(new)) + tuple(new + i for i, n in enumerate(shape) if n == 1)
    right = g.sum(axis=axes).reshape(shape)
    mistakes = {
        "mean": (
            "the mean of the copies' gradients: it must be their sum",
            g.mean(axis=axes).reshape(shape),
        ),
        "first": (
            "the gradient of the first copy only: add up those of all copies",
            g[(0,) * new][tuple(slice(n) for n in shape)],
        ),
        "everything": (
            "the sum of all of g: add up copies of the same element only",
            np.full(shape, g.sum()),
        ),
    }
    n = right.size
    mistakes["rows"] = (
        "parts of one size are added up: only elements of the same place are copies",
        g.reshape(-1, n).sum(axis=0).reshape(shape),
    )
    return right, mistakes if g.size > n > 1 or new else {}


def compare_sums(m, g, shape):
    right, mistakes = sums_of_copies(g, shape)
    call = f"unbroadcast(g, {shape}) for g of shape {g.shape}"
    compare(call, m.unbroadcast(g, shape), right, **mistakes)


@check("B", points=1)
def new_axes_in_front(m, rng):
    g = rng.standard_normal((5, 2, 3))
    for shape in ((3,), (2, 3), ()):
        compare_sums(m, g, shape)
    compare("unbroadcast(g, g.shape)", m.unbroadcast(g, g.shape), g)


@check("B", points=1)
def axes_of_length_1(m, rng):
    g = rng.standard_normal((2, 3))
    for shape in ((1, 3), (2, 1), (1, 1)):
        compare_sums(m, g, shape)
    g = rng.standard_normal((5, 2, 3))
    for shape in ((1, 3), (2, 1)):
        compare_sums(m, g, shape)


def gradient(name, var, right, **mistakes):
    start = (
        "still 0: nothing arrived here. Is end.grad set first, and is the order from the end to "
        "the beginning?",
        0.0,
    )
    compare(f"{name}.grad", var.grad, right, **mistakes, start=start)


@check("C", points=1)
def each_var_used_once(m, rng):
    values = rng.uniform(0.5, 2, 3)
    a, b, c = (m.Var(value) for value in values)
    product = a * b
    m.backward(product + c.exp())
    called = "after backward(a * b + c.exp()), "
    gradient(
        f"{called}a",
        a,
        values[1],
        swapped=("this is the derivative with respect to b", values[0]),
    )
    gradient(f"{called}(a * b)", product, 1.0)
    gradient(f"{called}c", c, np.exp(values[2]))
    a, b = m.Var(0.5), m.Var(0.5)
    m.backward(a.exp() * b.exp())
    for name, var in (("a", a), ("b", b)):
        same = ("two Vars of equal values are not one Var: keep the Vars themselves", 0.0)
        call = "after a = Var(0.5); b = Var(0.5); backward(a.exp() * b.exp())"
        gradient(f"{call}, {name}", var, np.exp(1.0), same=same)
    a = m.Var(2.0)
    half = a * m.Var(0.25)
    m.backward(half * half)
    gradient("after h = a * Var(0.25), for a = Var(2.0); backward(h * h), a", a, 0.25)


@check("C", points=1)
def several_users(m, rng):
    value = rng.uniform(1.5, 2)
    x = m.Var(value)
    m.backward(x * x + x)
    last = "what one user hands back, here the last user: add up what all of them do"
    one = ("what one of two equal inputs gets: x * x hands back twice", value + 1)
    gradient(
        "after backward(x * x + x), x",
        x,
        2 * value + 1,
        last=(last, value),
        sole=(last, 1.0),
        one=one,
    )
    x = m.Var(value)
    square = x * x
    m.backward(square * square + square)
    s = value**2
    right, text = (
        (2 * s + 1) * 2 * value,
        "x * x handed its gradient on before it was complete: its users come first, all",
    )
    early = {"early": (text, 2 * value), "too_early": (text, (5 * s + 1) * 2 * value)}
    gradient("after s = x * x; backward(s * s + s), x", x, right, **early)
    x = m.Var(value)
    square = x * x
    m.backward(square + square * square)
    early["too_early"] = (text, (3 * s + 3) * 2 * value)
    gradient("after s = x * x; backward(s + s * s), x", x, right, **early)


@check("C", points=1)
def each_var_hands_on_once(m, rng):
    y = x = m.Var(1.0)
    for _ in range(
        100
    ):  # with each user a walk that hands on at once begins anew, and takes twice as long
        y = y + y
    m.backward(y)
    gradient("after 100 times y = y + y, then backward(y), x", x, 2.0**100)


@check("C", points=1)
def each_call_begins_anew(m, rng):
    value = rng.uniform(1.5, 2)
    x = m.Var(value)
    square = x * x
    m.backward(square + square)
    x.grad = square.grad = 0.0
    m.backward(square * square)
    anew = (
        "each call finds its own order: no list outside of backward may keep what an earlier call "
        "wrote"
    )
    gradient(
        "s = x * x; backward(s + s); all .grad set to 0; after backward(s * s), x",
        x,
        4 * value**3,
        kept=(anew, 0.0),
    )
    y = m.Var(value)
    m.backward(y * y)
    expected = "x.grad after backward of something that x is no part of"
    compare(expected, x.grad, 4 * value**3, over=(anew, x.grad))


@check("B", points=0, hidden=True)
def both_at_once(m, rng):
    compare_sums(m, rng.standard_normal((4, 2, 3, 5)), (3, 1))
    compare_sums(m, np.zeros((0, 3)), (1, 3))
    compare_sums(m, rng.standard_normal((2, 1, 3)), (1, 3))


@check("C", points=0, hidden=True)
def a_longer_computation(m, rng):
    weights, value = rng.uniform(-0.01, 0.01, 60), rng.uniform(0.5, 1)
    x = m.Var(value)
    total, power = m.Var(0.0), x
    for weight in weights:  # a polynomial of x, and exp of it
        total, power = total + m.Var(weight) * power, power * x
    m.backward(total.exp())
    powers = np.arange(1, len(weights) + 1)
    slope = np.sum(weights * powers * value ** (powers - 1)) * np.exp(
        np.sum(weights * value**powers)
    )
    gradient("after backward(end) for the exp of a polynomial, x", x, slope)
    alone = m.Var(3.0)
    m.backward(alone)
    gradient("after backward(x), x", alone, 1.0)
