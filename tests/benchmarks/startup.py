"""What it takes to begin: whole processes that import minigrad, NumPy, PyTorch, JAX or nothing."""

import os
import statistics
import subprocess
import sys
import time

from .libraries import MODULES, there
from .steps import ROOT

ROUNDS = 15


def seconds_to_import(name):
    """The median of whole processes."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a package that is installed has its bytecode
    command = [sys.executable, "-c", f"import {name}" if name else ""]
    found = []
    for _ in range(1 + ROUNDS):
        start = time.perf_counter()
        # with a time limit and no pipe, Python would look for the end every 50 ms only
        subprocess.run(command, check=True, env=environment, timeout=120, capture_output=True)
        found.append(time.perf_counter() - start)
    return statistics.median(found[1:])  # the first may write bytecode


def main():
    print("\nSeconds until something is imported, medians of whole processes")
    imports = {name: seconds_to_import(name) for name in ("", "numpy", *map(MODULES.get, there()))}
    for name, value in imports.items():
        print(f"import {name or 'nothing':10} {value:.3f}")
    ratio = imports["minigrad"] / imports["numpy"]
    print(f"import minigrad over import numpy: {ratio:.2f} (bar: 1.30, {'met' if ratio <= 1.3 else 'missed'})")
