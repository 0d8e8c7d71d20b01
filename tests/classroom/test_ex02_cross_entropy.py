"""Exercise 02: right answers of another kind pass, and the course's own answer is minigrad's."""

import types

import numpy as np
import pytest

import minigrad as mg
from minigrad.classroom.checker import check
from minigrad.classroom.master import FOLDER, Master
from minigrad.nn import functional as F
from tests.classroom.answers import complaints

MASTER = Master(FOLDER / "ex02_cross_entropy.py")
RIGHT = {
    "loops": {
        "A": "for row in table:\n"
        "    if not all(x >= 0 for x in row) or not abs(sum(row) - 1) < 1e-6:\n"
        "        raise ValueError('a row is no distribution')",
        "B": "costs = []\n"
        "for a, b in zip(p, q):\n"
        "    brought = [(x, y) for x, y in zip(a, b) if x > 0]\n"
        "    costs.append(sum(-x * np.log(y) if y > 0 else np.inf for x, y in brought))\n"
        "return costs",
        "C": "own = entropy(p)\n"
        "columns = [cross_entropy(p, np.tile(b, (len(p), 1))) - own for b in q]\n"
        "return np.stack(columns, axis=1).tolist()",
    },
    "float32": {
        "A": "s = table.astype(np.float32)\n"
        "if not (np.all(s >= 0) and np.all(np.abs(s.sum(axis=1) - 1) < 1e-6)):\n"
        "    raise ValueError('a row is no distribution')",
        "B": "p, q = p.astype(np.float32), q.astype(np.float32)\n"
        "return np.sum(-p * np.log(np.where(p > 0, q, 1)), axis=-1)",
        "C": "return (cross_entropy(p[:, None], q) - entropy(p)[:, None]).astype(np.float32)",
    },
    "another formula": {
        "A": "table = np.asarray(table)\n"
        "if not (table.min() >= 0 and np.isclose(table.sum(axis=1), 1).all()):\n"
        "    raise ValueError",
        "B": "with np.errstate(all='ignore'):\n"
        "    return np.where(p > 0, -p * np.log(q), 0).sum(axis=-1)",
        "C": "a = p[:, None]\n"
        "with np.errstate(all='ignore'):\n"
        "    return np.where(a > 0, a * np.log(a / q), 0).sum(axis=-1)",
    },
}


@pytest.mark.parametrize("kind", RIGHT)
@pytest.mark.parametrize("seed", range(3))
def test_another_right_answer_passes(kind, seed):
    assert complaints(MASTER, RIGHT[kind], seed=seed) == []


@pytest.mark.parametrize("name", ["p", "q"])
def test_a_table_that_is_not_checked_is_told(name):
    source = MASTER.solution.replace(f"    check_rows({name})\n", "")
    report = check(MASTER, source.encode(), seed=0)
    (told,) = [o.message for o in report.outcomes if o.status != "ok"]
    assert f"check_rows({name}) is not called" in told


def test_the_answer_is_minigrads():
    exercise = types.ModuleType(MASTER.name)
    exec(compile(MASTER.solution, MASTER.filename, "exec"), vars(exercise))
    p, q = np.random.default_rng(0).dirichlet(np.ones(6), size=(2, 4))
    belief = mg.tensor(np.log(q))
    expected = F.cross_entropy(belief, mg.tensor(p), reduction="none").numpy()
    np.testing.assert_allclose(exercise.cross_entropy(p, q), expected, rtol=1e-12)
    expected = F.kl_div(belief, mg.tensor(p), reduction="none").sum(1).numpy()
    np.testing.assert_allclose(np.diag(exercise.kl_table(p, q)), expected, rtol=1e-12)
