"""What lesson 05 shows: shares that are added, the order of the walk, p - y, and what repeating costs."""

import re

import numpy as np
import pytest

import minigrad as mg
from tests.conformance.lessons.on_torch import definitions
from tests.lessons.running import full_run

STEM = "05_backpropagation"
LOGITS = np.array([2.0, 1.0, 0.1])
P = np.exp(LOGITS) / np.exp(LOGITS).sum()


@pytest.fixture(scope="module")
def shown():
    return full_run(STEM)


@pytest.fixture
def taped():
    return definitions(STEM, tape=[])


def numbers(run, label):
    """All numbers after `label`, to the end of its line."""
    (line,) = re.findall(re.escape(label) + "(.*)", run.stdout)
    return [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e[-+]\d+)?", line)]


def test_only_the_walk_in_topological_order_is_right(shown):
    a, b, c = 2, 3, 4
    right = [2 * a * b**2 + b * c, 2 * a**2 * b + a * c, a * b]
    assert numbers(shown, "q v u c b a ") == [10, 6, 16, *right]
    assert numbers(shown, "q u v a b c ") == [10, 6, 10, 30, 20, 6]
    assert numbers(shown, "a by differences ") == [right[0]]
    assert re.findall("(right|wrong: too early)\n", shown.stdout) == ["wrong: too early", "right"]


def test_depth_first_writes_inputs_before_results(shown):
    (order,) = re.findall(r"depth first: (.*?)   and from its end: (.*)", shown.stdout)
    written, walk = (words.split() for words in order)
    assert walk == written[::-1] and sorted(written) == sorted("abcuvq")
    for result, inputs in {"u": "ab", "v": "uc", "q": "uv"}.items():
        assert all(written.index(each) < written.index(result) for each in inputs)


def test_the_gradient_of_the_logits_is_p_minus_y_in_two_shares(shown):
    for label in ("Finding 2: p - y ", "dL/dz on the tape "):
        np.testing.assert_allclose(numbers(shown, label), P - [1, 0, 0], atol=1e-4)
    np.testing.assert_allclose(
        numbers(shown, "shares of z_1, and of z_2 "), [-1, P[0], P[1]], atol=1e-4
    )


def test_cross_entropy_does_not_depend_on_the_other_probabilities(shown):
    np.testing.assert_allclose(
        numbers(shown, "dL/dp by differences "), [-1 / P[0], 0, 0], atol=1e-4
    )
    printed = [-1 / P[0], 1 / (1 - P[1]), 1 / (1 - P[2])]
    found = re.search(r"dL/dp by sentence 2, 2 wrong +\[(.*)\]", shown.stdout)[1]
    np.testing.assert_allclose(
        [float(word) for word in found.split()], printed, atol=1e-4
    )


def test_differences_are_best_near_the_cube_root_of_epsilon(shown):
    h, error = shown.table["h"], shown.table["error"]
    assert 1e-6 < h[error.argmin()] < 1e-4
    size, third = np.log(np.exp(LOGITS).sum()) - LOGITS[0], P * (1 - P) * (1 - 2 * P)
    times = size / np.abs(third)
    assert (times > 4).all() and (times < 6).all()  # as the text says
    predicted = np.cbrt(3 * 2e-16 * times.min())
    assert predicted / 3 < h[error.argmin()] < 3 * predicted and predicted == pytest.approx(1.4e-5, rel=0.1)
    assert error.min() < 1e-10 and error[-1] > 1e-3 and error[0] > 1e-5


def test_a_repeated_input_gets_the_sum_of_its_copies(shown):
    table = np.array([[1, 2, 3], [10, 20, 30]])
    for shape, axis in (("(1, 3)", 0), ("(2, 1)", 1)):
        expected = table.sum(axis=axis, keepdims=True).tolist()
        assert f"an input of shape {shape} gets {expected}\n" in shown.stdout
    assert (
        f"an input of shape (3,)   gets {table.sum(axis=0).tolist()}\n" in shown.stdout
    )
    assert f"an input of shape ()     gets {table.sum()}\n" in shown.stdout


def test_the_tape_differentiates_a_linear_classifier(taped):
    rng = np.random.default_rng(0)
    images, y = rng.random((7, 4)), np.eye(3)[rng.integers(0, 3, 7)]
    weights, bias = (
        taped.Value(rng.standard_normal((4, 3))),
        taped.Value(rng.standard_normal((1, 3))),
    )
    taped.cross_entropy(
        taped.add(taped.matmul(images, weights), taped.repeat(bias, 7)), y
    )
    taped.walk(taped.tape[::-1])
    scores = images @ weights.data + bias.data
    error = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True) - y
    np.testing.assert_allclose(weights.grad, images.T @ error, rtol=1e-12)
    np.testing.assert_allclose(bias.grad, error.sum(axis=0, keepdims=True), rtol=1e-12)


def test_minigrad_and_the_tape_agree_to_the_precision_of_float32(shown):
    for label in ("pixel 36: on the tape, minigrad", "the bias: on the tape, minigrad"):
        found = numbers(shown, label)
        np.testing.assert_allclose(found[:2], found[2:], rtol=1e-4)


def test_each_rule_is_called_once_however_many_paths_there_are(taped):
    calls = []
    q = start = taped.Value(1.0)
    for _ in range(100):
        q = taped.add(q, q)
        q.inputs = tuple(
            (source, lambda g: calls.append(g) or g) for source, _ in q.inputs
        )
    taped.walk(taped.tape[::-1])
    assert start.grad == 2.0**100 and len(calls) == 200


def test_the_hessian_begins_as_the_lesson_says_and_is_a_variance():
    def loss(z):
        return mg.nn.functional.cross_entropy(z, mg.tensor(0))

    hessian = mg.autograd.functional.hessian(loss, mg.tensor(LOGITS)).numpy()
    np.testing.assert_allclose(hessian, np.diag(P) - np.outer(P, P), atol=1e-15)
    assert round(hessian[0, 0], 4) == 0.2247
    direction = np.array([3.0, -1.0, 0.5])
    variance = P @ (direction - P @ direction) ** 2
    assert direction @ hessian @ direction == pytest.approx(variance, rel=1e-12)
