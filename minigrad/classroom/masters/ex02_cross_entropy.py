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
from minigrad.classroom.checks import (  # noqa: E402
    SINGLE,
    Wrong,
    answer,
    check,
    compare,
    lend,
    refuses,
)

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
RIGHT = {
    "row_by_row": (
        "A",
        "for row in table:\n    if min(row) < 0 or not abs(sum(row) - 1) < 1e-6:\n"
        "        raise ValueError(f'no distribution: {row}')",
    ),
    "fsum": (
        "A",
        "import math\nfor row in table.tolist():\n"
        "    if any(not 0 <= x <= 1 for x in row) or not math.isclose(math.fsum(row), 1, "
        "abs_tol=1e-9):\n        raise ValueError('no distribution')",
    ),
    "errors_counted": (
        "A",
        "bad = ~(table >= 0).all(axis=-1) | ~np.isclose(table @ np.ones(table.shape[-1]), "
        "1)\nif bad.sum() > 0:\n    raise ValueError('rows', np.flatnonzero(bad))",
    ),
    "nan_first": (
        "A",
        "if np.isnan(table).any() or (table < 0).any():\n    raise ValueError('an element')\n"
        "if np.abs(table.sum(axis=1) - 1).max() > 1e-8:\n    raise ValueError('a row')",
    ),
    "testing": (
        "A",
        "try:\n    np.testing.assert_allclose(table.sum(-1), 1.0)\n"
        "    np.testing.assert_array_less(-1e-15, table)\nexcept AssertionError as error:\n"
        "    raise ValueError('no distribution') from error",
    ),
    "loops": (
        "B",
        "def price(a, b):\n    if a == 0:\n        return 0.0\n"
        "    return -a * np.log(b) if b > 0 else np.inf\n\nif p.ndim > 1:\n"
        "    return [cross_entropy(a, b) for a, b in zip(p, q)]\n"
        "return sum(price(a, b) for a, b in zip(p, q))",
    ),
    "einsum": (
        "B",
        "with np.errstate(divide='ignore'):\n    log_q = np.log(np.where(p > 0, q, 1.0))\n"
        "return -np.einsum('...c,...c->...', p, log_q)",
    ),
    "masked": (
        "B",
        "logs = np.zeros(q.shape)\nwith np.errstate(divide='ignore'):\n"
        "    np.log(q, out=logs, where=p > 0)\nreturn np.negative(p * logs).sum(-1)",
    ),
    "nan_as_zero": (
        "B",
        "with np.errstate(all='ignore'):\n    terms = p * np.log(q)\n"
        "return -np.nansum(np.where(p == 0, 0, terms), axis=-1)",
    ),
    "tensor": (
        "B",
        "import minigrad as mg\nprices = -mg.tensor(np.where(p > 0, q, 1.0)).log()\n"
        "return (mg.tensor(p) * prices).sum(dim=-1)",
    ),
    "float32": (
        "B",
        "q = np.where(p > 0, q, 1).astype(np.float32)\nwith np.errstate(divide='ignore'):\n"
        "    return -(p.astype(np.float32) * np.log(q)).sum(axis=-1)",
    ),
    "longdouble": (
        "B",
        "p, q = p.astype(np.longdouble), q.astype(np.longdouble)\n"
        "with np.errstate(divide='ignore'):\n"
        "    return -np.add.reduce(p * np.log(np.where(p > 0, q, 1)), axis=-1)",
    ),
    "columns": (
        "C",
        "table = np.empty((len(p), len(q)))\nfor k, belief in enumerate(q):\n"
        "    table[:, k] = cross_entropy(p, np.tile(belief, (len(p), 1))) - entropy(p)\n"
        "return table",
    ),
    "rows": (
        "C",
        "return [(cross_entropy(np.tile(a, (len(q), 1)), q) - entropy(a)).tolist() for a in p]",
    ),
    "broadcast": (
        "C",
        "return cross_entropy(p[:, None], q[None]) - entropy(p)[:, None]",
    ),
    "formula": (
        "C",
        "a, b = p[:, None], q[None]\nwith np.errstate(all='ignore'):\n"
        "    return np.where(a > 0, a * np.log(a / b), 0.0).sum(axis=-1)",
    ),
    "meshgrid": (
        "C",
        "i, k = np.indices((len(p), len(q))).reshape(2, -1)\n"
        "excess = cross_entropy(p[i], q[k]) - entropy(p[i])\n"
        "return excess.reshape(len(p), len(q))",
    ),
}
WRONG = {
    "whole_sum": ("A", "if np.any(table < 0) or abs(table.sum() - 1) > 1e-6" + _BAD, "each row"),
    "number_of_rows": ("A", "if abs(table.sum() - len(table)) > 1e-6" + _BAD, "does not add up"),
    "columns": ("A", "if not np.allclose(table.sum(axis=0), 1)" + _BAD, "refused"),
    "negative": ("A", "if not np.allclose(table.sum(axis=-1), 1)" + _BAD, "below 0"),
    "at_most_1": (
        "A",
        "if not np.all(table <= 1) or not np.allclose(table.sum(axis=-1), 1)" + _BAD,
        "below 0",
    ),
    "a_bit_below_0": (
        "A",
        "if not np.all(table >= -1e-3) or not np.allclose(table.sum(axis=-1), 1)" + _BAD,
        "below 0",
    ),
    "first_row": (
        "A",
        "if not np.all(table >= 0) or abs(table[0].sum() - 1) > 1e-6" + _BAD,
        "second row",
    ),
    "largest_sum": (
        "A",
        "if not np.all(table >= 0) or abs(table.sum(axis=-1).max() - 1) > 1e-6" + _BAD,
        "second row adds up to 0.7",
    ),
    "only_too_little": (
        "A",
        "if not np.all(table >= 0) or np.any(table.sum(axis=-1) < 1 - 1e-6)" + _BAD,
        "second row",
    ),
    "wide": (
        "A",
        "if not np.all(table >= 0) or np.any(np.abs(table.sum(axis=-1) - 1) > 0.01)" + _BAD,
        "more than rounding",
    ),
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
    "rare": (
        "B",
        "with np.errstate(all='ignore'):\n    prices = p * np.log(q)\n"
        "return -np.sum(np.where(p > 1e-3, prices, 0), axis=-1)",
        "however rare",
    ),
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


@answer
def in_nats(p, q):
    """H(p, q) along the last axis, of one or of many distributions."""
    p, q = np.broadcast_arrays(p, q)

    def nats(a, b):
        pairs = [(x, y) for x, y in zip(a, b, strict=True) if x > 0]
        return np.inf if any(y == 0 for _, y in pairs) else sum(-x * np.log(y) for x, y in pairs)

    rows = zip(p.reshape(-1, p.shape[-1]), q.reshape(-1, q.shape[-1]), strict=True)
    return np.array([nats(a, b) for a, b in rows]).reshape(p.shape[:-1])


@answer
def of_rows(p, q):
    """H(p, q) of the rows, and the mistakes that it can have, each with its value."""
    right, own = in_nats(p, q), in_nats(p, p)
    return right, {
        "swapped": ("this is H(q, p): q sets the prices, p how often each is paid", in_nats(q, p)),
        "distance": ("this is D(p || q): for p = q the cross-entropy is H(p), not 0", right - own),
        "entropies": ("this is H(p) + H(q), the sum of two entropies", own + in_nats(q, q)),
        "bits": ("this is in bits: take the natural logarithm", right / np.log(2)),
        "mean": ("this is the mean over the outcomes, a fifth of their sum", right / 5),
    }


@answer
def excess(p, q):
    return np.array([[in_nats(a, b) - in_nats(a, a) for b in q] for a in p])


@answer
def of_pairs(p, q):
    """D of each pair of rows, and the mistakes that it can have, each with its value."""
    right, own = excess(p, q), in_nats(p, p)[:, None]
    mistakes = {
        "reversed": ("this is D(q[k] || p[i])", excess(q, p).T),
        "bits": ("this is in bits: take the natural logarithm", right / np.log(2)),
        "not_excess": (
            "this is H(p[i], q[k]): the entropy of the truth is not taken off",
            right + own,
        ),
        "of_q": (
            "the entropy of the belief is taken off: take the truth's",
            right + own - in_nats(q, q),
        ),
    }
    if len(p) == len(q):
        mistakes["other_way_round"] = ("p and q are exchanged: the truth is p", excess(q, p))
    return right, mistakes


def given(m, *, cross_entropy=False):
    """A right `check_rows`, and `cross_entropy` if asked: earlier mistakes cost nothing later."""
    m.check_rows = lambda table: None
    if cross_entropy:
        lend(m, "cross_entropy", in_nats)


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
    refused(m, [[0.5, 0.5], [0.5, 0.2]], "the second row adds up to 0.7")
    refused(m, [[0.5, 0.5], [0.5, 0.6]], "the second row adds up to 1.1")
    refused(m, [[0.5, 0.501]], "its row adds up to 1.001, which is more than rounding")
    refused(m, [[0.5, 0.5], [1.5, -0.5]], "an element is below 0")
    refused(m, [[0.6, 0.6, -0.2], [0.5, 0.25, 0.25]], "an element is below 0")
    refused(m, [[1.0001, -0.0001]], "an element is below 0, if only by 0.0001")
    refused(m, [[0.5, 0.5], [float("nan"), 0.5]], "an element is NaN")


@check("B", points=1)
def cross_entropy_of_each_row(m, rng):
    p, q = distributions(rng, 2, 3, 5)
    checked = []
    m.check_rows = lambda table: checked.append(np.array(table).tolist())
    right, mistakes = of_rows(p, q)
    compare("cross_entropy(p, q)", m.cross_entropy(p, q), right, **SINGLE, **mistakes)
    for name, table in (("p", p), ("q", q)):
        if table.tolist() not in checked:
            why = f"check_rows({name}) is not called: leave both calls where they are"
            raise Wrong(why, "cross_entropy(p, q)")
    compare("cross_entropy(p, p)", m.cross_entropy(p, p), in_nats(p, p), **SINGLE)


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
    p, q = np.array([[0.9999, 0.0001], [1.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    call = f"cross_entropy(np.array({p.tolist()}), np.array({q.tolist()}))"
    finite = {"rare": ("an outcome counts, however rare it is", np.array([0.0, np.inf]))}
    compare(call, m.cross_entropy(p, q), np.array([np.inf, np.inf]), **finite)


@check("C", points=1)
def divergence_of_each_pair(m, rng):
    given(m, cross_entropy=True)
    p, q = distributions(rng, 2, 3, 4)
    right, mistakes = of_pairs(p, q)
    call = "kl_table(p, q) for shapes (3, 4) and (3, 4)"
    compare(call, m.kl_table(p, q), right, **SINGLE, **mistakes)
    call = "kl_table(p, q) for shapes (3, 4) and (2, 4)"
    compare(call, m.kl_table(p, q[:2]), right[:, :2], **SINGLE)


@check("C", points=1)
def a_table_with_itself_and_with_excluded_outcomes(m, rng):
    given(m, cross_entropy=True)
    p = np.array([[0.0, 1.0], [0.5, 0.5], [0.25, 0.75]])
    right, mistakes = of_pairs(p, p)
    columns = ("H(p[i]) belongs to row i, and not to column i", mistakes["of_q"][1])
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
