"""Word vectors: the pairs of a text, the loss of negative sampling, and the table of positive PMI.

Belongs to lesson 20, "Can words be learnt from their neighbours?".

Words are numbers from 0 on. A word w stands in a row of V, a context c in a row of U. The
probabilities with which "no" words are drawn are q. Logarithms are natural. The parts do not use
each other.
"""

import numpy as np


# %% Part A (2 points)
def pairs(tokens, window):
    """The list of all pairs (w, c) of a text: tuples of two numbers, as in tokens.

    tokens is a list of ints, window is 1 or more. The places of w go from the first to the last;
    for each of them, the places of c go from left to right. c stands at most `window` places from
    w, and never at the place of w (but the same word may stand at both places). The number -1 is no
    common word: it keeps its place, and is in no pair. With tokens [7, 5, -1, 7] and window 2:
    [(7, 5), (5, 7), (5, 7), (7, 5)].
    """
    # BEGIN SOLUTION A: for each place of w, go through the places of c; leave out -1
    found = []
    for i in range(len(tokens)):
        for j in range(max(0, i - window), min(len(tokens), i + window + 1)):
            if j != i and tokens[i] != -1 and tokens[j] != -1:
                found.append((tokens[i], tokens[j]))
    return found
    # END SOLUTION


# %% Part B (3 points)
def one_yes(v, U, yes, no):
    """The loss of one "yes" and its "no" words, and its slopes: (loss, slope for v, slope for U).

    v, shape (d,), is the vector of the word w. U has shape (n, d). yes is the number of the context
    that stands beside w, no an int array (k,) with the numbers that were drawn. A word may be drawn
    several times, and may be equal to yes: each time counts. The loss is a sum, not a mean, and a
    number. Scores may be of any size: np.logaddexp(0, x) is the softplus, and does not overflow.
    For the sigmoid, use the given function. The slope for U has the shape of U.
    """

    def sigmoid(x):
        return 0.5 * (1 + np.tanh(0.5 * x))

    # BEGIN SOLUTION B: scores, loss, the slope of each score, then the two sums
    words = np.append(no, yes)
    x = U[words] @ v
    slope = sigmoid(x)
    slope[-1] -= 1
    of_U = np.zeros(U.shape)
    np.add.at(of_U, words, slope[:, None] * v)
    return np.logaddexp(0, x).sum() - x[-1], slope @ U[words], of_U
    # END SOLUTION


# %% Part C (2 points)
def positive_pmi(counts, q, k):
    """The table max(0, ln(p(c | w) / q(c)) - ln k), of the shape of counts.

    counts, shape (words, contexts): how often word w (row) has the context c (column). q, shape
    (contexts,), is above 0 and need not be p(c). k is 1 or more. Where a count is 0, the table is
    0; so is the row of a word without any pair. No NaN and no infinity.
    """
    # BEGIN SOLUTION C: the ratio; a row without pairs; nothing below 1 in the logarithm
    total = counts.sum(axis=1, keepdims=True)
    ratio = counts / np.maximum(total, 1) / q / k
    return np.log(np.maximum(ratio, 1))
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import Wrong, answer, check, compare, several, taken  # noqa: E402

HINTS = {
    "A": [
        "Two loops: one over the places i of w, one inside it over the places j of c.",
        "j goes from max(0, i - window) to i + window, but stays below len(tokens). Leave out "
        "j == i, and each pair with a -1.",
        "for i in range(len(tokens)):\n"
        "    for j in range(max(0, ...), min(len(tokens), ...)):\n"
        "        if j != i and tokens[i] != -1 and ...:\n"
        "            found.append((..., ...))",
    ],
    "B": [
        "The scores are the dot products of v with the rows of U for the words of no, and for yes. "
        "A no costs s(x), the yes costs s(-x).",
        "The slope of a score is sigma(x) for a no, and sigma(x) - 1 for the yes. The slope for v "
        "adds up slope times row of U. Row c of the slope for U adds up slope times v, once for "
        "each time that c occurs: np.add.at. Note s(-x) = s(x) - x.",
        "words = np.append(no, yes)\nx = U[words] @ v\n"
        "slope = sigmoid(x)\nslope[-1] -= ...\nof_U = np.zeros(U.shape)\n"
        "np.add.at(of_U, words, ...)\nreturn ..., slope @ ..., of_U",
    ],
    "C": [
        "p(c | w) is a count over the sum of its *row*. Divide by q, which belongs to the columns, "
        "and by k.",
        "A maximum with 0 after the logarithm is a maximum with 1 before it: then ln 0 never "
        "happens. A row of zeros has the sum 0: divide by 1 there.",
        "total = counts.sum(axis=1, keepdims=True)\nratio = counts / np.maximum(total, 1) / ...\n"
        "return np.log(np.maximum(ratio, ...))",
    ],
}
LOOPS = (
    "found = []\n"
    "for i in range(len(tokens)):\n"
    "    for j in range(max(0, i - window), min(len(tokens), i + window + 1)):\n"
    "        if j != i and tokens[i] != -1 and tokens[j] != -1:\n"
    "            found.append((tokens[i], tokens[j]))\n"
    "return found"
)
STEP = (
    "words = np.append(no, yes)\nx = U[words] @ v\n"
    "slope = sigmoid(x)\nslope[-1] -= 1\nof_U = np.zeros(U.shape)\n"
    "np.add.at(of_U, words, slope[:, None] * v)\n"
    "return np.logaddexp(0, x).sum() - x[-1], slope @ U[words], of_U"
)
TABLE = (
    "total = counts.sum(axis=1, keepdims=True)\nratio = counts / np.maximum(total, 1) / q / k\n"
    "return np.log(np.maximum(ratio, 1))"
)
RIGHT = {
    "comprehension": (
        "A",
        "n = len(tokens)\n"
        "return [\n"
        "    (w, tokens[j])\n"
        "    for i, w in enumerate(tokens)\n"
        "    for j in [*range(i - window, i), *range(i + 1, i + window + 1)]\n"
        "    if 0 <= j < n and -1 not in (w, tokens[j])\n"
        "]",
    ),
    "slices": (
        "A",
        "found = []\n"
        "for i in range(len(tokens)):\n"
        "    before, after = tokens[max(0, i - window) : i], tokens[i + 1 : i + 1 + window]\n"
        "    found += [(tokens[i], c) for c in before + after if c >= 0 and tokens[i] >= 0]\n"
        "return found",
    ),
    "recursion": (
        "A",
        "def of(i):\n"
        "    if i == len(tokens):\n"
        "        return []\n"
        "    places = (j for j in range(len(tokens)) if 1 <= abs(i - j) <= window)\n"
        "    return [(tokens[i], tokens[j]) for j in places if min(tokens[i], tokens[j]) > -1] + "
        "of(i + 1)\n"
        "\n"
        "return of(0)",
    ),
    "a_padded_array": (
        "A",
        "padded = np.pad(np.array(tokens, dtype=int), window, constant_values=-1)\n"
        "away = [k for k in range(-window, window + 1) if k]\n"
        "table = [[(int(padded[i]), int(padded[i + k])) for k in away] for i in range(window, "
        "window + len(tokens))]\n"
        "return [pair for row in table for pair in row if -1 not in pair]",
    ),
    "pairs_as_lists": (
        "A",
        "found = []\n"
        "for i, w in enumerate(tokens):\n"
        "    for j, c in enumerate(tokens):\n"
        "        if i != j and abs(i - j) <= window and w != -1 and c != -1:\n"
        "            found.append([w, c])\n"
        "return found",
    ),
    "score_by_score": (
        "B",
        "loss, of_v, of_U = 0.0, np.zeros_like(v), np.zeros_like(U)\n"
        "for c, sign in [(yes, -1.0)] + [(c, 1.0) for c in no]:\n"
        "    x = sign * (U[c] @ v)\n"
        "    loss = loss + np.logaddexp(0, x)\n"
        "    of_v = of_v + sign * sigmoid(x) * U[c]\n"
        "    of_U[c] = of_U[c] + sign * sigmoid(x) * v\n"
        "return loss, of_v, of_U",
    ),
    "one_hot_rows": (
        "B",
        "words = np.concatenate([[yes], no])\n"
        "target = np.zeros(len(words))\n"
        "target[0] = 1\n"
        "hot = np.eye(len(U))[words]\n"
        "x = hot @ U @ v\n"
        "slope = sigmoid(x) - target\n"
        "return [np.sum(np.logaddexp(0, x) - target * x), hot.T @ slope @ U, np.outer(hot.T @ "
        "slope, v)]",
    ),
    "counted_words": (
        "B",
        "times = np.bincount(no, minlength=len(U))\n"
        "x = U @ v\n"
        "loss = times @ np.logaddexp(0, x) + np.logaddexp(0, -x[yes])\n"
        "slope = times * sigmoid(x)\n"
        "slope[yes] -= sigmoid(-x[yes])\n"
        'return float(loss), np.einsum("n,nd->d", slope, U), np.einsum("n,d->nd", slope, v)',
    ),
    "back_propagation": (
        "B",
        "import minigrad as mg\n"
        "t, T = mg.tensor(v, requires_grad=True), mg.tensor(U, requires_grad=True)\n"
        "x = T[mg.tensor(np.append(yes, no))] @ t\n"
        "loss = mg.nn.functional.softplus(x).sum() - x[0]\n"
        "loss.backward()\n"
        "return loss, t.grad, T.grad",
    ),
    "element_by_element": (
        "C",
        "rows = []\n"
        "for row in counts:\n"
        "    total = sum(row)\n"
        "    rows.append([max(0.0, np.log(n / total / share / k)) if n > 0 else 0.0 for n, share "
        "in zip(row, q)])\n"
        "return rows",
    ),
    "logarithms_first": (
        "C",
        "seen = counts > 0\n"
        "total = counts.sum(axis=1)\n"
        "logs = np.log(np.where(seen, counts, 1)) - np.log(np.where(total > 0, total, 1))[:, "
        "None]\n"
        "return np.where(seen, np.maximum(logs - np.log(q) - np.log(k), 0), 0)",
    ),
    "mended_afterwards": (
        "C",
        'with np.errstate(all="ignore"):\n'
        "    table = np.log(counts / counts.sum(axis=1, keepdims=True) / q) - np.log(k)\n"
        "return np.maximum(np.nan_to_num(table, nan=0.0, neginf=0.0), 0)",
    ),
    "integers_and_einsum": (
        "C",
        "whole = counts.astype(int)\n"
        'share = np.einsum("wc,w,c->wc", whole, 1 / np.maximum(whole.sum(1), 1), 1 / (q * k))\n'
        "return np.log(np.clip(share, 1, None))",
    ),
}
WRONG = {
    "short": ("A", LOOPS.replace(" + window + 1", " + window"), "right edge"),
    "itself": ("A", LOOPS.replace("j != i and ", ""), "with itself"),
    "same_word": ("A", LOOPS.replace("j != i", "tokens[j] != tokens[i]"), "same word"),
    "turned": ("A", LOOPS.replace("(tokens[i], tokens[j])", "(tokens[j], tokens[i])"), "order"),
    "after_only": (
        "A",
        LOOPS.replace("max(0, i - window)", "i + 1"),
        "only the contexts after",
    ),
    "rare": ("A", LOOPS.replace(" and tokens[i] != -1 and tokens[j] != -1", ""), "-1 is in"),
    "closed_up": (
        "A",
        "tokens = [token for token in tokens if token != -1]\n" + LOOPS,
        "keeps its place",
    ),
    "places": ("A", LOOPS.replace("(tokens[i], tokens[j])", "(i, j)"), "places"),
    "negative_start": ("A", LOOPS.replace("max(0, i - window)", "i - window"), "before the first"),
    "slice": (
        "A",
        LOOPS.replace(
            "max(0, i - window), min(len(tokens), i + window + 1)",
            "i if i < window else i - window, min(len(tokens), i + window + 1)",
        ),
        "a slice",
    ),
    "mean": (
        "B",
        STEP.replace("np.logaddexp(0, x).sum() - x[-1]", "(np.logaddexp(0, x).sum() - x[-1]) / 4"),
        "a mean",
    ),
    "sign": ("B", STEP.replace("sum() - x[-1]", "sum()"), "as a no"),
    "yes_only": (
        "B",
        STEP.replace("np.logaddexp(0, x).sum() - x[-1]", "np.logaddexp(0, -x[-1])"),
        "only the yes",
    ),
    "slope_no": ("B", STEP.replace("slope[-1] -= 1\n", ""), "minus 1"),
    "all_yes": (
        "B",
        STEP.replace("slope[-1] -= 1", "slope = slope - 1"),
        "of each score has the minus 1",
    ),
    "flipped": (
        "B",
        STEP.replace("slope[-1] -= 1", "slope[-1] -= 1\nslope = -slope"),
        "minus the slope",
    ),
    "plus": (
        "B",
        STEP.replace("slope[-1] -= 1", "slope[-1] = sigmoid(-x[-1])"),
        "minus of the yes",
    ),
    "minus_sigmoid": (
        "B",
        STEP.replace("slope[-1] -= 1", "slope[-1] = -sigmoid(x[-1])"),
        "not -sigma(x)",
    ),
    "repeats": (
        "B",
        STEP.replace(
            "np.add.at(of_U, words, slope[:, None] * v)", "of_U[words] += slope[:, None] * v"
        ),
        "several times",
    ),
    "repeats_of_no": (
        "B",
        STEP.replace(
            "np.add.at(of_U, words, slope[:, None] * v)",
            "of_U[no] += slope[:-1, None] * v\nof_U[yes] += slope[-1] * v",
        ),
        "several times",
    ),
    "overflow": (
        "B",
        STEP.replace("np.logaddexp(0, x)", "np.log(1 + np.exp(x))"),
        "overflows",
    ),
    "row_sum": ("C", TABLE.replace("axis=1", "axis=0"), "sum of the column"),
    "total": ("C", TABLE.replace("counts.sum(axis=1, keepdims=True)", "counts.sum()"), "all pairs"),
    "no_k": ("C", TABLE.replace(" / k", ""), "ln k is missing"),
    "no_q": ("C", TABLE.replace(" / q", ""), "q is missing"),
    "own_q": (
        "C",
        TABLE.replace("/ q", "/ (counts.sum(axis=0) / counts.sum())"),
        "from the counts",
    ),
    "outside": (
        "C",
        TABLE.replace(" / k", "").replace("ratio, 1))", "ratio, 1)) - np.log(k)"),
        "after the maximum",
    ),
    "not_positive": (
        "C",
        TABLE.replace(
            "np.log(np.maximum(ratio, 1))",
            "np.where(ratio > 0, np.log(np.maximum(ratio, 1e-300)), 0)",
        ),
        "below 0",
    ),
    "empty_row": ("C", TABLE.replace("np.maximum(total, 1)", "total"), "without any pair"),
    "falsy": (
        "A",
        "n = len(tokens)\n"
        "return [(tokens[i], tokens[j]) for i in range(n) for j in range(n) if 0 < abs(i - j) <= "
        "window and tokens[i] > 0 and tokens[j] > 0]",
        "0 is a word",
    ),
    "once_each": (
        "A",
        "n = len(tokens)\n"
        "return list(dict.fromkeys((tokens[i], tokens[j]) for i in range(n) for j in range(n) if 0 "
        "< abs(i - j) <= window and tokens[i] >= 0 and tokens[j] >= 0))",
        "each time counts",
    ),
    "in_order_of_words": (
        "A",
        "n = len(tokens)\n"
        "return sorted((tokens[i], tokens[j]) for i in range(n) for j in range(n) if 0 < abs(i - "
        "j) <= window and tokens[i] >= 0 and tokens[j] >= 0)",
        "in another order",
    ),
    "too_wide": (
        "A",
        "n = len(tokens)\n"
        "return [(tokens[i], tokens[j]) for i in range(n) for j in range(n) if 0 < abs(i - j) <= "
        "window + 1 and tokens[i] >= 0 and tokens[j] >= 0]",
        "too wide",
    ),
    "only_w_known": (
        "A",
        "n = len(tokens)\n"
        "return [(tokens[i], tokens[j]) for i in range(n) for j in range(n) if 0 < abs(i - j) <= "
        "window and tokens[i] >= 0]",
        "-1 is in",
    ),
    "yes_out_of_no": (
        "B",
        STEP.replace("words =", "no = no[no != yes]\nwords ="),
        "as a no, too",
    ),
    "each_yes": (
        "B",
        STEP.replace("sigmoid(x)\nslope[-1] -= 1", "sigmoid(x) - (words == yes)"),
        "as a no, too",
    ),
    "rows_of_words": (
        "B",
        "words = np.append(no, yes)\n"
        "x = U[words] @ v\n"
        "slope = sigmoid(x)\n"
        "slope[-1] -= 1\n"
        "return np.logaddexp(0, x).sum() - x[-1], slope @ U[words], slope[:, None] * v",
        "wrong shape",
    ),
    "a_loss_each": (
        "B",
        STEP.replace("x).sum()", "x)"),
        "wrong shape",
    ),
    "clipped_scores": (
        "B",
        STEP.replace("U[words] @ v", "np.clip(U[words] @ v, -500, 500)"),
        "2000",
    ),
    "one_pair": (
        "C",
        "total = counts.sum(axis=1, keepdims=True)\n"
        "return np.log(np.maximum(counts / np.maximum(total, 2) / q / k, 1))",
        "a single pair",
    ),
    "smoothed": (
        "C",
        "c = counts + 1e-9\nreturn np.log(np.maximum(c / c.sum(axis=1, keepdims=True) / q / k, 1))",
        "without any pair",
    ),
    "in_bits": (
        "C",
        "total = np.maximum(counts.sum(axis=1, keepdims=True), 1)\n"
        "return np.log2(np.maximum(counts / total / q / k, 1))",
        "natural",
    ),
    "sizes": (
        "C",
        "ratio = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) / q / k\n"
        "return np.abs(np.log(np.where(ratio > 0, ratio, 1)))",
        "below 0",
    ),
}


@answer
def right_pairs(tokens, window):
    found = []
    for i, w in enumerate(tokens):
        near = [(j, c) for j, c in enumerate(tokens) if 0 < abs(j - i) <= window]
        found += [(w, c) for _, c in near if w >= 0 and c >= 0]
    return found


@answer
def wrong_pairs(tokens, window):
    """What the usual mistakes give: {name: (words, list)}."""
    n = len(tokens)
    kept = [token for token in tokens if token != -1]
    every = [(i, j) for i in range(n) for j in range(n) if abs(i - j) <= window]
    wider = [(i, j) for i in range(n) for j in range(n) if 0 < abs(i - j) <= window + 1]
    good = [(i, j) for i, j in every if tokens[i] != -1 and tokens[j] != -1]
    apart = [(i, j) for i, j in good if i != j]
    around = [(i, j) for i in range(n) for j in range(i - window, min(n, i + window + 1)) if i != j]

    def words(some):
        return [(tokens[i], tokens[j]) for i, j in some]

    def without(number, pairs):
        return [pair for pair in pairs if number not in pair]

    return {
        "short": (
            "the right edge of the window is missing: a range ends before its end",
            words([(i, j) for i, j in apart if j < i + window]),
        ),
        "too_wide": (
            "the window is too wide: c stands at most `window` places from w",
            without(-1, words(wider)),
        ),
        "itself": (
            "a word is no context of its own place: this pairs each word with itself",
            words(good),
        ),
        "same_word": (
            "the same word may stand at two places, and then it is a pair",
            words([(i, j) for i, j in apart if tokens[i] != tokens[j]]),
        ),
        "once": ("each pair is there once: each time counts", list(dict.fromkeys(words(apart)))),
        "turned": ("the order is (w, c): w first", [(c, w) for w, c in words(apart)]),
        "slice": (
            "a slice that begins before 0 begins near the end: take max(0, ...)",
            words([(i, j) for i, j in apart if i >= window or j > i]),
        ),
        "negative_start": (
            "a place before the first is the end of the list for Python: begin at 0",
            without(-1, words(around)),
        ),
        "after_only": (
            "these are only the contexts after w: those before it count, too",
            words([(i, j) for i, j in apart if j > i]),
        ),
        "before_only": (
            "these are only the contexts before w: those after it count, too",
            words([(i, j) for i, j in apart if j < i]),
        ),
        "rare": (
            "-1 is in a pair: it is no common word",
            words([(i, j) for i, j in every if i != j]),
        ),
        "rare_context": (
            "-1 is in a pair: it is no common word, as a context neither",
            words([(i, j) for i, j in every if i != j and tokens[i] != -1]),
        ),
        "falsy": ("0 is a word like any other: only -1 is left out", without(0, words(apart))),
        "closed_up": ("-1 keeps its place: do not close the gap", right_pairs(kept, window)),
        "places": ("these are places: a pair has the numbers of the words", apart),
    }


def as_pairs(got):
    """A list of pairs of any kind as one of tuples; anything else as it is."""
    got = taken(got)
    got = got.tolist() if isinstance(got, np.ndarray) else got
    pairs = isinstance(got, list | tuple) and all(isinstance(pair, list | tuple) for pair in got)
    return [tuple(pair) for pair in got] if pairs else got


@check("A", points=2)
def pairs_of_a_short_text(m, rng):
    tokens, window = [3, 0, -1, 3, 3, 2, 1], 2
    call = f"pairs({tokens}, {window})"
    got, right = as_pairs(m.pairs(list(tokens), window)), right_pairs(tokens, window)
    for text, value in wrong_pairs(tokens, window).values():
        if got == value:
            raise Wrong(text, call)
    shown = [f"got {got}"]
    if isinstance(got, list) and got != right:
        if len(got) < len(right) and got == [p for p in right if p in got][: len(got)]:
            raise Wrong("pairs are missing", call)
        if sorted(got) == sorted(right):
            why = "the right pairs in another order: places of w from first to last, and c likewise"
            raise Wrong(why, call, shown)
    if got != right:
        raise Wrong(f"expected {right}", call, shown)


@answer
def step_of(v, U, yes, no):
    """The loss and both slopes, and what they are by mistake: a dictionary for each."""
    loss, of_v, of_U = 0.0, np.zeros(v.shape), np.zeros(U.shape)
    last, once, hot = np.zeros(U.shape), np.zeros(U.shape), np.eye(len(U))
    for c, target in [*[(c, 0) for c in no], (yes, 1)]:
        x = float(v @ U[c])
        loss += float(np.logaddexp(0, -x if target else x))
        slope = 0.5 * (1 + np.tanh(x / 2)) - target
        of_v += slope * U[c]
        of_U[c] += slope * v
        last[c] = slope * v
        once[c] = last[c] + target * once[c]
    x = float(v @ U[yes])
    only, missed = float(np.logaddexp(0, -x)), 0.5 - 0.5 * np.tanh(x / 2)  # sigma(-x)
    times = np.bincount(no, minlength=len(U))
    often = "a word that is drawn several times adds up: use np.add.at"
    drawn = "yes may be drawn, and then it counts as a no, too"
    minus_yes = (
        "the yes has the slope sigma(x) minus 1",
        of_v + U[yes],
        of_U + hot[yes][:, None] * v,
    )
    minus_all = (
        "the slope of each score has the minus 1: only the yes has it",
        of_v - times @ U,
        of_U - times[:, None] * v,
    )
    minus_each = (
        drawn,
        of_v - times[yes] * U[yes],
        of_U - times[yes] * hot[yes][:, None] * v,
    )
    skipped = (
        drawn,
        of_v - times[yes] * (1 - missed) * U[yes],
        of_U - times[yes] * (1 - missed) * hot[yes][:, None] * v,
    )
    flipped = ("the sign is wrong: this is minus the slope", -of_v, -of_U)
    plus = (
        "the slope of s(-x) is -sigma(-x): the minus of the yes is missing",
        of_v + 2 * missed * U[yes],
        of_U + 2 * missed * hot[yes][:, None] * v,
    )
    other = (
        "the slope of s(-x) is -sigma(-x), not -sigma(x)",
        of_v + (2 * missed - 1) * U[yes],
        of_U + (2 * missed - 1) * hot[yes][:, None] * v,
    )
    both = {"slope_no": minus_yes, "all_yes": minus_all, "each_yes": minus_each}
    both |= {"skipped": skipped, "flipped": flipped, "plus": plus, "other": other}
    of_loss = {
        "mean": ("this is a mean: the loss is a sum", loss / (len(no) + 1)),
        "mean_of_no": (
            "this is a mean over the no words: the loss is a sum",
            only + (loss - only) / len(no),
        ),
        "sign": ("the yes is counted as a no: it costs s(-x)", loss + x),
        "yes_only": ("this is only the yes: each no costs s(x)", only),
        "negative": ("the sign is wrong: a loss is above 0", -loss),
    }
    first = {name: (text, value) for name, (text, value, _) in both.items()}
    second = {name: (text, value) for name, (text, _, value) in both.items()}
    second |= {"repeats": (often, last), "repeats_of_no": (often, once)}
    return (loss, of_v, of_U), (of_loss, first, second)


NAMES = "loss", "slope_for_v", "slope_for_U"


def three(m, v, U, yes, no, call):
    return several(call, m.one_yes(v.copy(), U.copy(), yes, no.copy()), *NAMES)


@check("B", points=1)
def the_loss(m, rng):
    v, U, no = rng.standard_normal(3), rng.standard_normal((6, 3)), np.array([0, 4, 2])
    call = "one_yes(v, U, 5, np.array([0, 4, 2]))"
    right, mistakes = step_of(v, U, 5, no)
    compare(f"loss of {call}", three(m, v, U, 5, no, call)[0], right[0], **mistakes[0])


@check("B", points=1)
def the_slopes(m, rng):
    v, U, no = rng.standard_normal(3), rng.standard_normal((6, 3)), np.array([0, 4, 2])
    call = "one_yes(v, U, 5, np.array([0, 4, 2]))"
    got, (right, mistakes) = three(m, v, U, 5, no, call), step_of(v, U, 5, no)
    compare(f"slope for v, {call}", got[1], right[1], **mistakes[1])
    compare(f"slope for U, {call}", got[2], right[2], **mistakes[2])


@check("B", points=1)
def repeats_and_large_scores(m, rng):
    v, U, no = rng.standard_normal(2), rng.standard_normal((4, 2)), np.array([1, 3, 1, 1])
    call = "one_yes(v, U, 3, np.array([1, 3, 1, 1]))"
    got, (right, mistakes) = three(m, v, U, 3, no, call), step_of(v, U, 3, no)
    compare(f"slope for U, {call}", got[2], right[2], **mistakes[2])
    compare(f"slope for v, {call}", got[1], right[1], **mistakes[1])
    compare(f"loss of {call}", got[0], right[0], **mistakes[0])
    call = "one_yes with scores of 2000 and -2000"
    v, U = np.array([2000.0]), np.array([[1.0], [-1.0], [0.0]])
    loss = three(m, v, U, 1, np.array([0, 2]), call)[0]
    if np.shape(loss) == () and not np.isfinite(loss):
        raise Wrong("exp overflows for a large score: use np.logaddexp(0, x)", call)
    compare(f"loss of {call}", loss, 4000 + np.log(2))


@answer
def tables(counts, q, k):
    """The table, and what it is by mistake."""
    right = np.zeros(counts.shape)
    for w, c in zip(*np.nonzero(counts), strict=True):
        right[w, c] = max(0.0, np.log(counts[w, c] / counts[w].sum() / q[c] / k))
    sums, total = counts.sum(axis=1, keepdims=True), counts.sum()
    ratio = counts / np.maximum(sums, 1)

    def positive(values):
        return np.log(np.maximum(values, 1))

    signed = np.where(ratio > 0, np.log(np.where(ratio > 0, ratio / q / k, 1)), 0)
    return right, {
        "row_sum": (
            "this divides by the sum of the column: p(c | w) belongs to the row",
            positive(counts / np.maximum(counts.sum(axis=0), 1) / q / k),
        ),
        "total": (
            "this divides by all pairs: p(c | w) is a count over the sum of its row",
            positive(counts / total / q / k),
        ),
        "no_k": ("ln k is missing", positive(ratio / q)),
        "no_q": (
            "all is 0: perhaps q is missing; p(c | w) alone is never above 1",
            positive(ratio / k),
        ),
        "own_q": (
            "q is given: this takes it from the counts",
            positive(ratio / (np.maximum(counts.sum(axis=0), 1) / total) / k),
        ),
        "outside": (
            "ln k comes off after the maximum: it must come off before",
            positive(ratio / q) - np.log(k),
        ),
        "times_k": ("this adds ln k: it must be subtracted", positive(ratio / q * k)),
        "not_positive": ("what is below 0 becomes 0", signed),
        "sizes": ("this is the size of what is below 0: it becomes 0", abs(signed)),
        "bits": ("the logarithm is natural, not to the base 2", right / np.log(2)),
        "single": (
            "a word with a single pair has the sum 1, and not more",
            positive(counts / np.maximum(sums, 2) / q / k),
        ),
    }


@check("C", points=1)
def a_table_with_zeros(m, rng):
    counts = np.array([[80.0, 1, 0], [1, 2, 9], [0, 5, 5], [6, 0, 0], [0, 0, 1]])
    q, k = np.array([0.2, 0.5, 0.3]), 1.5
    call = f"positive_pmi({counts.astype(int).tolist()}, {q.tolist()}, {k})"
    right, mistakes = tables(counts, q, k)
    compare(call, m.positive_pmi(counts.copy(), q.copy(), k), right, **mistakes)


@check("C", points=1)
def a_word_without_any_pair(m, rng):
    counts = np.array([[0.0, 0, 0, 0], [3, 1, 1, 5]])
    q = np.array([0.1, 0.2, 0.3, 0.4])
    call = f"positive_pmi({counts.astype(int).tolist()}, {q.tolist()}, 1)"
    got, right = taken(m.positive_pmi(counts.copy(), q.copy(), 1)), tables(counts, q, 1)[0]
    if np.shape(got) == (2, 4) and np.isnan(got).any():
        raise Wrong("NaN in the row of a word without any pair", call)
    if np.shape(got) == (2, 4) and np.any(got[0]):
        raise Wrong("the row of a word without any pair is 0", call, [f"got {got[0]}"])
    compare(call, got, right)


@check("A", points=0, hidden=True)
def a_wide_window_and_no_text(m, rng):
    for tokens, window in (([], 2), ([4], 1), ([-1, -1], 1), ([1, 2, 1, 0], 9)):
        got, right = as_pairs(m.pairs(list(tokens), window)), right_pairs(tokens, window)
        if got != right:
            raise Wrong(f"expected {right}", f"pairs({tokens}, {window})", [f"got {got}"])


@check("B", points=0, hidden=True)
def other_shapes(m, rng):
    v, U, no = rng.standard_normal(5), rng.standard_normal((9, 5)), rng.integers(0, 9, 12)
    got, (right, _) = three(m, v, U, 0, no, "one_yes"), step_of(v, U, 0, no)
    compare("loss of one_yes with 12 no words", got[0], right[0])
    compare("slope for v with 12 no words", got[1], right[1])
    compare("slope for U with 12 no words", got[2], right[2])


@check("C", points=0, hidden=True)
def a_larger_table(m, rng):
    counts = rng.poisson(1.0, (6, 9)).astype(float)
    q = rng.random(9) + 0.1
    q /= q.sum()
    compare("positive_pmi", m.positive_pmi(counts.copy(), q.copy(), 1), tables(counts, q, 1)[0])
