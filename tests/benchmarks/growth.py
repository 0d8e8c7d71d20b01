"""How the time of minigrad grows: with the length of a chain, the batch, the number of parameters."""

import numpy as np

import minigrad as mg

from .measure import seconds


def chain(length):
    x = mg.tensor(1.0, requires_grad=True)

    def run():
        y = x
        for _ in range(length):
            y = y * 1.0
        y.backward()

    return run


def classifier(batch, hidden):
    model = mg.nn.Sequential(mg.nn.Linear(64, hidden), mg.nn.ReLU(), mg.nn.Linear(hidden, 10))
    optimizer = mg.optim.Adam(model.parameters())
    images, labels = mg.rand(batch, 64), mg.randint(0, 10, (batch,))

    def step():
        optimizer.zero_grad()
        mg.nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()

    return step


SERIES = {  # what grows, its sizes, and what is called at each
    "length of a chain": ([10**3, 10**4, 10**5], chain),
    "batch": ([1, 8, 64, 512, 4096], lambda batch: classifier(batch, 32)),
    "parameters": ([10**3, 10**4, 10**5, 10**6, 10**7], lambda count: classifier(32, max(1, round(count / 75)))),
}


def main():
    print("\nGrowth of minigrad's time: at each size, and the exponent b of size ** b over the last step")
    for name, (sizes, make) in SERIES.items():
        times = []
        for size in sizes:
            call = make(size)
            call()
            times.append(min(seconds(call) for _ in range(7)))
        exponent = np.log(times[-1] / times[-2]) / np.log(sizes[-1] / sizes[-2])
        points = "  ".join(f"{size}: {1e3 * t:.3g} ms" for size, t in zip(sizes, times, strict=True))
        print(f"{name:18} {points}  b = {exponent:.2f}")
