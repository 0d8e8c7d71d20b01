"""Attention: scaled dot-product attention with a mask, and its heads.

Belongs to lesson 19, self-attention.

Each position asks with a query, and each has a key and a value. A query's weights are the softmax, over all positions'
keys, of the dot products of the query with the keys, divided by the root of their length d. Its output is the mean of
the values under these weights (Vaswani et al. 2017, equation 1). A mask says where a query may not look.

Arrays have shape (..., positions, d): in front there may be axes for the sequences of a batch and for heads, any number
of them. They are float64, masks are bool. The parts do not use each other.
"""

import numpy as np


# %% Part A (1 point)
def causal_mask(n):
    """Where not to look, if no position may look at a later one: a bool array (n, n), a row for each query.

    True where the key's position comes after the query's. Each position may look at itself.
    """
    # BEGIN SOLUTION A: return the mask, True where the column's index is larger than the row's
    return np.arange(n)[None, :] > np.arange(n)[:, None]
    # END SOLUTION


# %% Part B (4 points)
def attention(query, key, value, mask=None):
    """The pair of the output (..., queries, width) and the weights (..., queries, keys).

    query is (..., queries, d), key (..., keys, d), value (..., keys, width). mask is None or a bool array that
    broadcasts to (..., queries, keys), True where not to look: there the weight is exactly 0, and the other weights of
    the row add up to 1. A query that may look nowhere has weights of 0 and the output 0, not NaN. Scores may be of any
    size.
    """
    # BEGIN SOLUTION B: scores, then the mask, then a stable softmax along the keys, then the mean of the values
    scores = query @ np.swapaxes(key, -1, -2) / np.sqrt(query.shape[-1])
    if mask is not None:
        scores = np.where(mask, -np.inf, scores)
    top = scores.max(axis=-1, keepdims=True)
    e = np.exp(scores - np.where(top == -np.inf, 0.0, top))
    total = e.sum(axis=-1, keepdims=True)
    weights = e / np.where(total == 0, 1.0, total)
    return weights @ value, weights
    # END SOLUTION


# %% Part C (2 points)
def split_heads(x, heads):
    """Cut each position's numbers into `heads` pieces: x (batch, positions, width) to (batch, heads, positions, d).

    d = width // heads; width is a multiple of heads. Head 0 gets the first d numbers of every position, head 1 the next
    d, and so on.
    """
    # BEGIN SOLUTION C: give the pieces an axis of their own, and bring it in front of the positions
    batch, positions, width = x.shape
    return x.reshape(batch, positions, heads, width // heads).transpose(0, 2, 1, 3)
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import check, compare  # noqa: E402

HINTS = {
    "A": [
        "Draw it for n = 3. Row 0 is the first position: it may look at itself only.",
        "mask[i, j] is True where j > i: above the diagonal, without it.",
        "return np.arange(n)[None, :] > ...",
    ],
    "B": [
        "Which axis are the keys on in the scores? Along it the weights add up to 1. A key that must not be seen has "
        "to be taken out before the softmax, so that the rest still adds up to 1.",
        "scores = Q K^T / sqrt(d); -inf where the mask is True; weights = softmax along the last axis, with each row's "
        "maximum subtracted (0 instead, where it is -inf); output = weights V. Where a row's sum is 0, divide by 1.",
        "scores = query @ np.swapaxes(key, -1, -2) / ...\n"
        "if mask is not None:\n    scores = np.where(mask, ..., scores)\n"
        "top = scores.max(axis=-1, keepdims=True)\ne = np.exp(scores - np.where(top == -np.inf, 0.0, top))\n"
        "total = e.sum(axis=..., keepdims=True)\nweights = e / np.where(total == 0, ..., total)\n"
        "return weights @ ..., weights",
    ],
    "C": [
        "A reshape keeps the order in memory: first (positions, heads, d), and only then change the order of the axes.",
        "(batch, positions, width) -> (batch, positions, heads, d) -> (batch, heads, positions, d).",
        "batch, positions, width = x.shape\nreturn x.reshape(batch, positions, heads, ...).transpose(0, ..., ..., 3)",
    ],
}
_SCORES = "scores = query @ np.swapaxes(key, -1, -2) / np.sqrt(query.shape[-1])\n"
_MASK = "if mask is not None:\n    scores = np.where(mask, -np.inf, scores)\n"
_SOFTMAX = (
    "top = scores.max(axis=-1, keepdims=True)\n"
    "e = np.exp(scores - np.where(top == -np.inf, 0.0, top))\n"
    "total = e.sum(axis=-1, keepdims=True)\n"
    "weights = e / np.where(total == 0, 1.0, total)\n"
)
_OUT = "return weights @ value, weights"
WRONG = {
    "past": ("A", "return np.arange(n)[None, :] < np.arange(n)[:, None]", "past"),
    "itself": ("A", "return np.triu(np.ones((n, n))) > 0", "itself"),
    "where_to_look": ("A", "return np.tril(np.ones((n, n))) > 0", "upside down"),
    "numbers": ("A", "return np.triu(np.ones((n, n)), 1)", "bool"),
    "not_scaled": ("B", _SCORES.replace(" / np.sqrt(query.shape[-1])", "") + _MASK + _SOFTMAX + _OUT, "not divided"),
    "by_d": ("B", _SCORES.replace("np.sqrt(query.shape[-1])", "query.shape[-1]") + _MASK + _SOFTMAX + _OUT, "its root"),
    "by_positions": (
        "B",
        _SCORES.replace("query.shape", "np.swapaxes(key, -1, -2).shape") + _MASK + _SOFTMAX + _OUT,
        "number of",
    ),
    "over_queries": ("B", _SCORES + _MASK + (_SOFTMAX + _OUT).replace("axis=-1", "axis=-2"), "over the queries"),
    "fixed_axis": ("B", _SCORES + _MASK + (_SOFTMAX + _OUT).replace("axis=-1", "axis=2"), "use axis=-1"),
    "no_mask": ("B", _SCORES + _SOFTMAX + _OUT, "without the mask"),
    "inverted": ("B", _SCORES + _MASK.replace("-np.inf, scores", "scores, -np.inf") + _SOFTMAX + _OUT, "upside down"),
    "mask_after": (
        "B",
        _SCORES + _SOFTMAX + "if mask is not None:\n    weights = np.where(mask, 0.0, weights)\n" + _OUT,
        "after the softmax",
    ),
    "zero_scores": ("B", _SCORES + _MASK.replace("-np.inf", "0.0") + _SOFTMAX + _OUT, "a score of 0"),
    "finite": ("B", _SCORES + _MASK.replace("-np.inf", "-1e9") + _SOFTMAX + _OUT, "nowhere"),
    "nowhere": (
        "B",
        _SCORES + _MASK + "e = np.exp(scores - scores.max(axis=-1, keepdims=True))\n"
        "weights = e / e.sum(axis=-1, keepdims=True)\n" + _OUT,
        "NaN",
    ),
    "overflow": (
        "B",
        _SCORES + _MASK + "e = np.exp(scores)\ntotal = e.sum(axis=-1, keepdims=True)\n"
        "weights = e / np.where(total == 0, 1.0, total)\n" + _OUT,
        "NaN",
    ),
    "reshaped": ("C", "batch, n, width = x.shape\nreturn x.reshape(batch, heads, n, width // heads)", "reshape alone"),
    "interleaved": (
        "C",
        "batch, n, width = x.shape\nreturn x.reshape(batch, n, width // heads, heads).transpose(0, 3, 1, 2)",
        "every",
    ),
    "not_moved": ("C", "batch, n, width = x.shape\nreturn x.reshape(batch, n, heads, width // heads)", "shape"),
}


def softmax(scores, axis=-1):
    e = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def right_attention(query, key, value, mask):
    """Query by query, over the keys that it may see: the output and the weights."""
    weights = np.zeros((*query.shape[:-1], key.shape[-2]))
    for index in np.ndindex(query.shape[:-1]):
        seen = np.flatnonzero(~np.broadcast_to(mask, weights.shape)[index])
        if len(seen):
            dots = key[index[:-1]][seen] @ query[index]
            weights[index][seen] = softmax(dots / np.sqrt(query.shape[-1]))
    return np.einsum("...qk,...kv->...qv", weights, value), weights


@check("A", points=1)
def nobody_sees_the_future(m, rng):
    later = np.array([[i < j for j in range(4)] for i in range(4)])
    mistakes = {
        "past": (later.T, "this hides the past: it is the future that must not be seen"),
        "itself": (later | np.eye(4, dtype=bool), "each position may look at itself: the diagonal is False"),
        "inverted": (~later, "this is upside down: True where to look. True is where not to look"),
    }
    got = m.causal_mask(4)
    for name, (value, text) in mistakes.items():
        if isinstance(got, np.ndarray) and got.dtype == bool and got.shape == value.shape and (got == value).all():
            compare("causal_mask(4), as numbers", 1.0 * got, 1.0 * later, **{name: (text, 1.0 * value)})
    compare("causal_mask(4)", got, later)


def mistakes_without_mask(query, key, value):
    dots, d = query @ np.swapaxes(key, -1, -2), query.shape[-1]
    scores = dots / np.sqrt(d)
    found = {
        "not_scaled": ("the scores are not divided by sqrt(d)", softmax(dots)),
        "by_d": ("the scores are divided by d: it must be its root", softmax(dots / d)),
        "by_positions": ("this divides by the root of the number of keys", softmax(dots / np.sqrt(dots.shape[-1]))),
        "over_queries": (
            "the weights add up to 1 over the queries: the keys are the last axis, use axis=-1",
            softmax(scores, -2),
        ),
        "no_softmax": ("these weights are the scores: the softmax is missing", scores),
        "multiplied": ("the scores are multiplied by sqrt(d)", softmax(dots * np.sqrt(d))),
    }
    if query.ndim == 4:
        found["over_heads"] = ("the axis of the softmax is the heads', not the keys': use -1", softmax(scores, 1))
    return {name: (text, (weights @ value, weights)) for name, (text, weights) in found.items()}


@check("B", points=1)
def attention_without_a_mask(m, rng):
    query, key, value = rng.standard_normal((3, 4)), rng.standard_normal((5, 4)), rng.standard_normal((5, 2))
    right, mistakes = right_attention(query, key, value, False), mistakes_without_mask(query, key, value)
    got = m.attention(query[None], key[None], value[None])
    batch = {name: (text, tuple(part[None] for part in pair)) for name, (text, pair) in mistakes.items()}
    batch["swapped"] = ("the output comes first, then the weights", tuple(part[None] for part in right[::-1]))
    compare("attention(query, key, value)", got, tuple(part[None] for part in right), **batch)


@check("B", points=1)
def heads_and_large_scores(m, rng):
    query, key = rng.standard_normal((2, 3, 4, 6)), rng.standard_normal((2, 3, 4, 6))
    value, call = rng.standard_normal((2, 3, 4, 6)), "for arrays of shape (2, 3, 4, 6)"
    mistakes = mistakes_without_mask(query, key, value)
    right = right_attention(query, key, value, False)
    compare(f"attention(query, key, value) {call}", m.attention(query, key, value), right, **mistakes)
    right, call = (
        right_attention(500 * query, 10 * key, value, False),
        f"attention(500 * query, 10 * key, value) {call}",
    )
    compare(call, m.attention(500 * query, 10 * key, value), right)


@check("B", points=1)
def masked_weights_are_zero(m, rng):
    query, key, value = rng.standard_normal((3, 2, 4, 3))
    mask = np.array([[False, True, True, True], [False, False, True, True], [True, False, True, False], [False] * 4])
    scores = query @ np.swapaxes(key, -1, -2) / np.sqrt(3)
    after = np.where(mask, 0, softmax(scores))
    values = {
        "no_mask": ("this is without the mask", softmax(scores)),
        "mask_after": ("the mask came after the softmax: the rest of a row must add up to 1", after),
        "zero_scores": (
            "a masked key got a score of 0, which is not little: it needs -inf",
            softmax(np.where(mask, 0, scores)),
        ),
        "times": ("the scores were multiplied by the mask: a masked key needs -inf", softmax(scores * mask)),
        "transposed": (
            "the mask is transposed: its rows are the queries",
            right_attention(query, key, value, mask.T)[1],
        ),
        "inverted": (
            "the mask is upside down: True is where NOT to look",
            right_attention(query, key, value, ~mask)[1],
        ),
    }
    mistakes = {name: (text, (weights @ value, weights)) for name, (text, weights) in values.items()}
    right = right_attention(query, key, value, mask)
    compare("attention(query, key, value, mask)", m.attention(query, key, value, mask), right, **mistakes)


@check("B", points=1)
def a_query_that_may_look_nowhere(m, rng):
    query, key, value = rng.standard_normal((3, 1, 2, 3))
    mask = np.array([[True, True], [False, True]])
    right = right_attention(query, key, value, mask)
    got, call = m.attention(query, key, value, mask), f"attention(query, key, value, np.array({mask.tolist()}))"
    if isinstance(got, tuple) and len(got) == 2 and np.shape(got[1]) == (1, 2, 2):
        text = "it looked all the same: divide by 1 where no key is left, and use -inf, not a large number"
        total = float(np.asarray(got[1])[0, 0].sum())
        compare(f"sum of the first query's weights, which may look nowhere, {call}", total, 0.0, nowhere=(text, 1.0))
    compare(call, got, right)


@check("C", points=2)
def pieces_of_every_position(m, rng):
    x = rng.standard_normal((2, 3, 8))
    right = np.stack([x[:, :, 4 * head : 4 * head + 4] for head in range(2)], axis=1)
    alone = "a reshape alone mixes positions: give the pieces an axis, then change the order of the axes"
    mistakes = {
        "reshaped": (alone, x.reshape(2, 2, 3, 4)),
        "interleaved": (
            "head 0 got every other number: it gets the first d",
            np.stack([x[..., ::2], x[..., 1::2]], axis=1),
        ),
        "not_stacked": ("the heads' axis is in front: it comes after the batch's", np.moveaxis(right, 1, 0)),
        "reversed": ("the heads are in the wrong order", right[:, ::-1]),
    }
    compare("split_heads(x, 2) for x of shape (2, 3, 8)", m.split_heads(x, 2), right, **mistakes)


@check("A", points=0, hidden=True)
def masks_of_other_sizes(m, rng):
    for n in (1, 2, 7):
        compare(f"causal_mask({n})", m.causal_mask(n), np.triu(np.ones((n, n)), 1) > 0)


@check("B", points=0, hidden=True)
def masks_that_broadcast(m, rng):
    query, key = rng.standard_normal((2, 3, 5, 4)), rng.standard_normal((2, 3, 6, 4))
    value = rng.standard_normal((2, 3, 6, 2))
    padding = np.zeros((2, 1, 1, 6), dtype=bool)  # the last keys of the second sequence, all of the first
    padding[1, ..., 4:] = True
    padding[0] = True
    right = right_attention(query, key, value, padding)
    compare("attention with a mask (2, 1, 1, 6)", m.attention(query, key, value, padding), right)
    one = rng.standard_normal((1, 4))
    compare("attention(one, one, one)", m.attention(one, one, one), (one, np.ones((1, 1))))


@check("C", points=0, hidden=True)
def one_head_and_many(m, rng):
    x = rng.standard_normal((1, 5, 6))
    compare("split_heads(x, 1)", m.split_heads(x, 1), x[:, None])
    compare("split_heads(x, 6)", m.split_heads(x, 6), np.moveaxis(x, -1, 1)[..., None])
    compare("split_heads(x, 3)", m.split_heads(x, 3), np.stack([x[..., :2], x[..., 2:4], x[..., 4:]], axis=1))
