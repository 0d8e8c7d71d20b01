"""An honest split: balance after it, move pictures without a wrap-round, find the twins.

Belongs to lesson 16, "When is a good score a lie?".

    y              labels of N samples, shape (N,): 1 is the rare class, 0 the other
    order          the numbers 0 to N - 1 in a random order, shape (N,)
    images         pictures, shape (n, height, width)
    train_X        training samples, shape (N, D)
    test_X         test samples, shape (M, D)

The arrays that are given stay as they are. The parts do not use each other.
"""

import numpy as np


# %% Part A (2 points)
def split_then_balance(order, y, n):
    """The pair (train, test) of arrays of sample numbers; the training part is balanced.

    The first n of `order` are for training, the rest, as it stands, is the test. In the training
    part, first stand those of class 0, then those of class 1, both as in `order`. The numbers of
    class 1 are repeated in a circle (a, b, c, a, b, ...) until they are as many as those of class
    0: `np.resize(rows, m)` does this. If class 1 is not the smaller class of the training part,
    or if the training part has none of it, nothing is repeated or left out.
    """
    # BEGIN SOLUTION A: return train, with copies of its rare samples, and test, without any copy
    train = order[:n]
    frequent, rare = train[y[train] == 0], train[y[train] == 1]
    if 0 < len(rare) < len(frequent):
        rare = np.resize(rare, len(frequent))
    return np.concatenate([frequent, rare]), order[n:]
    # END SOLUTION


# %% Part B (2 points)
def moved(images, right, paper):
    """The pictures, moved by `right` columns; what is new has the value `paper`: a new array.

    right is a whole number: 2 moves to the right by two columns, -2 to the left, 0 not at all. If
    it is the width or more (or minus that), only paper is left. Nothing comes in again on the other
    side. `np.full_like(images, paper)` is a new array like images, with paper everywhere.
    """
    # BEGIN SOLUTION B: return the pictures moved by `right` columns, with paper where nothing is
    out = np.full_like(images, paper)
    width = images.shape[2]
    if right >= 0:
        out[:, :, right:] = images[:, :, : max(width - right, 0)]
    else:
        out[:, :, : max(width + right, 0)] = images[:, :, -right:]
    return out
    # END SOLUTION


# %% Part C (2 points)
def honest(train_X, test_X, said, labels):
    """The pair (share, accuracy): the leaked share of the test, and the accuracy without it.

    A test row is leaked if all its D numbers are equal to those of some training row. `said` and
    `labels`, shape (M,), are the answers and the truth for the test. The accuracy is that of the
    rows that are not leaked. If all M are leaked, the accuracy is np.nan. M is at least 1.
    For a table of True and False, `.all(axis=1)` and `.any(axis=1)` ask each row.
    """
    # BEGIN SOLUTION C: return the share of leaked rows, and the accuracy of the others
    clean = np.array([not (train_X == row).all(axis=1).any() for row in test_X])
    right = (said == labels)[clean]
    return 1 - clean.mean(), right.mean() if len(right) else np.nan
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import SINGLE, Wrong, answer, check, compare, several  # noqa: E402

HINTS = {
    "A": [
        "Split first: which numbers may be copied then?",
        "train = order[:n]. Pick from it the numbers of class 0, and of class 1, by y[train].",
        "rare = train[y[train] == 1]\nif 0 < len(rare) < len(frequent):\n"
        "    rare = np.resize(rare, ...)\nreturn np.concatenate([...]), order[n:]",
    ],
    "B": [
        "Begin with an array of paper only. Which columns of the result come from which of images?",
        "Moved to the right by r: column r of the result is column 0 of images. To the left, the "
        "other way round. A count of columns is never below 0.",
        "out = np.full_like(images, paper)\nif right >= 0:\n"
        "    out[:, :, right:] = images[:, :, : max(..., 0)]",
    ],
    "C": [
        "Take one test row: with which training rows does it agree in all columns?",
        "(train_X == row).all(axis=1) says of each training row whether it is equal. Is there any? "
        "Then judge the other test rows only.",
        "clean = np.array([not (train_X == row).all(axis=1).any() for row in test_X])\n"
        "right = (said == labels)[...]",
    ],
}
_PICK = (
    "train = order[:n]\nfrequent, rare = train[y[train] == 0], train[y[train] == 1]\n"
    "if 0 < len(rare) < len(frequent):\n    rare = np.resize(rare, len(frequent))\n"
)
_LEAKED = "leaked = np.array([(train_X == row).all(axis=1).any() for row in test_X])\n"
_SHIFT = (
    "out = np.full_like(images, {paper})\nw = images.shape[2]\nr = {r}\n"
    "if r >= 0:\n    out[:, :, r:] = images[:, :, : max(w - r, 0)]\n"
    "else:\n    out[:, :, : max(w + r, 0)] = images[:, :, -r:]\nreturn out"
)
RIGHT = {
    "comprehensions": (
        "A",
        "train = order[:n]\n"
        "frequent = [i for i in train if y[i] == 0]\n"
        "rare = [i for i in train if y[i] == 1]\n"
        "if rare and len(rare) < len(frequent):\n"
        "    rare = [rare[k % len(rare)] for k in range(len(frequent))]\n"
        "return frequent + rare, list(order[n:])",
    ),
    "stable_sort": (
        "A",
        "train = order[:n]\n"
        'train = train[np.argsort(y[train], kind="stable")]\n'
        "ones = int(y[train].sum())\n"
        "zeros = len(train) - ones\n"
        "if 0 < ones < zeros:\n"
        "    train = np.concatenate([train, np.resize(train[zeros:], zeros - ones)])\n"
        "return train, order[n:]",
    ),
    "cycle": (
        "A",
        "from itertools import cycle, islice\n"
        "train, test = np.split(order, [n])\n"
        "by_class = {k: [int(i) for i in train if y[i] == k] for k in (0, 1)}\n"
        "m = max(len(by_class[0]), len(by_class[1])) if by_class[1] else 0\n"
        "return [by_class[0] + list(islice(cycle(by_class[1]), m)), test.tolist()]",
    ),
    "one_at_a_time": (
        "A",
        "frequent, rare = [], []\n"
        "for place in range(n):\n"
        "    (rare if y[order[place]] else frequent).append(order[place])\n"
        "k = 0\n"
        "while rare and len(rare) < len(frequent):\n"
        "    rare.append(rare[k])\n"
        "    k += 1\n"
        "return np.array(frequent + rare), order[n:].copy()",
    ),
    "tiles": (
        "A",
        "train = order[:n]\n"
        "f, r = train[y[train] < 1], train[y[train] > 0]\n"
        "if len(r) and len(r) < len(f):\n"
        "    r = np.tile(r, -(-len(f) // len(r)))[: len(f)]\n"
        "return np.hstack((f, r)), order[n:]",
    ),
    "roll_and_paint": (
        "B",
        "out = np.roll(images, right, axis=-1)\n"
        "w = images.shape[-1]\n"
        "if abs(right) >= w:\n"
        "    out[...] = paper\n"
        "elif right > 0:\n"
        "    out[..., :right] = paper\n"
        "elif right < 0:\n"
        "    out[..., right:] = paper\n"
        "return out",
    ),
    "pad_and_cut": (
        "B",
        "w = images.shape[2]\n"
        "wide = np.pad(images, ((0, 0), (0, 0), (abs(right), abs(right))), constant_values=paper)\n"
        "start = abs(right) - right\n"
        "return wide[:, :, start : start + w]",
    ),
    "pixel_by_pixel": (
        "B",
        "n, height, width = images.shape\n"
        "out = []\n"
        "for picture in images:\n"
        "    rows = [[row[c - right] if 0 <= c - right < width else paper for c in range(width)] "
        "for row in picture]\n"
        "    out.append(rows)\n"
        "return out",
    ),
    "column_by_column": (
        "B",
        "if right == 0:\n"
        "    return np.array(images)\n"
        "border = np.full((*images.shape[:2], 1), paper)\n"
        "if right > 0:\n"
        "    return moved(np.concatenate([border, images[:, :, :-1]], axis=2), right - 1, paper)\n"
        "return moved(np.concatenate([images[:, :, 1:], border], axis=2), right + 1, paper)",
    ),
    "a_matrix_in_float32": (
        "B",
        "shift = np.eye(images.shape[2], k=right)\n"
        "return (images @ shift + paper * (1 - shift.sum(axis=0))).astype(np.float32)",
    ),
    "set_of_tuples": (
        "C",
        "known = set(map(tuple, train_X))\n"
        "clean = [i for i in range(len(test_X)) if tuple(test_X[i]) not in known]\n"
        "if not clean:\n"
        '    return 1.0, float("nan")\n'
        "good = sum(1 for i in clean if said[i] == labels[i])\n"
        "return 1 - len(clean) / len(test_X), good / len(clean)",
    ),
    "all_pairs": (
        "C",
        "leaked = (test_X[:, None, :] == train_X[None, :, :]).all(axis=2).any(axis=1)\n"
        "if leaked.all():\n"
        "    return leaked.mean(), np.nan\n"
        "return leaked.mean(), np.mean(said[~leaked] == labels[~leaked])",
    ),
    "by_distances": (
        "C",
        "gap = np.abs(test_X[:, None] - train_X).max(axis=-1).min(axis=-1)\n"
        "keep = np.float32(gap > 0)\n"
        "hits = np.float32(said == labels) @ keep\n"
        "return np.array([1 - keep.mean(), hits / keep.sum() if keep.any() else np.nan])",
    ),
    "lists": (
        "C",
        "train = train_X.tolist()\n"
        "leaked = [row in train for row in test_X.tolist()]\n"
        "judged = [a == b for a, b, twin in zip(said, labels, leaked) if not twin]\n"
        "return [sum(leaked) / len(leaked), np.mean(judged) if judged else np.nan]",
    ),
}
WRONG = {
    "copies_before": (
        "A",
        "frequent, rare = order[y[order] == 0], order[y[order] == 1]\n"
        "both = np.concatenate([frequent, np.resize(rare, len(frequent))])\n"
        "return both[:n], both[n:]",
        "before the split",
    ),
    "test_balanced": (
        "A",
        _PICK + "test = order[n:]\nf, r = test[y[test] == 0], test[y[test] == 1]\n"
        "return np.concatenate([frequent, rare]), np.concatenate([f, np.resize(r, len(f))])",
        "the test is balanced",
    ),
    "not_copied": ("A", "return order[:n], order[n:]", "not balanced"),
    "sorted_only": (
        "A",
        "train = order[:n]\n"
        "return np.concatenate([train[y[train] == 0], train[y[train] == 1]]), order[n:]",
        "not balanced",
    ),
    "labels_not_numbers": (
        "A",
        _PICK + "return y[np.concatenate([frequent, rare])], y[order[n:]]",
        "labels",
    ),
    "places": (
        "A",
        "t = y[order[:n]]\nf, r = np.flatnonzero(t == 0), np.flatnonzero(t == 1)\n"
        "return np.concatenate([f, np.resize(r, len(f))]), order[n:]",
        "places in order",
    ),
    "y_by_place": (
        "A",
        "train = order[:n]\nf, r = train[y[:n] == 0], train[y[:n] == 1]\n"
        "return np.concatenate([f, np.resize(r, len(f))]), order[n:]",
        "y[:n]",
    ),
    "one_too_many": (
        "A",
        _PICK + "return np.concatenate([frequent, train[y[train] == 1], rare]), order[n:]",
        "stand there, too",
    ),
    "rare_first": ("A", _PICK + "return np.concatenate([rare, frequent]), order[n:]", "class 0"),
    "repeated_each": (
        "A",
        _PICK + "return np.concatenate([frequent, np.sort(rare)]), order[n:]",
        "in a circle",
    ),
    "np_repeat": (
        "A",
        "train = order[:n]\nf, r = train[y[train] == 0], train[y[train] == 1]\n"
        "return np.concatenate([f, np.repeat(r, 2)[: len(f)]]), order[n:]",
        "in a circle",
    ),
    "whole_rounds": (
        "A",
        "train = order[:n]\nf, r = train[y[train] == 0], train[y[train] == 1]\n"
        "return np.concatenate([f, np.tile(r, len(f) // len(r))]), order[n:]",
        "not often enough",
    ),
    "added": (
        "A",
        "train = order[:n]\nreturn np.concatenate([train, train[y[train] == 1]]), order[n:]",
        "before the copies",
    ),
    "swapped_parts": (
        "A",
        _PICK + "return order[n:], np.concatenate([frequent, rare])",
        "exchanged",
    ),
    "copies_last": (
        "A",
        "train = order[:n]\nf, r = train[y[train] == 0], train[y[train] == 1]\n"
        "return np.concatenate([train, np.resize(r, max(len(f) - len(r), 0))]), order[n:]",
        "in another order",
    ),
    "rare_cut": (
        "A",
        "train = order[:n]\nf, r = train[y[train] == 0], train[y[train] == 1]\n"
        "return np.concatenate([f, np.resize(r, len(f))]), order[n:]",
        "left out",
    ),
    "roll": ("B", "return np.roll(images, right, axis=2)", "other side"),
    "rows": (
        "B",
        "out = np.full_like(images, paper)\nh = images.shape[1]\n"
        "if right >= 0:\n    out[:, right:] = images[:, : max(h - right, 0)]\n"
        "else:\n    out[:, : max(h + right, 0)] = images[:, -right:]\nreturn out",
        "rows",
    ),
    "left": ("B", _SHIFT.format(paper="paper", r="-right"), "wrong direction"),
    "zeros": ("B", _SHIFT.format(paper="0", r="right"), "zeros"),
    "not_moved": ("B", "return images.copy()", "not moved"),
    "edge": (
        "B",
        "w = images.shape[2]\nreturn images[:, :, np.clip(np.arange(w) - right, 0, w - 1)]",
        "border column",
    ),
    "pictures": (
        "B",
        "out = np.full_like(images, paper)\n"
        "if right >= 0:\n    out[right:] = images[: max(len(images) - right, 0)]\n"
        "else:\n    out[: max(len(images) + right, 0)] = images[-right:]\nreturn out",
        "pictures",
    ),
    "grown": (
        "B",
        "return np.pad(images, ((0, 0), (0, 0), (abs(right), 0)), constant_values=paper)",
        "shape",
    ),
    "zero_is_paper": (
        "B",
        _SHIFT.format(paper="0", r="right").replace("return out", "")
        + "out[out == 0] = paper\nreturn out",
        "is no paper",
    ),
    "minus_zero": (
        "B",
        "out = np.full_like(images, paper)\nw = images.shape[2]\n"
        "if right > 0:\n    out[:, :, right:] = images[:, :, : max(w - right, 0)]\n"
        "elif right < 0:\n    out[:, :, : max(w + right, 0)] = images[:, :, -right:]\nreturn out",
        "is empty",
    ),
    "size_only": ("B", _SHIFT.format(paper="paper", r="abs(right)"), "to the left"),
    "too_wide": (
        "B",
        "out = np.full_like(images, paper)\nw = images.shape[2]\n"
        "if right >= 0:\n    out[:, :, right:] = images[:, :, : w - right]\n"
        "else:\n    out[:, :, : w + right] = images[:, :, -right:]\nreturn out",
        "moved(images, 8, 0.95) for images of width 6\n  an error",
    ),
    "wide": (
        "B",
        "out = np.full_like(images, paper)\nw = images.shape[2]\n"
        "r = right % w if right > 0 else right\n"
        "if r >= 0:\n    out[:, :, r:] = images[:, :, : w - r]\n"
        "else:\n    out[:, :, : max(w + r, 0)] = images[:, :, -r:]\nreturn out",
        "only paper",
    ),
    "any_number": (
        "C",
        "leaked = np.array([(train_X == row).any() for row in test_X])\n"
        "right = (said == labels)[~leaked]\n"
        "return leaked.mean(), right.mean() if len(right) else np.nan",
        "all its numbers",
    ),
    "anywhere": (
        "C",
        "leaked = np.isin(test_X, train_X).all(axis=1)\n"
        "right = (said == labels)[~leaked]\n"
        "return leaked.mean(), right.mean() if len(right) else np.nan",
        "found somewhere",
    ),
    "by_columns": (
        "C",
        "leaked = (test_X[:, None] == train_X).any(axis=1).all(axis=1)\n"
        "right = (said == labels)[~leaked]\n"
        "return leaked.mean(), right.mean() if len(right) else np.nan",
        "in its column",
    ),
    "first_column": (
        "C",
        "leaked = np.isin(test_X[:, 0], train_X[:, 0])\n"
        "right = (said == labels)[~leaked]\n"
        "return leaked.mean(), right.mean() if len(right) else np.nan",
        "first column",
    ),
    "equal_sums": (
        "C",
        "leaked = np.isin(test_X.sum(axis=1), train_X.sum(axis=1))\n"
        "right = (said == labels)[~leaked]\n"
        "return leaked.mean(), right.mean() if len(right) else np.nan",
        "equal sums",
    ),
    "same_place": (
        "C",
        "leaked = np.zeros(len(test_X), dtype=bool)\nk = min(len(train_X), len(test_X))\n"
        "leaked[:k] = (train_X[:k] == test_X[:k]).all(axis=1)\n"
        "right = (said == labels)[~leaked]\n"
        "return leaked.mean(), right.mean() if len(right) else np.nan",
        "in the same place",
    ),
    "of_training": (
        "C",
        _LEAKED + "t = np.array([(test_X == row).all(axis=1).any() for row in train_X])\n"
        "right = (said == labels)[~leaked]\n"
        "return t.mean(), right.mean() if len(right) else np.nan",
        "training rows",
    ),
    "all_rows": (
        "C",
        _LEAKED + "return leaked.mean(), np.mean(said == labels)",
        "leaked rows, too",
    ),
    "leaked_rows": (
        "C",
        _LEAKED + "return leaked.mean(), np.mean((said == labels)[leaked])",
        "of the leaked rows",
    ),
    "count": (
        "C",
        _LEAKED + "right = (said == labels)[~leaked]\n"
        "return leaked.sum(), right.mean() if len(right) else np.nan",
        "number of leaked rows",
    ),
    "clean_share": (
        "C",
        _LEAKED + "right = (said == labels)[~leaked]\n"
        "return 1 - leaked.mean(), right.mean() if len(right) else np.nan",
        "not leaked",
    ),
    "over_all": (
        "C",
        _LEAKED + "return leaked.mean(), np.sum((said == labels) & ~leaked) / len(labels)",
        "divided by all",
    ),
    "errors": (
        "C",
        _LEAKED + "right = (said != labels)[~leaked]\n"
        "return leaked.mean(), right.mean() if len(right) else np.nan",
        "share of errors",
    ),
    "zero_for_none": (
        "C",
        _LEAKED + "right = (said == labels)[~leaked]\n"
        "return leaked.mean(), right.mean() if len(right) else 0.0",
        "np.nan",
    ),
    "smaller_overall": (
        "A",
        'train = order[:n]\n'
        'f, r = train[y[train] == 0], train[y[train] == 1]\n'
        'if 0 < len(r) and (y == 1).sum() < (y == 0).sum():\n'
        '    r = np.resize(r, len(f))\n'
        'return np.concatenate([f, r]), order[n:]',
        'in the training part',
    ),
    "single_rare": (
        "A",
        'train = order[:n]\n'
        'f, r = train[y[train] == 0], train[y[train] == 1]\n'
        'if 1 < len(r) < len(f):\n'
        '    r = np.resize(r, len(f))\n'
        'return np.concatenate([f, r]), order[n:]',
        'one rare sample',
    ),
    "both_repeated": (
        "A",
        'train = order[:n]\n'
        'f, r = train[y[train] == 0], train[y[train] == 1]\n'
        'm = max(len(f), len(r))\n'
        'return np.concatenate([np.resize(f, m), np.resize(r, m) if len(r) else r]), order[n:]',
        'not the smaller',
    ),
    "sorted_test": (
        "A",
        'train = order[:n]\n'
        'f, r = train[y[train] == 0], train[y[train] == 1]\n'
        'if 0 < len(r) < len(f):\n'
        '    r = np.resize(r, len(f))\n'
        'return np.concatenate([f, r]), np.sort(order[n:])',
        'another order',
    ),
    "same_array": (
        "B",
        'if right == 0:\n'
        '    return images\n'
        'out = np.roll(images, right, axis=2)\n'
        'if right > 0:\n'
        '    out[:, :, :right] = paper\n'
        'else:\n'
        '    out[:, :, right:] = paper\n'
        'return out',
        'return a new one',
    ),
    "none_for_none": (
        "C",
        'leaked = np.array([(train_X == row).all(axis=1).any() for row in test_X])\n'
        'right = (said == labels)[~leaked]\n'
        'return leaked.mean(), right.mean() if len(right) else None',
        'None',
    ),
    "nearly": (
        "C",
        'leaked = np.array([(np.abs(train_X - row) < 0.5).all(axis=1).any() for row in test_X])\n'
        'right = (said == labels)[~leaked]\n'
        'return leaked.mean(), right.mean() if len(right) else np.nan',
        'nearly equal',
    ),
}


def circle(rare, m):
    return np.array([rare[i % len(rare)] for i in range(m)])


@answer
def balanced(order, y, n):
    """The training part, the test, and what the training part is by mistake."""
    rows, t = order[:n], y[order[:n]]
    f, r = rows[t == 0], rows[t == 1]
    m = len(f)
    right = np.concatenate([f, circle(r, m)])
    every_f, every_r = order[y[order] == 0], order[y[order] == 1]
    by_place = rows[y[:n] == 0], rows[y[:n] == 1]
    each = "repeat them in a circle, a b c a b, and not a a b b c"
    return right, order[n:], {
        "before": (
            "these copies were made before the split, so the test can have twins",
            np.concatenate([every_f, circle(every_r, len(every_f))])[:n],
        ),
        "plain": ("the training part is not balanced: no rare sample is copied", rows),
        "plain_sorted": (
            "the training part is not balanced: no rare sample is copied, or not often enough",
            np.concatenate([f, r]),
        ),
        "labels": ("these are labels: return the numbers of the samples", y[right]),
        "places": (
            "these are places in order: look the numbers of the samples up in it",
            np.concatenate([np.flatnonzero(t == 0), circle(np.flatnonzero(t == 1), m)]),
        ),
        "by_place": (
            "y[:n] are the labels of samples 0 to n - 1: those of the training part are y[train]",
            np.concatenate([by_place[0], circle(by_place[1], (y[:n] == 0).sum())]),
        ),
        "too_many": (
            "the rare samples stand there, too: with them class 1 is now too large",
            np.concatenate([f, r, circle(r, m)]),
        ),
        "rare_first": ("those of class 0 come first", np.concatenate([circle(r, m), f])),
        "each": (each, np.concatenate([f, np.sort(circle(r, m))])),
        "np.repeat": (each, np.concatenate([f, np.repeat(r, 2)[:m]])),
        "added": (
            "the training part stands before the copies: class 0 first, then the circle",
            np.concatenate([rows, r]),
        ),
        "parts": ("training part and test are exchanged", order[n:]),
    }


Y = np.array([0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0])
ORDER = np.array([10, 3, 4, 0, 7, 2, 1, 5, 9, 8, 6, 11])


@check("A", points=1)
def balanced_training(m, rng):
    call = "split_then_balance(order, y, 8)"
    train = several(call, m.split_then_balance(ORDER, Y, 8), "train", "test")[0]
    right, _, mistakes = balanced(ORDER, Y, 8)
    for why, value in mistakes.values():
        if np.array_equal(train, value):
            raise Wrong(why, call, [f"train: {train}"])
    if not np.array_equal(train, right) and np.array_equal(np.sort(train), np.sort(right)):
        why = "the right samples in another order: first class 0, then class 1, as in order"
        raise Wrong(why, call, [f"train: {train}"])
    compare(f"{call}: train", train, right)


@check("A", points=1)
def untouched_test(m, rng):
    call = "split_then_balance(order, y, 8)"
    test = several(call, m.split_then_balance(ORDER, Y, 8), "train", "test")[1]
    right = balanced(ORDER, Y, 8)[1]
    if np.array_equal(test, [9, 6, 11, 8, 8, 8]):
        raise Wrong("the test is balanced, too: it must stay as it is", call, [f"test: {test}"])
    if not np.array_equal(test, right) and np.array_equal(np.sort(test), np.sort(right)):
        why = "the right samples in another order: the test stands as in order"
        raise Wrong(why, call, [f"test: {test}"])
    compare(f"{call}: test", test, right)
    for y, n, right, why in (
        ([1, 1, 0, 1, 0], 4, [2, 0, 1, 3],
         "rare samples are left out, or others repeated: class 1 was not the smaller"),
        ([0, 0, 0, 0, 1], 4, [0, 1, 2, 3], "there is no sample of class 1 to repeat"),
        ([1, 1, 0, 0, 0, 0, 0], 3, [2, 0, 1],
         "class 1 is not the smaller one in the training part, and only that counts"),
        ([0, 1, 0, 0, 1], 4, [0, 2, 3, 1, 1, 1], "one rare sample is repeated like many"),
    ):  # fmt: skip
        call = f"split_then_balance(np.arange({len(y)}), np.array({y}), {n})"
        got = m.split_then_balance(np.arange(len(y)), np.array(y), n)
        got = several(call, got, "train", "test")[0]
        if len(got) != len(right):
            raise Wrong(why, f"{call}: train", [f"got {got}"])
        compare(f"{call}: train", got, np.array(right))


def slid(images, right, paper):
    n, height, width = images.shape
    out = np.empty_like(images)
    for c in range(width):
        out[:, :, c] = images[:, :, c - right] if 0 <= c - right < width else paper
    return out


@answer
def slides(images, right, paper):
    """The moved pictures, and what they are by mistake."""
    width = images.shape[2]
    nearest = np.clip(np.arange(width) - right, 0, width - 1)
    moved = slid(images, right, paper)
    return moved, {
        "roll": (
            "columns come in again on the other side: put paper there",
            np.roll(images, right, axis=2),
        ),
        "rows": (
            "the rows are moved: columns are axis 2",
            slid(images.transpose(0, 2, 1), right, paper).transpose(0, 2, 1),
        ),
        "direction": (
            "moved in the wrong direction"
            if right > 0
            else "a negative number moves to the left, this went to the right",
            slid(images, -right, paper),
        ),
        "zeros": ("the new columns are zeros: they must be paper", slid(images, right, 0)),
        "still": ("the pictures are not moved", images),
        "edge": ("the border column is repeated: put paper there", images[:, :, nearest]),
        "pictures": (
            "the pictures are moved along the batch: columns are axis 2",
            slid(images.transpose(1, 2, 0), right, paper).transpose(2, 0, 1),
        ),
        "ink": ("a 0 in the pictures is no paper: it stays 0", np.where(moved == 0, paper, moved)),
    }


@check("B", points=1)
def to_the_right(m, rng):
    images = rng.uniform(0.1, 0.9, (4, 5, 6))
    call = "moved(images, 2, 1.0) for images of shape (4, 5, 6)"
    right, mistakes = slides(images, 2, 1.0)
    compare(call, m.moved(images, 2, 1.0), right, **mistakes, **SINGLE)


@check("B", points=1)
def to_the_left_and_out(m, rng):
    images = rng.uniform(0.1, 0.9, (3, 4, 6))
    images[:, 1:3, 2:4] = 0.0  # ink of the value 0 stays as it is
    for right in (-1, -2, 0):
        call = f"moved(images, {right}, 0.95) for images of shape (3, 4, 6)"
        got = m.moved(images, right, 0.95)
        if got is images:
            raise Wrong("this is the very array that was given: return a new one", call)
        expected, mistakes = slides(images, right, 0.95)
        empty = np.full_like(images, 0.95)
        if right == 0 and np.shape(got) == images.shape and np.allclose(got, empty):
            raise Wrong("only paper: with right = 0 the pictures stay; [:, :, :-0] is empty", call)
        compare(call, got, expected, **mistakes, **SINGLE)
    for right in (6, 8, -6, -9):
        call = f"moved(images, {right}, 0.95) for images of width 6"
        try:
            got = m.moved(images, right, 0.95)
        except ValueError as error:
            raise Wrong("an error, where only paper is left", call, [str(error)]) from None
        if np.shape(got) == images.shape and not np.allclose(got, 0.95):
            raise Wrong("moved by its width or more, a picture is gone: only paper is left", call)
        compare(call, got, np.full_like(images, 0.95), **SINGLE)


def leaky(rng):
    """Training rows, and 13 test rows: 0, 1 and 12 have twins; some others only look like it."""
    train = rng.permuted(np.arange(28.0).reshape(7, 4), axis=1)
    train[5] = train[1]
    test = rng.integers(0, 28, (13, 4)) + 0.3
    test[[0, 1, 12]] = train[[1, 2, 6]]
    test[2] = [train[0, 0], *train[6, 1:]]  # numbers of two rows, each in its column
    test[3] = np.roll(test[2], 1)  # and in other columns
    test[4], test[5] = np.roll(train[3], 1), np.roll(train[4], 2)  # the sums of two rows
    test[6:8, 0] = train[3, 0]  # only the first number
    test[8:11, 1:] = train[2, 1:]  # all but the first
    return train, test


SAID = np.array([1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 1])
LABELS = np.array([1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1])


@answer
def false_shares(train, test):
    """What the leaked share is by mistake."""
    again = np.array([(test == row).all(1).any() for row in train])
    return {
        "spread": (
            "each number is found somewhere, but not all of them in one row",
            np.isin(test, train).all(axis=1).mean(),
        ),
        "columns": (
            "each number is found in its column, but not all of them in one row",
            (test[:, None] == train).any(axis=1).all(axis=1).mean(),
        ),
        "first": (
            "only the first column is compared: a twin agrees in all columns",
            np.isin(test[:, 0], train[:, 0]).mean(),
        ),
        "sums": (
            "equal sums are no twins: compare number by number",
            np.isin(test.sum(axis=1), train.sum(axis=1)).mean(),
        ),
        "any": (
            "a row is leaked if all its numbers agree with one row, not only some",
            np.mean([(train == row).any() for row in test]),
        ),
        "place": (
            "a twin need not stand in the same place: look at all training rows",
            (train == test[:7]).all(1).sum() / 13,
        ),
        "training": ("this is the share of the training rows", again.mean()),
        "count": ("this is the number of leaked rows, not their share", 3),
        "clean": ("this is the share that is not leaked", 10 / 13),
    }


@check("C", points=1)
def leaked_share(m, rng):
    train, test = leaky(rng)
    call = "honest(train_X, test_X, said, labels)"
    got = several(call, m.honest(train, test, SAID, LABELS), "share", "accuracy")[0]
    compare(f"{call}: the share", got, 3 / 13, **false_shares(train, test), **SINGLE)
    test = train[:2] + [[0.0], [0.001]]
    call = "honest(X, X[:2], ...), but the second row plus 0.001: the share"
    got = several(call, m.honest(train, test, SAID[:2], LABELS[:2]), "share", "accuracy")[0]
    near = ("a row that is nearly equal is no twin", 1.0)
    compare(call, got, 0.5, near=near, **SINGLE)


@check("C", points=1)
def honest_accuracy(m, rng):
    train, test = leaky(rng)
    call = "honest(train_X, test_X, said, labels)"
    got = several(call, m.honest(train, test, SAID, LABELS), "share", "accuracy")[1]
    named = {
        "all": ("the leaked rows, too, are judged here: leave them out", 7 / 13),
        "leaked": ("this is the accuracy of the leaked rows", 1.0),
        "over_all": ("divided by all test rows: divide by the rows that are judged", 4 / 13),
        "errors": ("this is the share of errors", 6 / 10),
    }
    compare(f"{call}: the accuracy", got, 4 / 10, **named, **SINGLE)
    call = "honest(X, X, said, labels)"
    got = several(call, m.honest(train, train, SAID[:7], LABELS[:7]), "share", "accuracy")
    compare(f"{call}: the share", got[0], 1.0, **SINGLE)
    why = "no row is left to judge: the accuracy is np.nan"
    compare(f"{call}: the accuracy", got[1], np.nan, zero=(why, 0.0), one=(why, 1.0))


@check("A", points=0, hidden=True)
def many_splits(m, rng):
    for _ in range(20):
        order, y = rng.permutation(60), (rng.random(60) < 0.2).astype(int)
        y[order[0]] = 1
        train, test = m.split_then_balance(order, y, 40)
        rows = order[:40]
        f, r = rows[y[rows] == 0], rows[y[rows] == 1]
        call = "split_then_balance(order, y, 40) for 60 samples"
        compare(call, train, np.concatenate([f, circle(r, max(len(f), len(r)))]))
        compare(call, test, order[40:])


@check("B", points=0, hidden=True)
def other_pictures(m, rng):
    for right in range(-5, 6):
        images = rng.normal(size=(2, 3, 4))
        call = f"moved(images, {right}, 0.25) for images of shape (2, 3, 4)"
        compare(call, m.moved(images, right, 0.25), slid(images, right, 0.25), **SINGLE)


@check("C", points=0, hidden=True)
def other_rows(m, rng):
    for _ in range(10):
        train, test = rng.integers(0, 3, (10, 2)) * 1.0, rng.integers(0, 3, (12, 2)) * 1.0
        said, labels = rng.integers(0, 2, (2, 12))
        twins = {tuple(row) for row in train}
        clean = [i for i, row in enumerate(test) if tuple(row) not in twins]
        share, accuracy = m.honest(train, test, said, labels)
        compare("honest(...): the share", share, 1 - len(clean) / 12, **SINGLE)
        if clean:
            right = np.mean(said[clean] == labels[clean])
            compare("honest(...): the accuracy", accuracy, right, **SINGLE)
