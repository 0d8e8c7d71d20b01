"""Policy gradient: discounted returns to go, the slope of the surrogate, a baseline of the others.

Belongs to lesson 27, "What if nobody knows the best action?".

All arrays stay as they are. The parts do not use each other.
"""

import numpy as np


# %% Part A (2 points)
def returns_to_go(rewards, gamma):
    """The discounted return to go of each step, of the shape of rewards: (steps, games).

    A step's own reward counts fully, a reward that is paid k steps later times gamma^k; gamma is
    between 0 and 1, both included (0.0**0 is 1). Rewards before the step do not count. There is at
    least one step.
    """
    # BEGIN SOLUTION A: return the array of the discounted returns to go
    found = np.zeros(rewards.shape)
    left = 0
    for t in range(len(rewards) - 1, -1, -1):
        left = rewards[t] + gamma * left
        found[t] = left
    return found
    # END SOLUTION


# %% Part B (2 points)
def surrogate_gradient(z, actions, advantages):
    """The gradient of the mean surrogate for the logits, of the shape of z: (n, K).

    z has a row of K logits for each of n actions, the policy is their softmax, and actions (n,) are
    integers from 0 to K - 1. The surrogate of one action is -A ln p(action), with its advantage A,
    a constant, in advantages (n,). The loss is its mean over the n, to be minimized. No logit is
    above 100 in size.
    """
    # BEGIN SOLUTION B: return the gradient of the loss, with the right sign
    p = np.exp(z)
    p = p / p.sum(axis=1, keepdims=True)
    y = np.eye(z.shape[1])[actions]
    return advantages[:, None] * (p - y) / len(z)
    # END SOLUTION


# %% Part C (2 points)
def leave_one_out(returns):
    """The advantages of n games, of the shape of returns: (n,), n at least 2.

    The baseline of a game is the mean return of the n - 1 other games, so it does not depend on the
    game's own actions. The advantage is the return minus this baseline.
    """
    # BEGIN SOLUTION C: return the advantages; no game is in its own baseline
    others = (returns.sum() - returns) / (len(returns) - 1)
    return returns - others
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import Wrong, answer, check, compare, taken  # noqa: E402

HINTS = {
    "A": [
        "The lesson sums the rewards from each step to the end by a cumulative sum of the reversed "
        "array. With gamma, how does the return to go of a step follow from that of the next step?",
        "Go from the last step to the first. What is left after the last step is 0, and in front "
        "of it: this step's reward plus gamma times what is left after it.",
        "left = 0\nfor t in range(len(rewards) - 1, -1, -1):\n"
        "    left = ... + gamma * ...\n    found[t] = left",
    ],
    "B": [
        "What is the gradient of -ln p(action) for a row of logits (lesson 05)? The advantage is a "
        "constant factor of this row, and the loss is a mean over n rows.",
        "For -ln p it is p - y, where y is one-hot at the action. The lesson's u is y - p: it "
        "goes uphill, and here the loss is to be minimized. advantages[:, None] has a row for "
        "each action.",
        "y = np.eye(z.shape[1])[...]\nreturn advantages[:, None] * (... - ...) / len(z)",
    ],
    "C": [
        "The mean of the others has n - 1 terms. What is the sum of the others, if the sum of all "
        "n is known?",
        "The sum of the others is the sum of all minus the own return; one array operation gives "
        "this for all games.",
        "others = (returns.sum() - ...) / (len(returns) - ...)\nreturn returns - others",
    ],
}
_GO = "found = np.zeros(rewards.shape)\nleft = 0\n"
_BACK = "for t in range(len(rewards) - 1, -1, -1):\n"
_P = "p = np.exp(z)\np = p / p.sum(axis=1, keepdims=True)\n"
_Y = "y = np.eye(z.shape[1])[actions]\n"
_POWERS = "powers = gamma ** np.arange(len(rewards))[:, None]\n"
RIGHT = {
    "matrix_of_powers": (
        "A",
        "step = np.arange(len(rewards))\n"
        "return np.tril(gamma ** np.abs(step[:, None] - step)).T @ rewards",
    ),
    "game_by_game": (
        "A",
        "games = []\n"
        "for game in rewards.T.tolist():\n"
        "    totals = []\n"
        "    for reward in game[::-1]:\n"
        "        totals.insert(0, reward + gamma * (totals[0] if totals else 0))\n"
        "    games.append(totals)\n"
        "return np.transpose(games)",
    ),
    "recursion": (
        "A",
        "if len(rewards) == 1:\n"
        "    return np.array(rewards, dtype=float)\n"
        "rest = returns_to_go(rewards[1:], gamma)\n"
        "return np.concatenate([rewards[:1] + gamma * rest[:1], rest])",
    ),
    "double_sum": (
        "A",
        "T = len(rewards)\n"
        "return [[sum(gamma**k * row[t + k] for k in range(T - t)) for row in rewards.T] for t in "
        "range(T)]",
    ),
    "shifted_sums": (
        "A",
        "total, weight = np.zeros(rewards.shape), 1.0\n"
        "for later in range(len(rewards)):\n"
        "    total[: len(rewards) - later] += weight * rewards[later:]\n"
        "    weight *= gamma\n"
        "return total",
    ),
    "row_by_row": (
        "B",
        "gradient = []\n"
        "for logits, action, advantage in zip(z, actions, advantages):\n"
        "    e = [float(np.exp(logit)) for logit in logits]\n"
        "    row = [advantage * share / sum(e) / len(z) for share in e]\n"
        "    row[action] -= advantage / len(z)\n"
        "    gradient.append(row)\n"
        "return gradient",
    ),
    "safe_softmax": (
        "B",
        "log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)\n"
        "gradient = np.exp(log_p)\n"
        "gradient[np.arange(len(z)), actions] -= 1\n"
        'return np.einsum("n,nk->nk", advantages / len(z), gradient)',
    ),
    "back_propagation": (
        "B",
        "import minigrad as mg\n"
        "from minigrad.nn import functional as F\n"
        "t = mg.tensor(z, requires_grad=True)\n"
        "taken = F.log_softmax(t, 1)[mg.tensor(np.arange(len(z))), mg.tensor(actions)]\n"
        "(-(mg.tensor(advantages) * taken).mean()).backward()\n"
        "return t.grad.numpy()",
    ),
    "compared_classes": (
        "B",
        "y = actions.reshape(-1, 1) == np.arange(z.shape[1])\n"
        "e = np.exp(z - z.max(axis=-1, keepdims=True))\n"
        "return np.diag(advantages) @ (e / e.sum(axis=-1, keepdims=True) - y) / z.shape[0]",
    ),
    "deleted": (
        "C",
        "return [value - np.delete(returns, i).mean() for i, value in enumerate(returns)]",
    ),
    "scaled_deviation": (
        "C",
        "n = returns.size\nreturn n / (n - 1) * (returns - np.mean(returns))",
    ),
    "slices": (
        "C",
        "advantages = []\n"
        "for i in range(len(returns)):\n"
        "    others = list(returns[:i]) + list(returns[i + 1 :])\n"
        "    advantages.append(float(returns[i]) - sum(others) / len(others))\n"
        "return tuple(advantages)",
    ),
    "a_matrix": (
        "C",
        "n = len(returns)\n"
        "baseline = (np.ones((n, n)) - np.eye(n)) @ returns / (n - 1)\n"
        "return np.subtract(returns, baseline).astype(np.longdouble)",
    ),
}
WRONG = {
    "no_discount": ("A", "return rewards[::-1].cumsum(axis=0)[::-1]", "gamma is not used"),
    "past": ("A", "return rewards.cumsum(axis=0)", "up to the step"),
    "whole": (
        "A",
        _POWERS + "return np.tile((powers * rewards).sum(axis=0), (len(rewards), 1))",
        "return of the whole game",
    ),
    "from_start": (
        "A",
        _POWERS + "return (powers * rewards)[::-1].cumsum(axis=0)[::-1]",
        "from the first step",
    ),
    "whole_sum": (
        "A",
        _POWERS + "return powers * rewards[::-1].cumsum(axis=0)[::-1]",
        "its own power",
    ),
    "not_turned_back": (
        "A",
        "found = np.zeros(rewards.shape)\nleft = 0\nfor t in range(len(rewards)):\n"
        "    left = rewards[len(rewards) - 1 - t] + gamma * left\n    found[t] = left\n"
        "return found",
        "reversed",
    ),
    "discounts_own": (
        "A",
        _GO + _BACK + "    left = gamma * (rewards[t] + left)\n    found[t] = left\nreturn found",
        "own reward",
    ),
    "discounted_past": (
        "A",
        _GO + "for t in range(len(rewards)):\n    left = rewards[t] + gamma * left\n"
        "    found[t] = left\nreturn found",
        "past rewards",
    ),
    "without_own": (
        "A",
        _GO + _BACK + "    found[t] = gamma * left\n    left = rewards[t] + gamma * left\n"
        "return found",
        "own reward",
    ),
    "running_mean": (
        "A",
        _GO + _BACK + "    left = (1 - gamma) * rewards[t] + gamma * left\n    found[t] = left\n"
        "return found",
        "running mean",
    ),
    "only_rewards": ("A", "return 1.0 * rewards", "only the own"),
    "uphill": ("B", _P + _Y + "return advantages[:, None] * (y - p) / len(z)", "uphill"),
    "sum": ("B", _P + _Y + "return advantages[:, None] * (p - y)", "sum over"),
    "no_advantage": ("B", _P + _Y + "return (p - y) / len(z)", "imitation"),
    "no_p": ("B", _P + _Y + "return -advantages[:, None] * y / len(z)", "p is missing"),
    "of_p": (
        "B",
        _P + _Y + "return -advantages[:, None] * y / p / len(z)",
        "for the probabilities",
    ),
    "logits_for_p": ("B", _Y + "return advantages[:, None] * (z - y) / len(z)", "logits stand"),
    "other_axis": (
        "B",
        "p = np.exp(z)\np = p / p.sum(axis=0)\n"
        + _Y
        + "return advantages[:, None] * (p - y) / len(z)",
        "over each row",
    ),
    "not_normalized": (
        "B",
        "p = np.exp(z)\n" + _Y + "return advantages[:, None] * (p - y) / len(z)",
        "add up to 1",
    ),
    "only_taken": (
        "B",
        _P + _Y + "return advantages[:, None] * (p - y) * y / len(z)",
        "other logits",
    ),
    "by_classes": (
        "B",
        _P + _Y + "return advantages[:, None] * (p - y) / z.size",
        "number of rows",
    ),
    "squared": (
        "B",
        _P + _Y + "return advantages[:, None] ** 2 * (p - y) / len(z)",
        "squared",
    ),
    "mean_advantage": (
        "B",
        _P + _Y + "return advantages.mean() * (p - y) / len(z)",
        "own advantage",
    ),
    "with_own": ("C", "return returns - returns.mean()", "own return is in"),
    "no_baseline": ("C", "return 1.0 * returns", "nothing is subtracted"),
    "baseline_itself": (
        "C",
        "return (returns.sum() - returns) / (len(returns) - 1)",
        "baseline itself",
    ),
    "sign": (
        "C",
        "return (returns.sum() - returns) / (len(returns) - 1) - returns",
        "sign",
    ),
    "by_n": ("C", "return returns - (returns.sum() - returns) / len(returns)", "n - 1 others"),
    "sum_of_others": ("C", "return returns - (returns.sum() - returns)", "not their mean"),
    "own_sum": (
        "C",
        "return returns - returns.sum() / (len(returns) - 1)",
        "still in the sum",
    ),
    "standardized": ("C", "return (returns - returns.mean()) / returns.std()", "deviation"),
    "before": (
        "C",
        "return returns - (returns.cumsum() - returns) / (len(returns) - 1)",
        "all other games",
    ),
    "divided_back": (
        "A",
        "powers = gamma ** np.arange(len(rewards))[:, None]\n"
        "return (powers * rewards)[::-1].cumsum(axis=0)[::-1] / powers",
        "0 / 0",
    ),
    "of_the_rewards_type": (
        "A",
        "found = np.zeros_like(rewards)\n"
        "left = 0\n"
        "for t in range(len(rewards) - 1, -1, -1):\n"
        "    left = rewards[t] + gamma * left\n"
        "    found[t] = left\n"
        "return found",
        "cut off",
    ),
    "games_together": (
        "A",
        "found = np.zeros(rewards.shape)\n"
        "left = 0\n"
        "for t in range(len(rewards) - 1, -1, -1):\n"
        "    left = rewards[t].sum() + gamma * left\n"
        "    found[t] = left\n"
        "return found",
        "each game",
    ),
    "along_the_games": (
        "A",
        "found = np.zeros(rewards.shape)\n"
        "left = 0\n"
        "for t in range(rewards.shape[1] - 1, -1, -1):\n"
        "    left = rewards[:, t] + gamma * left\n"
        "    found[:, t] = left\n"
        "return found",
        "along the games",
    ),
    "next_only": (
        "A",
        "found = rewards.copy()\nfound[:-1] += gamma * rewards[1:]\nreturn found",
        "next step's reward only",
    ),
    "without_the_first": (
        "A",
        "found = np.zeros(rewards.shape)\n"
        "left = 0\n"
        "for t in range(len(rewards) - 1, 0, -1):\n"
        "    left = rewards[t] + gamma * left\n"
        "    found[t] = left\n"
        "return found",
        "first step is left out",
    ),
    "last_twice": (
        "A",
        "found = np.zeros(rewards.shape)\n"
        "left = rewards[-1]\n"
        "for t in range(len(rewards) - 1, -1, -1):\n"
        "    left = rewards[t] + gamma * left\n"
        "    found[t] = left\n"
        "return found",
        "after the last step",
    ),
    "actions_that_came": (
        "B",
        "p = np.exp(z)\n"
        "p = p / p.sum(axis=1, keepdims=True)\n"
        "y = np.eye(actions.max() + 1)[actions]\n"
        "return advantages[:, None] * (p - y) / len(z)",
        "could not be broadcast",
    ),
    "centred": (
        "B",
        "p = np.exp(z)\n"
        "p = p / p.sum(axis=1, keepdims=True)\n"
        "y = np.eye(z.shape[1])[actions]\n"
        "A = advantages - advantages.mean()\n"
        "return A[:, None] * (p - y) / len(z)",
        "their mean",
    ),
    "sizes_of_advantages": (
        "B",
        "p = np.exp(z)\n"
        "p = p / p.sum(axis=1, keepdims=True)\n"
        "y = np.eye(z.shape[1])[actions]\n"
        "return abs(advantages)[:, None] * (p - y) / len(z)",
        "below 0",
    ),
    "good_ones_only": (
        "B",
        "p = np.exp(z)\n"
        "p = p / p.sum(axis=1, keepdims=True)\n"
        "y = np.eye(z.shape[1])[actions]\n"
        "return np.maximum(advantages, 0)[:, None] * (p - y) / len(z)",
        "below 0",
    ),
    "over_all_logits": (
        "B",
        "p = np.exp(z)\n"
        "p = p / p.sum()\n"
        "y = np.eye(z.shape[1])[actions]\n"
        "return advantages[:, None] * (p - y) / len(z)",
        "over each row",
    ),
    "clipped": (
        "B",
        "p = np.exp(np.clip(z, -10, 10))\n"
        "p = p / p.sum(axis=1, keepdims=True)\n"
        "y = np.eye(z.shape[1])[actions]\n"
        "return advantages[:, None] * (p - y) / len(z)",
        "up to 100",
    ),
    "weighted_mean": (
        "B",
        "p = np.exp(z)\n"
        "p = p / p.sum(axis=1, keepdims=True)\n"
        "y = np.eye(z.shape[1])[actions]\n"
        "return advantages[:, None] * (p - y) / advantages.sum()",
        "sum of the advantages",
    ),
    "all_rows_at_once": (
        "B",
        "p = np.exp(z)\n"
        "p = p / p.sum(axis=1, keepdims=True)\n"
        "p[:, actions] -= 1\n"
        "return advantages[:, None] * p / len(z)",
        "in each row",
    ),
    "other_values": (
        "C",
        "return np.array([r - returns[returns != r].mean() for r in returns])",
        "equal return",
    ),
    "set_of_others": (
        "C",
        "values = returns.tolist()\n"
        "return np.array([r - np.mean(list(set(values) - {r})) for r in values])",
        "equal return",
    ),
    "median": (
        "C",
        "return returns - np.median(returns)",
        "median",
    ),
    "neighbour": (
        "C",
        "return returns - np.roll(returns, 1)",
        "neighbour",
    ),
    "at_least_two_others": (
        "C",
        "return returns - (returns.sum() - returns) / max(len(returns) - 1, 2)",
        "two games",
    ),
    "one_after_the_other": (
        "C",
        "found = returns.copy()\n"
        "for i in range(len(found)):\n"
        "    found[i] -= np.delete(found, i).mean()\n"
        "return found",
        "already replaced",
    ),
}


def _to_go(rewards, gamma):
    steps = np.arange(len(rewards))
    later = steps[None] - steps[:, None]  # (step, step paid)
    return np.where(later >= 0, gamma ** np.maximum(later, 0), 0.0) @ rewards


@answer
def to_go(rewards, gamma):
    """The returns to go, and what they are by mistake."""
    right = _to_go(rewards, gamma)
    powers = gamma ** np.arange(len(rewards))[:, None]
    back, after = rewards[::-1], np.concatenate([rewards[1:], 0 * rewards[:1]])
    return right, {
        "no_discount": ("gamma is not used", _to_go(rewards, 1.0)),
        "past": (
            "these are the sums up to the step: the rewards from it on count",
            rewards.cumsum(axis=0),
        ),
        "whole": (
            "this is the return of the whole game at each step",
            np.tile(right[0], (len(rewards), 1)),
        ),
        "from_start": (
            "this discounts from the first step of the game: begin anew at each step",
            powers * right,
        ),
        "whole_sum": (
            "this discounts the whole sum by its step: each reward has its own power",
            powers * _to_go(rewards, 1.0),
        ),
        "not_turned_back": (
            "these are the right numbers in reversed order: step 0 comes first",
            right[::-1],
        ),
        "own_discounted": ("the own reward counts fully, without gamma", gamma * right),
        "past_discounted": (
            "these are the past rewards, discounted: those to come count",
            _to_go(back, gamma)[::-1],
        ),
        "own_missing": ("the step's own reward is missing", right - rewards),
        "running_mean": (
            "this is a running mean: the reward has the factor 1, not 1 - gamma",
            (1 - gamma) * right,
        ),
        "only_own": ("this is only the own reward of each step", rewards),
        "next_only": (
            "this has the next step's reward only: all later ones count",
            rewards + gamma * after,
        ),
        "together": (
            "the games are added up: each game has its own returns",
            np.broadcast_to(right.sum(axis=1, keepdims=True), right.shape),
        ),
        "games": (
            "this goes along the games: the steps are the rows",
            _to_go(rewards.T, gamma).T,
        ),
        "first": ("the first step is left out", np.concatenate([0 * right[:1], right[1:]])),
        "twice": (
            "what is left after the last step is 0: here its reward counts twice",
            right + gamma ** np.arange(len(rewards), 0, -1)[:, None] * rewards[-1],
        ),
        "whole_numbers": (
            "an array of whole numbers has no room for a part: it is cut off",
            np.trunc(right),
        ),
    }


@check("A", points=2)
def discounted_returns_to_go(m, rng):
    rewards, gamma = rng.uniform(1, 5, (4, 3)), 0.7
    right, mistakes = to_go(rewards, gamma)
    compare("returns_to_go(rewards, 0.7)", m.returns_to_go(rewards, gamma), right, **mistakes)
    paid = np.array([[0, 1], [0, 3], [5, 2]])
    right, mistakes = to_go(paid, 0.5)
    compare(f"returns_to_go({paid.tolist()}, 0.5)", m.returns_to_go(paid, 0.5), right, **mistakes)
    got = taken(m.returns_to_go(rewards, 0.0))
    if np.shape(got) == rewards.shape and np.isnan(got).any():
        raise Wrong("0 / 0: do not divide by a power of gamma", "returns_to_go(rewards, 0.0)")
    compare("returns_to_go(rewards, 0.0)", got, rewards)


@check("A", points=1, hidden=True)
def returns_without_and_with_full_discount(m, rng):
    rewards = rng.uniform(1, 5, (6, 2))
    later = rewards[::-1].cumsum(axis=0)[::-1]
    compare("returns_to_go(rewards, 1.0)", m.returns_to_go(rewards, 1.0), later)
    compare("returns_to_go(rewards, 0.0)", m.returns_to_go(rewards, 0.0), rewards)
    compare("one step", m.returns_to_go(rewards[:1], 0.5), rewards[:1])


def batch(rng, n, K, size=2.0):
    """Logits, actions, advantages."""
    z = rng.uniform(-size, size, (n, K))
    actions = rng.integers(0, K, n)
    actions[:2] = [0, K - 1]
    return z, actions, rng.uniform(0.5, 2, n) * np.where(np.arange(n) % 2, -1, 1)


@answer
def surrogates(z, actions, advantages):
    """The gradient, and what it is by mistake."""
    A, e, y, n = advantages[:, None] / len(z), np.exp(z), np.eye(z.shape[1])[actions], len(z)
    p = e / e.sum(axis=1, keepdims=True)
    right, each = A * (p - y), p.copy()
    each[:, actions] -= 1
    below = "an advantage below 0 counts as it is: such an action must become rarer"
    return right, {
        "uphill": ("this goes uphill in the loss: minimize, so the sign is turned", -right),
        "sum": ("this is the gradient of the sum over the actions: divide by n", right * n),
        "no_advantage": (
            "without the advantages this is imitation of the own actions",
            (p - y) / n,
        ),
        "no_p": ("p is missing: the softmax has a slope for each logit of the row", -A * y),
        "of_p": ("this is the gradient for the probabilities, not for the logits", -A * y / p),
        "logits_for_p": ("the logits stand where their softmax belongs", A * (z - y)),
        "other_axis": (
            "the softmax goes over each row, not over the columns",
            A * (e / e.sum(axis=0) - y),
        ),
        "over_all": (
            "the softmax goes over each row, not over all logits",
            A * (e / e.sum() - y),
        ),
        "not_normalized": ("the probabilities of a row must add up to 1", A * (e - y)),
        "only_taken": ("the other logits of a row have a slope, too: p", right * y),
        "each_row": (
            "1 is subtracted at all actions in each row: each row has its own action",
            A * each,
        ),
        "by_classes": (
            "the mean is over the n actions: divide by the number of rows only",
            right / z.shape[1],
        ),
        "by_sum": (
            "this divides by the sum of the advantages: divide by n",
            right * n / advantages.sum(),
        ),
        "squared": ("the advantages are squared", advantages[:, None] * right),
        "mean_advantage": (
            "each row has its own advantage, not the mean of all",
            advantages.mean() * (p - y) / n,
        ),
        "centred": (
            "the advantages are given: do not subtract their mean",
            (advantages - advantages.mean())[:, None] * (p - y) / n,
        ),
        "sizes": (below, abs(A) * (p - y)),
        "good": (below, np.maximum(A, 0) * (p - y)),
        "clipped": (
            "logits are clipped: they are up to 100 in size, and exp(100) is no problem",
            A * (softmax(np.clip(z, -10, 10)) - y),
        ),
    }


def softmax(z):
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


@check("B", points=2)
def gradient_of_the_mean_surrogate(m, rng):
    z, actions, advantages = batch(rng, 5, 3)
    right, mistakes = surrogates(z, actions, advantages)
    got = m.surrogate_gradient(z, actions, advantages)
    compare("surrogate_gradient(z, actions, advantages)", got, right, **mistakes)
    z, actions = rng.uniform(-100, 100, (4, 6)), np.array([0, 2, 2, 3])  # 4 and 5 did not come
    right, mistakes = surrogates(z, actions, advantages[:4])
    got = m.surrogate_gradient(z, actions, advantages[:4])
    compare("surrogate_gradient for logits up to 100", got, right, **mistakes)


@check("B", points=1, hidden=True)
def gradient_of_more_actions_than_rows(m, rng):
    given = batch(rng, 2, 6)
    got = m.surrogate_gradient(*given)
    compare("surrogate_gradient(z, actions, advantages)", got, surrogates(*given)[0])


@answer
def against_others(returns):
    """The advantages, and what they are by mistake."""
    total, n = returns.sum(), len(returns)
    others = (total - returns) / (n - 1)
    right, replaced = returns - others, returns.copy()
    for i in range(n):
        replaced[i] -= np.delete(replaced, i).mean()
    different = np.array([r - returns[returns != r].mean() for r in returns])
    kinds = np.array([r - np.mean([x for x in set(returns.tolist()) if x != r]) for r in returns])
    equal = "other games of an equal return are others, too, and each of them counts"
    return right, {
        "with_own": (
            "the own return is in its own baseline: leave it out",
            returns - returns.mean(),
        ),
        "no_baseline": ("nothing is subtracted from the returns", returns),
        "baseline": ("this is the baseline itself: subtract it from the returns", others),
        "sign": ("the sign is turned: the return comes first", -right),
        "by_n": ("the mean of the n - 1 others is over n - 1", returns - (total - returns) / n),
        "sum_of_others": (
            "this subtracts the sum of the others, not their mean",
            returns - (total - returns),
        ),
        "own_sum": (
            "the own return is still in the sum: take it out before the division",
            returns - total / (n - 1),
        ),
        "standardized": (
            "this divides by the standard deviation, and the own return is in the mean",
            (returns - returns.mean()) / returns.std(),
        ),
        "before": (
            "these are the games before it only: all other games count",
            returns - (returns.cumsum() - returns) / (n - 1),
        ),
        "median": (
            "this subtracts the median of all: take the mean of the others",
            returns - np.median(returns),
        ),
        "neighbour": (
            "this subtracts the neighbour's return: take the mean of all others",
            returns - np.roll(returns, 1),
        ),
        "replaced": (
            "the games before are already replaced by their advantages: keep the returns",
            replaced,
        ),
        "different": (equal, different),
        "kinds": (equal, kinds),
    }


@check("C", points=2)
def advantages_against_the_others(m, rng):
    returns = rng.uniform(1, 5, 5)
    right, mistakes = against_others(returns)
    compare("leave_one_out(returns)", m.leave_one_out(returns), right, **mistakes)
    returns = np.array([3.0, 7.0, 3.0, 8.0])
    right, mistakes = against_others(returns)
    compare("leave_one_out([3, 7, 3, 8])", m.leave_one_out(returns), right, **mistakes)
    two = ("of two games, each has one other: n - 1 is 1", np.array([1.0, 4.0]))
    got = m.leave_one_out(np.array([4.0, 6.0]))
    compare("leave_one_out([4, 6])", got, np.array([-2.0, 2.0]), two=two)


@check("C", points=1, hidden=True)
def advantages_of_two_games(m, rng):
    compare("leave_one_out([3, 7])", m.leave_one_out(np.array([3.0, 7.0])), np.array([-4.0, 4.0]))
    returns = rng.integers(0, 3, 9) * 1.0
    got = m.leave_one_out(returns)
    compare("leave_one_out(returns) with equal ones", got, against_others(returns)[0])
