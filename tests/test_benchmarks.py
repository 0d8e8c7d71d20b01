"""The benchmarks measure the same computation in all libraries, and say what they miss."""

import re
import subprocess
import sys

import pytest
from threadpoolctl import threadpool_info

from tests.benchmarks import libraries, memory, table, times
from tests.benchmarks.__main__ import main
from tests.benchmarks.measure import agreed, interleaved
from tests.benchmarks.steps import KINDS, STEPS

SOFTMAX, LSTM = "softmax 64-10, batch 32, SGD", "LSTM 64-128, length 28, batch 32"


@pytest.mark.parametrize("name", KINDS)
def test_all_libraries_have_the_same_losses(name):
    found = {"hand", *libraries.there()}
    step = STEPS[name].small()
    builders = {library: libraries.builder_of(library, step) for library in libraries.NAMES if library in found}
    builders = {library: build for library, build in builders.items() if build}
    assert set(STEPS[name].bars) & found <= set(builders)
    agreed(name, builders)


def test_different_computations_are_not_compared():
    with pytest.raises(AssertionError, match="a step: the losses of hand beside those of minigrad"):
        agreed("a step", {"minigrad": lambda: lambda: 1.0, "hand": lambda: lambda: 1.001})


def test_each_stretch_begins_training_anew():
    lengths = []

    def build():
        lengths.append(0)

        def step():
            lengths[-1] += 1

        return step

    times = interleaved({"one": build, "other": build}, rounds=3, stretch=0.0)
    assert [len(found) for found in times.values()] == [3, 3]
    assert lengths == [3, 3, *[3] * 6]


def rows_of_times(capsys):
    times.main({name: STEPS[name].small() for name in (SOFTMAX, LSTM)}, rounds=3, stretch=0.0)
    lines = capsys.readouterr().out.splitlines()
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("|")], lines


def test_the_table_of_times(capsys):
    (head, _, softmax, lstm), lines = rows_of_times(capsys)
    libraries_there = [name for name in libraries.NAMES if name in {"hand", *libraries.there()}]
    others = [name for name in ("PyTorch", "JAX", "hand") if name in libraries_there]
    assert head == ["one training step, us", *libraries_there, *[f"to {name}" for name in others]]
    assert softmax[0] == SOFTMAX
    assert lstm[0] == LSTM + " (*)"
    for cells in (softmax, lstm):
        row = dict(zip(head, cells, strict=True))
        for name in ("PyTorch", "JAX", "hand"):
            assert bool(row.get(name)) == bool(row.get(f"to {name}"))
    assert all(re.fullmatch(r"[\d,]+", cell) for cell in softmax[1 : len(libraries_there)])
    bars = [cell for cells in (softmax, lstm) for cell in cells if "=" in cell or ">" in cell]
    met = [cell for cell in bars if "=" in cell]
    assert f"{len(met)} of {len(bars)} bars are met." in lines


@pytest.mark.parametrize(("name", "module"), [("PyTorch", "torch"), ("JAX", "jax")])
def test_a_library_that_is_not_there_has_no_columns(name, module, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, module, None)
    head = rows_of_times(capsys)[0][0]
    assert not any(name in cell for cell in head)
    assert f"{name} is not installed" in libraries.described(None)


def test_ratios_beside_their_bars():
    assert table.ratio(1.2, 1.2) == "1.20 <= 1.20"
    assert table.ratio(1.31, 1.2) == "**1.31 > 1.20**"
    assert table.ratio(1.31, None) == "1.31"


def test_the_number_of_threads_holds_within_the_block():
    before = [pool["num_threads"] for pool in threadpool_info()]
    with libraries.limited(3):
        assert {pool["num_threads"] for pool in threadpool_info()} == {3}
    assert [pool["num_threads"] for pool in threadpool_info()] == before


@pytest.mark.parametrize("words", [["--only", "nothing"], ["nothing"]])
def test_what_there_is_not_is_said(words, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert re.search("no (step|part) is called 'nothing'; there are: (softmax|time)", capsys.readouterr().err)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_memory_of_a_step():
    used = memory.in_new_process("minigrad", SOFTMAX)
    assert 0 < used["above"] < used["whole"]


ALONE = """
import sys
from tests.benchmarks.memory import of_step
of_step("minigrad", sys.argv[1])
assert not {"torch", "jax"} & set(sys.modules)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_the_process_of_a_step_imports_no_other_library():
    subprocess.run([sys.executable, "-c", ALONE, SOFTMAX], cwd=memory.ROOT, check=True, timeout=60)
