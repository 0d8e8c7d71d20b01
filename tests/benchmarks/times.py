"""The time of each step beside the other libraries, as a table in Markdown."""

import statistics

from . import table
from .libraries import NAMES, builder_of, limited, there
from .measure import agreed, interleaved, ratios


def main(steps, threads=None, rounds=15, stretch=0.06):
    """Print a row for each of the steps by name; return {name: {library: quartiles of minigrad's ratio to it}}."""
    libraries = [name for name in NAMES if name in {"hand", *there()}]
    others = [name for name in ("PyTorch", "JAX", "hand") if name in libraries]
    print()
    table.head(["one training step, us", *libraries, *[f"to {name}" for name in others]])
    results = {}
    for name, step in steps.items():
        builders = {library: builder for library in libraries if (builder := builder_of(library, step))}
        agreed(name, builders)
        with limited(1 if step.one_thread else threads):
            times = interleaved(builders, rounds, stretch)
        found = {other: ratios(times, "minigrad", other) for other in others if other in times}
        cells = [f"{1e6 * statistics.median(times[one]):,.0f}" if one in times else "" for one in libraries]
        cells += [table.ratio(found[other][1], step.bars.get(other)) if other in found else "" for other in others]
        table.row([name + " (*)" * step.one_thread, *cells])
        results[name] = found
    conclude(steps, results)
    return results


def conclude(steps, results):
    print("\n(*) with one thread each. A ratio stands beside the highest that is acceptable, its bar; bold: not met.")
    pairs = [(name, other, found) for name, by in results.items() for other, found in by.items()]
    barred = [pair for pair in pairs if pair[1] in steps[pair[0]].bars]
    missed = [(name, other) for name, other, (_, middle, _) in barred if middle > steps[name].bars[other]]
    print(f"{len(barred) - len(missed)} of {len(barred)} bars are met.")
    if pairs:
        widest = max((high / low - 1, name, other) for name, other, (low, _, high) in pairs)
        print("The quartiles of a ratio are at most {:.0%} apart ({}, to {}).".format(*widest))
