"""A wrong use that minigrad refuses, PyTorch refuses with the same type of error."""

import pytest

from ..test_tensor import WRONG

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("name", WRONG)
def test_the_type_of_the_error(name):
    use, error, _message = WRONG[name]
    with pytest.raises(error):
        use(torch)
