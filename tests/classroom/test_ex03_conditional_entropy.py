"""Exercise 03: right answers of another kind pass."""

import pytest

from minigrad.classroom.master import FOLDER, Master
from tests.classroom.answers import complaints

MASTER = Master(FOLDER / "ex03_conditional_entropy.py")
RIGHT = {
    "one number a pair": {
        "A": "K, C = shape\n"
        "return np.bincount(C * y + x, minlength=K * C).reshape(shape) / len(y)",
        "B": "def H(p):\n    p = p[p > 0]\n    return -np.sum(p * np.log(p))\n"
        "return H(joint) - H(joint.sum(axis=1))",
        "C": "rng = np.random.default_rng(seed)\n"
        "total = 0.0\n"
        "for _ in range(shuffles):\n"
        "    total += gain(joint_table(rng.permutation(y), x, shape))\n"
        "return gain(joint_table(y, x, shape)) - total / shuffles",
    },
    "rows that come": {
        "A": "counts = np.zeros(shape)\nnp.add.at(counts, (y, x), 1 / len(y))\nreturn counts",
        "B": "total = 0.0\n"
        "for row in joint:\n"
        "    share = row.sum()\n"
        "    for p in row[row > 0]:\n"
        "        total -= p * np.log(p / share)\n"
        "return total",
        "C": "rng = np.random.default_rng(seed)\n"
        "orders = [rng.permutation(y) for _ in range(shuffles)]\n"
        "left = [conditional_entropy(joint_table(order, x, shape)) for order in orders]\n"
        "return np.mean(left) - conditional_entropy(joint_table(y, x, shape))",
    },
    "nan_to_num and float32": {
        "A": "return np.array([[np.mean((y == k) & (x == c)) for c in range(shape[1])]\n"
        "                 for k in range(shape[0])]).astype(np.float32)",
        "B": "with np.errstate(all='ignore'):\n"
        "    rows = joint / joint.sum(axis=1, keepdims=True)\n"
        "    return -np.nansum(joint * np.nan_to_num(np.log(rows), neginf=0.0))",
        "C": "rng = np.random.default_rng(seed)\n"
        "own = gain(joint_table(y, x, shape))\n"
        "return np.mean([own - gain(joint_table(rng.permutation(y), x, shape))\n"
        "                for _ in range(shuffles)])",
    },
}


@pytest.mark.parametrize("kind", RIGHT)
@pytest.mark.parametrize("seed", range(3))
def test_another_right_answer_passes(kind, seed):
    assert complaints(MASTER, RIGHT[kind], seed=seed) == []
