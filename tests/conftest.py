"""What holds for every test."""

import gc
import importlib.util
import os
import re
import signal
import sys

import pytest

collect_ignore = [] if importlib.util.find_spec("jax") else ["benchmarks/with_jax.py"]
pytest.register_assert_rewrite("tests.lessons.running")  # else a lesson that fails does not show what it said

# one thread for each process of tests: with more, the processes of `pytest -n auto` wait for each other
for library in ("OPENBLAS", "OMP"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

# A shell starts what it runs in the background with Ctrl-C ignored, nohup with a closed terminal ignored, and children
# inherit that: a test which sends such a signal to a child of its own would wait in vain.
signal.signal(signal.SIGINT, signal.default_int_handler)
for name in ("SIGHUP", "SIGTERM"):
    if hasattr(signal, name):  # Windows has no SIGHUP
        signal.signal(getattr(signal, name), signal.SIG_DFL)

if sys.__stdin__ is None:  # closed: Jupyter asks it for its encoding, and pipes of tests would take its number
    sys.stdin = sys.__stdin__ = open(os.devnull)


def pytest_collection_finish():
    """What was collected stays to the end: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _same_numbers():
    """Each test draws the same random numbers, whatever ran before it."""
    import minigrad

    minigrad.manual_seed(0)


@pytest.hookimpl(optionalhook=True)  # without pytest-xdist there are no such hooks
def pytest_xdist_auto_num_workers():
    """With `-n auto`, one process more than cores: many tests wait for programs that they start."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return cores + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """With `-n` alone, a process takes the tests of a file, or those of a lesson: no two wait for one full run."""
    from xdist.scheduler import LoadFileScheduling

    class ByLesson(LoadFileScheduling):
        def _split_scope(self, nodeid):
            lesson = re.search(r"^tests/lessons/.*?(?:/test_|\[)(\d\d)[-_]", nodeid)
            return lesson[1] if lesson else super()._split_scope(nodeid)

    return ByLesson(config, log) if config.getvalue("dist") == "load" else None
