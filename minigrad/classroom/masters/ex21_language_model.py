"""A language model on numbers: count pairs, take a perplexity, cut a text into contexts.

Belongs to lesson 21, "How surprising is the next letter?".

A text is an array x of whole numbers from 0 to C - 1, shape (N,): x[t] is the number of the letter
at place t. A table of beliefs q has the shape (C, C): q[a, b] is the probability that the letter
b comes after the letter a, and each row adds up to 1. The parts do not use each other.
"""

import numpy as np


# %% Part A (2 points)
def bigram_table(x, C, k):
    """The smoothed beliefs q, shape (C, C), float64, of the pairs in the text x.

    As in the lesson, k (above 0) is added to each count of a pair. A row whose letter was never
    followed by another holds 1 / C everywhere. np.add.at(n, (i, j), 1) adds 1 to n[i, j] for each
    pair of the arrays i and j, and counts a pair that occurs twice, twice.
    """
    # BEGIN SOLUTION A: count the pairs x[t], x[t + 1]; add k; divide each row by its sum
    n = np.zeros((C, C))
    np.add.at(n, (x[:-1], x[1:]), 1)
    return (n + k) / (n.sum(axis=1)[:, None] + k * C)
    # END SOLUTION


# %% Part B (2 points)
def perplexity(q, x):
    """The perplexity of the text x, at least two letters long, under the table q: one number.

    The first letter has nothing before it and is not predicted: N letters are N - 1 predictions.
    All probabilities are above 0, but some may be tiny: add nothing to them.
    """
    # BEGIN SOLUTION B: the probabilities of what came; their mean surprise; its exponential
    p = q[x[:-1], x[1:]]
    return np.exp(-np.mean(np.log(p)))
    # END SOLUTION


# %% Part C (2 points)
def contexts_of(x, m, pad):
    """The m letters before *each* place of x, in the order of the text: shape (N, m), m at least 1.

    Where the text has not begun yet, the letter `pad` stands. For x = [5, 6, 7], m = 2 and pad = 0
    the rows are [0, 0], [0, 5] and [5, 6].
    """
    # BEGIN SOLUTION C: np.full(m, pad) before x (np.concatenate), then take places by an index
    padded = np.concatenate([np.full(m, pad), x])
    return padded[np.arange(len(x))[:, None] + np.arange(m)]
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import Wrong, answer, check, compare, taken  # noqa: E402

HINTS = {
    "A": [
        "The pairs of a text are its letters but the last, and its letters but the first.",
        "n(ab) + k over n(a) + k C: n(a) is the sum of row a, kept as a column.",
        "n = np.zeros((C, C))\nnp.add.at(n, (x[:-1], ...), 1)\nreturn (n + k) / (...)",
    ],
    "B": [
        "Take the probability of each pair from the table at once, by two arrays of indices.",
        "Perplexity is the exponential of the mean of -ln p.",
        "p = q[x[:-1], ...]\nreturn np.exp(...)",
    ],
    "C": [
        "With m letters in front, the context of place t begins at place t of the longer text.",
        "The lesson's index: a column of places plus a row of m steps.",
        "padded = np.concatenate([np.full(m, pad), x])\n"
        "return padded[np.arange(len(x))[:, None] + ...]",
    ],
}
_A = "n = np.zeros((C, C))\nnp.add.at(n, (x[:-1], x[1:]), 1)\n"
_B = "p = q[x[:-1], x[1:]]\n"
_C = "padded = np.concatenate([np.full(m, pad), x])\n"
RIGHT = {
    "letter_by_letter": (
        "A",
        "q = []\n"
        "for a in range(C):\n"
        "    row = [sum(1 for s, t in zip(x[:-1], x[1:]) if (s, t) == (a, b)) + k for b in "
        "range(C)]\n"
        "    q.append([n / sum(row) for n in row])\n"
        "return q",
    ),
    "bincount": (
        "A",
        "n = np.bincount(C * x[:-1] + x[1:], minlength=C * C).reshape(C, C) + k\n"
        "return n / n.sum(axis=1, keepdims=True)",
    ),
    "one_hot_product": (
        "A",
        "hot = np.eye(C)[x]\n"
        'n = np.einsum("ta,tb->ab", hot[:-1], hot[1:])\n'
        "return np.array([(row + k) / (row.sum() + C * k) for row in n])",
    ),
    "counter": (
        "A",
        "from collections import Counter\n"
        "x = x.tolist()\n"
        "pairs, firsts = Counter(zip(x, x[1:])), Counter(x[:-1])\n"
        "return [[(pairs[a, b] + k) / (firsts[a] + k * C) for b in range(C)] for a in range(C)]",
    ),
    "histogram": (
        "A",
        "edges = np.arange(C + 1) - 0.5\n"
        "n = np.histogram2d(x[:-1], x[1:], bins=[edges, edges])[0] + k\n"
        "return np.divide(n.T, n.sum(axis=1)).T",
    ),
    "root_of_a_product": (
        "B",
        "p = q[x[:-1], x[1:]]\nreturn np.prod(p) ** (-1 / len(p))",
    ),
    "in_bits": (
        "B",
        "bits = 0.0\n"
        "for a, b in zip(x, x[1:]):\n"
        "    bits -= np.log2(q[a, b])\n"
        "return 2 ** (bits / (len(x) - 1))",
    ),
    "product_of_roots": (
        "B",
        "p = np.array([q[x[t - 1]][x[t]] for t in range(1, len(x))])\n"
        "return float(np.prod(p ** (-1.0 / p.size)))",
    ),
    "tensors": (
        "B",
        "import minigrad as mg\n"
        "chosen = mg.tensor(np.log(q))[mg.tensor(x[:-1]), mg.tensor(x[1:])]\n"
        "return mg.exp(-chosen.mean())",
    ),
    "slices_of_a_list": (
        "C",
        "padded = [pad] * m + list(x)\nreturn [padded[t : t + m] for t in range(len(x))]",
    ),
    "sliding_windows": (
        "C",
        "padded = np.pad(x, (m, 0), constant_values=pad)\n"
        "return np.lib.stride_tricks.sliding_window_view(padded, m)[:-1]",
    ),
    "column_by_column": (
        "C",
        "out = np.full((len(x), m), pad)\n"
        "for back in range(1, min(m, len(x)) + 1):\n"
        "    out[back:, m - back] = x[:-back]\n"
        "return out",
    ),
    "a_rolling_row": (
        "C",
        "row, rows = [pad] * m, []\n"
        "for letter in x:\n"
        "    rows.append(tuple(row))\n"
        "    row = [*row[1:], int(letter)]\n"
        "return np.array(rows, dtype=float)",
    ),
    "masked_places": (
        "C",
        "places = np.arange(len(x))[:, None] - np.arange(m, 0, -1)\n"
        "return np.where(places < 0, pad, x[places.clip(0)])",
    ),
}
WRONG = {
    "no_smoothing": (
        "A",
        _A + "return n / np.maximum(n.sum(axis=1, keepdims=True), 1)",
        "not smoothed",
    ),
    "k_once": ("A", _A + "return (n + k) / (n.sum(axis=1, keepdims=True) + k)", "k C"),
    "k_above_only": ("A", _A + "return (n + k) / n.sum(axis=1, keepdims=True)", "k C"),
    "add_one": ("A", _A + "return (n + 1) / (n.sum(axis=1, keepdims=True) + C)", "is 1 here"),
    "precedence": ("A", _A + "return n + k / (n.sum(axis=1, keepdims=True) + k * C)", "bracket"),
    "columns": ("A", _A + "return (n + k) / (n.sum(axis=0, keepdims=True) + k * C)", "columns"),
    "transposed": (
        "A",
        "n = np.zeros((C, C))\nnp.add.at(n, (x[1:], x[:-1]), 1)\n"
        "return (n + k) / (n.sum(axis=1, keepdims=True) + k * C)",
        "before a",
    ),
    "joint": ("A", _A + "return (n + k) / (n.sum() + k * C * C)", "of the pair"),
    "once": (
        "A",
        "n = np.zeros((C, C))\nn[x[:-1], x[1:]] += 1\n"
        "return (n + k) / (n.sum(axis=1, keepdims=True) + k * C)",
        "counted once",
    ),
    "unigram": (
        "A",
        "n = np.bincount(x, minlength=C) + k\nreturn np.tile(n / n.sum(), (C, 1))",
        "no context",
    ),
    "last_counts": (
        "A",
        _A + "return (n + k) / (np.bincount(x, minlength=C)[:, None] + k * C)",
        "last letter",
    ),
    "counts": ("A", _A + "return n + k", "not divided"),
    "nats": ("B", _B + "return -np.mean(np.log(p))", "exponential is missing"),
    "sum": ("B", _B + "return np.exp(-np.sum(np.log(p)))", "sum"),
    "no_minus": ("B", _B + "return np.exp(np.mean(np.log(p)))", "minus"),
    "mean_p": ("B", _B + "return 1 / np.mean(p)", "mean probability"),
    "mean_inverse": ("B", _B + "return np.mean(1 / p)", "geometric"),
    "by_n": ("B", _B + "return np.exp(-np.sum(np.log(p)) / len(x))", "N - 1"),
    "bits": ("B", _B + "return np.exp(-np.mean(np.log2(p)))", "base"),
    "two": ("B", _B + "return 2 ** -np.mean(np.log(p))", "base"),
    "backwards": (
        "B",
        "p = q[x[1:], x[:-1]]\nreturn np.exp(-np.mean(np.log(p)))",
        "swapped",
    ),
    "rescue": ("B", _B + "return np.exp(-np.mean(np.log(p + 1e-10)))", "added"),
    "with_itself": (
        "C",
        _C + "return padded[np.arange(len(x))[:, None] + np.arange(m) + 1]",
        "letter itself",
    ),
    "backwards_c": (
        "C",
        _C + "return padded[np.arange(len(x))[:, None] + np.arange(m)][:, ::-1]",
        "backwards",
    ),
    "early": (
        "C",
        "padded = np.concatenate([np.full(m + 1, pad), x])\n"
        "return padded[np.arange(len(x))[:, None] + np.arange(m)]",
        "one place too early",
    ),
    "unpadded": (
        "C",
        "places = np.arange(m, len(x))\nreturn x[places[:, None] + np.arange(-m, 0)]",
        "first m places",
    ),
    "zero_pad": (
        "C",
        "padded = np.concatenate([np.zeros(m, int), x])\n"
        "return padded[np.arange(len(x))[:, None] + np.arange(m)]",
        "0 instead of pad",
    ),
    "pad_behind": (
        "C",
        "padded = np.concatenate([x, np.full(m, pad)])\n"
        "return padded[np.arange(len(x))[:, None] + np.arange(m)]",
        "behind the text",
    ),
    "round": ("C", "return x[np.arange(len(x))[:, None] + np.arange(-m, 0)]", "end of the text"),
    "turned": (
        "C",
        _C + "return padded[np.arange(len(x)) + np.arange(m)[:, None]]",
        "(m, N)",
    ),
    "largest_letter": (
        "A",
        "C = x.max() + 1\n"
        "n = np.zeros((C, C))\n"
        "np.add.at(n, (x[:-1], x[1:]), 1)\n"
        "return (n + k) / (n.sum(axis=1)[:, None] + k * C)",
        "never come",
    ),
    "only_those_that_came": (
        "A",
        "n = np.zeros((C, C))\n"
        "np.add.at(n, (x[:-1], x[1:]), 1)\n"
        "return (n + k) / (n.sum(axis=1)[:, None] + k * len(np.unique(x)))",
        "that occur",
    ),
    "empty_rows": (
        "A",
        "n = np.zeros((C, C))\n"
        "np.add.at(n, (x[:-1], x[1:]), 1)\n"
        "rows = n.sum(axis=1)[:, None]\n"
        "return np.where(rows > 0, (n + k) / (rows + k * C), 0)",
        "1 / C everywhere",
    ),
    "only_seen_pairs": (
        "A",
        "n = np.zeros((C, C))\n"
        "np.add.at(n, (x[:-1], x[1:]), 1)\n"
        "return (n + k * (n > 0)) / (n.sum(axis=1)[:, None] + k * C)",
        "never came",
    ),
    "in_a_ring": (
        "A",
        "n = np.zeros((C, C))\n"
        "np.add.at(n, (x, np.roll(x, -1)), 1)\n"
        "return (n + k) / (n.sum(axis=1)[:, None] + k * C)",
        "in a ring",
    ),
    "both_ways": (
        "A",
        "n = np.zeros((C, C))\n"
        "np.add.at(n, (x[:-1], x[1:]), 1)\n"
        "n = n + n.T\n"
        "return (n + k) / (n.sum(axis=1)[:, None] + k * C)",
        "both ways",
    ),
    "predicts_the_first": (
        "B",
        "p = np.append(1 / len(q), q[x[:-1], x[1:]])\nreturn np.exp(-np.mean(np.log(p)))",
        "first letter",
    ),
    "ring_of_the_text": (
        "B",
        "p = q[x, np.roll(x, -1)]\nreturn np.exp(-np.mean(np.log(p)))",
        "last to the first",
    ),
    "all_pairs": (
        "B",
        "p = q[x[:-1]][:, x[1:]]\nreturn np.exp(-np.mean(np.log(p)))",
        "every row with every column",
    ),
    "clipped": (
        "B",
        "p = np.clip(q[x[:-1], x[1:]], 1e-12, 1)\nreturn np.exp(-np.mean(np.log(p)))",
        "kept from being small",
    ),
    "one_row_less": (
        "C",
        "padded = np.concatenate([np.full(m, pad), x])\n"
        "return padded[np.arange(len(x) - 1)[:, None] + np.arange(m)]",
        "wrong shape",
    ),
    "pads_behind_each": (
        "C",
        "out = np.full((len(x), m), pad)\n"
        "for t in range(len(x)):\n"
        "    seen = x[max(0, t - m) : t]\n"
        "    out[t, : len(seen)] = seen\n"
        "return out",
        "before the letters",
    ),
    "first_letter_for_pad": (
        "C",
        "padded = np.concatenate([np.full(m, x[0]), x])\n"
        "return padded[np.arange(len(x))[:, None] + np.arange(m)]",
        "instead of pad",
    ),
    "whole_rows_of_pad": (
        "C",
        "padded = np.concatenate([np.full(m, pad), x])\n"
        "rows = padded[np.arange(len(x))[:, None] + np.arange(m)]\n"
        "return np.where(np.arange(len(x))[:, None] < m, pad, rows)",
        "letters that are there",
    ),
}


def text_of(rng, C, N):
    """A random text in which letters depend on the one before, so that mistakes show."""
    return (np.cumsum(rng.integers(0, 2, N)) + 2 * rng.integers(0, 2, N)) % C


@answer
def beliefs(x, C, k):
    """The smoothed table, and what it is by mistake."""
    n = np.zeros((C, C))
    for a, b in zip(x[:-1], x[1:], strict=True):
        n[a, b] += 1
    rows, seen = n.sum(axis=1, keepdims=True), (n > 0).astype(float)
    every, ring, both = np.bincount(x, minlength=C), n.copy(), n + n.T
    ring[x[-1], x[0]] += 1
    some = np.where(rows > 0, (n + k) / (rows + k * C), 0)
    return (n + k) / (rows + k * C), {
        "raw": ("the counts are not smoothed: k is missing", n / np.maximum(rows, 1)),
        "k_once": ("the sum of a row is n(a) + k C, not n(a) + k", (n + k) / (rows + k)),
        "precedence": ("a bracket is missing: (n + k) over the sum", n + k / (rows + k * C)),
        "k_above": (
            "k C is missing below: the rows add up to more than 1",
            (n + k) / np.maximum(rows, 1),
        ),
        "one": ("what is added is 1 here: add k", (n + 1) / (rows + C)),
        "columns": (
            "this divides by the sums of the columns: how often b came, not a",
            (n + k) / (n.sum(axis=0, keepdims=True) + k * C),
        ),
        "transposed": (
            "this is how often b came before a: q[a, b] is of b after a",
            (n.T + k) / (n.T.sum(axis=1, keepdims=True) + k * C),
        ),
        "joint": (
            "this is the probability of the pair, not of b after a: divide each row by its sum",
            (n + k) / (n.sum() + k * C * C),
        ),
        "once": (
            "a pair that occurs more often is counted once only: use np.add.at",
            (seen + k) / (seen.sum(axis=1, keepdims=True) + k * C),
        ),
        "seen": ("a pair that never came gets k, too", (n + k * seen) / (rows + k * C)),
        "unigram": (
            "all rows are alike: there is no context in these beliefs",
            np.tile((every + k) / (every + k).sum(), (C, 1)),
        ),
        "last": (
            "the last letter is counted, too, but nothing follows it",
            (n + k) / (every[:, None] + k * C),
        ),
        "ring": (
            "the text is read in a ring: its last letter is not before the first",
            (ring + k) / (ring.sum(axis=1, keepdims=True) + k * C),
        ),
        "both": (
            "pairs are counted both ways: q[a, b] is of b after a",
            (both + k) / (both.sum(axis=1, keepdims=True) + k * C),
        ),
        "occur": (
            "C counts all letters, not only those that occur in x",
            (n + k) / (rows + k * len(set(x.tolist()))),
        ),
        "empty": ("a row whose letter was never followed by another holds 1 / C everywhere", some),
        "counts": ("these are counts, not divided by anything", n + k),
    }


@check("A", points=2)
def beliefs_are_smoothed_shares(m, rng):
    k = 0.5
    x = np.append(text_of(rng, 5, 40), 3)
    for C in (5, 7):
        right, mistakes = beliefs(x, C, k)
        call, got = f"bigram_table(x, {C}, {k}) for letters from 0 to 4", m.bigram_table(x, C, k)
        if C == 7 and np.shape(got) == (5, 5):
            raise Wrong("C counts also the letters that never come: shape (C, C)", call)
        compare(call, got, right, **mistakes)


@answer
def perplexities(q, x):
    """The perplexity, and what it is by mistake."""
    p = np.array([q[a, b] for a, b in zip(x[:-1], x[1:], strict=True)])
    surprise = -np.log(p)
    back = np.array([q[b, a] for a, b in zip(x[:-1], x[1:], strict=True)])
    ring, first = np.append(surprise, -np.log(q[x[-1], x[0]])), np.append(surprise, np.log(len(q)))
    every = -np.log(q[np.ix_(x[:-1], x[1:])])
    base = "the exponential and the logarithm have not the same base"
    return np.exp(surprise.mean()), {
        "nats": ("these are nats a letter: the exponential is missing", surprise.mean()),
        "sum": ("this is of the sum: perplexity is of the mean", np.exp(surprise.sum())),
        "minus": ("the minus is missing: a surprise is -ln p", np.exp(-surprise.mean())),
        "mean_p": ("this is 1 over the mean probability: logarithms first", 1 / p.mean()),
        "inverse": ("this is the mean of 1 / p: the geometric mean is meant", (1 / p).mean()),
        "by_n": (
            "the sum is divided by N, but there are N - 1 predictions",
            np.exp(surprise.sum() / len(x)),
        ),
        "bits": (base, np.exp(surprise.mean() / np.log(2))),
        "two": (base, 2 ** surprise.mean()),
        "swapped": (
            "the two letters are swapped: q[a, b] is of b after a",
            np.exp(-np.log(back).mean()),
        ),
        "ring": ("this goes round, from the last to the first letter", np.exp(ring.mean())),
        "first": ("the first letter is not predicted", np.exp(first.mean())),
        "every": (
            "this takes every row with every column: use both arrays as one index",
            np.exp(every.mean()),
        ),
    }


@check("B", points=2)
def perplexity_is_the_exponential_of_the_mean_surprise(m, rng):
    C = 4
    q = rng.dirichlet(np.ones(C), C)
    x = text_of(rng, C, 12)
    right, mistakes = perplexities(q, x)
    compare("perplexity(q, x)", m.perplexity(q, x), right, **mistakes)
    q = np.array([[1e-14, 1 - 1e-14], [0.5, 0.5]])
    rescued = ("a constant was added to the probability", 1 / (1e-14 + 1e-10))
    kept = ("a probability is kept from being small: take it as it is", 1e12)
    call = "perplexity of one pair of probability 1e-14"
    got = m.perplexity(q, np.array([0, 0]))
    compare(call, got, 1e14, rtol=1e-6, rescued=rescued, kept=kept)


@check("C", points=2)
def each_place_has_its_context(m, rng):
    x, pad = np.array([5, 6, 7, 8, 9]), 4
    call = f"contexts_of(np.array({x.tolist()}), 2, {pad})"
    right = np.array([[4, 4], [4, 5], [5, 6], [6, 7], [7, 8]])
    given = m.contexts_of(x, 2, pad)
    if np.shape(given) == (2, 5):
        raise Wrong("its shape is (m, N): there is a row for each place, so (N, m)", call)
    if np.shape(given) == (3, 2):
        raise Wrong("the first m places are missing: pad them", call)
    mistakes = {
        "itself": (
            "each row ends with the letter itself, which is to be predicted",
            np.array([[4, 5], [5, 6], [6, 7], [7, 8], [8, 9]]),
        ),
        "backwards": ("the rows run backwards: the nearest letter comes last", right[:, ::-1]),
        "early": (
            "each row ends one place too early: the letter just before is missing",
            np.array([[4, 4], [4, 4], [4, 5], [5, 6], [6, 7]]),
        ),
        "zero": ("the text is padded with 0 instead of pad", np.where(right == 4, 0, right)),
        "first": (
            "the text is padded with its first letter instead of pad",
            np.where(right == 4, 5, right),
        ),
        "behind": (
            "the padding is behind the text: it belongs before",
            np.array([[5, 6], [6, 7], [7, 8], [8, 9], [9, 4]]),
        ),
        "row_behind": (
            "a row is padded at its end: pad stands before the letters",
            np.array([[4, 4], [5, 4], [5, 6], [6, 7], [7, 8]]),
        ),
        "whole_rows": (
            "whole rows are pad: pad stands only where the text has not begun, before the "
            "letters that are there",
            np.array([[4, 4], [4, 4], [5, 6], [6, 7], [7, 8]]),
        ),
        "round": (
            "the first rows hold letters from the end of the text",
            np.array([[8, 9], [9, 5], [5, 6], [6, 7], [7, 8]]),
        ),
    }
    compare(call, given, right, **mistakes)


@check("A", points=0, hidden=True)
def rows_are_distributions(m, rng):
    q = np.asarray(taken(m.bigram_table(np.array([2, 0, 2, 0, 1]), 4, 0.01)))
    compare("row sums of bigram_table([2, 0, 2, 0, 1], 4, 0.01)", q.sum(axis=1), np.ones(4))
    compare("its row of a letter that never came", q[3], np.full(4, 0.25))
    compare("its row of the last letter", q[1], np.full(4, 0.25))


@check("B", points=0, hidden=True)
def extremes_of_perplexity(m, rng):
    even = np.full((5, 5), 0.2)
    compare("perplexity of an even table of 5", m.perplexity(even, np.array([0, 3, 1, 4])), 5.0)


@check("C", points=0, hidden=True)
def other_contexts(m, rng):
    given = m.contexts_of(np.array([5, 6]), 3, 9)
    compare("contexts_of([5, 6], 3, 9)", given, np.array([[9, 9, 9], [9, 9, 5]]))
    given = m.contexts_of(np.array([5, 6, 7]), 1, 0)
    compare("contexts_of([5, 6, 7], 1, 0)", given, np.array([[0], [5], [6]]))
