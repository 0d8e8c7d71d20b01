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
from minigrad.classroom.checks import Wrong, check, compare  # noqa: E402

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
}


def softmax(scores, axis=-1):
    e = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def right_weights(query, key, mask):
    """Query by query, over the keys that it may see."""
    weights = np.zeros((*query.shape[:-1], key.shape[-2]))
    for index in np.ndindex(query.shape[:-1]):
        seen = np.flatnonzero(~np.broadcast_to(mask, weights.shape)[index])
        if len(seen):
            dots = key[index[:-1]][seen] @ query[index]
            weights[index][seen] = softmax(dots / np.sqrt(query.shape[-1]))
    return weights


def right_mask(n, reach):
    return np.array([[not i - reach < j <= i for j in range(n)] for i in range(n)])


@check("A", points=1)
def neither_the_future_nor_long_ago(m, rng):
    hidden = right_mask(5, 2)
    later = np.triu(np.ones((5, 5)), 1) > 0
    mistakes = {
        "past": (hidden.T, "this hides the past: it is the future that must not be seen"),
        "itself": (
            hidden | np.eye(5, dtype=bool),
            "each place may look at itself: the diagonal is False",
        ),
        "inverted": (~hidden, "this is upside down: True where to look. True is where not to look"),
        "only_later": (later, "this hides what is later, but not what is too long ago"),
        "one_more": (
            right_mask(5, 3),
            "each query sees one place too many: with reach = 1 only itself",
        ),
    }
    got = m.window_mask(5, 2)
    for name, (value, text) in mistakes.items():
        if (
            isinstance(got, np.ndarray)
            and got.dtype == bool
            and got.shape == value.shape
            and (got == value).all()
        ):
            compare(
                "window_mask(5, 2), as numbers",
                1.0 * got,
                1.0 * hidden,
                **{name: (text, 1.0 * value)},
            )
    compare("window_mask(5, 2)", got, hidden)


def mistakes_without_mask(query, key):
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


def has_nan(got):
    return isinstance(got, np.ndarray) and got.dtype.kind == "f" and bool(np.isnan(got).any())


@check("B", points=1)
def weights_without_a_mask(m, rng):
    query, key = rng.standard_normal((1, 3, 4)), rng.standard_normal((1, 5, 4))
    right, mistakes = right_weights(query, key, False), mistakes_without_mask(query, key)
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
    compare(call, got, right, **mistakes)


@check("B", points=1)
def heads_and_large_scores(m, rng):
    query, key = rng.standard_normal((2, 3, 4, 6)), rng.standard_normal((2, 3, 4, 6))
    call, mistakes = "for arrays of shape (2, 3, 4, 6)", mistakes_without_mask(query, key)
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
    scores = query @ np.swapaxes(key, -1, -2) / np.sqrt(3)
    mistakes = {
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
            right_weights(query, key, mask.T),
        ),
        "inverted": (
            "the mask is upside down: True is where NOT to look",
            right_weights(query, key, ~mask),
        ),
    }
    right = right_weights(query, key, mask)
    compare(
        "attention_weights(query, key, mask)",
        m.attention_weights(query, key, mask),
        right,
        **mistakes,
    )


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


@check("C", points=2)
def pieces_of_every_place(m, rng):
    x = rng.standard_normal((2, 3, 8))
    right = np.stack([x[:, :, 4 * head : 4 * head + 4] for head in range(2)], axis=1)
    alone = (
        "a reshape alone mixes places: give the pieces an axis, then change the order of the axes"
    )
    mistakes = {
        "reshaped": (alone, x.reshape(2, 2, 3, 4)),
        "interleaved": (
            "head 0 got every other number: it gets the first d",
            np.stack([x[..., ::2], x[..., 1::2]], axis=1),
        ),
        "not_stacked": (
            "the heads' axis is in front: it comes after the batch's",
            np.moveaxis(right, 1, 0),
        ),
        "reversed": ("the heads are in the wrong order", right[:, ::-1]),
    }
    got, call = m.split_heads(x, 2), "split_heads(x, 2) for x of shape (2, 3, 8)"
    if np.shape(got) == (2, 3, 2, 4):
        why = "it must be in front of the places: change the order of the axes after the reshape"
        raise Wrong(f"shape (2, 3, 2, 4): the heads' axis is behind the places; {why}", call)
    compare(call, got, right, **mistakes)


@check("A", points=0, hidden=True)
def masks_of_other_sizes(m, rng):
    for n, reach in ((1, 1), (2, 1), (4, 4), (4, 9), (7, 3)):
        compare(f"window_mask({n}, {reach})", m.window_mask(n, reach), right_mask(n, reach))


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


@check("C", points=0, hidden=True)
def one_head_and_many(m, rng):
    x = rng.standard_normal((1, 5, 6))
    compare("split_heads(x, 1)", m.split_heads(x, 1), x[:, None])
    compare("split_heads(x, 6)", m.split_heads(x, 6), np.moveaxis(x, -1, 1)[..., None])
    compare(
        "split_heads(x, 3)",
        m.split_heads(x, 3),
        np.stack([x[..., :2], x[..., 2:4], x[..., 4:]], axis=1),
    )
