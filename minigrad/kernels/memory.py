"""The setting of the C library that keeps freed memory in the process, for the next arrays.

A training step makes and drops the same arrays again and again. glibc, the C library of most Linux
systems, returns large blocks to the system at once, which must then supply every page of the next
array again: a third of the time of a step of the larger benchmarks. So `import minigrad` tells
glibc to keep up to 256 MiB of freed memory, a setting of the whole process (mallopt(3)). The
environment variable MINIGRAD_KEEP_MEMORY=0 leaves the setting unchanged; other C libraries have no
such setting.
"""

import ctypes
import os
import sys

_M_TRIM_THRESHOLD = -1  # of malloc.h
_M_MMAP_THRESHOLD = -3
KEPT = 256 * 2**20  # bytes of freed memory; what exceeds them is returned
SHARED = 32 * 2**20  # bytes of the largest array whose memory is kept, the most that glibc allows


def keep_freed():
    """Let glibc keep freed memory; return whether it does.

    False without glibc, and where MINIGRAD_KEEP_MEMORY is 0.
    """
    if sys.platform != "linux" or os.environ.get("MINIGRAD_KEEP_MEMORY") == "0":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(
        mallopt(_M_MMAP_THRESHOLD, SHARED) and mallopt(_M_TRIM_THRESHOLD, KEPT)
    )
