"""The libraries that are measured: which of them are there, and with how many threads they compute."""

import contextlib
import importlib
import os
import platform
import sys
from functools import partial

import numpy as np
from threadpoolctl import ThreadpoolController

from . import by_hand

NAMES = ("hand", "minigrad", "PyTorch", "JAX")
MODULES = {"minigrad": "minigrad", "PyTorch": "torch", "JAX": "jax"}
ABSENT = {
    "PyTorch": 'PyTorch is not installed ("pip install torch==2.13.0"): its columns are missing.',
    "JAX": 'JAX is not installed ("pip install .[bench]"): its columns are missing.',
}


def there():
    """The libraries by name, of those that can be imported: {name: module}."""
    found = {}
    for name, module in MODULES.items():
        with contextlib.suppress(ImportError):
            found[name] = importlib.import_module(module)
    return found


def builder_of(library, step):
    """What builds the step in the library, as a call that gives the loss; None where it is not written in it."""
    if library in ("minigrad", "PyTorch"):
        make = partial(step.make, importlib.import_module(MODULES[library]))
    else:
        module = by_hand if library == "hand" else importlib.import_module(".with_jax", __package__)
        make = module.MAKERS.get(step.make)
    return make and partial(make, **step.sizes)


@contextlib.contextmanager
def limited(threads):
    """Let NumPy and PyTorch, where it is imported, compute with so many threads inside; None changes nothing."""
    torch = sys.modules.get("torch")
    before = torch and torch.get_num_threads()
    if torch and threads:
        torch.set_num_threads(threads)
    try:
        with ThreadpoolController().limit(limits=threads):
            yield
    finally:
        if torch:
            torch.set_num_threads(before)


def described(threads):
    """The versions, the threads, and what is missing."""
    found = there()
    versions = [f"Python {platform.python_version()}", f"NumPy {np.__version__}"]
    versions += [f"{name} {module.__version__}" for name, module in found.items()]
    with limited(threads):
        counts = {pool["internal_api"]: pool["num_threads"] for pool in ThreadpoolController().info()}
    if "JAX" in found:
        counts["JAX"] = int(os.environ.get("NPROC", os.cpu_count()))
    told = ", ".join(f"{name} {count}" for name, count in counts.items())
    lines = [", ".join(versions) + "; float32", f"{os.cpu_count()} cores; threads: {told}"]
    return "\n".join(lines + [text for name, text in ABSENT.items() if name not in found])
