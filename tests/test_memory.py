"""A step leaves nothing behind; freed memory stays in the process, unless the user says no."""

import gc
import os
import resource
import subprocess
import sys

import pytest

from minigrad.kernels import memory
from tests.benchmarks.libraries import builder_of
from tests.benchmarks.steps import KINDS, STEPS
from tests.quick import first_quick


@pytest.fixture
def without_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("name", first_quick(KINDS))
@pytest.mark.usefixtures("without_collector")
def test_a_thousand_steps_leave_nothing(name):
    """No garbage for the collector, which also frees what Python keeps of tuples, and no object that stays."""
    step = builder_of("minigrad", STEPS[name].small())()
    garbage = []
    blocks = []
    for steps in (100, 900):
        for _ in range(steps):
            step()
        garbage.append(gc.collect())
        blocks.append(sys.getallocatedblocks())
    assert garbage[1] == 0
    assert blocks[1] - blocks[0] < 900


PROGRAM = """
import resource
import numpy as np
import minigrad
def step():
    [np.ones(125_000) for _ in range(10)]  # ten arrays of 1 MB, all gone at the end
step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(**environment):
    command = [sys.executable, "-c", PROGRAM]
    environment = {**os.environ, **environment}
    return int(subprocess.run(command, env=environment, capture_output=True, check=True, timeout=60).stdout)


@pytest.mark.skipif(not memory.keep_freed(), reason="needs glibc")
def test_the_pages_of_a_freed_array_serve_the_next_one():
    pages_of_a_step = 10_000_000 // resource.getpagesize()
    assert page_faults(MINIGRAD_KERNELS="1") < pages_of_a_step
    assert page_faults(MINIGRAD_KERNELS="1", MINIGRAD_KEEP_MEMORY="0") > pages_of_a_step
    assert page_faults(MINIGRAD_KERNELS="0") > pages_of_a_step


def test_other_systems_and_other_c_libraries_are_left_alone(monkeypatch):
    class WithoutMallopt:
        def __init__(self, _name):
            pass

    monkeypatch.setattr(memory.ctypes, "CDLL", WithoutMallopt)
    assert memory.keep_freed() is False
    monkeypatch.setattr(memory.ctypes, "CDLL", None)  # not even asked for
    monkeypatch.setattr(memory.sys, "platform", "win32")
    assert memory.keep_freed() is False
    monkeypatch.setattr(memory.sys, "platform", "linux")
    monkeypatch.setenv("MINIGRAD_KEEP_MEMORY", "0")
    assert memory.keep_freed() is False
