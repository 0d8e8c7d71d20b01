"""Entropy and KL: what a code costs, and what the wrong code costs on top.

Belongs to lesson 01, entropy.

A distribution over n outcomes is an array of n numbers, none below 0, that add up to 1. The best code for a
distribution P spends on average H(P) bits on an outcome, its entropy. Who uses the best code for Q while the outcomes
come from P spends H(P, Q) bits, the cross-entropy. The excess, KL(P || Q) = H(P, Q) - H(P), is the Kullback-Leibler
divergence.

All three functions work along the last axis: arrays of shape (..., n) of float64 give an array of shape (...), in bits.
What never happens costs nothing, so that 0 log 0 counts as 0. An outcome that P has and Q rules out costs infinitely
much. Neither case may give NaN. NumPy may warn of a logarithm of 0: that is no mistake here if the result is right.
"""

import numpy as np


# %% Part A (2 points)
def entropy(p):
    """H(P) in bits along the last axis: of p, shape (..., n), an array of shape (...)."""
    # BEGIN SOLUTION A: return the entropy in bits; an element of p that is 0 adds 0
    return -np.sum(p * np.log2(np.where(p > 0, p, 1.0)), axis=-1)
    # END SOLUTION


# %% Part B (2 points)
def cross_entropy(p, q):
    """H(P, Q) in bits along the last axis. p and q have shape (..., n), or shapes that broadcast to it.

    np.inf where an outcome has p > 0 and q = 0. An outcome with p = 0 adds 0, whatever q is.
    """
    # BEGIN SOLUTION B: return the cross-entropy in bits; infinite only where p > 0 and q = 0
    with np.errstate(divide="ignore"):
        lengths = -np.log2(np.where(p > 0, q, 1.0))
    return np.sum(p * lengths, axis=-1)
    # END SOLUTION


# %% Part C (2 points)
def kl(p, q):
    """KL(P || Q) in bits along the last axis, shapes as in `cross_entropy`; 0 where P = Q, np.inf where H(P, Q) is."""
    # BEGIN SOLUTION C: return the Kullback-Leibler divergence in bits, by its sum or by parts A and B
    seen = p > 0
    with np.errstate(divide="ignore"):
        excess = np.log2(np.where(seen, p, 1.0)) - np.log2(np.where(seen, q, 1.0))
    return np.sum(p * excess, axis=-1)
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import check, compare  # noqa: E402

HINTS = {
    "A": [
        "The best word for an outcome of probability p is -log2(p) bits long. What is the mean length?",
        "H(P) = -sum of p log2(p), over the last axis only. log2(0) is -inf, and 0 times -inf is NaN: where p is 0, "
        "take the logarithm of something harmless.",
        "return -np.sum(p * np.log2(np.where(..., p, 1.0)), axis=...)",
    ],
    "B": [
        "The lengths of the words are those of Q's code; how often each is used is up to P.",
        "H(P, Q) = -sum of p log2(q). An infinite length is right where p > 0. Where p is 0 the length does not "
        "matter: replace q by 1 there.",
        "lengths = -np.log2(np.where(..., q, 1.0))\nreturn np.sum(..., axis=-1)",
    ],
    "C": [
        "The divergence is what is spent in Q's code beyond what P's own code would need.",
        "KL(P || Q) = H(P, Q) - H(P) = sum of p (log2(p) - log2(q)), over the outcomes with p > 0.",
        "return cross_entropy(..., ...) - entropy(...)",
    ],
}
WRONG = {
    "nats": ("A", "return -np.sum(p * np.log(np.where(p > 0, p, 1.0)), axis=-1)", "nats"),
    "zero": ("A", "return -np.sum(p * np.log2(p), axis=-1)", "NaN"),
    "sign": ("A", "return np.sum(p * np.log2(np.where(p > 0, p, 1.0)), axis=-1)", "sign"),
    "mean": ("A", "return -np.mean(p * np.log2(np.where(p > 0, p, 1.0)), axis=-1)", "mean over the outcomes"),
    "epsilon": ("A", "return -np.sum(p * np.log2(p + 1e-10), axis=-1)", "constant inside the logarithm"),
    "all": ("A", "return -np.sum(p * np.log2(np.where(p > 0, p, 1.0)))", "shape"),
    "swapped": ("B", "return -np.sum(q * np.log2(p + (p == 0)), axis=-1)", "H(Q, P)"),
    "distance": ("B", "return np.sum(p * np.log2((p + (p == 0)) / (q + (p == 0) * (q == 0))), axis=-1)", "KL(P || Q)"),
    "entropies": ("B", "return entropy(p) + entropy(q)", "sum of two entropies"),
    "capped": ("B", "return -np.sum(p * np.log2(q + 1e-10), axis=-1)", "finite"),
    "never": ("B", "return -np.sum(p * np.log2(q), axis=-1)", "NaN"),
    "reversed": ("C", "return np.sum(q * np.log2((q + (q == 0)) / (p + (p == 0))), axis=-1)", "KL(Q || P)"),
    "negative": ("C", "return entropy(p) - cross_entropy(p, q)", "sign"),
    "not_excess": ("C", "return cross_entropy(p, q)", "H(P, Q)"),
}


def distributions(rng, *shape):
    weights = rng.random(shape) + 0.05
    return weights / weights.sum(axis=-1, keepdims=True)


def bits(p, q):
    """-sum of p log2(q) over the outcomes with p > 0, for one distribution each."""
    return sum(float(-a * np.log2(b)) if b > 0 else np.inf for a, b in zip(p, q, strict=True) if a > 0)


@check("A", points=1)
def entropy_of_each_row(m, rng):
    p = distributions(rng, 3, 5)
    right = np.array([bits(row, row) for row in p])
    mistakes = {
        "nats": ("the logarithm is natural, so this is in nats; one bit is ln 2 nats", right * np.log(2)),
        "mean": ("this is the mean over the outcomes, a fifth of their sum", right / 5),
    }
    compare("entropy(p)", m.entropy(p), right, **mistakes)
    compare("entropy(np.full(8, 1 / 8))", m.entropy(np.full(8, 1 / 8)), 3.0)


@check("A", points=1)
def what_never_happens_costs_nothing(m, rng):
    p = np.array([[0.5, 0.0, 0.5], [1.0, 0.0, 0.0]])
    with_constant = -np.sum(p * np.log2(p + 1e-10), axis=-1)
    epsilon = ("a constant inside the logarithm changes every result: the second row gets less than 0", with_constant)
    compare(f"entropy(np.array({p.tolist()}))", m.entropy(p), np.array([1.0, 0.0]), atol=1e-12, epsilon=epsilon)


@check("B", points=1)
def cross_entropy_of_each_row(m, rng):
    p, q = distributions(rng, 2, 3, 5)
    right = np.array([bits(*rows) for rows in zip(p, q, strict=True)])
    own = np.array([bits(row, row) for row in p])
    mistakes = {
        "swapped": (
            "this is H(Q, P): the lengths are Q's, the frequencies P's",
            [bits(*rows) for rows in zip(q, p, strict=True)],
        ),
        "distance": ("this is KL(P || Q): cross-entropy is no distance, H(P, P) = H(P) and not 0", right - own),
        "entropies": ("this is H(P) + H(Q), the sum of two entropies", own + [bits(row, row) for row in q]),
        "nats": ("the logarithm is natural, so this is in nats; one bit is ln 2 nats", right * np.log(2)),
        "mean": ("this is the mean over the outcomes, a fifth of their sum", right / 5),
    }
    compare("cross_entropy(p, q)", m.cross_entropy(p, q), right, **mistakes)
    compare("cross_entropy(p, p)", m.cross_entropy(p, p), own)


@check("B", points=1)
def infinite_only_where_q_rules_out_what_happens(m, rng):
    p, q = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0]]), np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])
    call = f"cross_entropy(np.array({p.tolist()}), np.array({q.tolist()}))"
    got = m.cross_entropy(p, q)
    compare(f"{call}[0]", got[0], 1.0)
    capped = ("finite, but q = 0 where p > 0: nothing may be added to q", -np.sum(p[1] * np.log2(q[1] + 1e-10)))
    compare(f"{call}[1]", got[1], np.inf, capped=capped)


@check("C", points=1)
def kl_is_the_excess(m, rng):
    p, q = distributions(rng, 2, 3, 5)
    pairs = list(zip(p, q, strict=True))
    right = np.array([bits(a, b) - bits(a, a) for a, b in pairs])
    mistakes = {
        "reversed": ("this is KL(Q || P)", np.array([bits(b, a) - bits(b, b) for a, b in pairs])),
        "not_excess": ("this is H(P, Q): what P's own code costs is not taken off", right + [bits(a, a) for a in p]),
        "nats": ("the logarithm is natural, so this is in nats; one bit is ln 2 nats", right * np.log(2)),
    }
    compare("kl(p, q)", m.kl(p, q), right, **mistakes)
    compare("kl(p, p)", m.kl(p, p), np.zeros(3))


@check("C", points=1)
def kl_with_outcomes_that_never_happen(m, rng):
    p, q = np.array([[0.0, 1.0], [0.5, 0.5]]), np.array([[0.5, 0.5], [0.0, 1.0]])
    compare(f"kl(np.array({p.tolist()}), np.array({q.tolist()}))", m.kl(p, q), np.array([1.0, np.inf]))


@check("A", points=0, hidden=True)
def entropy_of_other_shapes(m, rng):
    p = distributions(rng, 2, 3, 4)
    compare("entropy(p) for p of shape (2, 3, 4)", m.entropy(p), [[bits(row, row) for row in rows] for rows in p])
    compare("entropy(np.array([1.0]))", m.entropy(np.array([1.0])), 0.0)


@check("B", points=0, hidden=True)
def cross_entropy_broadcasts(m, rng):
    p, q = distributions(rng, 4), distributions(rng, 3, 4)
    compare("cross_entropy(p, q) for shapes (4,) and (3, 4)", m.cross_entropy(p, q), [bits(p, row) for row in q])
    p = np.array([0.0, 1.0, 0.0, 0.0])
    compare("cross_entropy(p, q) for a p of one outcome", m.cross_entropy(p, q), -np.log2(q[:, 1]))


@check("C", points=0, hidden=True)
def kl_broadcasts_and_stays_zero(m, rng):
    p, q = distributions(rng, 4), distributions(rng, 3, 4)
    compare("kl(p, q) for shapes (4,) and (3, 4)", m.kl(p, q), [bits(p, row) - bits(p, p) for row in q])
    sure = np.array([1.0, 0.0, 0.0])
    compare("kl(p, p) for p of one outcome", m.kl(sure, sure), 0.0)
