"""Arguments that do not fit: the error begins with the function that was called, whoever found the fault."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.arguments import public
from minigrad.nn import functional as F

X = mg.ones(2, 3)

CALLS = {  # name: (call, type, words)
    "numpy's words": (
        lambda: public(np.eye)("x"),
        TypeError,
        r"^eye\(\): these arguments do not fit: 'x' \('str' object",
    ),
    "another function's": (lambda: mg.addmm(X, 3, X), TypeError, r"^addmm\(\): expected a Tensor, not int"),
    "a flag": (lambda: X.topk(1, largest="x"), TypeError, r"^topk\(\): largest must be True or False, not 'x'$"),
    "a flag by place": (
        lambda: mg.sum(X, 0, X),
        TypeError,
        r"^sum\(\): argument 3 must be True or False, not float32 Tensor",
    ),
    "a dtype": (
        lambda: mg.zeros(2, dtype=X),
        TypeError,
        r"^zeros\(\): dtype must be a dtype, such as minigrad.float32",
    ),
    "a number": (lambda: F.softplus(X, beta="x"), TypeError, r"^softplus\(\): beta must be a number, not 'x'$"),
    "an integer": (lambda: X.topk(1.5), TypeError, r"^topk\(\): argument 2 must be an integer, not 1.5$"),
    "a large integer": (
        lambda: X.topk(2**70),
        ValueError,
        r"^topk\(\): argument 2 must be an integer that fits into 64",
    ),
    "a large number": (lambda: F.elu(X, 2**70), OverflowError, r"^elu\(\): argument 2 must be a number that fits into"),
    "what came before": (
        lambda: X.div(X, rounding_mode=()),
        TypeError,
        r"^div\(\): rounding_mode must be a string, not \[\]$",
    ),
    "in place": (lambda: X.clone().uniform_("x"), TypeError, r"^uniform_\(\): "),
    "a layer's": (lambda: mg.nn.Linear("x", 2), TypeError, r"^Linear\(\): .* must be an integer, not 'x'$"),
    "a derived layer's": (lambda: mg.nn.BatchNorm2d(-1), RuntimeError, r"^BatchNorm2d\(\): "),
    "an optimizer's": (lambda: mg.optim.SGD([X], lr=0.1, momentum="x"), TypeError, r"^SGD\(\): momentum must be a num"),
    "an initializer's": (lambda: mg.nn.init.uniform_(X, "x"), TypeError, r"^uniform_\(\): "),
    "its own": (lambda: X.sum(7), IndexError, r"^sum\(\): dim 7 is out of range"),
}


@pytest.mark.parametrize("case", CALLS)
def test_the_error_is_in_the_words_of_the_function(case):
    call, kind, words = CALLS[case]
    with pytest.raises(kind, match=words) as caught:
        call()
    assert caught.value.__cause__ is None


class Mine(mg.nn.Conv1d):
    pass


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mg.nn.ReLU6(1, 2, 3), "ReLU6.__init__() takes from 1 to 2 positional arguments but 4 were given"),
        (lambda: mg.nn.Conv1d(1, 2), "Conv1d.__init__() missing 1 required positional argument: 'kernel_size'"),
        (lambda: Mine(1, 2, 3)(), "Conv1d.forward() missing 1 required positional argument: 'input'"),
        (lambda: mg.nn.MaxPool1d(2)(), "MaxPool1d.forward() missing 1 required positional argument: 'input'"),
        (lambda: mg.nn.GRU(1, 2)(X, X, X), "GRU.forward() takes from 2 to 3 positional arguments but 4 were given"),
        (lambda: mg.nn.Softmax(1, 2), "Softmax.__init__() takes from 1 to 2 positional arguments but 3 were given"),
        (lambda: mg.optim.Adam(), "Adam.__init__() missing 1 required positional argument: 'params'"),
        (lambda: mg.zeros(2, unheard_of=1), "zeros() got an unexpected keyword argument 'unheard_of'"),
    ],
)
def test_pythons_own_errors_name_what_was_called(call, words):
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value) == words


def test_numpys_numbers_are_numbers():
    assert X.topk(np.int64(2), largest=np.bool_(True)).values.tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert F.softplus(X, beta=np.float64(1.0)).shape == (2, 3)


def test_an_error_of_the_users_own_code_stays_as_it_is():
    def broken(x):
        raise ValueError("my own")

    with pytest.raises(ValueError, match="^my own$"):
        public(np.apply_along_axis)(broken, 0, np.ones(3))
