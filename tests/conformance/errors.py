"""What the comparisons of errors share."""

import pytest


def assert_same_error(ours, theirs):
    """Both calls fail, and with the same type: whatever PyTorch's call raises is the specification."""
    with pytest.raises(Exception) as expected:
        theirs()
    with pytest.raises(expected.type):
        ours()
