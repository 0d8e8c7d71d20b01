"""The memory of each step beside PyTorch, each in a process of its own."""

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

from . import table
from .libraries import MODULES, builder_of, limited, there
from .steps import ROOT, STEPS

BAR = 1.0  # of PyTorch's


def resident(what):
    """Of this process, in MiB: VmRSS, the memory that it has, or VmHWM, the most that it had."""
    return int(re.search(rf"{what}:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024


def page_faults():
    """How often this process was given a page so far."""
    return int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[7])


def of_step(library, name, repeats=30):
    """Of some steps in this process: the peak of memory in MiB, how much of it importing took, page faults a step."""
    importlib.import_module(MODULES[library])
    Path("/proc/self/clear_refs").write_text("5")  # from here on the peak is that of the steps
    imported = resident("VmRSS")
    step = STEPS[name]
    with limited(1 if step.one_thread else None):
        call = builder_of(library, step)()
        call()
        before = page_faults()
        for _ in range(repeats):
            call()
        faults = (page_faults() - before) / repeats
    peak = resident("VmHWM")
    return {"whole": peak, "above": peak - imported, "faults": faults}


def in_new_process(library, name):
    command = [sys.executable, "-m", "tests.benchmarks.memory", library, name]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=600)
    return json.loads(done.stdout)


def main(names):
    """Print a row for each of the steps; return {name: {library: its figures}}."""
    if sys.platform != "linux":
        print("\nMemory is measured on Linux only.")
        return {}
    print("\nA process for each: peak of resident memory in MiB, above the import and whole; page faults a step")
    libraries = [name for name in ("minigrad", "PyTorch") if name in there()]
    heads = [f"{library}, {what}" for what in ("above", "whole", "faults") for library in libraries]
    table.head(["30 training steps", *heads, *["above to PyTorch", "whole to PyTorch"] * (len(libraries) - 1)])
    results = {}
    for name in names:
        results[name] = used = {library: in_new_process(library, name) for library in libraries}
        cells = [f"{used[one][what]:,.0f}" for what in ("above", "whole", "faults") for one in libraries]
        if "PyTorch" in used:
            ratios = [used["minigrad"][what] / used["PyTorch"][what] for what in ("above", "whole")]
            cells += [table.ratio(ratio, BAR) for ratio in ratios]
        table.row([name, *cells])
    return results


if __name__ == "__main__":
    print(json.dumps(of_step(*sys.argv[1:])))
