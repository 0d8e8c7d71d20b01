"""Gradient descent: a gradient by differences, the walk, and how many steps it takes.

Belongs to lesson 04, gradient descent.

A function f takes an array of float64 and returns one number. Its gradient is an array of the same
shape: the slope of f for each element, if this element is moved and no other.

One step of gradient descent goes from a point to point - rate * gradient(point).

No function may change the arrays that it gets. Parts B and C do not need the earlier parts.
"""

import numpy as np


# %% Part A (2 points)
def numerical_gradient(f, point, h=1e-5):
    """The gradient of f at the point, by central differences: an array of the point's shape.

    The point may have any number of axes. In the lesson one direction was moved; here each element
    is moved on its own, by h up and by h down.
    """
    slopes = np.zeros(point.shape)
    for place in np.ndindex(point.shape):
        # BEGIN SOLUTION A: set slopes[place] to the slope of f for the element at this place
        above = point.copy()
        below = point.copy()
        above[place] += h
        below[place] -= h
        slopes[place] = (f(above) - f(below)) / (2 * h)
        # END SOLUTION
    return slopes


# %% Part B (2 points)
def walk(gradient, start, rate, steps):
    """The path of gradient descent: a list of steps + 1 arrays, the first equal to start.

    gradient is a function: gradient(point) is an array of the point's shape. All arrays of the list
    are different objects, so a later step does not change an earlier one.
    """
    # BEGIN SOLUTION B: return the list of all points, start and end included
    path = [start.copy()]
    for _ in range(steps):
        point = path[-1]
        path.append(point - rate * gradient(point))
    return path
    # END SOLUTION


# %% Part C (2 points)
def steps_needed(curvatures, rate, shrink):
    """Steps at this rate until the distance to the minimum is at most 1/shrink of the first.

    The loss is quadratic, and curvatures, shape (n,), has the curvature of each of n directions at
    right angles (all above 0). The distance counts as 1/shrink of the first when the part in *each*
    direction is. Return a whole number, at least 1, or np.inf if some part does not shrink. shrink
    is above 1. If the rate brings all parts to exactly 0, the answer is 1.
    """
    # BEGIN SOLUTION C: return the number of steps, or np.inf
    slowest = np.max(np.abs(1 - rate * curvatures))
    if slowest >= 1:
        return np.inf
    if slowest == 0:
        return 1
    return int(np.ceil(np.log(shrink) / -np.log(slowest)))
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import Wrong, answer, check, compare  # noqa: E402

HINTS = {
    "A": [
        "Two points are needed for each element: equal to point, but for the element at `place`, "
        "which is h more in one and h less in the other.",
        "Copy the point before you move an element: `above = point.copy()`. If point itself is "
        "moved, the next element starts from a wrong place. Then (f(above) - f(below)) / (2 * h).",
        "above = point.copy()\nabove[place] += ...\n(the same for below, with -=)\n"
        "slopes[place] = (... - ...) / (2 * h)",
    ],
    "B": [
        "Keep all points: begin with a list of one point, a copy of start, and append one point "
        "for each step.",
        "The next point is the last of the list, minus rate times its gradient. `point -= ...` "
        "changes the array that is already in the list; `point - ...` makes a new array.",
        "path = [start.copy()]\nfor _ in range(...):\n    point = path[-1]\n"
        "    path.append(... - ... * gradient(...))\nreturn path",
    ],
    "C": [
        "One step multiplies the part of the distance in a direction by 1 minus rate times its "
        "curvature. Which direction is the last to arrive?",
        "Call the largest absolute value of these factors q. At q >= 1 something does not shrink. "
        "Else solve q**n = 1 / shrink for n, and go up to the next whole number.",
        "q = np.max(np.abs(1 - ...))\nif q >= 1: return np.inf\nif q == 0: return 1\n"
        "return int(np.ceil(np.log(...) / -np.log(...)))",
    ],
}
_UP = "above = point.copy()\nabove[place] += h\n"
_DOWN = "below = point.copy()\nbelow[place] -= h\n"
_FACTOR = "q = np.max(np.abs(1 - rate * curvatures))\n"
_LIMITS = "if q >= 1:\n    return np.inf\nif q == 0:\n    return 1\n"
_COUNT = "return int(np.ceil(np.log(shrink) / -np.log(q)))"
_LOOP = "path = [start.copy()]\nfor _ in range(steps):\n    "
RIGHT = {
    "one_copy": (
        "A",
        "moved = np.array(point)\nmoved[place] += h\nup = f(moved)\n"
        "moved[place] = point[place] - h\nslopes[place] = (up - f(moved)) / (2 * h)",
    ),
    "direction": (
        "A",
        "d = np.zeros_like(point)\nd[place] = h\n"
        "slopes[place] = (f(point + d) - f(point - d)) / (2 * h)",
    ),
    "two_sums": (
        "A",
        "for sign in (1, -1):\n    moved = point.copy()\n    moved[place] += sign * h\n"
        "    slopes[place] += sign * f(moved) / h / 2",
    ),
    "generator": (
        "A",
        "def at(by):\n    flat = point.ravel().tolist()\n"
        "    flat[int(np.ravel_multi_index(place, point.shape)) if place else 0] += by\n"
        "    return f(np.reshape(flat, point.shape))\n\n"
        "slopes[place] = 0.5 * sum(s * at(s * h) for s in (1, -1)) / h",
    ),
    "longdouble": (
        "A",
        "ends = [point.astype(np.longdouble) for _ in '12']\nends[0][place] += h\n"
        "ends[1][place] -= h\n"
        "slopes[place] = np.subtract(*map(f, ends)) / np.longdouble(2 * h)",
    ),
    "accumulate": (
        "B",
        "from itertools import accumulate\n"
        "next_one = lambda point, _: point - rate * gradient(point)\n"
        "return list(accumulate(range(steps), next_one, initial=start))",
    ),
    "recursion": (
        "B",
        "if steps == 0:\n    return [start]\npath = walk(gradient, start, rate, steps - 1)\n"
        "return path + [path[-1] - rate * gradient(path[-1])]",
    ),
    "one_array": (
        "B",
        "path = np.empty((steps + 1, *start.shape))\npath[0] = start\n"
        "for i in range(steps):\n    path[i + 1] = path[i] - rate * gradient(path[i])\n"
        "return list(path)",
    ),
    "in_place_on_copies": (
        "B",
        "path, point = [], start.copy()\nfor _ in range(steps):\n"
        "    path.append(point.copy())\n    point -= rate * gradient(point)\n"
        "return path + [point]",
    ),
    "generator_of_points": (
        "B",
        "def points():\n    point = start\n    yield point\n    for _ in range(steps):\n"
        "        point = np.subtract(point, np.multiply(rate, gradient(point)))\n"
        "        yield point\n\nreturn tuple(points())",
    ),
    "nested_lists": (
        "B",
        "path = [start.tolist()]\nwhile len(path) <= steps:\n    here = np.array(path[-1])\n"
        "    path.append((here - rate * gradient(here)).tolist())\nreturn path",
    ),
    "tensors": (
        "B",
        "import minigrad as mg\npath = [mg.tensor(start)]\nfor _ in range(steps):\n"
        "    path.append(path[-1] - rate * mg.tensor(gradient(path[-1].numpy())))\n"
        "return path",
    ),
    "float32": (
        "B",
        "point = start.astype(np.float32)\npath = [point]\nfor _ in range(steps):\n"
        "    point = (point - rate * gradient(point)).astype(np.float32)\n"
        "    path.append(point)\nreturn path",
    ),
    "simulated": (
        "C",
        "q = np.abs(1 - rate * curvatures)\nif q.max() >= 1:\n    return float('inf')\n"
        "parts, steps = q.copy(), 1\nwhile np.any(parts > 1 / shrink):\n    parts *= q\n"
        "    steps += 1\nreturn steps",
    ),
    "math": (
        "C",
        "import math\nq = max(abs(1 - rate * a) for a in curvatures.tolist())\nif q >= 1:\n"
        "    return math.inf\nreturn math.ceil(math.log(shrink, 1 / q)) if q else 1",
    ),
    "each_direction": (
        "C",
        "with np.errstate(divide='ignore'):\n"
        "    logs = np.log(np.abs(1 - rate * curvatures))\nif np.any(logs >= 0):\n"
        "    return np.inf\nreturn np.maximum(np.ceil(-np.log(shrink) / logs), 1).max()",
    ),
    "ends_of_the_range": (
        "C",
        "q = max(abs(1 - rate * curvatures.min()), abs(1 - rate * curvatures.max()))\n"
        "if not q < 1:\n    return np.inf\nn = 1\nwhile q**n > 1 / shrink:\n    n += 1\n"
        "return np.int64(n)",
    ),
    "recursion_of_steps": (
        "C",
        "q = np.max(np.abs(1 - rate * curvatures))\nif q >= 1:\n    return np.inf\n\n"
        "def more(part):\n    return 0 if part * shrink <= 1 else 1 + more(part * q)\n\n"
        "return 1 + more(q)",
    ),
}
WRONG = {
    "forward": ("A", _UP + "slopes[place] = (f(above) - f(point)) / h", "forward"),
    "backward": ("A", _DOWN + "slopes[place] = (f(point) - f(below)) / h", "backward"),
    "without_2": ("A", _UP + _DOWN + "slopes[place] = (f(above) - f(below)) / h", "2 in 2 h"),
    "without_h": ("A", _UP + _DOWN + "slopes[place] = (f(above) - f(below)) / 2", "divided by 2"),
    "brackets": ("A", _UP + _DOWN + "slopes[place] = (f(above) - f(below)) / 2 * h", "brackets"),
    "downhill": ("A", _UP + _DOWN + "slopes[place] = (f(below) - f(above)) / (2 * h)", "sign"),
    "all_moved": (
        "A",
        "slopes[place] = (f(point + h) - f(point - h)) / (2 * h)",
        "all elements are moved at once",
    ),
    "direction": (
        "A",
        "d = np.eye(point.size)[place]\n"
        "slopes[place] = (f(point + h * d) - f(point - h * d)) / (2 * h)",
        "one number",
    ),
    "not_put_back": (
        "A",
        "before = f(point - 0.0)\npoint[place] += h\nslopes[place] = (f(point) - before) / h",
        "point",
    ),
    "same_array": (
        "A",
        "above = point\nabove[place] += h\nup = f(above)\nabove[place] -= 2 * h\n"
        "slopes[place] = (up - f(above)) / (2 * h)",
        "point",
    ),
    "other_h": (
        "A",
        "h = 1e-5\n" + _UP + _DOWN + "slopes[place] = (f(above) - f(below)) / (2 * h)",
        "h that is given",
    ),
    "absolute": (
        "A",
        _UP + _DOWN + "slopes[place] = abs(f(above) - f(below)) / (2 * h)",
        "the sign is lost",
    ),
    "equal_elements": (
        "A",
        "d = h * (point == point[place])\nslopes[place] = (f(point + d) - f(point - d)) / (2 * h)",
        "all elements of the same value",
    ),
    "flat_point": (
        "A",
        "flat = np.zeros(point.size)\nflat[np.ravel_multi_index(place, point.shape)] = h\n"
        "slopes[place] = (f(point.ravel() + flat) - f(point.ravel() - flat)) / (2 * h)",
        "f got an array of shape",
    ),
    "at_least_one_step": (
        "B",
        "path = [start, start - rate * gradient(start)]\nfor _ in range(steps - 1):\n"
        "    path.append(path[-1] - rate * gradient(path[-1]))\nreturn path",
        "0 steps",
    ),
    "one_list_for_all_calls": (
        "B",
        "path = globals().setdefault('path', [])\npath.append(start.copy())\n"
        "for _ in range(steps):\n    path.append(path[-1] - rate * gradient(path[-1]))\n"
        "return path",
        "an earlier call",
    ),
    "ascends": (
        "B",
        _LOOP + "path.append(path[-1] + rate * gradient(path[-1]))\nreturn path",
        "uphill",
    ),
    "one_less": (
        "B",
        "path = [start.copy()]\nfor _ in range(steps - 1):\n"
        "    path.append(path[-1] - rate * gradient(path[-1]))\nreturn path",
        "one step too few",
    ),
    "one_more": (
        "B",
        "path = [start.copy()]\nfor _ in range(steps + 1):\n"
        "    path.append(path[-1] - rate * gradient(path[-1]))\nreturn path",
        "one step too many",
    ),
    "without_start": (
        "B",
        "path = []\npoint = start\nfor _ in range(steps):\n"
        "    point = point - rate * gradient(point)\n    path.append(point)\nreturn path",
        "start is missing",
    ),
    "end_only": (
        "B",
        "point = start\nfor _ in range(steps):\n    point = point - rate * gradient(point)\n"
        "return point",
        "only the end",
    ),
    "old_gradient": (
        "B",
        "g = gradient(start)\n" + _LOOP + "path.append(path[-1] - rate * g)\nreturn path",
        "gradient of the start",
    ),
    "without_rate": (
        "B",
        _LOOP + "path.append(path[-1] - gradient(path[-1]))\nreturn path",
        "rate",
    ),
    "from_start": (
        "B",
        _LOOP + "path.append(start - rate * gradient(path[-1]))\nreturn path",
        "from the start",
    ),
    "in_place": (
        "B",
        "point = start.copy()\npath = [point]\nfor _ in range(steps):\n"
        "    point -= rate * gradient(point)\n    path.append(point)\nreturn path",
        "one array",
    ),
    "start_changed": (
        "B",
        "path = [start.copy()]\nfor _ in range(steps):\n"
        "    start -= rate * gradient(start)\n    path.append(start.copy())\nreturn path",
        "start",
    ),
    "no_absolute": (
        "C",
        "q = np.max(1 - rate * curvatures)\n" + _LIMITS + "q = abs(q)\n" + _COUNT,
        "absolute",
    ),
    "fastest": ("C", _FACTOR.replace("np.max", "np.min") + _LIMITS + _COUNT, "fastest"),
    "steepest": (
        "C",
        "q = abs(1 - rate * np.max(curvatures))\n" + _LIMITS + _COUNT,
        "largest curvature",
    ),
    "flattest": (
        "C",
        "q = abs(1 - rate * np.min(curvatures))\n" + _LIMITS + _COUNT,
        "smallest curvature",
    ),
    "one_down": (
        "C",
        _FACTOR + _LIMITS + "return max(1, int(np.log(shrink) / -np.log(q)))",
        "rounded down",
    ),
    "one_up": (
        "C",
        _FACTOR + _LIMITS + "return int(np.log(shrink) / -np.log(q)) + 1",
        "exactly 1/shrink",
    ),
    "below": (
        "C",
        _FACTOR + _LIMITS + "n = 1\nwhile q**n >= 1 / shrink:\n    n += 1\nreturn n",
        "exactly 1/shrink",
    ),
    "unrounded": ("C", _FACTOR + _LIMITS + "return np.log(shrink) / -np.log(q)", "whole number"),
    "never": ("C", _FACTOR + _COUNT, "np.inf"),
    "at_the_limit": (
        "C",
        _FACTOR + _LIMITS.replace(">=", ">") + "if q == 1:\n    return 1\n" + _COUNT,
        "np.inf",
    ),
    "limit_taken_in": ("C", _FACTOR + _LIMITS.replace(">=", ">") + _COUNT, "nothing shrinks"),
    "of_the_loss": (
        "C",
        _FACTOR + _LIMITS + "return int(np.ceil(np.log(shrink) / -np.log(q**2)))",
        "of the loss",
    ),
    "always_1000": (
        "C",
        _FACTOR + _LIMITS + _COUNT.replace("shrink", "1000"),
        "shrink that is given",
    ),
    "best_rate": (
        "C",
        "rate = 2 / (np.min(curvatures) + np.max(curvatures))\n" + _FACTOR + _LIMITS + _COUNT,
        "best rate",
    ),
}


def cubic(point):
    """The sum of weight * element**3: not quadratic, and each element has a slope of its own."""
    return float(np.sum(weights_like(point) * point**3))


def weights_like(point):
    places = np.arange(point.size).reshape(point.shape)
    return (1.0 + places) * (-1.0) ** places


@answer
def gradients(point, h):
    """What central differences give for the cubic, (3 x^2 + h^2) times the weight, and mistakes."""
    w = weights_like(point)
    right = w * (3 * point**2 + h**2)
    forward = w * (3 * point**2 + 3 * point * h + h**2)
    backward = w * (3 * point**2 - 3 * point * h + h**2)
    same = np.array([right[point == value].sum() for value in point.ravel()])
    return right, {
        "forward": ("this is a forward difference: use point - h, too", forward),
        "backward": ("this is a backward difference: use point + h, too", backward),
        "without_2": ("the 2 in 2 h is missing: the two points are 2 h apart", 2 * right),
        "without_h": ("divided by 2, and not by 2 h", h * right),
        "brackets": ("brackets are missing: / 2 * h multiplies by h", h * h * right),
        "all_moved": (
            "all elements are moved at once: move only one",
            np.full(point.shape, right.sum()),
        ),
        "absolute": ("the sign is lost: f may fall where an element grows", np.abs(right)),
        "equal": (
            "all elements of the same value are moved at once: move the one at `place`",
            same.reshape(point.shape),
        ),
        "other_h": ("use the h that is given", w * (3 * point**2 + 1e-10)),
        "direction": (
            "np.eye(point.size)[place] is one number in a table, no direction: move an element of "
            "a copy",
            np.eye(*point.shape) * right.sum() if point.ndim == 2 else 0.0,
        ),
    }


def compare_slopes(m, call, point, *h):
    """Compare the gradient of the cubic, and look at what f got."""
    before, shapes = point.copy(), set()

    def f(moved):
        shapes.add(moved.shape)
        return cubic(moved)

    right, mistakes = gradients(before, *(h or (1e-5,)))
    got = m.numerical_gradient(f, point, *h)
    same_after(point, before, call)
    for shape in shapes - {point.shape}:
        raise Wrong(f"f got an array of shape {shape}: it needs one of the point's shape", call)
    compare(call, got, right, rtol=1e-6 if h else 1e-7, **mistakes)


def same_after(point, before, call):
    if not np.array_equal(point, before):
        raise Wrong("the point is changed: move a copy of it", call)


@check("A", points=1, inplace=True)
def gradient_of_a_table(m, rng):
    point = rng.uniform(0.5, 1.5, (2, 3))
    call = "numerical_gradient(f, point, 0.125) for a point of shape (2, 3)"
    compare_slopes(m, call, point, 0.125)
    call = "numerical_gradient(f, np.array([[1.0, 2.0, 1.0], [2.0, 2.0, 1.0]]), 0.125)"
    compare_slopes(m, call, np.array([[1.0, 2.0, 1.0], [2.0, 2.0, 1.0]]), 0.125)


@check("A", points=1, inplace=True)
def gradient_of_a_list_and_with_the_usual_h(m, rng):
    point = rng.uniform(0.5, 1.5, 4)
    compare_slopes(m, "numerical_gradient(f, point) for a point of shape (4,)", point)


@answer
def paths(curvature, start, rate, steps):
    """The walk down a valley with its minimum at 1, and the mistakes that it can have."""

    def walked(step, sign=-1):
        path = [start]
        for _ in range(steps):
            path.append(path[-1] + sign * step * curvature * (path[-1] - 1))
        return np.array(path)

    slope = curvature * (start - 1)
    restarted = [start]
    for _ in range(steps):
        restarted.append(start - rate * curvature * (restarted[-1] - 1))
    mistakes = {
        "ascends": ("this walks uphill: subtract the gradient", walked(rate, 1)),
        "without_rate": ("the rate is missing", walked(1)),
    }
    if steps > 1:
        mistakes["old_gradient"] = (
            "the gradient of the start is used for all steps",
            np.array([start - n * rate * slope for n in range(steps + 1)]),
        )
        mistakes["from_start"] = ("each step begins from the start", np.array(restarted))
    return walked(rate), mistakes


def check_length(got, right, call):
    length = f"{len(got)} points, expected {len(right)}"
    if len(got) == len(right) - 1 and np.allclose(got, right[1:]):
        raise Wrong("start is missing: it is the first point of the path", call, [length])
    if len(got) == len(right) - 1:
        raise Wrong("one step too few", call, [length])
    if len(got) == len(right) + 1:
        raise Wrong("one step too many", call, [length])
    if len(got) != len(right):
        raise Wrong("wrong number of points", call, [length])


def compare_walk(m, rng, shape, rate, steps):
    curvature, start = rng.uniform(0.5, 2, shape), rng.uniform(2, 3, shape)
    before = start.copy()
    right, mistakes = paths(curvature, start, rate, steps)
    call = f"walk(gradient, start, {rate}, {steps})"

    def gradient(point):
        return curvature * (point - 1)

    got = m.walk(gradient, start, rate, steps)
    if not np.array_equal(start, before):
        raise Wrong("start is changed: work with a copy", call)
    if not isinstance(got, list | tuple | np.ndarray):
        raise Wrong("expected a list of arrays", call, [f"got {got!r:.60}"])
    if len(got) > len(right) and len({np.shape(point) for point in got}) > 1:
        raise Wrong("the path of an earlier call is still there: begin a new list", call)
    if np.shape(got) == shape and np.allclose(got, right[-1]):
        raise Wrong("this is only the end of the path: return a list of all points", call)
    check_length(got, right, call)
    if steps > 1 and np.allclose(got, got[0]) and np.allclose(got[0], right[-1]):
        why = "all points are one array, changed in place: make a new one in each step"
        raise Wrong(why, call)
    compare(call, np.array(got), right, **mistakes)


@check("B", points=1, inplace=True)
def the_path_of_four_steps(m, rng):
    compare_walk(m, rng, (3,), 0.25, 4)


@check("B", points=1, inplace=True)
def the_path_of_a_table(m, rng):
    compare_walk(m, rng, (2, 2), 0.4, 2)
    got = m.walk(lambda point: point, np.ones(2), 0.1, 0)
    call = "walk(gradient, np.ones(2), 0.1, 0)"
    if np.shape(got) == (2, 2):
        raise Wrong("after 0 steps the path has one point, the start", call)
    compare(call, np.array(got), np.ones((1, 2)))


@answer
def counts(curvatures, rate, shrink):
    """The steps that are needed, the slowest factor, and the mistakes that the steps can have."""

    def count(q, shrink):
        return np.inf if q >= 1 else 1 if q == 0 else int(np.ceil(np.log(shrink) / -np.log(q)))

    factors = 1 - rate * np.array(curvatures)
    q = np.abs(factors).max()
    best = 2 / (min(curvatures) + max(curvatures))
    at_best = count(max(abs(1 - best * a) for a in curvatures), shrink)
    mistakes = {
        "no_absolute": (
            "only the smallest curvature counts here: take the absolute values of all factors",
            count(abs(factors.max()), shrink),
        ),
        "fastest": (
            "this is the fastest direction: wait for the slowest",
            count(np.abs(factors).min(), shrink),
        ),
        "steepest": (
            "only the largest curvature is used",
            count(abs(1 - rate * max(curvatures)), shrink),
        ),
        "best_rate": ("this is for the best rate: use the rate that is given", at_best),
    }
    if 0 < q < 1:
        exact = np.log(shrink) / -np.log(q)
        mistakes["always_1000"] = (
            "this is for 1/1000: use the shrink that is given",
            count(q, 1000),
        )
        mistakes["one_down"] = ("rounded down: after so many steps it is not yet there", int(exact))
        mistakes["unrounded"] = ("expected a whole number", exact)
        mistakes["of_the_loss"] = (
            "this is for 1/shrink of the loss, not of the distance",
            count(q**2, shrink),
        )
        if exact == int(exact):
            mistakes["one_up"] = ("exactly 1/shrink of the distance is enough", int(exact) + 1)
    finite = {name: told for name, told in mistakes.items() if np.isfinite(told[1])}
    return count(q, shrink), q, finite


def compare_count(m, curvatures, rate, shrink):
    right, q, mistakes = counts(curvatures, rate, shrink)
    call = f"steps_needed(np.array({curvatures}), {rate}, {shrink})"
    try:
        got = m.steps_needed(np.array(curvatures), rate, shrink)
    except OverflowError:  # shrink is divided by the logarithm of 1
        if q != 1:
            raise
        raise Wrong("where |1 - r c| = 1, nothing shrinks: expected np.inf", call) from None
    if np.isinf(right) and not (np.ndim(got) == 0 and got == np.inf):
        raise Wrong("expected np.inf: a part of the distance does not shrink", call, [f"got {got}"])
    compare(call, got, right, **mistakes)


@check("C", points=1)
def steps_for_given_curvatures(m, rng):
    compare_count(m, [1.0, 3.0, 6.0], 0.3, 500.0)
    compare_count(m, [1.0, 3.0, 9.0], 0.18, 100.0)
    compare_count(m, [1.0, 8.0], 0.24, 1000.0)
    compare_count(m, [1.0, 1.0], 0.5, 4.0)
    compare_count(m, [1.0, 2.0, 300.0], 0.004, 50.0)


@check("C", points=1)
def no_arrival_and_at_once(m, rng):
    compare_count(m, [1.0, 5.0], 0.5, 100.0)
    compare_count(m, [1.0, 4.0], 0.5, 100.0)
    compare_count(m, [2.0, 2.0], 0.5, 100.0)


@check("A", points=0, hidden=True, inplace=True)
def gradient_of_other_shapes(m, rng):
    for shape in ((), (1,), (2, 1, 3)):
        point = np.array(rng.uniform(0.5, 1.5, shape))
        compare_slopes(m, f"numerical_gradient for shape {shape}", point, 0.01)


@check("B", points=0, hidden=True, inplace=True)
def paths_of_other_lengths(m, rng):
    compare_walk(m, rng, (2,), 0.1, 1)
    compare_walk(m, rng, (1, 3), 0.3, 7)


@check("C", points=0, hidden=True)
def steps_of_other_valleys(m, rng):
    compare_count(m, [0.1], 1.0, 10.5)
    compare_count(m, [1.0, 2.0, 300.0], 0.004, 50.0)
    compare_count(m, [1.0], 0.999, 2.0)
    compare_count(m, [1.0, 300.0], 0.01, 50.0)
