"""Measures minigrad against PyTorch and NumPy by hand: python -m tests.benchmarks [--only NAME] [--json FILE]."""

import argparse
import json
import os
import platform
import statistics

import numpy as np
import torch
from threadpoolctl import threadpool_info

import minigrad

from . import by_hand, growth, startup
from .measure import in_new_process, interleaved, ratios
from .steps import STEPS

BAR_BY_HAND = 1.2
PARTS = {"growth": growth.main, "startup": startup.main}


def verdict(value, bar):
    return f"{value:5.2f} / {bar:.2f} {'met   ' if value <= bar else 'MISSED'}"


def time_of_steps(names):
    head = f"{'one training step, us':36}{'hand':>8}{'torch':>8}{'minigrad':>9}"
    print(f"{head}  to torch / bar [quartiles]       to hand / bar")
    results = {}
    for name in names:
        build, bar = STEPS[name]
        calls = {"minigrad": build(minigrad), "torch": build(torch)}
        if name in by_hand.STEPS:
            calls["hand"] = by_hand.STEPS[name]()
        times = interleaved(calls)
        low, middle, high = ratios(times, "minigrad", "torch")
        to_hand = ratios(times, "minigrad", "hand")[1] if "hand" in times else None
        us = {
            library: 1e6 * statistics.median(times[library]) if library in times else None
            for library in ("hand", "torch", "minigrad")
        }
        shown = "".join(
            f"{us[k]:{w}.0f}" if us[k] else " " * w for k, w in (("hand", 8), ("torch", 8), ("minigrad", 9))
        )
        by = verdict(to_hand, BAR_BY_HAND) if to_hand else ""
        print(f"{name:36}{shown}  {verdict(middle, bar)} [{low:.2f}, {high:.2f}]  {by}", flush=True)
        results[name] = {"us": us, "to torch": [low, middle, high], "bar": bar, "to hand": to_hand}
    return results


def memory_of_steps(names):
    print(f"\n{'200 steps in a new process':36}{'peak of resident memory, MiB':>40}{'page faults a step':>30}")
    results = {}
    for name in names:
        libraries = ["hand"] * (name in by_hand.STEPS) + ["torch", "minigrad"]
        used = {library: in_new_process("memory", library, name) for library in libraries}
        columns = [", ".join(f"{k} {used[k][what]:.0f}" for k in libraries) for what in ("peak", "faults")]
        print(f"{name:36}{columns[0]:>40}{columns[1]:>30}", flush=True)
        flat = in_new_process("is_flat", name) if name == names[0] else None
        if flat:
            grown = flat["sizes"][-1] - flat["sizes"][0]
            garbage = f"it then finds {flat['collected']} objects"
            print(f"{'':36}from step 100 to 1,000, without the collector: {grown:+} bytes; {garbage}")
        results[name] = {"memory": used, "flat": flat}
    return results


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.partition(":")[0])
    parser.add_argument("--only", metavar="NAME", help=f"a part of the name of a step, or one of: {', '.join(PARTS)}")
    parser.add_argument("--json", metavar="FILE", help="also write the figures to this file")
    arguments = parser.parse_args()
    names = [name for name in STEPS if not arguments.only or arguments.only in name]
    parts = [name for name in PARTS if not arguments.only or arguments.only == name]
    if not names and not parts:
        parser.error(f"no step or part is called {arguments.only!r}; there are: {'; '.join([*STEPS, *PARTS])}")
    blas = {pool["internal_api"]: pool["num_threads"] for pool in threadpool_info()}
    versions = f"NumPy {np.__version__}, PyTorch {torch.__version__}, minigrad {minigrad.__version__}"
    print(f"Python {platform.python_version()}, {versions}")
    print(f"{os.cpu_count()} cores; threads: PyTorch {torch.get_num_threads()}, pools {blas}; float32\n")
    results = {"steps": time_of_steps(names), "memory": memory_of_steps(names)} if names else {}
    results |= {name: PARTS[name]() for name in parts}
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
