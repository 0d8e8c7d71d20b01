"""The fixtures of the tests of one lesson, whose module says which in `STEM`."""

import os

import pytest

from tests.conformance.lessons.on_torch import definitions
from tests.lessons import kept, running
from tests.lessons.running import full_run


@pytest.fixture(scope="session", autouse=True)
def _one_run_for_all(tmp_path_factory, pytestconfig):
    """The processes of one session of tests share what they have run, and the next session has it, too."""
    own = tmp_path_factory.getbasetemp()
    running.runs = (own.parent if hasattr(pytestconfig, "workerinput") else own) / "runs"
    running.runs.mkdir(exist_ok=True)
    cache = getattr(pytestconfig, "cache", None)  # with `-p no:cacheprovider` there is none
    writable = cache and os.access(pytestconfig.rootpath, os.W_OK)
    kept.folder = cache.mkdir("full_runs") if writable else running.runs


@pytest.fixture(scope="module")
def lesson(request):
    """The full run with the default seed."""
    return full_run(request.module.STEM)


@pytest.fixture(scope="module")
def functions(request):
    """What the lesson defines, without its cells."""
    return definitions(request.module.STEM)
