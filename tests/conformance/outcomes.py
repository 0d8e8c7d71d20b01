"""What a small program of either library gives, and that both give the same."""

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")


def outcome(program, m):
    """What a program gives, as nested lists, or the type of its error."""
    try:
        return [x.tolist() if hasattr(x, "tolist") else x for x in program(m)]
    except (RuntimeError, TypeError, ValueError) as error:
        return type(error)


def assert_same(program):
    theirs = outcome(program, torch)
    ours = outcome(program, mg)
    if isinstance(theirs, type):
        assert ours is theirs
    else:
        assert not isinstance(ours, type), ours
        for x, y in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-5, atol=1e-6)
