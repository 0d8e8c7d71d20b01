"""Processes that tests start: each ends with the block that started it, however the block ends."""

import contextlib
import os
import subprocess
import time
from pathlib import Path

WAIT = 60  # seconds for a process that has been told to end


@contextlib.contextmanager
def started(command, **options):
    """The process of `command`, killed and waited for if it is still there when the block ends."""
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.kill()  # nothing, where it has ended
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):  # what was not written goes with the process
                    stream.close()
        process.wait(WAIT)


def descendants(pid=None):
    """The living processes that `pid`, by default this one, and their children have started, and itself."""
    pid, found = pid or os.getpid(), set()
    for _ in range(2):  # an orphan that just gets its new parent may look like nobody's
        found |= _found(pid)
    return found


def _found(pid):
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended
            state, parent = path.read_text().rsplit(")", 1)[1].split()[:2]
            if state != "Z":
                parents[int(path.parent.name)] = int(parent)
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def within(seconds, question):
    """Whether the answer becomes true in that time."""
    end = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < end:
        time.sleep(0.02)
    return answer
