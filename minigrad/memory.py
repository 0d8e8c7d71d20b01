"""Memory that arrays give back stays in the process, at hand for the next arrays.

A training step makes and drops the same arrays again and again. glibc, the C library of most Linux systems, returns
large blocks to the system at once, which must then hand over every page of the next array anew: a third of the time
of a step of the larger benchmarks. So `import minigrad` tells glibc to keep up to 256 MiB of what was freed, a setting
of the whole process (mallopt(3)). The environment variable MINIGRAD_KEEP_MEMORY=0 leaves it as it was; other C
libraries have no such setting and are left alone.
"""

import ctypes
import os
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of malloc.h
KEPT = 256 * 2**20  # bytes of freed memory, beyond which the rest is returned
SHARED = 32 * 2**20  # bytes of the largest array in the memory that is kept, the most that glibc allows


def keep_freed():
    """Have glibc keep what is freed; returns whether it does. False without glibc, and if the user said no."""
    if sys.platform != "linux" or os.environ.get("MINIGRAD_KEEP_MEMORY") == "0":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_M_MMAP_THRESHOLD, SHARED) and mallopt(_M_TRIM_THRESHOLD, KEPT))
