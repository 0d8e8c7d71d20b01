"""Numbers for which the plain formula is not enough: too large, too small, NaN."""

import pytest

from .outcomes import assert_same

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings("ignore")

NAN = float("nan")

VALUES = {
    "std of large numbers": lambda m: [m.tensor([1e20, 3e20]).std()],
    "std of small numbers": lambda m: [m.tensor([1e-25, 3e-25]).std() * 1e25],
    "std by rows": lambda m: [m.tensor([[1e30, 3e30], [1.0, 2.0]]).std(1)],
    "addmm without its input": lambda m: [m.addmm(m.tensor([NAN]), m.ones(2, 2), m.ones(2, 2), beta=0)],
    "NaN are distinct": lambda m: m.unique(m.tensor([NAN, 1.0, NAN]), return_inverse=True, return_counts=True),
}


@pytest.mark.parametrize("program", VALUES.values(), ids=VALUES)
def test_values_are_the_same(program):
    assert_same(program)


def test_the_gradient_of_a_std_of_large_numbers():
    def program(m):
        x = m.tensor([1e20, 3e20], requires_grad=True)
        x.std().backward()
        return [x.grad]

    assert_same(program)
