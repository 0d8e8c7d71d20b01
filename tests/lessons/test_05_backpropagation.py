"""What lesson 05 shows: gradients by a tape, by hand, by minigrad and by differences, and the second derivative."""

import re

import numpy as np
import pytest

from minigrad.datasets import load_digits
from tests.conformance.lessons.on_torch import Silent, definitions
from tests.lessons.running import full_run

STEM = "05_backpropagation"
P = np.exp([2.0, 1.0, 0.1]) / np.exp([2.0, 1.0, 0.1]).sum()


@pytest.fixture(scope="module", params=[0, 1])
def autodiff(request):
    return full_run(STEM, seed=request.param)


def numbers(run, pattern):
    """The arrays that the groups of `pattern` match, each printed as [1. 2. 3.]."""

    (match,) = re.finditer(pattern, run.stdout)
    return [np.array(group.split(), float) for group in match.groups()]


@pytest.mark.slow
def test_the_gradient_is_p_minus_y_and_not_as_printed(autodiff):
    differences, printed = numbers(autodiff, r"1 dL/dp .*differences \[(.*)\], as printed \[(.*)\]")
    np.testing.assert_allclose(differences, [-1 / P[0], 0, 0], atol=1e-4)
    np.testing.assert_allclose(printed, [-1 / P[0], 1 / (1 - P[1]), 1 / (1 - P[2])], atol=1e-4)
    differences, right = numbers(autodiff, r"2 dL/dz .*differences \[(.*)\], p - y = \[(.*)\]")
    np.testing.assert_allclose(differences, P - [1, 0, 0], atol=1e-4)
    np.testing.assert_array_equal(differences, right)


@pytest.mark.slow
def test_backward_hands_on_what_the_chain_rule_says(autodiff):
    total = np.exp([2.0, 1.0, 0.1]).sum()
    through_s = -np.dot([-1 / P[0], 0, 0], P) / total
    through_p = np.array([-1 / P[0], 0, 0]) / total
    expected = {"p": [-1 / P[0], 0, 0], "e": through_p + through_s, "z": P - [1, 0, 0]}
    for name, gradient in expected.items():
        (found,) = numbers(autodiff, rf"3 forward +{name}\b.*dL/d{name} = \[(.*)\]")
        np.testing.assert_allclose(found, gradient, atol=1e-4)
    assert autodiff.found(r"dL/ds = (\S+)") == [round(through_s, 4)]
    found, to_each = numbers(autodiff, r"dL/de = \[(.*)\] from p \+ (\S+) from s")
    np.testing.assert_allclose(found, through_p, atol=1e-4)
    assert to_each == [round(through_s, 4)]


@pytest.mark.slow
def test_the_tape_is_exact_and_differences_are_not(autodiff):
    assert max(autodiff.found(r"X.T \(p - y\) / N to (\S+), and minigrad's to (\S+)")) < 1e-15
    assert autodiff.table["backward_error"].max() < np.finfo(float).eps
    error = dict(zip(autodiff.table["h"].round(15), autodiff.table["difference_error"], strict=True))
    assert min(error.values()) > 1e-13
    best = min(error, key=error.get)
    assert 1e-6 < best < 1e-4 and error[max(error)] > 1e-3 and error[min(error)] > 1e-5


@pytest.mark.slow
def test_descent_by_the_tape_learns_the_digits(autodiff):
    first, last, accuracy = autodiff.found(r"5 training +loss from (\S+) to (\S+) nats, test accuracy (\S+)")
    assert (first, last) == (2.3026, 0.2721)
    assert accuracy == pytest.approx(0.9467, abs=0.0023)  # one image of 450
    assert (np.diff(autodiff.table["train_loss"]) < 0).all()


@pytest.mark.slow
def test_the_second_derivative_is_the_covariance_of_the_classes(autodiff):
    (eigenvalues,) = numbers(autodiff, r"6 second .* its eigenvalues: \[(.*)\]")
    np.testing.assert_allclose(eigenvalues, np.linalg.eigvalsh(np.diag(P) - np.outer(P, P)), atol=1e-4)
    assert autodiff.found(r"d2L/dz2 is diag\(p\) - p p.T to (\S+);")[0] < 1e-15


def test_the_tape_adds_up_and_hands_on_once():
    lesson = definitions(STEM, tape=[])
    calls = 0

    def counted(rule):
        def call(g):
            nonlocal calls
            calls += 1
            return rule(g)

        return call

    x = lesson.Var(3.0)
    doubled = x
    for _ in range(20):  # a million paths
        doubled = doubled + doubled
        doubled.inputs = tuple((each, counted(rule)) for each, rule in doubled.inputs)
    doubled.backward()
    assert x.grad == 2.0**20 and calls == 40


def test_the_tapes_training_equals_plain_gradient_descent():
    train_set, _ = load_digits()
    images, labels = (tensor.numpy() for tensor in train_set.tensors)
    one_hot = np.eye(10)[labels]
    lesson = definitions(STEM, tape=[], run=Silent())
    w, b, _ = lesson.train(images.astype(float), one_hot, epochs=5, lr=1.0)
    weights, biases = np.zeros((64, 10)), np.zeros(10)
    for _ in range(5):
        error = (lesson.softmax(images @ weights + biases) - one_hot) / len(images)
        weights, biases = weights - images.T @ error, biases - error.sum(axis=0)
    np.testing.assert_allclose(w.value, weights, atol=1e-12)
    np.testing.assert_allclose(b.value, biases[None], atol=1e-12)
