"""A chain of labels: the score of a row, ln Z by the forward algorithm, and the best row.

Belongs to lesson 29, "Are labels in a row independent?".

One row of labels has T places and K possible labels, 0 to K - 1. Its scores are float64 arrays:

- z of shape (T, K): how well each label fits each place;
- A of shape (K, K): how well the second label (column) follows the first (row);
- start of shape (K,): added once, for the label at the first place;
- end of shape (K,): added once, for the label at the last place.

T and K are at least 1. If T is 1, the only label is the first and the last, and A is not used. The
arrays stay as they are. The parts do not use each other.
"""

import numpy as np


# %% Part A (2 points)
def score_of_row(z, A, start, end, row):
    """The score of one row of labels, an array of T whole numbers: one number.

    It is the sum of all four kinds of scores that belong to this row.
    """
    # BEGIN SOLUTION A: return the sum of the scores of this row, with its start and its end
    places = z[range(len(z)), row].sum()
    pairs = A[row[:-1], row[1:]].sum()
    return start[row[0]] + places + pairs + end[row[-1]]
    # END SOLUTION


# %% Part B (2 points)
def log_partition(z, A, start, end):
    """ln Z: the logarithm of the sum of exp(score) over all K ** T rows, one number.

    It must not list the rows: T may be 200. Nothing may overflow: scores may be 1000 or -1000.
    """
    # BEGIN SOLUTION B: return ln Z, place by place
    alpha = start + z[0]
    for t in range(1, len(z)):
        alpha = np.logaddexp.reduce(alpha[:, None] + A, axis=0) + z[t]
    return np.logaddexp.reduce(alpha + end)
    # END SOLUTION


# %% Part C (2 points)
def best_row(z, A, start, end):
    """The row with the highest score, T labels from the first place to the last.

    Equal scores: among equally good last labels take the lowest. Then, going back, among equally
    good labels before take the lowest. It must not list the rows: T may be 200.
    """
    # BEGIN SOLUTION C: return the best row, found by going forward and then back
    best = start + z[0]
    origins = []
    for t in range(1, len(z)):
        ways = best[:, None] + A
        origins.append(ways.argmax(axis=0))
        best = ways.max(axis=0) + z[t]
    row = [(best + end).argmax()]
    for origin in origins[::-1]:
        row.append(origin[row[-1]])
    return np.stack(row[::-1])
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import Wrong, answer, check, compare  # noqa: E402

HINTS = {
    "A": [
        "How many terms has the score of a row of four labels? The lesson has four of one kind and "
        "three of another. Here two more come.",
        "z[range(len(z)), row] takes one score at each place. A[row[:-1], row[1:]] takes one for "
        "each pair: row[:-1] are the labels before. The first label is row[0], the last row[-1].",
        "places = z[range(len(z)), row].sum()\npairs = A[...].sum()\n"
        "return start[...] + places + pairs + end[...]",
    ],
    "B": [
        "Begin with the lesson's forward algorithm. Which beginnings get the score of start, and "
        "at what moment is a beginning a whole row, which gets the score of end?",
        "alpha begins as start + z[0], the score of each beginning of one label. The step is the "
        "lesson's. end is added to the last alpha only, before the last log-sum-exp.",
        "alpha = start + z[0]\nfor t in range(1, len(z)):\n"
        "    alpha = np.logaddexp.reduce(... + A, axis=0) + z[t]\nreturn np.logaddexp.reduce(...)",
    ],
    "C": [
        "Take your way through the lesson's viterbi without its first two axes. Where do start and "
        "end come in?",
        "best begins as start + z[0]. ways[j, k] = best[j] + A[j, k]: the best j for each k is the "
        "argmax along axis 0; keep it. The last label is the argmax of best + end.",
        "best = start + z[0]\norigins = []\nfor t in range(1, len(z)):\n    ways = ...\n"
        "    origins.append(ways.argmax(axis=0))\n    best = ways.max(axis=0) + ...\n"
        "row = [(...).argmax()]\nfor origin in origins[::-1]:\n    row.append(origin[...])\n"
        "return np.stack(row[::-1])",
    ],
}


def _score(places="z[range(len(z)), row].sum()", pairs="A[row[:-1], row[1:]].sum()", ends=None):
    ends = ends or "start[row[0]] + end[row[-1]]"
    return f"return {places} + {pairs} + {ends}"


def _forward(first="start + z[0]", step="alpha[:, None] + A", z="z[t]", last="alpha + end"):
    return (
        f"alpha = {first}\nfor t in range(1, len(z)):\n"
        f"    alpha = np.logaddexp.reduce({step}, axis=0) + {z}\n"
        f"return np.logaddexp.reduce({last})"
    )


def _viterbi(first="start + z[0]", ways="best[:, None] + A", z="z[t]", last="best + end", end=""):
    return (
        f"best = {first}\norigins = []\nfor t in range(1, len(z)):\n    ways = {ways}\n"
        f"    origins.append(ways.argmax(axis=0))\n    best = ways.max(axis=0) + {z}\n"
        f"row = [({last}).argmax()]\nfor origin in origins[::-1]:\n"
        f"    row.append(origin[row[-1]])\n{end or 'return np.stack(row[::-1])'}"
    )


RIGHT = {
    "term_by_term": (
        "A",
        "score = start[row[0]]\n"
        "for t, label in enumerate(row):\n"
        "    score = score + z[t][label]\n"
        "    if t > 0:\n"
        "        score = score + A[row[t - 1]][label]\n"
        "return float(score + end[label])",
    ),
    "one_hot_rows": (
        "A",
        "hot = np.eye(len(A))[row]\n"
        'pairs = np.einsum("tj,jk,tk->", hot[:-1], A, hot[1:])\n'
        "return start @ hot[0] + np.vdot(z, hot) + pairs + end @ hot[-1]",
    ),
    "recursion": (
        "A",
        "if len(row) == 1:\n"
        "    return start[row[0]] + z[0, row[0]] + end[row[0]]\n"
        "ends = A[row[-2], row[-1]] + z[-1, row[-1]] + end[row[-1]] - end[row[-2]]\n"
        "return score_of_row(z[:-1], A, start, end, row[:-1]) + ends",
    ),
    "sums_of_generators": (
        "A",
        "labels = [int(label) for label in row]\n"
        "places = sum(scores[label] for scores, label in zip(z, labels))\n"
        "pairs = sum(A[before, after] for before, after in zip(labels, labels[1:]))\n"
        "return sum([start[labels[0]], places, pairs, end[labels[-1]]])",
    ),
    "take_along": (
        "A",
        "row = np.asarray(row)\n"
        "places = np.take_along_axis(z, row[:, None], axis=1).sum()\n"
        "counts = np.zeros(A.shape)\n"
        "np.add.at(counts, (row[:-1], row[1:]), 1)\n"
        "return np.longdouble(places) + (counts * A).sum() + start[row[0]] + end[row[-1]]",
    ),
    "from_the_last_place": (
        "B",
        "beta = end\n"
        "for t in range(len(z) - 1, 0, -1):\n"
        "    beta = np.logaddexp.reduce(A + z[t] + beta, axis=1)\n"
        "return np.logaddexp.reduce(start + z[0] + beta)",
    ),
    "own_log_sum_exp": (
        "B",
        "def log_sum_exp(scores):\n"
        "    top = np.max(scores)\n"
        "    return top + np.log(sum(np.exp(score - top) for score in scores))\n"
        "\n"
        "alpha = [float(s) for s in start + z[0]]\n"
        "for place in z[1:]:\n"
        "    alpha = [place[k] + log_sum_exp([alpha[j] + A[j, k] for j in range(len(A))]) for k in "
        "range(len(A))]\n"
        "return log_sum_exp(alpha + end)",
    ),
    "pair_by_pair": (
        "B",
        "K = len(start)\nalpha = [start[k] + z[0][k] for k in range(K)]\nfor place in z[1:]:\n"
        "    new = [-np.inf] * K\n    for j in range(K):\n        for k in range(K):\n"
        "            new[k] = np.logaddexp(new[k], alpha[j] + A[j, k])\n"
        "    alpha = [score + own for score, own in zip(new, place)]\ntotal = -np.inf\n"
        "for k in range(K):\n    total = np.logaddexp(total, alpha[k] + end[k])\nreturn total",
    ),
    "tensors": (
        "B",
        "import minigrad as mg\n"
        "alpha, table = mg.tensor(start + z[0]), mg.tensor(A)\n"
        "for place in z[1:]:\n"
        "    alpha = mg.logsumexp(alpha.unsqueeze(1) + table, 0) + mg.tensor(place)\n"
        "return mg.logsumexp(alpha + mg.tensor(end), 0)",
    ),
    "best_ends": (
        "C",
        "K = len(start)\n"
        "scores = [start[k] + z[0, k] for k in range(K)]\n"
        "notes = []\n"
        "for t in range(1, len(z)):\n"
        "    notes.append([max(range(K), key=lambda j, k=k: scores[j] + A[j, k]) for k in "
        "range(K)])\n"
        "    scores = [scores[notes[-1][k]] + A[notes[-1][k], k] + z[t, k] for k in range(K)]\n"
        "row = [max(range(K), key=lambda k: scores[k] + end[k])]\n"
        "while len(row) < len(z):\n"
        "    row.insert(0, notes[len(z) - 1 - len(row)][row[0]])\n"
        "return row",
    ),
    "a_table_of_scores": (
        "C",
        "T, K = z.shape\n"
        "table, notes = np.empty((T, K)), np.zeros((T, K), dtype=int)\n"
        "table[0] = start + z[0]\n"
        "for t in range(1, T):\n"
        "    for k in range(K):\n"
        "        ways = table[t - 1] + A[:, k]\n"
        "        notes[t, k] = np.argmax(ways)\n"
        "        table[t, k] = ways[notes[t, k]] + z[t, k]\n"
        "row = np.zeros(T, dtype=np.int32)\n"
        "row[-1] = np.argmax(table[-1] + end)\n"
        "for t in range(T - 1, 0, -1):\n"
        "    row[t - 1] = notes[t, row[t]]\n"
        "return row",
    ),
    "whole_ways_kept": (
        "C",
        "ways = {k: (start[k] + z[0, k], (k,)) for k in range(len(start))}\n"
        "for place in z[1:]:\n"
        "    new = {}\n"
        "    for k in range(len(start)):\n"
        "        j = max(ways, key=lambda j: ways[j][0] + A[j, k])\n"
        "        new[k] = (ways[j][0] + A[j, k] + place[k], (*ways[j][1], k))\n"
        "    ways = new\n"
        "best = max(ways, key=lambda k: ways[k][0] + end[k])\n"
        "return ways[best][1]",
    ),
    "recursion_with_notes": (
        "C",
        "def go(t, best):\n"
        "    if t == len(z):\n"
        "        return [np.argmax(best + end)]\n"
        "    ways = best[:, None] + A\n"
        "    later = go(t + 1, ways.max(axis=0) + z[t])\n"
        "    return [np.argmax(ways[:, later[0]]), *later]\n"
        "\n"
        "return np.array(go(1, start + z[0]), dtype=float)",
    ),
}
WRONG = {
    "one_maximum": (
        "B",
        "m = A.max()\na = start + z[0]\nfor t in range(1, len(z)):\n    c = a.max()\n"
        "    a = c + m + np.log(np.exp(a - c) @ np.exp(A - m)) + z[t]\n"
        "return np.logaddexp.reduce(a + end)",
        "becomes 0",
    ),
    "no_start": ("A", _score(ends="end[row[-1]]"), "start is missing"),
    "no_end": ("A", _score(ends="start[row[0]]"), "end is missing"),
    "neither": ("A", _score(ends="0"), "start and end are missing"),
    "no_pairs": ("A", _score(pairs="0"), "no pair"),
    "no_places": ("A", _score(places="0"), "z is missing"),
    "backward": ("A", _score(pairs="A[row[1:], row[:-1]].sum()"), "A[before, after]"),
    "ring": ("A", _score(pairs="A[np.roll(row, 1), row].sum()"), "last label to the first"),
    "swapped_ends": ("A", _score(ends="start[row[-1]] + end[row[0]]"), "start belongs to"),
    "all_starts": ("A", _score(ends="start[row].sum() + end[row[-1]]"), "only the first label"),
    "all_ends": ("A", _score(ends="start[row[0]] + end[row].sum()"), "only the last label"),
    "exp_of_score": ("A", f"return np.exp({_score()[7:]})", "itself is asked for"),
    "mean_of_row": ("A", f"return ({_score()[7:]}) / len(row)", "sum, not a mean"),
    "without_start": ("B", _forward(first="z[0]"), "start is missing"),
    "without_end": ("B", _forward(last="alpha"), "end is missing"),
    "start_always": ("B", _forward(z="z[t] + start"), "start at each place"),
    "end_always": (
        "B",
        _forward(first="start + z[0] + end", z="z[t] + end", last="alpha"),
        "end at",
    ),
    "from_k_to_j": ("B", _forward(step="alpha[:, None] + A.T"), "A[before, after]"),
    "wrong_axis": ("B", _forward(step="alpha + A.T"), "alpha belongs to the label before"),
    "label_after": ("B", _forward(step="alpha + A"), "alpha belongs to the label before"),
    "largest": ("B", _viterbi(end="return (best + end).max()"), "highest score"),
    "separate": (
        "B",
        "alpha = start + np.logaddexp.reduce(z, axis=1).sum() - np.logaddexp.reduce(z[0])\n"
        "return np.logaddexp.reduce(z[0] + alpha + (len(z) == 1) * end) "
        "+ (len(z) > 1) * (np.logaddexp.reduce(z[-1] + end) - np.logaddexp.reduce(z[-1]))",
        "as if A were 0",
    ),
    "no_first_place": ("B", _forward(first="start"), "z[0] is missing"),
    "no_later_places": ("B", _forward(z="0"), "only z[0]"),
    "z_itself": (
        "B",
        f"alpha = 0\n{_forward()}".replace("return ", "return np.exp(") + ")",
        "Z its",
    ),
    "unstable": (
        "B",
        "alpha = np.exp(start + z[0])\nfor t in range(1, len(z)):\n"
        "    alpha = alpha @ np.exp(A) * np.exp(z[t])\nreturn np.log(alpha @ np.exp(end))",
        "overflow",
    ),
    "each_place": ("C", "return z.argmax(axis=1)", "each place alone"),
    "best_without_start": ("C", _viterbi(first="z[0]"), "start is missing"),
    "best_without_end": ("C", _viterbi(last="best"), "end is missing"),
    "best_transposed": ("C", _viterbi(ways="best[:, None] + A.T"), "A[before, after]"),
    "best_of_A_only": ("C", _viterbi(z="0"), "only z[0]"),
    "from_the_end": ("C", _viterbi(end="return np.stack(row)"), "from the last place"),
    "greedy": (
        "C",
        "row = [(start + z[0]).argmax()]\nfor t in range(1, len(z)):\n"
        "    last = end * (t == len(z) - 1)\n    row.append((A[row[-1]] + z[t] + last).argmax())\n"
        "return np.stack(row)",
        "never goes back",
    ),
    "ends_without_notes": (
        "C",
        "best = start + z[0]\nrow = []\nfor t in range(1, len(z)):\n    row.append(best.argmax())\n"
        "    best = (best[:, None] + A).max(axis=0) + z[t]\n"
        "return np.stack([*row, (best + end).argmax()])",
        "the best beginning",
    ),
    "highest_of_equals": (
        "C",
        _viterbi().replace("ways.argmax(axis=0)", "len(A) - 1 - ways[::-1].argmax(axis=0)"),
        "the lowest label before",
    ),
    "highest_last": (
        "C",
        _viterbi().replace("(best + end).argmax()", "len(A) - 1 - (best + end)[::-1].argmax()"),
        "the lowest last label",
    ),
    "counted_from_one": ("C", _viterbi(end="return np.stack(row[::-1]) + 1"), "begin at 0"),
    "score_of_best": ("C", _viterbi(end="return (best + end).max()"), "shape"),
    "each_pair_once": (
        "A",
        "pairs = {(a, b) for a, b in zip(row[:-1].tolist(), row[1:].tolist())}\n"
        "places = z[range(len(z)), row].sum()\n"
        "return start[row[0]] + places + sum(A[pair] for pair in pairs) + end[row[-1]]",
        "counts each time",
    ),
    "no_end_of_one": (
        "A",
        "places = z[range(len(z)), row].sum()\n"
        "pairs = A[row[:-1], row[1:]].sum()\n"
        "ends = end[row[-1]] if len(row) > 1 else 0\n"
        "return start[row[0]] + places + pairs + ends",
        "the first and the last",
    ),
    "square_turned": (
        "A",
        "at = (row, range(len(z))) if len(z) == z.shape[1] else (range(len(z)), row)\n"
        "pairs = A[row[:-1], row[1:]].sum()\n"
        "return start[row[0]] + z[at].sum() + pairs + end[row[-1]]",
        "z[place, label]",
    ),
    "all_places": (
        "A",
        "pairs = A[row[:-1], row[1:]].sum()\n"
        "return start[row[0]] + z[:, row].sum() + pairs + end[row[-1]]",
        "every place",
    ),
    "all_pairs": (
        "A",
        "places = z[range(len(z)), row].sum()\n"
        "pairs = A[row[:-1]][:, row[1:]].sum()\n"
        "return start[row[0]] + places + pairs + end[row[-1]]",
        "every pair",
    ),
    "an_array": (
        "A",
        "places = z[range(len(z)), row].sum()\n"
        "pairs = A[row[:-1], row[1:]].sum()\n"
        "return start[row[:1]] + places + pairs + end[row[-1:]]",
        "wrong shape",
    ),
    "end_in_the_loop": (
        "B",
        "alpha = start + z[0]\n"
        "for t in range(1, len(z)):\n"
        "    alpha = np.logaddexp.reduce(alpha[:, None] + A, axis=0) + z[t]\n"
        "    if t == len(z) - 1:\n"
        "        alpha = alpha + end\n"
        "return np.logaddexp.reduce(alpha)",
        "of one place",
    ),
    "list_of_rows": (
        "B",
        "rows = np.indices((z.shape[1],) * len(z)).reshape(len(z), -1).T\n"
        "scores = start[rows[:, 0]] + end[rows[:, -1]] + z[range(len(z)), rows].sum(axis=1)\n"
        "return np.logaddexp.reduce(scores + A[rows[:, :-1], rows[:, 1:]].sum(axis=1))",
        "ValueError",
    ),
    "one_shift": (
        "B",
        "top = z.max()\n"
        "alpha = np.exp(start + z[0] - top)\n"
        "for t in range(1, len(z)):\n"
        "    alpha = alpha @ np.exp(A) * np.exp(z[t] - top)\n"
        "return np.log(alpha @ np.exp(end)) + top * len(z)",
        "exp overflows or becomes 0",
    ),
    "shift_of_alpha": (
        "B",
        "alpha = start + z[0]\n"
        "for t in range(1, len(z)):\n"
        "    top = alpha.max()\n"
        "    alpha = np.log(np.exp(alpha[:, None] + A - top).sum(axis=0)) + top + z[t]\n"
        "return np.logaddexp.reduce(alpha + end)",
        "exp overflows or becomes 0",
    ),
    "clipped": (
        "B",
        "alpha = start + z[0]\n"
        "for t in range(1, len(z)):\n"
        "    top = alpha.max()\n"
        "    alpha = np.log(np.exp(alpha - top) @ np.exp(np.clip(A, -700, 700))) + top + z[t]\n"
        "return np.logaddexp.reduce(alpha + end)",
        "scores of A are cut",
    ),
    "sum_over_place": (
        "B",
        _forward(z="np.logaddexp.reduce(z[t])"),
        "own score z[t, k]",
    ),
    "best_of_all": (
        "C",
        _viterbi().replace("ways.max(axis=0)", "ways.max()"),
        "for each label",
    ),
    "log_sum": (
        "C",
        _viterbi().replace("ways.max(axis=0)", "np.logaddexp.reduce(ways, axis=0)"),
        "log-sum-exp",
    ),
    "no_end_of_one_c": (
        "C",
        _viterbi(last="best").replace("row =", "if len(z) > 1:\n    best = best + end\nrow ="),
        "one place",
    ),
    "from_the_back": (
        "C",
        "best = end + z[-1]\n"
        "next_labels = []\n"
        "for t in range(len(z) - 2, -1, -1):\n"
        "    ways = A + best\n"
        "    next_labels.append(ways.argmax(axis=1))\n"
        "    best = ways.max(axis=1) + z[t]\n"
        "row = [(best + start).argmax()]\n"
        "for labels in next_labels[::-1]:\n"
        "    row.append(labels[row[-1]])\n"
        "return np.stack(row)",
        "last label first",
    ),
    "best_at_each": (
        "C",
        "best = start + z[0]\n"
        "row = [best]\n"
        "for t in range(1, len(z)):\n"
        "    best = (best[:, None] + A).max(axis=0) + z[t]\n"
        "    row.append(best)\n"
        "row[-1] = best + end\n"
        "return np.stack(row).argmax(axis=1)",
        "best beginning",
    ),
}


def rows_of(T, K):
    """All rows, (K ** T, T), in the order of their labels."""
    return np.indices((K,) * T).reshape(T, -1).T


def scores_of(rows, z, A, start, end):
    """The scores of rows (..., T)."""
    scores = start[rows[:, 0]] + end[rows[:, -1]]
    for t in range(rows.shape[1]):
        scores = scores + z[t, rows[:, t]]
        if t:
            scores = scores + A[rows[:, t - 1], rows[:, t]]
    return scores


def log_of_sum(scores):
    top = scores.max()
    return top + np.log(np.exp(scores - top).sum())


def chain(rng, T=4, K=3, size=1.0):
    """Random scores: z, A, start, end."""
    shapes = (T, K), (K, K), (K,), (K,)
    return [size * rng.standard_normal(shape) for shape in shapes]


@answer
def score(z, A, start, end, row):
    """The score of a row, and what it is by mistake."""
    zero, first = 0 * start, np.arange(len(z))[:, None] == 0

    def other(z=z, A=A, start=start, end=end):
        return scores_of(row[None], z, A, start, end)[0]

    right, pairs = other(), list(zip(row[:-1].tolist(), row[1:].tolist(), strict=True))
    repeated = sum(A[pair] for pair in pairs) - sum(A[pair] for pair in set(pairs))
    found = {
        "no_start": ("the score of start is missing", other(start=zero)),
        "no_end": ("the score of end is missing", other(end=zero)),
        "neither": ("start and end are missing", other(start=zero, end=zero)),
        "no_pairs": ("no pair is scored: A is missing", other(A=0 * A)),
        "no_places": ("z is missing: one score at each place", other(z=0 * z)),
        "first_place_only": ("z is taken at the first place only", other(z=z * first)),
        "backward": ("pairs are taken the wrong way round: A[before, after]", other(A=A.T)),
        "ring": ("a pair leads from the last label to the first", right + A[row[-1], row[0]]),
        "repeated": ("a pair that comes again counts each time", right - repeated),
        "every_place": (
            "this adds z of every place for each label: one score at each place",
            other(z=0 * z) + z[:, row].sum(),
        ),
        "every_pair": (
            "this adds every pair of a label before and a label after: only neighbours count",
            other(A=0 * A) + A[np.ix_(row[:-1], row[1:])].sum(),
        ),
        "swapped": (
            "start belongs to the first label, and end to the last",
            other(start=zero, end=zero) + start[row[-1]] + end[row[0]],
        ),
        "all_starts": (
            "only the first label gets the score of start",
            right + start[row[1:]].sum(),
        ),
        "all_ends": ("only the last label gets the score of end", right + end[row[:-1]].sum()),
        "exp": ("this is exp of the score: the score itself is asked for", np.exp(right)),
        "mean": ("the score is a sum, not a mean", right / len(row)),
        "minus": ("this is minus the score", -right),
    }
    if z.shape[0] == z.shape[1]:
        found["turned"] = ("z is turned round: z[place, label]", other(z=z.T))
    return right, found


@check("A", points=2)
def score_with_start_and_end(m, rng):
    row = rng.permutation([0, 1, 2, 1])
    while row[0] == row[-1]:
        row = rng.permutation([0, 1, 2, 1])
    given = chain(rng)
    right, mistakes = score(*given, row)
    call = "score_of_row(z, A, start, end, row)"
    compare(call, m.score_of_row(*given, row), right, **mistakes)
    for row in ([1, 2, 0], [1, 2, 1, 2, 0]):
        given, row = chain(rng, T=len(row)), np.array(row)
        right, mistakes = score(*given, row)
        call = f"score_of_row(z, A, start, end, np.array({row.tolist()}))"
        compare(call, m.score_of_row(*given, row), right, **mistakes)
    given = np.array([[1.0, 2]]), np.zeros((2, 2)), np.array([4.0, 8]), np.array([16.0, 32])
    one = "a row of one label has the score of start and of end: it is the first and the last"
    ends = {"one": (one, 10.0), "end": (one, 34.0)}
    got = m.score_of_row(*given, np.array([1]))
    compare("score_of_row of one label: 8 + 2 + 32", got, 42.0, **ends)


@answer
def log_sums(z, A, start, end):
    """ln Z, and what it is by mistake."""
    rows, zero, place = rows_of(*z.shape), 0 * start, np.arange(len(z))[:, None]

    def other(z=z, A=A, start=start, end=end):
        return log_of_sum(scores_of(rows, z, A, start, end))

    right = other()
    alpha, after, together = [start + z[0]] * 3
    for t in range(1, len(z)):
        alpha = np.logaddexp.reduce(alpha + A.T, axis=0) + z[t]
        after = np.logaddexp.reduce(after + A, axis=0) + z[t]
        together = np.logaddexp.reduce(together[:, None] + A, axis=0) + np.logaddexp.reduce(z[t])
    axis = "alpha belongs to the label before, and the sum is over it: alpha[:, None]"
    return right, {
        "no_start": ("the score of start is missing", other(start=zero)),
        "no_end": ("the score of end is missing", other(end=zero)),
        "neither": ("start and end are missing", other(start=zero, end=zero)),
        "start_always": (
            "start at each place: only the first gets it",
            other(z=z + start, start=zero),
        ),
        "end_always": ("end at each place: only the last gets it", other(z=z + end, end=zero)),
        "transposed": ("A is used the wrong way round: A[before, after]", other(A=A.T)),
        "wrong_axis": (axis, log_of_sum(alpha + end)),
        "label_after": (axis, log_of_sum(after + end)),
        "together": (
            "each label k has its own score z[t, k]: do not add them up before",
            log_of_sum(together + end),
        ),
        "largest": (
            "this is the highest score, not the log of a sum over all rows",
            scores_of(rows, z, A, start, end).max(),
        ),
        "separate": ("this is ln Z as if A were 0", other(A=0 * A)),
        "cut": ("scores of A are cut off: they may be large", other(A=np.clip(A, -700, 700))),
        "no_first_place": ("z[0] is missing", other(z=z * (place > 0))),
        "no_later_places": ("only z[0] is used", other(z=z * (place == 0))),
        "no_last_place": ("the last place is left out", other(z=z * (place < len(z) - 1))),
        "z_itself": ("this is Z itself: its logarithm is asked for", np.exp(min(right, 700.0))),
        "minus": ("this is minus ln Z", -right),
        "mean": (
            "this is ln Z for a mean over the rows, not for their sum",
            right - np.log(len(rows)),
        ),
    }


@check("B", points=2)
def log_of_the_sum_over_all_rows(m, rng):
    z, A, start, end = chain(rng)
    cases = {"z, A, start, end": (z, A, start, end)}
    cases |= {f"z + {size}, A, start, end": (z + size, A, start, end) for size in (800, -800)}
    cases |= {f"z, A + {size}, start, end": (z, A + size, start, end) for size in (900, -900)}
    signs = rng.permuted(np.array([[1, 1, -1], [-1, 1, -1], [1, -1, 1]]), axis=1)
    cases["z, A with 900 and -900, start, end"] = z, A + 900 * signs, start, end
    for what, given in cases.items():
        right, mistakes = log_sums(*given)
        got = m.log_partition(*given)
        if np.shape(got) == () and not np.isfinite(float(got)):
            why = "exp overflows or becomes 0: take the log-sum-exp of each step"
            raise Wrong(why, f"log_partition({what})")
        compare(f"log_partition({what})", got, right, **mistakes)
    got = m.log_partition(np.array([[1.0, 1]]), A[:2, :2], np.ones(2), np.full(2, 3.0))
    compare("log_partition of one place, each label 1 + 1 + 3", got, 5 + np.log(2))
    got = m.log_partition(np.zeros((200, 3)), np.zeros((3, 3)), np.zeros(3), np.zeros(3))
    compare("log_partition of 200 places, all scores 0", got, 200 * np.log(3))
    rare = np.array([[0.0, -1000], [0, -1000]])
    got = m.log_partition(np.zeros((2, 2)), rare, np.zeros(2), np.array([-1000.0, 1000]))
    if not np.isclose(float(got), np.log(2)):
        why = "exp(A - A.max()) becomes 0: take the log-sum-exp for each label of a step"
        raise Wrong(why, "log_partition where all ways into the last label have the score -1000")


@answer
def viterbi(z, A, start, end):
    """The best row, by the list of all; it has no equals."""
    rows = rows_of(*z.shape)
    return rows[scores_of(rows, z, A, start, end).argmax()]


@answer
def mistaken_rows(z, A, start, end):
    """What the usual mistakes give, by name."""
    zero, T = 0 * start, len(z)
    greedy = [(start + z[0]).argmax()]
    best = start + z[0]
    tops = []
    for t in range(1, T):
        greedy.append((A[greedy[-1]] + z[t] + (end if t == T - 1 else 0)).argmax())
        tops.append(best.argmax())
        best = (best[:, None] + A).max(axis=0) + z[t]
    rows = rows_of(*z.shape)
    scores = scores_of(rows, z, A, start, end)
    weights = np.exp(scores - scores.max())
    likely = np.tensordot(weights, np.eye(len(A))[rows], axes=1).argmax(axis=1)
    right = rows[scores.argmax()]
    return {
        "each_place": ("this is the best label of each place alone", z.argmax(axis=1)),
        "no_start": ("the score of start is missing", viterbi(z, A, zero, end)),
        "no_end": ("the score of end is missing", viterbi(z, A, start, zero)),
        "transposed": (
            "A is used the wrong way round: A[before, after]",
            viterbi(z, A.T, start, end),
        ),
        "first_place_only": (
            "only z[0] is used",
            viterbi(z * (np.arange(T) == 0)[:, None], A, start, end),
        ),
        "reversed": ("the row is given from the last place to the first", right[::-1]),
        "greedy": ("a label once chosen stays: this way never goes back", np.array(greedy)),
        "no_notes": (
            "each label is the end of the best beginning, which another label may have to follow",
            np.array([*tops, (best + end).argmax()]),
        ),
        "marginals": ("these are the labels with the largest marginals", likely),
        "from_one": ("labels begin at 0", right + 1),
    }


@answer
def rows_of_other_steps(z, A, start, end):
    """What comes of a best that is not the best way to each label, by name."""

    def by(step):
        best, origins = start + z[0], []
        for t in range(1, len(z)):
            ways = best[:, None] + A
            origins.append(ways.argmax(axis=0))
            best = step(ways) + z[t]
        row = [(best + end).argmax()]
        for origin in origins[::-1]:
            row.append(origin[row[-1]])
        return np.stack(row[::-1])

    return {
        "of_all": (
            "the best way is that of all labels: there is one for each label, along axis 0",
            by(lambda ways: ways.max()),
        ),
        "sums": (
            "the ways are added up by log-sum-exp: the best row follows the best of them",
            by(lambda ways: np.logaddexp.reduce(ways, axis=0)),
        ),
    }


# With these, each mistake gives a row of its own.
SEEDS = [160, 365, 391, 513, 654, 1476, 1586, 1785, 2103, 2216, 3212, 3962]
WHOLE = [
    np.array([[-2.0, 2, -1], [-2, 1, 0], [0, -2, -1], [-1, 2, 2]]),
    np.array([[-1.0, 0, 2], [-1, 2, -2], [1, -1, 2]]),
    np.array([1.0, 0, 2]),
    np.array([0.0, -1, -1]),
]


@check("C", points=2)
def row_with_the_highest_score(m, rng):
    scores = chain(np.random.default_rng(rng.choice(SEEDS)), T=5, size=1.5)
    right = viterbi(*scores)
    mistakes = mistaken_rows(*scores) | rows_of_other_steps(*scores)
    compare("best_row(z, A, start, end)", m.best_row(*scores), right, **mistakes)
    right, mistakes = viterbi(*WHOLE), rows_of_other_steps(*WHOLE)
    call = f"best_row(*{[scores.astype(int).tolist() for scores in WHOLE]})"
    compare(call, m.best_row(*WHOLE), right, **mistakes)
    z, A, zero = np.zeros((3, 3)), np.zeros((3, 3)), np.zeros(3)
    z[2, 0] = -1  # the last label is 1 or 2, the others are equal
    low = np.array([0, 0, 1])
    mistakes = {
        "highest_before": ("of equally good labels take the lowest label before", [2, 2, 1]),
        "highest_last": ("of equally good labels take the lowest last label", [0, 0, 2]),
        "highest": ("of equally good labels take the lowest, not the highest", [2, 2, 2]),
    }
    compare(
        "best_row of equal scores, but z[2, 0] = -1", m.best_row(z, A, zero, zero), low, **mistakes
    )
    turn = np.array([[0.0, 1], [1, 0]])  # labels change at each place
    z, two = np.zeros((200, 2)), np.zeros(2)
    mistakes = {"first": ("take the lowest last label first, then go back from it", [0, 1])}
    got = m.best_row(z[:2], turn, two, two)
    compare("best_row where [0, 1] and [1, 0] are equal", got, np.array([1, 0]), **mistakes)
    one = ("with one place, start and end count, both", [0])
    got = m.best_row(z[:1], turn, np.array([2.0, 1]), np.array([0.0, 3]))
    compare("best_row of one place, start [2, 1], end [0, 3]", got, np.array([1]), one=one)
    got = m.best_row(z, turn, np.array([0.0, 0.5]), two)
    compare("best_row of 200 places, labels that alternate", got, np.arange(1, 201) % 2)


@check("A", points=0, hidden=True)
def score_of_one_label_and_of_many(m, rng):
    for T, K in ((1, 4), (2, 2), (30, 5)):
        z, A, start, end = chain(rng, T, K)
        row = rng.integers(0, K, T)
        right = scores_of(row[None], z, A, start, end)[0]
        compare(f"score_of_row with T = {T}", m.score_of_row(z, A, start, end, row), right)


@check("B", points=0, hidden=True)
def ln_z_of_one_place_and_of_many(m, rng):
    for T, K in ((1, 4), (2, 1), (3, 5)):
        scores = chain(rng, T, K, size=3.0)
        right = log_of_sum(scores_of(rows_of(T, K), *scores))
        compare(f"log_partition with T = {T}, K = {K}", m.log_partition(*scores), right)


@check("C", points=0, hidden=True)
def best_row_of_one_place_and_of_many(m, rng):
    for T, K in ((1, 4), (2, 1), (4, 5)):
        scores = chain(rng, T, K)
        compare(f"best_row with T = {T}, K = {K}", m.best_row(*scores), viterbi(*scores))
