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
from minigrad.classroom.checks import Wrong, check, compare  # noqa: E402

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


WRONG = {
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


@check("A", points=2)
def score_with_start_and_end(m, rng):
    z, A, start, end = chain(rng)
    row = rng.permutation([0, 1, 2, 1])
    while row[0] == row[-1]:
        row = rng.permutation([0, 1, 2, 1])
    right = scores_of(row[None], z, A, start, end)[0]
    zero_A, zero_z, zero = 0 * A, 0 * z, 0 * start

    def other(z=z, A=A, start=start, end=end, row=row):
        return scores_of(row[None], z, A, start, end)[0]

    mistakes = {
        "no_start": ("the score of start is missing", other(start=zero)),
        "no_end": ("the score of end is missing", other(end=zero)),
        "neither": ("start and end are missing", other(start=zero, end=zero)),
        "no_pairs": ("no pair is scored: A is missing", other(A=zero_A)),
        "no_places": ("z is missing: one score at each place", other(z=zero_z)),
        "first_place_only": (
            "z is taken at the first place only",
            other(z=z * [[1], [0], [0], [0]]),
        ),
        "backward": ("pairs are taken the wrong way round: A[before, after]", other(A=A.T)),
        "ring": ("a pair leads from the last label to the first", right + A[row[-1], row[0]]),
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
        "mean": ("the score is a sum, not a mean", right / 4),
        "minus": ("this is minus the score", -right),
    }
    compare(
        "score_of_row(z, A, start, end, row)",
        m.score_of_row(z, A, start, end, row),
        right,
        **mistakes,
    )


@check("B", points=2)
def log_of_the_sum_over_all_rows(m, rng):
    z, A, start, end = chain(rng)
    rows = rows_of(4, 3)
    zero = 0 * start

    def other(z=z, A=A, start=start, end=end):
        return log_of_sum(scores_of(rows, z, A, start, end))

    right = other()
    alpha = start + z[0]
    for t in (1, 2, 3):
        alpha = np.log(np.exp(alpha + A.T).sum(axis=0)) + z[t]
    mistakes = {
        "no_start": ("the score of start is missing", other(start=zero)),
        "no_end": ("the score of end is missing", other(end=zero)),
        "neither": ("start and end are missing", other(start=zero, end=zero)),
        "start_always": (
            "start at each place: only the first gets it",
            other(z=z + start, start=zero),
        ),
        "end_always": ("end at each place: only the last gets it", other(z=z + end, end=zero)),
        "transposed": ("A is used the wrong way round: A[before, after]", other(A=A.T)),
        "wrong_axis": (
            "alpha belongs to the label before, and the sum is over it: alpha[:, None]",
            log_of_sum(alpha + end),
        ),
        "largest": (
            "this is the highest score, not the log of a sum over all rows",
            scores_of(rows, z, A, start, end).max(),
        ),
        "separate": ("this is ln Z as if A were 0", other(A=0 * A)),
        "no_first_place": ("z[0] is missing", other(z=z * [[0], [1], [1], [1]])),
        "no_later_places": ("only z[0] is used", other(z=z * [[1], [0], [0], [0]])),
        "no_last_place": ("the last place is left out", other(z=z * [[1], [1], [1], [0]])),
        "z_itself": ("this is Z itself: its logarithm is asked for", np.exp(right)),
        "minus": ("this is minus ln Z", -right),
        "mean": ("this is ln Z for a mean over the rows, not for their sum", right - np.log(81)),
    }
    compare("log_partition(z, A, start, end)", m.log_partition(z, A, start, end), right, **mistakes)
    for size in (800.0, -800.0):
        got = np.asarray(m.log_partition(z + size, A, start, end))
        call = f"log_partition(z + {size:.0f}, A, start, end)"
        if got.shape == () and not np.isfinite(got.astype(float)):
            raise Wrong("exp overflows or becomes 0: take the log-sum-exp of each step", call)
        compare(call, got, right + 4 * size)


def viterbi(z, A, start, end):
    """The best row, by the list of all; it has no equals."""
    rows = rows_of(*z.shape)
    return rows[scores_of(rows, z, A, start, end).argmax()]


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


@check("C", points=2)
def row_with_the_highest_score(m, rng):
    while True:
        scores = chain(rng, T=5, size=1.5)
        right, mistakes = viterbi(*scores), mistaken_rows(*scores)
        found = {tuple(row) for _, row in mistakes.values()} | {tuple(right)}
        if len(found) == 1 + len(mistakes):
            break
    compare("best_row(z, A, start, end)", m.best_row(*scores), right, **mistakes)
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
    got = m.log_partition(np.zeros((200, 3)), np.zeros((3, 3)), np.zeros(3), np.zeros(3))
    compare("log_partition of 200 places, all scores 0", got, 200 * np.log(3))


@check("C", points=0, hidden=True)
def best_row_of_one_place_and_of_many(m, rng):
    for T, K in ((1, 4), (2, 1), (4, 5)):
        scores = chain(rng, T, K)
        compare(f"best_row with T = {T}, K = {K}", m.best_row(*scores), viterbi(*scores))
    A = np.zeros((2, 2))
    A[0, 1] = A[1, 0] = 1  # labels change at each place
    start = np.array([0.0, 0.5])
    got = m.best_row(np.zeros((200, 2)), A, start, np.zeros(2))
    compare("best_row of 200 places, labels that alternate", got, np.arange(1, 201) % 2)
