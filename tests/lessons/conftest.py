"""The fixtures of the tests of one lesson, whose module says which in `STEM`."""

import pytest

from tests.conformance.lessons.on_torch import definitions
from tests.lessons.running import full_run


@pytest.fixture(scope="module")
def lesson(request):
    """The full run with the default seed."""
    return full_run(request.module.STEM)


@pytest.fixture(scope="module")
def functions(request):
    """What the lesson defines, without its cells."""
    return definitions(request.module.STEM)
