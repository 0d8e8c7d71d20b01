"""The checker of gradients is itself checked: planted errors of every kind must be found and reported."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.autograd import GradcheckError, gradcheck, gradgradcheck
from minigrad.core.record import operation


def planted(*rules):
    """The product of a square matrix with another, with these gradient rules."""

    @operation(*rules)
    def product(x, y):
        return x @ y

    return product


def right_x(g, y):
    return np.matmul(g, np.swapaxes(y, 0, 1))


def right_y(g, x):
    return np.matmul(np.swapaxes(x, 0, 1), g)


def square(seed):
    return mg.tensor(np.random.default_rng(seed).standard_normal((3, 3)), requires_grad=True)


def test_right_rules_pass():
    assert gradcheck(planted(right_x, right_y), (square(0), square(1)))
    assert gradgradcheck(planted(right_x, right_y), (square(0), square(1)))


WRONG = {
    "a factor 1.001": (lambda g, y: 1.001 * right_x(g, y), right_y, 0),
    "a sign": (right_x, lambda g, x: -right_y(g, x), 1),
    "transposed": (right_x, lambda g, x: right_y(g, x).T, 1),
    "an operand not transposed": (lambda g, y: g @ y, right_y, 0),
    "a NaN": (lambda g, y: right_x(g, y) * np.where(np.eye(3) == 1, np.nan, 1), right_y, 0),
    "zero": (lambda g, y: right_x(g, y) * 0, right_y, 0),
    "one element": (right_x, lambda g, x: right_y(g, x) + np.eye(3)[[0]].T * 1e-4, 1),
}


@pytest.mark.parametrize("name", WRONG)
def test_planted_errors_are_found_with_their_input(name):
    rule_x, rule_y, input = WRONG[name]
    with pytest.raises(GradcheckError, match=f"input {input} at index"):
        gradcheck(planted(rule_x, rule_y), (square(0), square(1)))
    assert gradcheck(planted(rule_x, rule_y), (square(0), square(1)), raise_exception=False) is False


def test_the_message_has_index_and_both_values():
    @operation(lambda g: g * np.array([2.0, 2.5, 2.0]))
    def double(x):
        return x * 2

    with pytest.raises(
        GradcheckError, match=r"element 1, .* input 0 at index \(1,\): analytic 2.5, numeric (2$|2\.0000|1\.9999)"
    ):
        gradcheck(double, mg.ones(3, dtype=mg.float64, requires_grad=True))


def test_a_missing_sum_is_found():
    @operation(lambda g: g, lambda g: g[:1])
    def add(x, y):
        return x + y

    x, row = square(0), mg.ones(1, 3, dtype=mg.float64, requires_grad=True)
    with pytest.raises(GradcheckError, match="input 1"):
        gradcheck(add, (x, row))


def test_an_operation_that_is_not_recorded_is_found():
    with pytest.raises(GradcheckError, match="analytic 0,"):
        gradcheck(lambda x: x.detach() * 2 + x * 0, square(0))


def test_a_wrong_second_derivative_is_found():
    def hidden(g, x):
        plain = x.detach() if isinstance(x, mg.Tensor) else x
        return g * (3 * plain * plain)

    @operation(hidden)
    def cube(x):
        return x**3

    assert gradcheck(cube, square(0))
    with pytest.raises(GradcheckError):
        gradgradcheck(cube, square(0))


def test_several_outputs_and_constant_inputs():
    x, constant = square(0), mg.ones(3, dtype=mg.float64)
    assert gradcheck(lambda x, c: (x * c, x.sum()), (x, constant))
    with pytest.raises(GradcheckError, match="output 1"):
        gradcheck(lambda x: (x * 2, planted(lambda g, y: 2 * right_x(g, y), right_y)(x, x)), x)


def test_the_inputs_are_restored():
    x = square(0)
    before = x.tolist()
    gradcheck(mg.exp, x)
    assert x.tolist() == before
    assert x.grad is None


def test_what_cannot_be_checked_is_refused():
    with pytest.raises(ValueError, match="no input requires grad"):
        gradcheck(mg.exp, mg.ones(2, dtype=mg.float64))
    with pytest.raises(ValueError, match=r"input 0 is float32.*double"):
        gradcheck(mg.exp, mg.ones(2, requires_grad=True))
    for nothing in (3, None, "x", [], np.ones(2)):
        with pytest.raises(ValueError, match="no input requires grad"):
            gradcheck(mg.exp, nothing)


@pytest.mark.parametrize("wrong", [3, None, "x", (), np.ones(2)])
def test_what_gives_no_tensors_cannot_be_checked(wrong):
    for check in (gradcheck, gradgradcheck):
        with pytest.raises(TypeError, match="must give Tensors, not"):
            check(lambda x: (x * 2, wrong), square(0))


def test_there_must_be_a_grad_output_for_each_output():
    for grad_outputs in ((), (square(1), square(2))):
        with pytest.raises(ValueError, match=rf"1 outputs .* {len(grad_outputs)} grad_outputs"):
            gradgradcheck(mg.exp, square(0), grad_outputs)
    with pytest.raises(ValueError, match="0 outputs require grad"):
        gradgradcheck(lambda x: x.detach(), square(0))
