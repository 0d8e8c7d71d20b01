"""Attention: where a query may not look, the weights of attention, and its heads.

Belongs to lesson 19, "Who looks at whom?".

Each token has a query, a key and a value. The weights of a query are the softmax, along the keys,
of its dot products with the keys, divided by the root of their number of terms d. A mask says where
a query may not look: True hides a key, False hides nothing.

Arrays have shape (..., places, d): in front there may be axes for the rows of a batch and for
heads, any number of them. They are float64, masks are bool. The parts do not use each other.
"""

import numpy as np


# %% Part A (1 point)
def window_mask(n, reach):
    """The mask of n places: a bool array (n, n), a row for each query, True where not to look.

    No query may look at a later place. It may look at itself and at the places before it that are
    less than `reach` away: with reach = 1 at itself only, with reach = n as in the lesson. (NumPy's
    np.logical_or(a, b) is True where a or b is.)
    """
    # BEGIN SOLUTION A: return the mask; how far is the key ahead of the query?
    ahead = np.arange(n)[None, :] - np.arange(n)[:, None]
    return np.logical_or(ahead > 0, ahead <= -reach)
    # END SOLUTION


# %% Part B (4 points)
def attention_weights(query, key, mask=False):
    """The weights (..., queries, keys) of queries (..., queries, d) on keys (..., keys, d).

    mask is False or a bool array that broadcasts to (..., queries, keys), True where not to look:
    there the weight is exactly 0, and the other weights of the row add up to 1. A query that may
    look nowhere has weights of 0, not NaN. Scores may be of any size.
    """
    # BEGIN SOLUTION B: scores, then the mask, then a softmax along the keys that cannot overflow
    scores = query @ np.swapaxes(key, -1, -2) / np.sqrt(query.shape[-1])
    scores = np.where(mask, -np.inf, scores)
    top = scores.max(axis=-1, keepdims=True)
    e = np.exp(scores - np.where(top == -np.inf, 0.0, top))
    total = e.sum(axis=-1, keepdims=True)
    return e / np.where(total == 0, 1.0, total)
    # END SOLUTION


# %% Part C (2 points)
def split_heads(x, heads):
    """Cut each place's numbers into pieces: (batch, places, width) to (batch, heads, places, d).

    d is width / heads, and width is a multiple of heads. Head 0 gets the first d numbers of every
    place, head 1 the next d, and so on.
    """
    # BEGIN SOLUTION C: give the pieces an axis of their own, and bring it in front of the places
    batch, places, width = x.shape
    return x.reshape(batch, places, heads, -1).transpose(0, 2, 1, 3)
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import Wrong, answer, check, compare, taken  # noqa: E402

HINTS = {
    "A": [
        "Draw it for n = 4 and reach = 2. Row 0 is the first place: it may look at itself only. "
        "Row 3 may look at the places 2 and 3.",
        "Let ahead[i, j] = j - i. A key is hidden if ahead is above 0 (later), or if it is -reach "
        "or less (too long ago).",
        "ahead = np.arange(n)[None, :] - ...\nreturn np.logical_or(ahead > ..., ahead <= ...)",
    ],
    "B": [
        "Which axis of the scores has the keys? Along it the weights add up to 1. A hidden key "
        "has to be taken out before the softmax, so that the rest still adds up to 1.",
        "scores = Q K^T / sqrt(d); -inf where the mask is True; then exp(scores - top) over its "
        "sum along the last axis. The top of a row is its maximum, or 0 if that is -inf. Where "
        "the sum of a row is 0, divide by 1.",
        "scores = query @ np.swapaxes(key, -1, -2) / ...\nscores = np.where(mask, ..., scores)\n"
        "top = scores.max(axis=-1, keepdims=True)\n"
        "e = np.exp(scores - np.where(top == -np.inf, 0.0, top))\n"
        "total = e.sum(axis=..., keepdims=True)\nreturn e / np.where(total == 0, ..., total)",
    ],
    "C": [
        "A reshape keeps the order of all numbers: first (places, heads, d), and only then change "
        "the order of the axes.",
        "(batch, places, width) -> (batch, places, heads, d) -> (batch, heads, places, d).",
        "batch, places, width = x.shape\n"
        "return x.reshape(batch, places, heads, ...).transpose(0, ..., ..., 3)",
    ],
}
AHEAD = "ahead = np.arange(n)[None, :] - np.arange(n)[:, None]\n"
SCORES = "scores = query @ np.swapaxes(key, -1, -2) / np.sqrt(query.shape[-1])\n"
MASK = "scores = np.where(mask, -np.inf, scores)\n"
SOFTMAX = (
    "top = scores.max(axis=-1, keepdims=True)\n"
    "e = np.exp(scores - np.where(top == -np.inf, 0.0, top))\n"
    "total = e.sum(axis=-1, keepdims=True)\n"
    "weights = e / np.where(total == 0, 1.0, total)\n"
)
OUT = "return weights"
RIGHT = {
    "lists_of_bools": (
        "A",
        "return [[j > i or i - j >= reach for j in range(n)] for i in range(n)]",
    ),
    "triangles": (
        "A",
        "seen = np.tri(n) - np.tri(n, k=-reach)\nreturn seen == 0",
    ),
    "diagonals": (
        "A",
        "mask = np.ones((n, n), dtype=bool)\n"
        "for back in range(min(n, reach)):\n"
        "    mask[np.arange(back, n), np.arange(n - back)] = False\n"
        "return mask",
    ),
    "outer_difference": (
        "A",
        "age = np.subtract.outer(np.arange(n), np.arange(n))\nreturn ~((0 <= age) & (age < reach))",
    ),
    "einsum": (
        "B",
        'scores = np.einsum("...qd,...kd->...qk", query, key) * query.shape[-1] ** -0.5\n'
        "hidden = np.broadcast_to(mask, scores.shape)\n"
        "top = np.max(scores, axis=-1, keepdims=True, where=~hidden, initial=-np.inf)\n"
        "top[np.isinf(top)] = 0\n"
        "e = np.exp(np.minimum(scores - top, 0)) * ~hidden\n"
        "return e / np.maximum(e.sum(axis=-1, keepdims=True), 1)",
    ),
    "query_by_query": (
        "B",
        "shape = (*query.shape[:-1], key.shape[-2])\n"
        "weights, mask = np.zeros(shape), np.broadcast_to(mask, shape)\n"
        "for at in np.ndindex(shape[:-1]):\n"
        "    seen = [k for k in range(shape[-1]) if not mask[at][k]]\n"
        "    scores = [sum(query[at] * key[at[:-1]][k]) / np.sqrt(key.shape[-1]) for k in seen]\n"
        "    e = [np.exp(score - max(scores)) for score in scores]\n"
        "    for k, share in zip(seen, e):\n"
        "        weights[at][k] = share / sum(e)\n"
        "return weights",
    ),
    "log_sum_exp": (
        "B",
        "scaled = query / query.shape[-1] ** 0.5\n"
        "scores = np.where(mask, -np.inf, np.matmul(scaled, np.moveaxis(key, -1, -2)))\n"
        "total = np.logaddexp.reduce(scores, axis=-1, keepdims=True)\n"
        "return np.exp(scores - np.where(total > -np.inf, total, 0))",
    ),
    "tensors": (
        "B",
        "import minigrad as mg\n"
        "scores = mg.tensor(query) @ mg.tensor(np.swapaxes(key, -1, -2).copy()) / "
        "np.sqrt(key.shape[-1])\n"
        "hidden = np.broadcast_to(mask, scores.shape)\n"
        "nowhere = hidden.all(axis=-1, keepdims=True)\n"
        "given = mg.tensor(np.where(hidden & ~nowhere, -np.inf, np.where(nowhere, 0, "
        "scores.numpy())))\n"
        "return mg.softmax(given, -1) * mg.tensor(1.0 - nowhere)",
    ),
    "split_and_stack": (
        "C",
        "return np.stack(np.split(x, heads, axis=-1), axis=1)",
    ),
    "head_by_head": (
        "C",
        "d = x.shape[2] // heads\n"
        "pieces = [[row[:, h * d : (h + 1) * d].tolist() for h in range(heads)] for row in x]\n"
        "return pieces",
    ),
    "swapped_axes": (
        "C",
        "return np.swapaxes(np.reshape(x, (*x.shape[:2], heads, x.shape[2] // heads)), 1, "
        "2).copy()",
    ),
    "places_last": (
        "C",
        "batch, places, width = x.shape\n"
        "turned = np.moveaxis(x, 1, 2).reshape(batch, heads, width // heads, places)\n"
        'return np.einsum("bhdp->bhpd", turned)',
    ),
}
WRONG = {
    "past": ("A", AHEAD + "return np.logical_or(ahead < 0, ahead >= reach)", "hides the past"),
    "itself": ("A", AHEAD + "return np.logical_or(ahead >= 0, ahead <= -reach)", "itself"),
    "where_to_look": ("A", AHEAD + "return (ahead <= 0) * (ahead > -reach)", "upside down"),
    "numbers": ("A", AHEAD + "return 1.0 * np.logical_or(ahead > 0, ahead <= -reach)", "bool"),
    "only_later": ("A", AHEAD + "return ahead > 0", "too long ago"),
    "one_more": (
        "A",
        AHEAD + "return np.logical_or(ahead > 0, ahead < -reach)",
        "one place too many",
    ),
    "not_scaled": (
        "B",
        SCORES.replace(" / np.sqrt(query.shape[-1])", "") + MASK + SOFTMAX + OUT,
        "not divided",
    ),
    "by_d": (
        "B",
        SCORES.replace("np.sqrt(query.shape[-1])", "query.shape[-1]") + MASK + SOFTMAX + OUT,
        "its root",
    ),
    "by_places": (
        "B",
        SCORES.replace("query.shape[-1]", "key.shape[-2]") + MASK + SOFTMAX + OUT,
        "number of keys",
    ),
    "over_queries": (
        "B",
        SCORES + MASK + SOFTMAX.replace("axis=-1", "axis=-2") + OUT,
        "over the queries",
    ),
    "fixed_axis": ("B", SCORES + MASK + SOFTMAX.replace("axis=-1", "axis=2") + OUT, "use axis=-1"),
    "no_mask": ("B", SCORES + SOFTMAX + OUT, "without the mask"),
    "inverted": (
        "B",
        SCORES + MASK.replace("-np.inf, scores", "scores, -np.inf") + SOFTMAX + OUT,
        "upside down",
    ),
    "mask_after": (
        "B",
        SCORES + SOFTMAX + "return np.where(mask, 0.0, weights)",
        "after the softmax",
    ),
    "zero_scores": ("B", SCORES + MASK.replace("-np.inf", "0.0") + SOFTMAX + OUT, "a score of 0"),
    "finite": ("B", SCORES + MASK.replace("-np.inf", "-1e9") + SOFTMAX + OUT, "nowhere"),
    "nowhere": (
        "B",
        SCORES + MASK + "e = np.exp(scores - scores.max(axis=-1, keepdims=True))\n"
        "return e / e.sum(axis=-1, keepdims=True)",
        "minus infinity less",
    ),
    "overflow": (
        "B",
        SCORES + MASK + "e = np.exp(scores)\ntotal = e.sum(axis=-1, keepdims=True)\n"
        "return e / np.where(total == 0, 1.0, total)",
        "exp overflows",
    ),
    "all_axes": (
        "B",
        SCORES.replace("np.swapaxes(key, -1, -2)", "key.T") + MASK + SOFTMAX + OUT,
        ".T reverses all",
    ),
    "reshaped": (
        "C",
        "batch, n, width = x.shape\nreturn x.reshape(batch, heads, n, width // heads)",
        "reshape alone",
    ),
    "interleaved": (
        "C",
        "batch, n, width = x.shape\nreturn x.reshape(batch, n, -1, heads).transpose(0, 3, 1, 2)",
        "every",
    ),
    "not_moved": (
        "C",
        "batch, n, width = x.shape\nreturn x.reshape(batch, n, heads, -1)",
        "in front of the places",
    ),
    "both_sides": (
        "A",
        "ahead = np.arange(n)[None, :] - np.arange(n)[:, None]\nreturn np.abs(ahead) >= reach",
        "also what is later",
    ),
    "both_at_once": (
        "A",
        "ahead = np.arange(n)[None, :] - np.arange(n)[:, None]\n"
        "return np.logical_and(ahead > 0, ahead <= -reach)",
        "nothing is hidden",
    ),
    "reach_below_n": (
        "A",
        "ahead = np.arange(n)[None, :] - np.arange(n)[:, None]\n"
        "return np.logical_or(ahead > 0, ahead <= -min(reach, n - 1))",
        "window_mask(3, 3)",
    ),
    "mask_after_exp": (
        "B",
        "scores = query @ np.swapaxes(key, -1, -2) / np.sqrt(query.shape[-1])\n"
        "e = np.exp(scores - scores.max(axis=-1, keepdims=True))\n"
        "e = np.where(mask, 0.0, e)\n"
        "total = e.sum(axis=-1, keepdims=True)\n"
        "return e / np.where(total == 0, 1.0, total)",
        "took part in the maximum",
    ),
    "finite_but_zeroed": (
        "B",
        "scores = query @ np.swapaxes(key, -1, -2) / np.sqrt(query.shape[-1])\n"
        "scores = np.where(mask, -1e9, scores)\n"
        "e = np.exp(scores - scores.max(axis=-1, keepdims=True))\n"
        "weights = e / e.sum(axis=-1, keepdims=True)\n"
        "hidden = np.broadcast_to(mask, weights.shape)\n"
        "return np.where(hidden.all(axis=-1, keepdims=True), 0, weights)",
        "minus infinity",
    ),
    "times_not_mask": (
        "B",
        "scores = query @ np.swapaxes(key, -1, -2) / np.sqrt(query.shape[-1])\n"
        "seen = ~np.broadcast_to(mask, scores.shape)\n"
        "scores = scores * seen\n"
        "e = np.exp(scores - scores.max(axis=-1, keepdims=True)) * seen\n"
        "total = e.sum(axis=-1, keepdims=True)\n"
        "return e / np.where(total == 0, 1.0, total)",
        "took part in the maximum",
    ),
    "one_top_for_all": (
        "B",
        "scores = query @ np.swapaxes(key, -1, -2) / np.sqrt(query.shape[-1])\n"
        "scores = np.where(mask, -np.inf, scores)\n"
        "e = np.exp(scores - max(scores.max(), -1e300))\n"
        "total = e.sum(axis=-1, keepdims=True)\n"
        "return e / np.where(total == 0, 1.0, total)",
        "of each query",
    ),
    "nan_to_zero": (
        "B",
        "scores = query @ np.swapaxes(key, -1, -2) / np.sqrt(query.shape[-1])\n"
        "e = np.exp(np.where(mask, -np.inf, scores))\n"
        "return np.nan_to_num(e / e.sum(axis=-1, keepdims=True))",
        "of each query",
    ),
    "mask_as_index": (
        "B",
        "scores = query @ np.swapaxes(key, -1, -2) / np.sqrt(query.shape[-1])\n"
        "if mask is not False:\n"
        "    scores[..., mask] = -np.inf\n"
        "top = scores.max(axis=-1, keepdims=True)\n"
        "e = np.exp(scores - np.where(top == -np.inf, 0.0, top))\n"
        "total = e.sum(axis=-1, keepdims=True)\n"
        "return e / np.where(total == 0, 1.0, total)",
        "mask",
    ),
    "d_last": (
        "C",
        "batch, n, width = x.shape\nreturn x.reshape(batch, n, heads, -1).transpose(0, 2, 3, 1)",
        "wrong shape",
    ),
    "turned_first": (
        "C",
        "batch, n, width = x.shape\n"
        "return x.transpose(0, 2, 1).reshape(batch, heads, n, width // heads)",
        "mixes places",
    ),
}


def softmax(scores, axis=-1):
    e = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@answer
def right_weights(query, key, mask):
    """Query by query, over the keys that it may see."""
    weights = np.zeros((*query.shape[:-1], key.shape[-2]))
    for index in np.ndindex(query.shape[:-1]):
        seen = np.flatnonzero(~np.broadcast_to(mask, weights.shape)[index])
        if len(seen):
            dots = key[index[:-1]][seen] @ query[index]
            weights[index][seen] = softmax(dots / np.sqrt(query.shape[-1]))
    return weights


@answer
def masks(n, reach):
    """The mask, and what it is by mistake."""

    def mask(reach):
        return np.array([[not i - reach < j <= i for j in range(n)] for i in range(n)])

    hidden, ahead = mask(reach), np.subtract.outer(np.arange(n), np.arange(n)).T
    return hidden, {
        "past": ("this hides the past: it is the future that must not be seen", hidden.T),
        "itself": (
            "each place may look at itself: the diagonal is False",
            hidden | np.eye(n, dtype=bool),
        ),
        "inverted": ("this is upside down: True where to look. True is where not to look", ~hidden),
        "only_later": ("this hides what is later, but not what is too long ago", ahead > 0),
        "one_more": (
            "each query sees one place too many: with reach = 1 only itself",
            mask(reach + 1),
        ),
        "both_sides": (
            "a key is seen on both sides: hide also what is later, however near",
            abs(ahead) >= reach,
        ),
        "nothing": ("nothing is hidden: no key is later and too long ago at once", ahead > n),
    }


@check("A", points=1)
def neither_the_future_nor_long_ago(m, rng):
    for n, reach in ((5, 2), (3, 3), (1, 1), (3, 9)):
        right, mistakes = masks(n, reach)
        compare(f"window_mask({n}, {reach})", m.window_mask(n, reach), right, **mistakes)


@answer
def false_weights(query, key):
    """What the weights without a mask are by mistake."""
    dots, d = query @ np.swapaxes(key, -1, -2), query.shape[-1]
    scores = dots / np.sqrt(d)
    found = {
        "not_scaled": ("the scores are not divided by sqrt(d)", softmax(dots)),
        "by_d": ("the scores are divided by d: it must be its root", softmax(dots / d)),
        "by_places": (
            "this divides by the root of the number of keys",
            softmax(dots / np.sqrt(dots.shape[-1])),
        ),
        "over_queries": (
            "the weights add up to 1 over the queries: the keys are the last axis, use axis=-1",
            softmax(scores, -2),
        ),
        "no_softmax": ("these weights are the scores: the softmax is missing", scores),
        "multiplied": ("the scores are multiplied by sqrt(d)", softmax(dots * np.sqrt(d))),
    }
    if query.ndim == 4:
        found["over_heads"] = (
            "the axis of the softmax is the heads', not the keys': use -1",
            softmax(scores, 1),
        )
    return found


@answer
def falsely_masked(query, key, mask):
    """What the weights with a mask are by mistake."""
    scores = query @ np.swapaxes(key, -1, -2) / np.sqrt(query.shape[-1])
    return {
        "no_mask": ("this is without the mask", softmax(scores)),
        "mask_after": (
            "the mask came after the softmax: the rest of a row must add up to 1",
            np.where(mask, 0, softmax(scores)),
        ),
        "zero_scores": (
            "a masked key got a score of 0, which is not little: it needs -inf",
            softmax(np.where(mask, 0, scores)),
        ),
        "times": (
            "the scores were multiplied by the mask: a masked key needs -inf",
            softmax(scores * mask),
        ),
        "transposed": (
            "the mask is transposed: its rows are the queries",
            right_weights(query, key, np.swapaxes(mask, -1, -2)),
        ),
        "inverted": (
            "the mask is upside down: True is where NOT to look",
            right_weights(query, key, ~mask),
        ),
    }


def has_nan(got):
    got = np.asarray(taken(got))
    return got.dtype.kind == "f" and bool(np.isnan(got).any())


@check("B", points=1)
def weights_without_a_mask(m, rng):
    query, key = rng.standard_normal((1, 3, 4)), rng.standard_normal((1, 5, 4))
    call = "attention_weights(query, key) for shapes (1, 3, 4) and (1, 5, 4)"
    try:
        got = m.attention_weights(query, key)
    except ValueError as error:
        if "matmul" not in str(error):
            raise
        why = (
            ".T reverses all axes, and only the last two may be exchanged: "
            "use np.swapaxes(key, -1, -2)"
        )
        raise Wrong(f"the shapes do not fit: {why}", call, [str(error)]) from None
    compare(call, got, right_weights(query, key, False), **false_weights(query, key))


@check("B", points=1)
def heads_and_large_scores(m, rng):
    query, key = rng.standard_normal((2, 3, 4, 6)), rng.standard_normal((2, 3, 4, 6))
    call, mistakes = "for arrays of shape (2, 3, 4, 6)", false_weights(query, key)
    right = right_weights(query, key, False)
    compare(
        f"attention_weights(query, key) {call}", m.attention_weights(query, key), right, **mistakes
    )
    right, call = (
        right_weights(500 * query, 10 * key, False),
        f"attention_weights(500 * query, 10 * key) {call}",
    )
    got = m.attention_weights(500 * query, 10 * key)
    if has_nan(got):
        raise Wrong(
            "NaN: exp overflows for large scores; subtract the largest score of each query before",
            call,
        )
    if np.shape(got) == right.shape and not np.asarray(taken(got)).sum(axis=-1).all():
        why = "a query without any weight: subtract the largest score of each query, not of all"
        raise Wrong(why, call)
    compare(call, got, right)


@check("B", points=1)
def masked_weights_are_zero(m, rng):
    query, key = rng.standard_normal((2, 2, 4, 3))
    mask = np.array(
        [
            [False, True, True, True],
            [False, False, True, True],
            [True, False, True, False],
            [False] * 4,
        ]
    )
    compare(
        "attention_weights(query, key, mask)",
        m.attention_weights(query, key, mask),
        right_weights(query, key, mask),
        **falsely_masked(query, key, mask),
    )
    padding = np.array([False, False, True, True])[None, None]
    try:
        got = m.attention_weights(query, key, padding)
    except IndexError as error:
        why = "the mask is no index: it broadcasts to the scores, as in np.where(mask, ..., scores)"
        raise Wrong(why, "attention_weights with a mask (1, 1, 4)", [str(error)]) from None
    compare("attention_weights with a mask (1, 1, 4)", got, right_weights(query, key, padding))
    one, last = np.ones((1, 1)), np.array([[False, False, True]])
    for keys, scores in (([0.0, 1, 1000], "0, 1, 1000"), ([-3e40, -1e40, 0], "-3e40, -1e40, 0")):
        key = np.array(keys)[:, None]
        call = f"attention_weights, scores {scores}, of which the last is masked"
        compare(
            call,
            m.attention_weights(one, key, last),
            right_weights(one, key, last),
            late=("no weight is left: the masked score took part in the maximum, as it is or as 0",
                  np.zeros((1, 3))),
            finite=("the masked key has all the weight: use minus infinity, and no large number",
                    last * 1.0),
        )  # fmt: skip


@check("B", points=1)
def a_query_that_may_look_nowhere(m, rng):
    query, key = rng.standard_normal((2, 1, 2, 3))
    mask = np.array([[True, True], [False, True]])
    call = f"attention_weights(query, key, np.array({mask.tolist()}))"
    got = m.attention_weights(query, key, mask)
    if has_nan(got):
        why = (
            "minus infinity less minus infinity, or 0 / 0; subtract 0 where no key is left, and "
            "divide by 1"
        )
        raise Wrong(f"NaN where a query may look nowhere: {why}", call)
    if np.shape(got) == (1, 2, 2):
        text = (
            "it looked all the same: divide by 1 where no key is left, and use -inf, not a large "
            "number"
        )
        total = float(np.asarray(got)[0, 0].sum())
        compare(
            f"sum of the first query's weights, which may look nowhere, {call}",
            total,
            0.0,
            nowhere=(text, 1.0),
        )
    compare(call, got, right_weights(query, key, mask))


@answer
def pieces(x, heads):
    """The pieces, and what they are by mistake."""
    batch, places, width = x.shape
    right = np.stack(np.split(x, heads, axis=2), axis=1)
    alone = (
        "a reshape alone mixes places: give the pieces an axis, then change the order of the axes"
    )
    every = np.stack([x[..., head::heads] for head in range(heads)], axis=1)
    return right, {
        "reshaped": (alone, x.reshape(right.shape)),
        "turned": (alone, x.transpose(0, 2, 1).reshape(right.shape)),
        "interleaved": ("head 0 got every other number: it gets the first d", every),
        "not_stacked": (
            "the heads' axis is in front: it comes after the batch's",
            np.moveaxis(right, 1, 0),
        ),
        "reversed": ("the heads are in the wrong order", right[:, ::-1]),
    }


@check("C", points=2)
def pieces_of_every_place(m, rng):
    x = rng.standard_normal((2, 3, 8))
    got, call = m.split_heads(x, 2), "split_heads(x, 2) for x of shape (2, 3, 8)"
    if np.shape(got) == (2, 3, 2, 4):
        why = "it must be in front of the places: change the order of the axes after the reshape"
        raise Wrong(f"shape (2, 3, 2, 4): the heads' axis is behind the places; {why}", call)
    right, mistakes = pieces(x, 2)
    compare(call, got, right, **mistakes)


@check("A", points=0, hidden=True)
def masks_of_other_sizes(m, rng):
    for n, reach in ((2, 1), (4, 4), (4, 9), (7, 3)):
        compare(f"window_mask({n}, {reach})", m.window_mask(n, reach), masks(n, reach)[0])


@check("B", points=0, hidden=True)
def masks_that_broadcast(m, rng):
    query, key = rng.standard_normal((2, 3, 5, 4)), rng.standard_normal((2, 3, 6, 4))
    padding = np.zeros(
        (2, 1, 1, 6), dtype=bool
    )  # the last keys of the second row, all of the first
    padding[1, ..., 4:] = True
    padding[0] = True
    right = right_weights(query, key, padding)
    compare(
        "attention_weights with a mask (2, 1, 1, 6)",
        m.attention_weights(query, key, padding),
        right,
    )
    one = rng.standard_normal((1, 4))
    compare("attention_weights(one, one)", m.attention_weights(one, one), np.ones((1, 1)))
    mask = rng.random((5, 6)) < 0.4
    for size in (1e-3, 1.0, 1e3, 1e6):
        right = right_weights(size * query, key, mask)
        call = f"attention_weights({size:g} * query, key, mask)"
        compare(call, m.attention_weights(size * query, key, mask), right)


@check("C", points=0, hidden=True)
def one_head_and_many(m, rng):
    x = rng.standard_normal((1, 5, 6))
    for heads in (1, 6, 3):
        compare(f"split_heads(x, {heads})", m.split_heads(x, heads), pieces(x, heads)[0])
