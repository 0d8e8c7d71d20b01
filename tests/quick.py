"""Which cases of many the quick tests take; the others are marked slow."""

import pytest


def quick_if(condition, *values, id=None):
    """A parameter of a test that is marked slow unless the condition holds."""
    return pytest.param(*values, marks=[] if condition else pytest.mark.slow, id=id)


def first_quick(values, count=1):
    """Parameters of a test, of which all but the first `count` are marked slow."""
    return [quick_if(place < count, value) for place, value in enumerate(values)]
