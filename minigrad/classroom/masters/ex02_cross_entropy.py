"""Cross-entropy for tables: what each truth costs under each belief, in nats.

Belongs to lesson 02, cross-entropy.

A table of distributions is an array of float64 of shape (N, C): each of its N rows is a
distribution over C outcomes, so that no element is below 0 and each row adds up to 1. The truth of
row i is p[i], a belief about it is q[i].

All costs are in nats, so with natural logarithms. The cost of the belief q, the cross-entropy
H(p, q), is the mean of the prices -ln q(x) of the outcomes x that p brings. An outcome that p never
brings adds 0, whatever q is. An outcome that p brings and q excludes has an infinite price. Neither
case may give NaN. NumPy may warn of a logarithm of 0: that is no mistake if the result is right.

Parts B and C are judged with right earlier parts in place of yours.
"""

import numpy as np


# %% Part A (2 points)
def check_rows(table):
    """Raise ValueError unless each row of the table, shape (N, C), is a distribution.

    No element may be below 0 or NaN. Each row, not only the table as a whole, must add up to 1, up
    to rounding: on a computer 0.7 + 0.2 + 0.1 is 0.9999999999999999, and this row is right.
    """
    # BEGIN SOLUTION A: raise ValueError, with words of your own, unless all rows are distributions
    if not np.all(table >= 0):
        raise ValueError("check_rows: expected shares of at least 0")
    if not np.all(np.isclose(np.sum(table, axis=-1), 1)):
        raise ValueError("check_rows: expected rows that add up to 1")
    # END SOLUTION


# %% Part B (2 points)
def cross_entropy(p, q):
    """H(p, q) in nats along the last axis: of two tables of shape (N, C) an array of shape (N,).

    np.inf where an outcome has p > 0 and q = 0. An outcome with p = 0 adds 0, whatever q is.
    Written along the last axis, as in the lesson, the function takes two single rows as well.
    """
    check_rows(p)
    check_rows(q)
    # BEGIN SOLUTION B: return the cross-entropies in nats; infinite only where p > 0 and q = 0
    with np.errstate(divide="ignore"):
        prices = -np.log(np.where(p > 0, q, 1.0))
    return np.sum(p * prices, axis=-1)
    # END SOLUTION


def entropy(p):
    """H(p[i]) in nats for each row: the cost of the truth as a belief."""
    return cross_entropy(p, p)


# %% Part C (2 points)
def kl_table(p, q):
    """D(p[i] || q[k]) in nats for each pair of rows: of (N, C) and (M, C) an array (N, M).

    Row i belongs to the truth p[i], column k to the belief q[k]. np.inf where H(p[i], q[k]) is. You
    may call `entropy` and `cross_entropy`, here for single rows of shape (C,), too.
    """
    # BEGIN SOLUTION C: return the table of divergences
    return np.array([[cross_entropy(a, b) - entropy(a) for b in q] for a in p])
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import SINGLE, Wrong, check, compare, refuses  # noqa: E402

HINTS = {
    "A": [
        "Two questions: is an element below 0 (or NaN), and does a row not add up to 1? One sum "
        "for each row is needed.",
        "`x >= 0` is False for NaN, so ask whether all elements are at least 0. The sum of each "
        "row is the sum along the last axis; np.isclose compares all sums with 1.",
        "if not np.all(table >= 0): raise ...\n"
        "if not np.all(np.isclose(np.sum(table, axis=...), 1)): raise ...",
    ],
    "B": [
        "The belief q sets the prices, and the truth p says how often each is paid. The mean of "
        "row i is one number.",
        "H(p, q) = -sum of p ln q. An infinite price is right where p > 0. Where p is 0 the price "
        "does not matter: replace q by 1 there, before the logarithm.",
        "prices = -np.log(np.where(..., q, 1.0))\nreturn np.sum(..., axis=...)",
    ],
    "C": [
        "One column of the answer is what one belief costs each truth on top of that truth's own "
        "entropy.",
        "D(p[i] || q[k]) = H(p[i], q[k]) - H(p[i]). For each truth a in p, one row: a number for "
        "each belief b in q. Two loops, the outer one over p, do it.",
        "return np.array([[... for b in q] for a in p])",
    ],
}
_COSTS = "costs = np.array([[cross_entropy(a[None], b[None])[0] for b in q] for a in p])\n"
_BAD = ":\n    raise ValueError('no distribution')"
_LOG_Q = "log_q = np.log(np.where(p > 0, q, 1.0))\n"
WRONG = {
    "whole_sum": ("A", "if np.any(table < 0) or abs(table.sum() - 1) > 1e-6" + _BAD, "each row"),
    "number_of_rows": ("A", "if abs(table.sum() - len(table)) > 1e-6" + _BAD, "does not add up"),
    "columns": ("A", "if not np.allclose(table.sum(axis=0), 1)" + _BAD, "refused"),
    "negative": ("A", "if not np.allclose(table.sum(axis=-1), 1)" + _BAD, "below 0"),
    "nan": (
        "A",
        "if np.any(table < 0) or np.any(np.abs(table.sum(axis=-1) - 1) > 1e-6)" + _BAD,
        "NaN",
    ),
    "exactly": ("A", "if np.any(table < 0) or np.any(table.sum(-1) != 1)" + _BAD, "rounding"),
    "asserted": (
        "A",
        "assert np.all(table >= 0) and np.allclose(table.sum(axis=-1), 1)",
        "AssertionError",
    ),
    "told": (
        "A",
        "return bool(np.all(table >= 0) and np.allclose(table.sum(axis=-1), 1))",
        "raise ValueError",
    ),
    "bits": ("B", _LOG_Q + "return -np.sum(p * log_q, axis=-1) / np.log(2)", "bits"),
    "sign": ("B", _LOG_Q + "return np.sum(p * log_q, axis=-1)", "sign"),
    "mean": ("B", _LOG_Q + "return -np.mean(p * log_q, axis=-1)", "mean over the outcomes"),
    "all": ("B", _LOG_Q + "return -np.sum(p * log_q)", "shape"),
    "columns_summed": ("B", _LOG_Q + "return -np.sum(p * log_q, axis=0)", "shape"),
    "swapped": ("B", "return -np.sum(q * np.log(np.where(q > 0, p, 1.0)), axis=-1)", "H(q, p)"),
    "distance": (
        "B",
        _LOG_Q + "return np.sum(p * (np.log(np.where(p > 0, p, 1.0)) - log_q), axis=-1)",
        "D(p || q)",
    ),
    "entropies": ("B", "return -np.sum(p * np.log(p) + q * np.log(q), axis=-1)", "two entropies"),
    "epsilon": ("B", "return -np.sum(p * np.log(q + 1e-10), axis=-1)", "finite"),
    "clipped": ("B", "return -np.sum(p * np.log(np.clip(q, 1e-12, 1.0)), axis=-1)", "finite"),
    "never": ("B", "return -np.sum(p * np.log(q), axis=-1)", "NaN"),
    "dropped": ("B", "return -np.sum(p * np.log(np.where(q > 0, q, 1.0)), axis=-1)", "left out"),
    "nan_to_num": ("B", "return np.sum(np.nan_to_num(p * -np.log(q)), axis=-1)", "largest number"),
    "reversed": (
        "C",
        "return np.stack([cross_entropy(q, np.tile(a, (len(q), 1))) - entropy(q) for a in p])",
        "D(q[k] || p[i])",
    ),
    "other_way_round": (
        "C",
        "return np.array([[cross_entropy(b, a) - entropy(b) for a in p] for b in q])",
        "p and q are exchanged",
    ),
    "transposed": (
        "C",
        "return np.stack([cross_entropy(p, np.tile(b, (len(p), 1))) - entropy(p) for b in q])",
        "transposed",
    ),
    "negated": ("C", _COSTS + "return entropy(p)[:, None] - costs", "sign"),
    "not_excess": ("C", _COSTS + "return costs", "H(p[i], q[k])"),
    "of_q": ("C", _COSTS + "return costs - entropy(q)", "entropy of the belief"),
    "row_by_row": ("C", "return cross_entropy(p[: len(q)], q) - entropy(p[: len(q)])", "shape"),
}


def distributions(rng, *shape):
    weights = rng.random(shape) + 0.05
    return weights / weights.sum(axis=-1, keepdims=True)


def nats(p, q):
    """-sum of p ln(q) over the outcomes with p > 0, for one distribution each."""
    pairs = [(a, b) for a, b in zip(p, q, strict=True) if a > 0]
    return np.inf if any(b == 0 for _, b in pairs) else sum(-a * np.log(b) for a, b in pairs)


def in_nats(p, q):
    return np.array([nats(*rows) for rows in zip(p, q, strict=True)])


def excess(p, q):
    return np.array([[nats(a, b) - nats(a, a) for b in q] for a in p])


def right_cross_entropy(p, q):
    p, q = np.broadcast_arrays(p, q)
    return in_nats(p.reshape(-1, p.shape[-1]), q.reshape(-1, q.shape[-1])).reshape(p.shape[:-1])


def given(m, *, cross_entropy=False):
    """A right `check_rows`, and `cross_entropy` if asked: earlier mistakes cost nothing later."""
    m.check_rows = lambda table: None
    if cross_entropy:
        m.cross_entropy = right_cross_entropy


def accepted(m, rows, why):
    call = f"check_rows(np.array({rows}))"
    try:
        got = m.check_rows(np.array(rows))
    except (ValueError, AssertionError) as error:
        raise Wrong(f"refused, but {why}", call, [f"got {type_of(error)}: {error}"]) from None
    if got is not None:
        why = "expected None: raise ValueError for a bad table, return nothing for a good one"
        raise Wrong(why, call, [f"got {got}"])


def refused(m, rows, why):
    call = f"check_rows(np.array({rows}))".replace("nan", "np.nan")
    refuses(call, m.check_rows, np.array(rows), why=why)


def type_of(error):
    return getattr(error, "name", type(error).__name__)


@check("A", points=1)
def tables_of_distributions_pass(m, rng):
    accepted(m, [[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]], "each row adds up to 1")
    accepted(m, [[0.7, 0.2, 0.1]], "its row differs from 1 by rounding only")


@check("A", points=1)
def a_row_that_is_no_distribution_is_refused(m, rng):
    refused(m, [[0.5, 0.6], [0.5, 0.4]], "the first row does not add up to 1")
    refused(m, [[0.5, 0.2], [0.2, 0.1]], "the table adds up to 1, but no row does: sum each row")
    refused(m, [[0.5, 0.5], [1.5, -0.5]], "an element is below 0")
    refused(m, [[0.5, 0.5], [float("nan"), 0.5]], "an element is NaN")


@check("B", points=1)
def cross_entropy_of_each_row(m, rng):
    p, q = distributions(rng, 2, 3, 5)
    checked = []
    m.check_rows = lambda table: checked.append(np.array(table).tolist())
    right, own = in_nats(p, q), in_nats(p, p)
    mistakes = {
        "swapped": ("this is H(q, p): q sets the prices, p how often each is paid", in_nats(q, p)),
        "distance": ("this is D(p || q): for p = q the cross-entropy is H(p), not 0", right - own),
        "entropies": ("this is H(p) + H(q), the sum of two entropies", own + in_nats(q, q)),
        "bits": ("this is in bits: take the natural logarithm", right / np.log(2)),
        "mean": ("this is the mean over the outcomes, a fifth of their sum", right / 5),
    }
    compare("cross_entropy(p, q)", m.cross_entropy(p, q), right, **SINGLE, **mistakes)
    for name, table in (("p", p), ("q", q)):
        if table.tolist() not in checked:
            why = f"check_rows({name}) is not called: leave both calls where they are"
            raise Wrong(why, "cross_entropy(p, q)")
    compare("cross_entropy(p, p)", m.cross_entropy(p, p), own, **SINGLE)


@check("B", points=1)
def infinite_only_where_q_excludes_what_p_brings(m, rng):
    given(m)
    p = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0]])
    q = np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])
    call = f"cross_entropy(np.array({p.tolist()}), np.array({q.tolist()}))"
    got = m.cross_entropy(p, q)
    compare(f"{call}[0]", got[0], np.log(2), **SINGLE)
    finite = {
        "dropped": ("an outcome that p brings and q excludes is left out: it costs np.inf", 0.0),
        "largest": ("np.nan_to_num makes infinity the largest number", np.finfo(float).max),
    }
    if 1 < got[1] < 1000:
        finite["capped"] = ("finite, but q = 0 where p > 0: q must stay as it is", got[1])
    compare(f"{call}[1]", got[1], np.inf, **finite)


@check("C", points=1)
def divergence_of_each_pair(m, rng):
    given(m, cross_entropy=True)
    p, q = distributions(rng, 2, 3, 4)
    right = excess(p, q)
    costs = right + in_nats(p, p)[:, None]
    mistakes = {
        "reversed": ("this is D(q[k] || p[i])", excess(q, p).T),
        "other_way_round": ("p and q are exchanged: the truth is p", excess(q, p)),
        "not_excess": ("this is H(p[i], q[k]): the entropy of the truth is not taken off", costs),
        "of_q": ("the entropy of the belief is taken off: take the truth's", costs - in_nats(q, q)),
        "bits": ("this is in bits: take the natural logarithm", right / np.log(2)),
    }
    call = "kl_table(p, q) for shapes (3, 4) and (3, 4)"
    compare(call, m.kl_table(p, q), right, **SINGLE, **mistakes)
    call = "kl_table(p, q) for shapes (3, 4) and (2, 4)"
    compare(call, m.kl_table(p, q[:2]), right[:, :2], **SINGLE)


@check("C", points=1)
def a_table_with_itself_and_with_excluded_outcomes(m, rng):
    given(m, cross_entropy=True)
    p = np.array([[0.0, 1.0], [0.5, 0.5], [0.25, 0.75]])
    right, own = excess(p, p), in_nats(p, p)
    columns = ("H(p[i]) belongs to row i, and not to column i", right + own[:, None] - own)
    call = f"kl_table(p, p) for p = np.array({p.tolist()})"
    compare(call, m.kl_table(p, p), right, of_columns=columns, **SINGLE)


@check("A", points=0, hidden=True)
def rows_of_other_tables(m, rng):
    accepted(m, np.eye(3).tolist(), "each row adds up to 1")
    accepted(m, [[1.0]], "its one row adds up to 1")
    accepted(m, [[1 / 3, 1 / 3, 1 / 3]] * 50, "each row adds up to 1")
    refused(m, [[0.5, 0.5], [0.5, 0.501]], "the second row adds up to 1.001")
    refused(m, [[0.0, 0.0]], "its row adds up to 0")
    refused(m, [[float("inf"), 0.0]], "its row adds up to infinity")


@check("B", points=0, hidden=True)
def cross_entropy_of_other_tables(m, rng):
    given(m)
    p, q = distributions(rng, 2, 4, 4)
    call = "cross_entropy(p, q) for tables of shape (4, 4)"
    compare(call, m.cross_entropy(p, q), in_nats(p, q), **SINGLE)
    one = np.array([[1.0, 0.0, 0.0]])
    call = "cross_entropy(p, p) for p of one outcome"
    compare(call, m.cross_entropy(one, one), np.zeros(1), **SINGLE)
    p, q = np.array([[1.0, 0.0]]), np.array([[1e-30, 1.0]])
    call = f"cross_entropy(np.array({p.tolist()}), np.array({q.tolist()}))"
    compare(call, m.cross_entropy(p, q), in_nats(p, q), **SINGLE)


@check("C", points=0, hidden=True)
def divergence_of_one_truth_or_one_belief(m, rng):
    given(m, cross_entropy=True)
    for rows, others in ((1, 3), (3, 1), (3, 3)):
        p, q = distributions(rng, rows, 4), distributions(rng, others, 4)
        call = f"kl_table(p, q) for {rows} and {others} rows"
        compare(call, m.kl_table(p, q), excess(p, q), **SINGLE)
