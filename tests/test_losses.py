"""Losses on their own terms: known values, stability, gradients to second order, and what they say when refusing."""

import math

import numpy as np
import pytest

import minigrad as mg
from minigrad.autograd import gradcheck, gradgradcheck
from minigrad.nn import functional as F

RNG = np.random.default_rng(0)
LOGITS = RNG.standard_normal((4, 3))
LABELS = mg.tensor([0, 2, 1, 2])
SOFT = RNG.uniform(0.1, 0.9, (4, 3))
WEIGHT = mg.tensor([1.0, 2.0, 0.5], dtype=mg.float64)


def leaf(array):
    return mg.tensor(array, requires_grad=True)


CASES = {
    "linear": (F.linear, LOGITS, RNG.standard_normal((5, 3)), RNG.standard_normal(5)),
    "linear, 3-d": (F.linear, LOGITS.reshape(2, 2, 3), RNG.standard_normal((5, 3))),
    "cross_entropy": (lambda x: F.cross_entropy(x, LABELS, WEIGHT, ignore_index=1, label_smoothing=0.1), LOGITS),
    "cross_entropy, plain": (lambda x: F.cross_entropy(x, LABELS), LOGITS),
    "cross_entropy, probabilities": (lambda x, p: F.cross_entropy(x, p, WEIGHT), LOGITS, SOFT),
    "nll_loss": (lambda x: F.nll_loss(x, LABELS, WEIGHT, reduction="none") ** 2, LOGITS),
    "mse_loss": (F.mse_loss, LOGITS, SOFT),
    "l1_loss": (F.l1_loss, LOGITS, SOFT),
    "binary_cross_entropy": (lambda x, p: F.binary_cross_entropy(x, p, WEIGHT), SOFT, SOFT[::-1].copy()),
    "with logits": (lambda x, p: F.binary_cross_entropy_with_logits(x, p, WEIGHT, pos_weight=WEIGHT), LOGITS, SOFT),
    "with logits at 0": (F.binary_cross_entropy_with_logits, np.zeros((4, 3)), SOFT),
}


@pytest.mark.parametrize(("function", "arrays"), [(f, a) for f, *a in CASES.values()], ids=CASES)
def test_gradients_to_second_order(function, arrays):
    tensors = [leaf(array) for array in arrays]
    assert gradcheck(function, tensors)
    assert gradgradcheck(function, tensors, atol=1e-6)


def test_the_gradient_of_cross_entropy_is_softmax_less_one_hot():
    x = leaf(LOGITS)
    F.cross_entropy(x, LABELS, reduction="sum").backward()
    expected = mg.softmax(x, 1).detach().numpy() - F.one_hot(LABELS).numpy()
    np.testing.assert_allclose(x.grad.numpy(), expected, rtol=1e-13, atol=1e-15)


def test_an_even_guess_costs_the_logarithm_of_the_classes():
    assert F.cross_entropy(mg.zeros(5, 7), mg.zeros(5).long()).item() == pytest.approx(math.log(7))
    assert F.binary_cross_entropy_with_logits(mg.zeros(5), mg.ones(5)).item() == pytest.approx(math.log(2))


PERFECT = {
    "cross_entropy": lambda r: F.cross_entropy(mg.tensor([[1000.0, -1000.0]]), mg.tensor([0]), reduction=r),
    "probabilities": lambda r: F.cross_entropy(mg.tensor([[1e3, -1e3]]), mg.tensor([[1.0, 0.0]]), reduction=r),
    "with logits": lambda r: F.binary_cross_entropy_with_logits(
        mg.tensor([1000.0, -1000.0]), mg.tensor([1.0, 0.0]), reduction=r
    ),
    "binary": lambda r: F.binary_cross_entropy(mg.tensor([1.0, 0.0]), mg.tensor([1.0, 0.0]), reduction=r),
    "mse": lambda r: F.mse_loss(mg.ones(2), mg.ones(2), reduction=r),
    "l1": lambda r: F.l1_loss(mg.ones(2), mg.ones(2), reduction=r),
}


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("loss", PERFECT.values(), ids=PERFECT)
def test_perfection_costs_exactly_nothing(loss, reduction):
    values = loss(reduction).numpy()
    assert np.all(values == 0) and not np.signbit(values).any()


def test_certain_mistakes_cost_their_logits():
    x = leaf([[1000.0, -1000.0], [-1000.0, 1000.0]])
    losses = F.cross_entropy(x, mg.tensor([1, 0]), reduction="none")
    assert losses.tolist() == [2000.0, 2000.0]
    losses.sum().backward()
    assert x.grad.tolist() == [[1.0, -1.0], [-1.0, 1.0]]
    y = leaf([1000.0, -1000.0])
    losses = F.binary_cross_entropy_with_logits(y, mg.tensor([0.0, 1.0]), reduction="none")
    assert losses.tolist() == [1000.0, 1000.0]
    losses.sum().backward()
    assert y.grad.tolist() == [1.0, -1.0]
    assert F.binary_cross_entropy(mg.tensor([0.0]), mg.tensor([1.0])).item() == 100


def test_confidence_keeps_its_digits_in_float32():
    exact = math.log1p(math.exp(-20))
    for logit, target in ((20.0, 1.0), (-20.0, 0.0)):
        loss = F.binary_cross_entropy_with_logits(mg.tensor(logit), mg.tensor(target))
        assert loss.item() == pytest.approx(exact, rel=1e-6)
    assert F.binary_cross_entropy(mg.tensor(1e-12), mg.tensor(0.0)).item() == pytest.approx(1e-12, rel=1e-6, abs=0)


def test_ignored_targets_cost_nothing_whatever_their_logits():
    x = leaf([[-math.inf, 0.0], [0.0, 0.0]])
    losses = F.cross_entropy(x, mg.tensor([-100, 0]), reduction="none")
    assert losses.tolist() == [0.0, pytest.approx(math.log(2))]
    losses.sum().backward()
    assert x.grad.tolist() == [[0.0, 0.0], [-0.5, 0.5]]


def test_labels_are_not_changed():
    labels = mg.tensor([0, -100, 2, 1])
    F.cross_entropy(leaf(LOGITS), labels, label_smoothing=0.1)
    assert labels.tolist() == [0, -100, 2, 1]


X, Y = mg.zeros(4, 3), mg.tensor([0, 1, 2, 0])
REFUSED = {
    "float labels": (
        RuntimeError,
        r"cross_entropy\(\).*int64.*float32.*long\(\)",
        lambda: F.cross_entropy(X, Y.float()),
    ),
    "(N, 1)": (
        RuntimeError,
        r"cross_entropy.*\(4, 3\).*\(4,\).*\(4, 1\).*squeeze",
        lambda: F.cross_entropy(X, Y[:, None]),
    ),
    "too large": (IndexError, r"cross_entropy.*3 is out.*\(4, 3\).*\[0, 2\]", lambda: F.cross_entropy(X, Y + 1)),
    "negative": (IndexError, r"nll_loss.*-1.*\(4, 3\)", lambda: F.nll_loss(X, Y - 1)),
    "count": (ValueError, r"cross_entropy.*\(4, 3\).*\(4,\).*\(2,\)", lambda: F.cross_entropy(X, Y[:2])),
    "list": (TypeError, r"cross_entropy.*target.*list.*tensor\(\)", lambda: F.cross_entropy(X, [0, 1, 2, 0])),
    "positions": (
        RuntimeError,
        r"\(2, 3, 4\).*\(2, 4\).*\(2, 5\)",
        lambda: F.cross_entropy(mg.zeros(2, 3, 4), mg.zeros(2, 5).long()),
    ),
    "probabilities": (RuntimeError, r"\(4, 3\).*probabilities.*int64", lambda: F.cross_entropy(X, X.long())),
    "weight": (RuntimeError, r"cross_entropy.*\(3,\).*\(2,\)", lambda: F.cross_entropy(X, Y, mg.ones(2))),
    "weight's dtype": (RuntimeError, "float64.*float32", lambda: F.cross_entropy(X, Y, mg.ones(3).double())),
    "learned weight": (
        RuntimeError,
        r"weight.*detach\(\)",
        lambda: F.cross_entropy(X, Y, mg.ones(3, requires_grad=True)),
    ),
    "reduction": (ValueError, "cross_entropy.*none, mean, sum.*'avg'", lambda: F.cross_entropy(X, Y, reduction="avg")),
    "smoothing": (RuntimeError, "label_smoothing.*-0.1", lambda: F.cross_entropy(X, Y, label_smoothing=-0.1)),
    "ignored probability": (RuntimeError, "ignore_index=1", lambda: F.cross_entropy(X, X, ignore_index=1)),
    "integers": (NotImplementedError, r"nll_loss.*int64.*float\(\)", lambda: F.nll_loss(X.long(), Y)),
    "mse broadcast": (ValueError, r"mse_loss.*\(4, 3\).*\(4, 1\).*reshape", lambda: F.mse_loss(X, X[:, :1])),
    "l1 broadcast": (ValueError, r"l1_loss.*\(4, 3\).*\(3,\)", lambda: F.l1_loss(X, X[0])),
    "mse number": (TypeError, "mse_loss.*target.*float", lambda: F.mse_loss(X, 1.0)),
    "bce logits": (
        RuntimeError,
        r"\(4, 3\).*\[0, 1\].*\[2.0, 2.0\].*with_logits",
        lambda: F.binary_cross_entropy(X + 2, X),
    ),
    "bce target": (RuntimeError, r"target.*\[0, 1\].*\[-1.0, -1.0\]$", lambda: F.binary_cross_entropy(X, X - 1)),
    "bce shapes": (ValueError, r"binary_cross_entropy\(\).*\(4, 3\).*\(3,\)", lambda: F.binary_cross_entropy(X, X[0])),
    "bce weight": (RuntimeError, r"weight.*\(2,\).*\(4, 3\)", lambda: F.binary_cross_entropy(X, X, mg.ones(2))),
    "pos_weight": (
        RuntimeError,
        r"pos_weight of shape \(2,\).*\(4, 3\)",
        lambda: F.binary_cross_entropy_with_logits(X, X, pos_weight=mg.ones(2)),
    ),
    "one_hot": (RuntimeError, r"one_hot.*\(4,\).*\[0, 1\].*num_classes=2", lambda: F.one_hot(Y, 2)),
    "linear": (
        RuntimeError,
        r"linear\(\): input of shape \(32, 63\) does not fit weight of shape \(10, 64\): its last length must be 64",
        lambda: F.linear(mg.zeros(32, 63), mg.zeros(10, 64)),
    ),
    "linear dtype": (RuntimeError, "linear.*weight.*float64.*float32", lambda: F.linear(X, mg.zeros(2, 3).double())),
    "linear bias": (RuntimeError, r"bias.*\(1,\).*\(2, 3\)", lambda: F.linear(X, mg.zeros(2, 3), mg.zeros(1))),
    "linear ndarray": (TypeError, "linear.*input.*ndarray", lambda: F.linear(np.zeros((4, 3)), mg.zeros(2, 3))),
}


@pytest.mark.parametrize(("error", "message", "call"), REFUSED.values(), ids=REFUSED)
def test_refusals_say_why(error, message, call):
    with pytest.raises(error, match=message):
        call()
