"""How the time of calls is measured."""

import statistics
import time

import numpy as np


def seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def agreed(name, calls, steps=5):
    """Raise AssertionError unless the first losses of all libraries are the same: else nothing can be compared."""
    losses = {library: [call() for _ in range(steps)] for library, call in calls.items()}
    for library, found in losses.items():
        np.testing.assert_allclose(
            found, losses["minigrad"], rtol=1e-5, err_msg=f"{name}: the losses of {library} beside those of minigrad"
        )


def interleaved(calls, rounds, stretch):
    """For each of the calls by name, its times in seconds: a stretch of one, then of the next, in every round.

    The time of a stretch is the median of its calls: other programs, which now and then take the core away, then do no
    harm to calls shorter than their turns. Before a stretch comes a pause, in which the threads of the last one stop
    waiting for work on cores that the next one needs, and half a stretch that is not timed, to wake its own.
    """
    repeats = {name: max(1, round(stretch / min(seconds(call) for _ in range(3)))) for name, call in calls.items()}
    times = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            time.sleep(0.05)
            for _ in range(repeats[name] // 2):
                call()
            times[name].append(statistics.median(seconds(call) for _ in range(repeats[name])))
    return times


def ratios(times, name, other):
    """The quartiles of the ratios, round by round: (first, median, third)."""
    return statistics.quantiles([a / b for a, b in zip(times[name], times[other], strict=True)], n=4)
