"""Measures minigrad beside PyTorch, JAX and NumPy by hand: python -m tests.benchmarks [PART ...] [--only NAME].

The parts are the time and the memory of training steps, how time grows, and what it takes to begin; all by default.
"""

import argparse
import os

from . import growth, libraries, memory, startup, times
from .steps import STEPS

PARTS = ("time", "memory", "growth", "startup")


def main(words=None):
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.partition(":")[0])
    parser.add_argument("parts", metavar="PART", nargs="*", help=f"one of {', '.join(PARTS)}; all by default")
    parser.add_argument("--only", metavar="NAME", help="only the steps whose name has NAME in it")
    parser.add_argument("--threads", metavar="N", type=int, help="time all libraries with N threads each")
    arguments = parser.parse_args(words)
    names = [name for name in STEPS if not arguments.only or arguments.only in name]
    parts = arguments.parts or (("time", "memory") if arguments.only else PARTS)
    if not names:
        parser.error(f"no step is called {arguments.only!r}; there are: {'; '.join(STEPS)}")
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no part is called {', '.join(map(repr, unknown))}; there are: {', '.join(PARTS)}")
    if arguments.threads:
        os.environ["NPROC"] = str(arguments.threads)  # JAX reads it once
    print(libraries.described(arguments.threads))
    if "time" in parts:
        times.main({name: STEPS[name] for name in names}, arguments.threads)
    if "memory" in parts:
        memory.main(names)
    if "growth" in parts:
        growth.main()
    if "startup" in parts:
        startup.main()


if __name__ == "__main__":
    main()
