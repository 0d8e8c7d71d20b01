"""Between programs: gradients of several processes, a state from elsewhere, and whether two agree.

Belongs to lesson 30, "What changes on PyTorch?".

A state, or a set of gradients, is a dictionary: a name for each array, such as "0.weight". All
arrays are float64. In PyTorch and minigrad the name of a layer's matrix ends with ".weight", and
its shape is (outputs, inputs). The parts do not use each other. No part may change its arguments.
"""

import numpy as np


# %% Part A (2 points)
def join_gradients(gradients, sizes):
    """The gradient of the mean loss over the whole batch: a dictionary of arrays.

    gradients is a list with a dictionary for each process: the gradients of the mean loss over this
    process's part of the batch. All have the same names and shapes. sizes is a list with the number
    of samples of each part. The parts may have any sizes, and there may be any number of them. A
    part may have 0 samples. Then its gradients are NaN, and it must be left out. At least one part
    has samples.
    """
    # BEGIN SOLUTION A: return the sums, each process's gradient times its share
    n = sum(sizes)
    joined = {}
    for name in gradients[0]:
        pairs = zip(gradients, sizes, strict=True)
        joined[name] = sum(size / n * arrays[name] for arrays, size in pairs if size > 0)
    return joined
    # END SOLUTION


# %% Part B (2 points)
def carry(arrays, names):
    """The state dict for PyTorch or minigrad of another program's arrays: a dictionary.

    arrays holds the other program's arrays by their old names. There a layer's matrix has the shape
    (inputs, outputs), and a bias has the shape (outputs,). names gives for each old name the new
    one: {"hidden/kernel": "0.weight", "hidden/bias": "0.bias"}. A matrix is known by its *new*
    name, which ends with ".weight": new.endswith(".weight") is then True. It must be transposed,
    square or not. Other arrays stay as they are. Raise a ValueError if names and arrays have not
    the same old names, whichever of the two has more.
    """
    # BEGIN SOLUTION B: compare the old names, then return the arrays under their new names
    if set(arrays) != set(names):
        raise ValueError("the old names differ")
    state = {}
    for old, new in names.items():
        state[new] = arrays[old].T if new.endswith(".weight") else arrays[old]
    return state
    # END SOLUTION


# %% Part C (2 points)
def agree(one, other, rtol, atol):
    """Whether two states agree up to rounding: True or False.

    They agree if they have the same names (in any order), if arrays of one name have the same
    shape, and if each number a of `one` and its partner b of `other` differ by at most
    atol + rtol |b|. A NaN agrees with nothing, not even with NaN. Other numbers are finite.
    Nothing raises an error. (np.allclose compares numbers in this way, but also arrays of different
    shapes, if one can be repeated to the shape of the other. So do without it.)
    """
    # BEGIN SOLUTION C: names, then shapes, then numbers; False at the first difference
    if set(one) != set(other):
        return False
    for name, a in one.items():
        b = other[name]
        if a.shape != b.shape or not (np.abs(a - b) <= atol + rtol * np.abs(b)).all():
            return False
    return True
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import Wrong, check, compare  # noqa: E402

HINTS = {
    "A": [
        "Two parts of 24 and 8 samples have the shares 24 / 32 and 8 / 32. What are the shares "
        "for three parts, of 10, 5 and 1 samples?",
        "For each name: the sum over the parts of size / n times the gradient, n being the sum of "
        "all sizes. 0 times NaN is NaN, so a part of size 0 must not enter the sum.",
        "n = sum(sizes)\njoined = {}\nfor name in gradients[0]:\n"
        "    pairs = zip(gradients, sizes, strict=True)\n"
        "    joined[name] = sum(... * arrays[name] for arrays, size in pairs if ...)\n"
        "return joined",
    ],
    "B": [
        "Three things: the names must fit each other, each array gets its new name, and a matrix "
        "is turned.",
        "set(arrays) and set(names) are the old names of both. names.items() gives pairs of an old "
        "and a new name. array.T is the transposed array.",
        "if set(arrays) != set(names):\n    raise ValueError(...)\nstate = {}\n"
        "for old, new in names.items():\n"
        "    state[new] = ... if new.endswith(...) else arrays[old]\nreturn state",
    ],
    "C": [
        "Which comparison can go wrong before the numbers are compared? Start with it.",
        "First the two sets of names, then for each name the shapes, and then the numbers. With a "
        "NaN every comparison such as <= is False: ask whether all are within the bound, not "
        "whether one is beyond it.",
        "if set(one) != set(other):\n    return ...\nfor name, a in one.items():\n"
        "    b = other[name]\n    if a.shape != ... or not (np.abs(a - b) <= ...).all():\n"
        "        return ...\nreturn True",
    ],
}
JOIN = (
    "n = sum(sizes)\njoined = {}\nfor name in gradients[0]:\n"
    "    pairs = zip(gradients, sizes, strict=True)\n"
    "    joined[name] = sum(size / n * arrays[name] for arrays, size in pairs if size > 0)\n"
    "return joined"
)
CARRY = (
    'if set(arrays) != set(names):\n    raise ValueError("the old names differ")\nstate = {}\n'
    "for old, new in names.items():\n"
    '    state[new] = arrays[old].T if new.endswith(".weight") else arrays[old]\nreturn state'
)
TURNED = 'arrays[old].T if new.endswith(".weight") else arrays[old]'
AGREE = (
    "if set(one) != set(other):\n    return False\nfor name, a in one.items():\n"
    "    b = other[name]\n"
    "    if a.shape != b.shape or not (np.abs(a - b) <= atol + rtol * np.abs(b)).all():\n"
    "        return False\nreturn True"
)
NAMES = "if set(one) != set(other):\n    return False\n"
BOUND = "(np.abs(a - b) <= atol + rtol * np.abs(b)).all()"
WRONG = {
    "plain": ("A", JOIN.replace("size / n *", "1 / len(sizes) *"), "plain mean"),
    "added": ("A", JOIN.replace("size / n *", ""), "no shares"),
    "sizes_only": ("A", JOIN.replace("size / n *", "size *"), "not divided"),
    "divided": ("A", JOIN.replace("size / n *", "n / size *"), "upside down"),
    "twice": ("A", JOIN.replace("size / n *", "size / n / len(sizes) *"), "divided once more"),
    "per_sample": ("A", JOIN.replace("size / n *", "1 / n *"), "only by n"),
    "largest": ("A", JOIN.replace("n = sum(sizes)", "n = max(sizes)"), "largest part"),
    "parts": ("A", JOIN.replace("sum(sizes)", "len(sizes)"), "number of parts"),
    "nan": ("A", JOIN.replace(" if size > 0", ""), "0 times NaN"),
    "one_less": ("A", JOIN.replace(" if size > 0", " if size > 1"), "a part of 1 sample"),
    "nan_to_num": (
        "A",
        JOIN.replace("size / n * arrays", "np.nan_to_num(1 / len(sizes) * arrays", 1).replace(
            "[name] for", "[name]) for"
        ),
        "plain mean",
    ),
    "not_turned": ("B", CARRY.replace(TURNED, "arrays[old]"), "not transposed"),
    "all_turned": ("B", CARRY.replace(TURNED, "arrays[old].T"), "two axes"),
    "old_names": ("B", CARRY.replace("state[new]", "state[old]"), "old names"),
    "reshaped": (
        "B",
        CARRY.replace("arrays[old].T if", "arrays[old].reshape(arrays[old].shape[::-1]) if"),
        "reshape",
    ),
    "by_dimension": (
        "B",
        CARRY.replace('new.endswith(".weight")', "arrays[old].ndim == 2"),
        "two axes",
    ),
    "by_shape": (
        "B",
        CARRY.replace(
            'new.endswith(".weight")',
            'new.endswith(".weight") and arrays[old].shape[0] != arrays[old].shape[1]',
        ),
        "square",
    ),
    "by_old_name": ("B", CARRY.replace("new.endswith", "old.endswith"), "not transposed"),
    "no_check": ("B", "\n".join(CARRY.splitlines()[2:]), "KeyError"),
    "one_way": (
        "B",
        CARRY.replace("set(arrays) != set(names)", "set(names) - set(arrays)"),
        "more",
    ),
    "other_way": (
        "B",
        CARRY.replace("set(arrays) != set(names)", "set(arrays) - set(names)"),
        "KeyError",
    ),
    "broadcast": ("C", AGREE.replace("a.shape != b.shape or ", ""), "shapes"),
    "allclose": ("C", AGREE.replace(BOUND, "np.allclose(a, b)"), "rtol and atol"),
    "any": ("C", AGREE.replace(".all()", ".any()"), "each number"),
    "relative_only": ("C", AGREE.replace("atol + rtol", "rtol"), "atol"),
    "absolute_only": ("C", AGREE.replace(" + rtol * np.abs(b)", ""), "rtol |b|"),
    "signed": ("C", AGREE.replace("np.abs(a - b)", "(a - b)"), "its sign"),
    "of_a": ("C", AGREE.replace("rtol * np.abs(b)", "rtol * np.abs(a)"), "|a|"),
    "negative_b": ("C", AGREE.replace("np.abs(b)", "b"), "negative b"),
    "strictly": ("C", AGREE.replace("<=", "<"), "at most"),
    "nan_agrees": (
        "C",
        AGREE.replace(f"not {BOUND}", "(np.abs(a - b) > atol + rtol * np.abs(b)).any()"),
        "NaN",
    ),
    "names_of_one": ("C", AGREE.replace("set(one) != set(other)", "set(one) - set(other)"), "more"),
    "ordered": ("C", AGREE.replace("set(one) != set(other)", "list(one) != list(other)"), "order"),
    "one_bound": (
        "C",
        AGREE.replace(BOUND, "(np.abs(a - b) <= max(atol, rtol * np.abs(b).max())).all()"),
        "its own bound",
    ),
    "largest_gap": (
        "C",
        AGREE.replace(BOUND, "(np.abs(a - b).max() <= atol + rtol * np.abs(b).max())"),
        "its own bound",
    ),
    "mean_gap": (
        "C",
        AGREE.replace(BOUND, "(np.abs(a - b).mean() <= (atol + rtol * np.abs(b)).mean())"),
        "its own bound",
    ),
    "norm": (
        "C",
        AGREE.replace(BOUND, "(np.linalg.norm(a - b) <= atol + rtol * np.linalg.norm(b))"),
        "its own bound",
    ),
    "first_only": ("C", AGREE.replace("\nreturn True", "\n    return True"), "first array"),
}


def each_array(call, got, expected, mistakes):
    """Compare two dictionaries of arrays; `mistakes` are name: (text, such a dictionary)."""
    if not isinstance(got, dict):
        compare(call, got, {})
    compare(f"sorted({call})", sorted(map(str, got)), sorted(expected))
    for name in expected:
        fitting = {key: (text, value[name]) for key, (text, value) in mistakes.items()}
        compare(f'{call}["{name}"]', got[name], expected[name], **fitting)


def states(rng, count):
    shapes = {"0.weight": (3, 2), "0.bias": (3,)}
    return [{name: rng.standard_normal(s) for name, s in shapes.items()} for _ in range(count)]


def weighted(gradients, weights):
    pairs = list(zip(gradients, weights, strict=True))
    return {name: sum(w * g[name] for g, w in pairs) for name in gradients[0]}


@check("A", points=1)
def unequal_parts(m, rng):
    gradients, sizes = states(rng, 3), [10, 5, 1]
    mistakes = {
        "plain": ("this is the plain mean: a part of 10 counts like one of 1", [1 / 3] * 3),
        "added": ("the gradients are added with no shares", [1] * 3),
        "sizes_only": ("the sum over samples is not divided by their number n", sizes),
        "divided": ("the shares are upside down: size / n, not n / size", [1.6, 3.2, 16]),
        "twice": (
            "the sum is divided once more, by the number of parts",
            [10 / 48, 5 / 48, 1 / 48],
        ),
        "per_sample": ("a gradient is a mean over its part: it is divided only by n", [1 / 16] * 3),
        "largest": ("the sizes are divided by the largest part, not by their sum", [1, 0.5, 0.1]),
        "parts": ("n is the number of samples, not the number of parts", [10 / 3, 5 / 3, 1 / 3]),
        "one_less": ("a part of 1 sample has a gradient, too", [10 / 16, 5 / 16, 0]),
    }
    given = {key: (text, weighted(gradients, w)) for key, (text, w) in mistakes.items()}
    got = m.join_gradients(gradients, list(sizes))
    right = weighted(gradients, [10 / 16, 5 / 16, 1 / 16])
    each_array(f"join_gradients(gradients, {sizes})", got, right, given)


@check("A", points=1)
def a_part_without_samples(m, rng):
    gradients, sizes = states(rng, 3), [6, 0, 2]
    empty = {name: np.full_like(array, np.nan) for name, array in gradients[1].items()}
    gradients[1] = empty
    call = f"join_gradients(gradients, {sizes})"
    got = m.join_gradients(gradients, list(sizes))
    if isinstance(got, dict) and any(np.isnan(np.asarray(array)).any() for array in got.values()):
        raise Wrong("NaN: 0 times NaN is NaN, so leave the part of 0 samples out", call)
    right = weighted([gradients[0], gradients[2]], [0.75, 0.25])
    plain = weighted([gradients[0], gradients[2]], [0.5, 0.5])
    each_array(call, got, right, {"plain": ("this is the plain mean of the parts", plain)})


NEW = {
    "hidden/kernel": "0.weight",
    "hidden/bias": "0.bias",
    "middle/kernel": "2.weight",
    "scale": "3.scale",
}


def other_program(rng):
    shapes = {"hidden/kernel": (4, 3), "hidden/bias": (3,), "middle/kernel": (3, 3)}
    shapes["scale"] = (2, 2)
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


@check("B", points=1)
def names_and_axes(m, rng):
    arrays = other_program(rng)
    right = {NEW[old]: arrays[old] for old in arrays}
    for name in ("0.weight", "2.weight"):
        right[name] = right[name].T
    got = m.carry(arrays, dict(NEW))
    if not isinstance(got, dict):
        compare("carry(arrays, names)", got, {})
    if set(got) == set(arrays):
        raise Wrong("the arrays still have their old names", "carry(arrays, names)")
    compare("sorted(carry(arrays, names))", sorted(map(str, got)), sorted(right))
    texts = {
        "0.weight": (
            "the numbers are those of a reshape: it keeps their order, use .T",
            arrays["hidden/kernel"].reshape(3, 4),
        ),
        "2.weight": (
            "a square matrix must be transposed, too: that it fits does not make it right",
            arrays["middle/kernel"],
        ),
        "3.scale": (
            "this has two axes, but its new name does not end with .weight: leave it as it is",
            arrays["scale"].T,
        ),
    }
    if np.array_equal(got["3.scale"], arrays["scale"].T) and np.shape(got["0.weight"]) == (3, 4):
        if np.array_equal(got["0.bias"], arrays["hidden/bias"]):
            compare("carry(arrays, names)", got["3.scale"], right["3.scale"], axes=texts["3.scale"])
    if np.shape(got["0.weight"]) == (4, 3):
        why = "not transposed: (inputs, outputs) must become (outputs, inputs)"
        raise Wrong(why, 'carry(arrays, names)["0.weight"]')
    for name in right:
        fitting = {"own": texts[name]} if name in texts else {}
        compare(f'carry(arrays, names)["{name}"]', got[name], right[name], **fitting)


@check("B", points=1)
def names_that_do_not_fit(m, rng):
    for missing, why in (
        ("arrays", "an old name without an array is a ValueError, not a KeyError"),
        ("names", "arrays has more: an array without a new name must not be lost"),
    ):
        arrays, names = other_program(rng), dict(NEW)
        del (arrays if missing == "arrays" else names)["hidden/bias"]
        call = f'carry(arrays, names) without "hidden/bias" in {missing}'
        try:
            m.carry(arrays, names)
        except ValueError:
            continue
        except KeyError:
            why = "a KeyError: compare the old names first, raise a ValueError"
            raise Wrong(why, call) from None
        raise Wrong(why, call)


def ask(m, one, other, expected, why, what, rtol=0.0, atol=0.01):
    """Whether the answer is as expected; `what` describes the two states."""
    call = f"agree(one, other, rtol={rtol}, atol={atol}), {what}"
    try:
        got = m.agree(one, other, rtol, atol)
    except (ValueError, KeyError) as error:
        raise Wrong(f"{why} (this raised {type(error).__name__})", call) from None
    if not isinstance(got, bool | np.bool_):
        compare(call, got, expected)
    if bool(got) != expected:
        raise Wrong(why, call, [f"yours: {got}", f"right: {expected}"])


@check("C", points=1)
def numbers_within_the_bound(m, rng):
    def two(a, b, expected, why, **bounds):
        what = f"one = {{'w': {a}}}, other = {{'w': {b}}}"
        one, other = {"w": np.array(a)}, {"w": np.array(b)}
        ask(m, one, other, expected, why, what, **bounds)

    two([1.0, 2.0], [1.0, 2.0], True, "equal states agree: a difference of 0 is within every bound")
    two([1.0, 2.5], [1.0, 2.0], False, "each number must be within the bound, not only some")
    two([2.0, 1.0], [2.5, 1.0], False, "the difference counts without its sign: 2 - 2.5 is -0.5")
    two([1.0], [1.25], True, "a gap of 0.25: use the rtol and atol that are given", atol=0.5)
    two([0.0, 8.0], [0.25, 8.0], True, "atol counts where b is small", rtol=0.5, atol=0.25)
    two([8.0], [9.0], True, "the bound is atol + rtol |b|", rtol=0.5, atol=0.0)
    two([1.0], [1.1], False, "use the rtol and atol that are given", rtol=0.0, atol=1e-9)
    two([1.0], [1.00001], False, "use the rtol and atol that are given", rtol=0.0, atol=1e-9)
    two([-8.0], [-9.0], True, "a negative b counts by its size, |b|", rtol=0.5, atol=0.0)
    two([4.0], [2.0], False, "the bound has |b|, of the second state, not |a|", rtol=0.5, atol=0.0)
    why = "each number has its own bound: a large number lends its bound to no other"
    two([0.1, 100.0], [0.0, 100.0], False, why, rtol=0.01, atol=0.0)
    two([1.0], [1.5], True, "at most: a gap equal to the bound is allowed", atol=0.5)


@check("C", points=1)
def names_shapes_and_nan(m, rng):
    state = {"0.weight": np.ones((2, 3)), "0.bias": np.ones(3)}
    turned = dict(reversed(state.items()))
    ask(m, state, turned, True, "the order of the names does not count", "same names, other order")
    why = "shapes must be equal: NumPy repeats the shorter array before it compares"
    row = {**state, "0.weight": np.ones((1, 3))}
    ask(m, state, row, False, why, "shapes (2, 3) and (1, 3)")
    ask(m, state, {**state, "0.weight": np.ones((3, 2))}, False, why, "shapes (2, 3) and (3, 2)")
    last = {**state, "0.bias": np.zeros(3)}
    why = "every array counts, not only the first array"
    ask(m, state, last, False, why, "the second array differs")
    few = {"0.weight": state["0.weight"]}
    ask(m, state, few, False, "one has more names than other: they do not agree", "a name less")
    ask(m, few, state, False, "other has more names than one: they do not agree", "a name more")
    nan = {**state, "0.bias": np.full(3, np.nan)}
    why = "NaN agrees with nothing: with NaN, > is False as well as <="
    ask(m, nan, nan, False, why, "both with NaN")


@check("C", points=1, hidden=True)
def scalars_and_no_arrays(m, rng):
    ask(m, {}, {}, True, "two states without arrays agree", "both empty")
    one = {"scale": np.array(1.0)}
    close = {"scale": np.array(1.005)}
    ask(m, one, close, True, "1 and 1.005 are within 0.01", "arrays of shape ()")
