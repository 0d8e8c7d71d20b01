"""What recording costs over bare NumPy. Run by hand: python -m tests.benchmarks.recording"""

import timeit

import numpy as np

import minigrad as mg

SIZE = (32, 10)
CALLS = 200_000

A, B, W = (np.random.default_rng(i).random((32, 10) if i < 2 else (10, 10), np.float32) for i in range(3))
X, Y, V = (mg.tensor(a, requires_grad=True) for a in (A, B, W))

# Each operation on bare arrays, and the same on tensors that require grad.
OPERATIONS = {
    "x + y": (lambda: A + B, lambda: X + Y),
    "x * y": (lambda: A * B, lambda: X * Y),
    "x / y": (lambda: A / B, lambda: X / Y),
    "x * 0.5": (lambda: A * 0.5, lambda: X * 0.5),
    "-x": (lambda: -A, lambda: -X),
    "exp(x)": (lambda: np.exp(A), lambda: mg.exp(X)),
    "tanh(x)": (lambda: np.tanh(A), lambda: mg.tanh(X)),
    "relu(x)": (lambda: np.maximum(A, 0), lambda: mg.relu(X)),
    "x @ w": (lambda: A @ W, lambda: X @ V),
}


def microseconds(call):
    """The best of several runs: the least disturbed one."""
    return min(timeit.repeat(call, number=CALLS // 10, repeat=10)) / (CALLS // 10) * 1e6


def main():
    print(f"us a call, arrays of {SIZE}, numpy {np.__version__}")
    print(f"{'operation':12}{'numpy':>8}{'minigrad':>10}{'recording':>11}")
    costs = []
    for name, (bare, recorded) in OPERATIONS.items():
        without, with_recording = microseconds(bare), microseconds(recorded)
        costs.append(with_recording - without)
        print(f"{name:12}{without:8.2f}{with_recording:10.2f}{costs[-1]:11.2f}")
    print(f"mean cost of recording: {np.mean(costs):.2f} us an operation (bar: 0.50)")


if __name__ == "__main__":
    main()
