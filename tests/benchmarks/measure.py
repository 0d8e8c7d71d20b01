"""How the time and the memory of calls are measured."""

import json
import re
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def seconds(call, repeats):
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


def interleaved(calls, rounds=20, stretch=0.06):
    """For each of the calls by name, its times in seconds: a stretch of one, then of the next, in every round.

    Before a stretch comes a pause, in which the threads of the last one stop waiting for work on cores that the next
    one needs, and half a stretch that is not timed, to wake its own.
    """
    for call in calls.values():
        for _ in range(10):
            call()
    repeats = {name: max(2, round(stretch / seconds(call, 3))) for name, call in calls.items()}
    times = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            time.sleep(0.05)
            seconds(call, repeats[name] // 2)
            times[name].append(seconds(call, repeats[name]))
    return times


def ratios(times, name, other):
    """The quartiles of the ratios, round by round: (first, median, third)."""
    return statistics.quantiles([a / b for a, b in zip(times[name], times[other], strict=True)], n=4)


def in_new_process(*arguments):
    """What `python -m tests.benchmarks.measure` with these arguments prints, as JSON."""
    command = [sys.executable, "-m", "tests.benchmarks.measure", *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=1800)
    return json.loads(done.stdout)


def memory(library, name, steps=200):
    """Of many steps of one benchmark in this process: the peak of resident memory in MiB, and page faults a step."""
    from . import by_hand
    from .steps import STEPS

    if library == "hand":
        step = by_hand.STEPS[name]()
    else:
        step = STEPS[name][0](__import__(library))
    step()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(steps):
        step()
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    status = Path(
        "/proc/self/status"
    ).read_text()  # ru_maxrss would begin with the size of the process that forked this
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1))
    return {"peak": peak / 1024, "faults": faults / steps}


def is_flat(name, steps=1000):
    """The arrays that live after each hundred steps of minigrad, in bytes, with the garbage collector switched off."""
    import gc
    import tracemalloc

    import minigrad

    from .steps import STEPS

    step = STEPS[name][0](minigrad)
    for _ in range(10):
        step()
    gc.collect()
    gc.disable()
    tracemalloc.start()
    sizes = []
    for i in range(steps):
        step()
        if i % 100 == 99:
            sizes.append(tracemalloc.get_traced_memory()[0])
    return {"sizes": sizes, "collected": gc.collect()}


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    print(json.dumps({"memory": memory, "is_flat": is_flat}[what](*arguments)))
