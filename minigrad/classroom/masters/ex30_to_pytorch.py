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
from minigrad.classroom.checks import Wrong, answer, check, compare, taken  # noqa: E402

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
RIGHT = {
    "added_up": (
        "A",
        "joined = {}\n"
        "for part, size in zip(gradients, sizes):\n"
        "    if size == 0:\n"
        "        continue\n"
        "    for name, array in part.items():\n"
        "        joined[name] = joined.get(name, 0) + array * size\n"
        "return {name: total / sum(sizes) for name, total in joined.items()}",
    ),
    "average": (
        "A",
        "kept = [i for i, size in enumerate(sizes) if size]\n"
        "weights = [sizes[i] for i in kept]\n"
        "return {\n"
        "    name: np.average([gradients[i][name] for i in kept], axis=0, weights=weights)\n"
        "    for name in gradients[0]\n"
        "}",
    ),
    "einsum": (
        "A",
        "shares = np.array(sizes) / np.sum(sizes)\n"
        "stacked = {name: np.stack([np.where(size, part[name], 0) for part, size in zip(gradients, "
        "sizes)]) for name in gradients[-1]}\n"
        'return {name: np.einsum("p,p...->...", shares, arrays) for name, arrays in '
        'stacked.items()}',
    ),
    "nested_lists": (
        "A",
        "from functools import reduce\n"
        "n = float(np.sum(sizes))\n"
        "parts = [(part, size / n) for part, size in zip(gradients, sizes) if size != 0]\n"
        "names = sorted(gradients[0], reverse=True)\n"
        "return {name: reduce(np.add, [share * part[name] for part, share in parts]).tolist() for "
        "name in names}",
    ),
    "sorted_names": (
        "B",
        "if sorted(arrays) != sorted(names):\n"
        '    raise ValueError(f"{sorted(arrays)} and {sorted(names)}")\n'
        "return {\n"
        '    new: np.swapaxes(arrays[old], 0, 1) if new[-7:] == ".weight" else arrays[old]\n'
        "    for old, new in names.items()\n"
        "}",
    ),
    "copies": (
        "B",
        "missing = set(arrays) ^ set(names)\n"
        "if len(missing) > 0:\n"
        '    raise ValueError("no partner: " + ", ".join(missing))\n'
        "state = {names[old]: array.copy() for old, array in arrays.items()}\n"
        "for new in state:\n"
        '    if new.split(".")[-1] == "weight":\n'
        '        state[new] = np.einsum("io->oi", state[new])\n'
        "return state",
    ),
    "tensors": (
        "B",
        "import minigrad as mg\n"
        "if arrays.keys() != names.keys():\n"
        '    raise ValueError("other names")\n'
        'turned = {new: arrays[old].T if new.endswith(".weight") else arrays[old] for old, new in '
        'names.items()}\n'
        "return {new: mg.tensor(array.copy()) for new, array in turned.items()}",
    ),
    "lists": (
        "B",
        "class Unpaired(ValueError):\n"
        "    pass\n"
        "\n"
        "for old in [*arrays, *names]:\n"
        "    if old not in arrays or old not in names:\n"
        "        raise Unpaired(old)\n"
        "state = {}\n"
        "for old in arrays:\n"
        "    rows = arrays[old].tolist()\n"
        '    state[names[old]] = [list(column) for column in zip(*rows)] if '
        'names[old].endswith(".weight") else rows\n'
        "return state",
    ),
    "number_by_number": (
        "C",
        "if sorted(one) != sorted(other):\n"
        "    return False\n"
        "for name in one:\n"
        "    if np.shape(one[name]) != np.shape(other[name]):\n"
        "        return False\n"
        "    for a, b in zip(np.ravel(one[name]).tolist(), np.ravel(other[name]).tolist()):\n"
        "        if not abs(a - b) <= atol + rtol * abs(b):\n"
        "            return False\n"
        "return True",
    ),
    "one_expression": (
        "C",
        "return one.keys() == other.keys() and all(\n"
        "    one[name].shape == other[name].shape\n"
        "    and np.all(np.abs(one[name] - other[name]) <= atol + rtol * np.abs(other[name]))\n"
        "    for name in one\n"
        ")",
    ),
    "isclose": (
        "C",
        "def pair(a, b):\n"
        "    return a.shape == b.shape and bool(np.isclose(a, b, rtol=rtol, atol=atol).all())\n"
        "\n"
        "return set(one) == set(other) and all([pair(one[name], other[name]) for name in other])",
    ),
    "flat": (
        "C",
        "def shapes(state):\n"
        "    return {name: array.shape for name, array in state.items()}\n"
        "\n"
        "if shapes(one) != shapes(other):\n"
        "    return False\n"
        "names = sorted(one)\n"
        "a = np.concatenate([np.zeros(1), *(one[name].ravel() for name in names)])\n"
        "b = np.concatenate([np.zeros(1), *(other[name].ravel() for name in names)])\n"
        "return not np.any(~(np.abs(a - b) <= atol + rtol * np.abs(b)))",
    ),
    "numpy_bool": (
        "C",
        "agreed = np.bool_(set(one) == set(other))\n"
        "for name in set(one) & set(other):\n"
        "    a, b = one[name], other[name]\n"
        "    agreed = agreed and a.shape == b.shape and np.min(atol + rtol * np.abs(b) - np.abs(b "
        "- a), initial=0) >= 0\n"
        "return agreed",
    ),
}
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
    "names_of_the_second": (
        "A",
        "n = sum(sizes)\n"
        "return {name: sum(s / n * a[name] for a, s in zip(gradients, sizes) if s > 0) for name in "
        "gradients[1]}",
        "IndexError",
    ),
    "first_is_not_empty": (
        "A",
        "n = sum(sizes)\n"
        "joined = {k: v * (sizes[0] / n) for k, v in gradients[0].items()}\n"
        "for arrays, size in zip(gradients[1:], sizes[1:]):\n"
        "    for k in joined:\n"
        "        if size > 0:\n"
        "            joined[k] = joined[k] + size / n * arrays[k]\n"
        "return joined",
        "0 times NaN",
    ),
    "stops_at_0": (
        "A",
        "n = sum(sizes)\n"
        "joined = {k: np.zeros(v.shape) for k, v in gradients[0].items()}\n"
        "for arrays, size in zip(gradients, sizes):\n"
        "    if size == 0:\n"
        "        break\n"
        "    for k in joined:\n"
        "        joined[k] = joined[k] + size / n * arrays[k]\n"
        "return joined",
        "after the empty one",
    ),
    "three_parts": (
        "A",
        "n = sum(sizes)\n"
        "parts = list(zip(gradients, sizes))[:3]\n"
        "return {k: sum(s / n * a[k] for a, s in parts if s > 0) for k in gradients[0]}",
        "only the first three",
    ),
    "whole_quotient": (
        "A",
        "n = sum(sizes)\n"
        "return {k: sum(s // n * a[k] for a, s in zip(gradients, sizes) if s > 0) for k in "
        "gradients[0]}",
        "size / n, not size // n",
    ),
    "largest_part_only": (
        "A",
        "return dict(gradients[int(np.argmax(sizes))])",
        "largest part alone",
    ),
    "list_of_parts": (
        "A",
        "n = sum(sizes)\nreturn [{k: s / n * a[k] for k in a} for a, s in zip(gradients, sizes)]",
        "wrong type: a list",
    ),
    "weight_anywhere": (
        "B",
        "if set(arrays) != set(names):\n"
        "    raise ValueError('names')\n"
        "return {new: arrays[old].T if 'weight' in new else arrays[old] for old, new in "
        "names.items()}",
        "does not end with .weight",
    ),
    "weight_without_dot": (
        "B",
        "if set(arrays) != set(names):\n"
        "    raise ValueError('names')\n"
        "return {new: arrays[old].T if new.endswith('weight') else arrays[old] for old, new in "
        "names.items()}",
        "does not end with .weight",
    ),
    "kernels": (
        "B",
        "if set(arrays) != set(names):\n"
        "    raise ValueError('names')\n"
        "return {new: arrays[old].T if 'kernel' in old else arrays[old] for old, new in "
        "names.items()}",
        "does not end with .weight",
    ),
    "tall_ones_only": (
        "B",
        "if set(arrays) != set(names):\n"
        "    raise ValueError('names')\n"
        "def carried(array, new):\n"
        "    tall = array.ndim == 2 and array.shape[0] >= array.shape[1]\n"
        "    return array.T if tall and new.endswith('.weight') else array\n"
        "\n"
        "return {new: carried(arrays[old], new) for old, new in names.items()}",
        "wrong shape: (2, 5)",
    ),
    "by_order": (
        "B",
        "if set(arrays) != set(names):\n"
        "    raise ValueError('names')\n"
        "return {new: array.T if new.endswith('.weight') else array for array, new in "
        "zip(arrays.values(), names.values())}",
        "another order",
    ),
    "as_many": (
        "B",
        "if len(arrays) != len(names):\n"
        "    raise ValueError('names')\n"
        "return {new: arrays[old].T if new.endswith('.weight') else arrays[old] for old, new in "
        "names.items()}",
        "KeyError",
    ),
    "any_error": (
        "B",
        "if set(arrays) != set(names):\n"
        "    raise Exception('names')\n"
        "return {new: arrays[old].T if new.endswith('.weight') else arrays[old] for old, new in "
        "names.items()}",
        "Exception",
    ),
    "taken_out": (
        "B",
        "if set(arrays) != set(names):\n"
        "    raise ValueError('names')\n"
        "state = {}\n"
        "for old, new in names.items():\n"
        "    array = arrays.pop(old)\n"
        "    state[new] = array.T if new.endswith('.weight') else array\n"
        "return state",
        "in place",
    ),
    "sizes_of_numbers": (
        "C",
        "if set(one) != set(other):\n"
        "    return False\n"
        "return all(one[k].shape == other[k].shape and bool((np.abs(np.abs(one[k]) - "
        "np.abs(other[k])) <= atol + rtol * np.abs(other[k])).all()) for k in one)",
        "1 and -1",
    ),
    "larger_bound": (
        "C",
        "if set(one) != set(other):\n"
        "    return False\n"
        "return all(one[k].shape == other[k].shape and bool((np.abs(one[k] - other[k]) <= "
        "np.maximum(atol, rtol * np.abs(other[k]))).all()) for k in one)",
        "the sum of both",
    ),
    "whole_nan": (
        "C",
        "if set(one) != set(other):\n"
        "    return False\n"
        "for k in one:\n"
        "    a, b = one[k], other[k]\n"
        "    if a.shape != b.shape or np.isnan(a).all() or (np.abs(a - b) > atol + rtol * "
        "np.abs(b)).any():\n"
        "        return False\n"
        "return True",
        "NaN",
    ),
    "lengths": (
        "C",
        "if set(one) != set(other):\n"
        "    return False\n"
        "for k in one:\n"
        "    a, b = one[k], other[k]\n"
        "    if len(a) != len(b) or not (np.abs(a - b) <= atol + rtol * np.abs(b)).all():\n"
        "        return False\n"
        "return True",
        "shapes must be equal",
    ),
    "last_array": (
        "C",
        "if set(one) != set(other):\n"
        "    return False\n"
        "agreed = False\n"
        "for k in one:\n"
        "    a, b = one[k], other[k]\n"
        "    if a.shape != b.shape:\n"
        "        return False\n"
        "    agreed = bool((np.abs(a - b) <= atol + rtol * np.abs(b)).all())\n"
        "    if not agreed:\n"
        "        return False\n"
        "return agreed",
        "without arrays agree",
    ),
    "an_error": (
        "C",
        "if set(one) != set(other):\n"
        "    raise ValueError('names')\n"
        "return all(one[k].shape == other[k].shape and bool((np.abs(one[k] - other[k]) <= atol + "
        "rtol * np.abs(other[k])).all()) for k in one)",
        "this raised ValueError",
    ),
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


@answer
def weighted(gradients, weights):
    """Sums of the gradients times weights: with the right shares the answer."""
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
        "whole": ("the share is size / n, not size // n", [0, 0, 0]),
        "alone": ("this is the gradient of the largest part alone", [1, 0, 0]),
    }
    given = {key: (text, weighted(gradients, w)) for key, (text, w) in mistakes.items()}
    got = m.join_gradients(gradients, list(sizes))
    right = weighted(gradients, [10 / 16, 5 / 16, 1 / 16])
    each_array(f"join_gradients(gradients, {sizes})", got, right, given)
    gradients = states(rng, 5)
    right = weighted(gradients, [0.25, 0.25, 0.125, 0.125, 0.25])
    three = (
        "these are only the first three parts: there may be any number",
        weighted(gradients, [0.25, 0.25, 0.125, 0, 0]),
    )
    got = m.join_gradients(gradients, [4, 4, 2, 2, 4])
    each_array("join_gradients(gradients, [4, 4, 2, 2, 4])", got, right, {"three": three})
    got = m.join_gradients(gradients[:1], [7])
    each_array("join_gradients(gradients, [7])", got, weighted(gradients[:1], [1]), {})


@check("A", points=1)
def a_part_without_samples(m, rng):
    for sizes, shares in (([6, 0, 2], [0.75, 0.25]), ([0, 6, 2], [0.75, 0.25])):
        gradients, empty = states(rng, 3), sizes.index(0)
        gradients[empty] = {n: np.full_like(a, np.nan) for n, a in gradients[empty].items()}
        others = [part for part, size in zip(gradients, sizes, strict=True) if size]
        call = f"join_gradients(gradients, {sizes})"
        got = m.join_gradients(gradients, list(sizes))
        if isinstance(got, dict) and any(np.isnan(np.asarray(a)).any() for a in got.values()):
            raise Wrong("NaN: 0 times NaN is NaN, so leave the part of 0 samples out", call)
        mistakes = {
            "plain": ("this is the plain mean of the parts", weighted(others, [0.5, 0.5])),
            "before": (
                "the parts after the empty one are missing: leave out only that",
                weighted(others, [0.75, 0]),
            ),
            "three": (
                "this is the plain mean: the part of 0 samples counts, too",
                weighted(others, [1 / 3, 1 / 3]),
            ),
        }
        each_array(call, got, weighted(others, shares), mistakes)


NEW = {
    "hidden/kernel": "0.weight",
    "hidden/bias": "0.bias",
    "middle/kernel": "2.weight",
    "scale": "3.scale",
    "last/kernel": "4.pos_weight",
    "steps": "5.weight.steps",
    "table": "6.weight",
}


def other_program(rng):
    shapes = {"hidden/kernel": (4, 3), "hidden/bias": (3,), "middle/kernel": (3, 3)}
    shapes |= {"scale": (2, 2), "last/kernel": (2, 3), "steps": (4, 2), "table": (2, 5)}
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


@answer
def carried(arrays, names):
    """The arrays under their new names, and what some are by mistake."""
    right, mistakes = {}, {}
    for old, new in names.items():
        array = arrays[old]
        is_matrix, square = new.endswith(".weight"), len(set(array.shape)) == 1
        right[new] = array.T if is_matrix else array
        if is_matrix and square:
            why = "a square matrix must be transposed, too: that it fits does not make it right"
            mistakes[new] = (why, array)
        elif is_matrix:
            why = "the numbers are those of a reshape: it keeps their order, use .T"
            mistakes[new] = (why, array.reshape(array.shape[::-1]))
        elif array.ndim == 2:
            why = "this has two axes, but its new name does not end with .weight: leave it as it is"
            mistakes[new] = (why, array.T)
    return right, mistakes


@check("B", points=1)
def names_and_axes(m, rng):
    arrays, call = other_program(rng), "carry(arrays, names)"
    right, mistakes = carried(arrays, NEW)
    got = m.carry(arrays, dict(NEW))
    if not isinstance(got, dict):
        compare(call, got, {})
    if set(got) == set(arrays):
        raise Wrong("the arrays still have their old names", call)
    compare(f"sorted({call})", sorted(map(str, got)), sorted(right))
    first, whole = taken(got["0.weight"]), [name for name in right if name in mistakes]
    for name in whole:
        why, wrong = mistakes[name]
        turned = "two axes" in why and np.shape(taken(got[name])) == wrong.shape
        if turned and np.shape(first) == (3, 4) and np.array_equal(taken(got[name]), wrong):
            raise Wrong(why, f'{call}["{name}"]')
    if np.shape(first) == (4, 3):
        why = "not transposed: (inputs, outputs) must become (outputs, inputs)"
        raise Wrong(why, f'{call}["0.weight"]')
    for name in right:
        fitting = {"own": mistakes[name]} if name in mistakes else {}
        compare(f'{call}["{name}"]', got[name], right[name], **fitting)
    got = m.carry(arrays, dict(reversed(NEW.items())))
    if isinstance(got, dict) and any(
        np.shape(taken(got.get(name))) != right[name].shape for name in right
    ):
        raise Wrong("names may stand in another order than arrays: take each by its old name", call)
    for name in right:
        compare(f'{call}["{name}"], names in another order', got[name], right[name])


@check("B", points=1)
def names_that_do_not_fit(m, rng):
    for gone, why in (
        (("arrays",), "an old name without an array is a ValueError, not a KeyError"),
        (("names",), "arrays has more: an array without a new name must not be lost"),
        (("arrays", "names"), "as many old names, but not the same: raise a ValueError"),
    ):
        arrays, names = other_program(rng), dict(NEW)
        for which, old in zip(gone, ("hidden/bias", "scale"), strict=False):
            del (arrays if which == "arrays" else names)[old]
        what = " and ".join(
            f'without "{old}" in {which}'
            for which, old in zip(gone, ("hidden/bias", "scale"), strict=False)
        )
        call = f"carry(arrays, names) {what}"
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
        name = getattr(error, "name", type(error).__name__)
        raise Wrong(f"{why} (this raised {name})", call) from None
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
    two([1.0], [-1.0], False, "1 and -1 differ by 2: take the size of the difference")
    two([10.0], [8.0], True, "the bound is the sum of both, atol + rtol |b|", rtol=0.125, atol=1.0)


@check("C", points=1)
def names_shapes_and_nan(m, rng):
    state = {"0.weight": np.ones((2, 3)), "0.bias": np.ones(3)}
    turned = dict(reversed(state.items()))
    ask(m, state, turned, True, "the order of the names does not count", "same names, other order")
    why = "shapes must be equal: NumPy repeats the shorter array before it compares"
    row = {**state, "0.weight": np.ones((1, 3))}
    ask(m, state, row, False, why, "shapes (2, 3) and (1, 3)")
    ask(m, state, {**state, "0.weight": np.ones((3, 2))}, False, why, "shapes (2, 3) and (3, 2)")
    ask(m, state, {**state, "0.weight": np.ones((2, 1))}, False, why, "shapes (2, 3) and (2, 1)")
    last = {**state, "0.bias": np.zeros(3)}
    why = "every array counts, not only the first array"
    ask(m, state, last, False, why, "the second array differs")
    few = {"0.weight": state["0.weight"]}
    ask(m, state, few, False, "one has more names than other: they do not agree", "a name less")
    ask(m, few, state, False, "other has more names than one: they do not agree", "a name more")
    nan = {**state, "0.bias": np.full(3, np.nan)}
    why = "NaN agrees with nothing: with NaN, > is False as well as <="
    ask(m, nan, nan, False, why, "both with NaN")
    part = {**state, "0.bias": np.array([1, np.nan, 1])}
    ask(m, part, part, False, why, "both with one NaN")
    ask(m, {}, {}, True, "two states without arrays agree", "both empty")


@check("C", points=1, hidden=True)
def scalars_and_no_arrays(m, rng):
    one = {"scale": np.array(1.0)}
    close = {"scale": np.array(1.005)}
    ask(m, one, close, True, "1 and 1.005 are within 0.01", "arrays of shape ()")
