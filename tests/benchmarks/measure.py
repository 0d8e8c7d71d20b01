"""How the time of calls is measured."""

import statistics
import time

import numpy as np


def seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def agreed(name, builders, steps=5):
    """Raise AssertionError unless the first losses of all libraries are the same: else nothing can be compared."""
    losses = {}
    for library, build in builders.items():
        call = build()
        losses[library] = [call() for _ in range(steps)]
    for library, found in losses.items():
        np.testing.assert_allclose(
            found, losses["minigrad"], rtol=1e-5, err_msg=f"{name}: the losses of {library} beside those of minigrad"
        )


def interleaved(builders, rounds, stretch):
    """For each of the builders by name, times of its calls in seconds: a stretch of one, then of the next, every round.

    The time of a stretch is the median of its calls: other programs, which now and then take the core away, then do no
    harm to calls shorter than their turns. Before a stretch comes a pause, in which the threads of the last one stop
    waiting for work on cores that the next one needs, and half a stretch that is not timed, to wake its own.

    A stretch builds its call, so that training begins anew, and all libraries are measured in the same steps of it:
    after some hundred, averages of Adam that nothing adds to have become numbers below 1e-38, with which a processor
    takes many times as long.
    """
    repeats = {}
    for name, build in builders.items():
        call = build()
        repeats[name] = max(1, round(stretch / min(seconds(call) for _ in range(3))))
    times = {name: [] for name in builders}
    for _ in range(rounds):
        for name, build in builders.items():
            call = build()
            time.sleep(0.05)
            for _ in range(max(2, repeats[name] // 2)):
                call()
            times[name].append(statistics.median(seconds(call) for _ in range(repeats[name])))
    return times


def ratios(times, name, other):
    """The quartiles of the ratios, round by round: (first, median, third)."""
    return statistics.quantiles([a / b for a, b in zip(times[name], times[other], strict=True)], n=4)
