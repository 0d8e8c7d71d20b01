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
from minigrad.classroom.checks import check, compare  # noqa: E402

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
        "p = np.exp(z)\np = p / p.sum(axis=0)\n" + _Y
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
}


def _to_go(rewards, gamma):
    steps = np.arange(len(rewards))
    later = steps[None] - steps[:, None]  # (step, step paid)
    return np.where(later >= 0, gamma ** np.maximum(later, 0), 0.0) @ rewards


def _mistakes_to_go(rewards, gamma):
    right = _to_go(rewards, gamma)
    powers = gamma ** np.arange(len(rewards))[:, None]
    back = rewards[::-1]
    return {
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
    }


@check("A", points=2)
def discounted_returns_to_go(m, rng):
    rewards, gamma = rng.uniform(1, 5, (4, 3)), 0.7
    got = m.returns_to_go(rewards, gamma)
    mistakes = _mistakes_to_go(rewards, gamma)
    compare("returns_to_go(rewards, 0.7)", got, _to_go(rewards, gamma), **mistakes)


@check("A", points=1, hidden=True)
def returns_without_and_with_full_discount(m, rng):
    rewards = rng.uniform(1, 5, (6, 2))
    later = rewards[::-1].cumsum(axis=0)[::-1]
    compare("returns_to_go(rewards, 1.0)", m.returns_to_go(rewards, 1.0), later)
    compare("returns_to_go(rewards, 0.0)", m.returns_to_go(rewards, 0.0), rewards)
    compare("one step", m.returns_to_go(rewards[:1], 0.5), rewards[:1])


def _surrogate(rng, n=5, K=3):
    z = rng.uniform(-2, 2, (n, K))
    actions = rng.integers(0, K, n)
    actions[:2] = [0, K - 1]
    advantages = rng.uniform(0.5, 2, n) * np.where(np.arange(n) % 2, -1, 1)
    e = np.exp(z)
    return z, actions, advantages, e / e.sum(axis=1, keepdims=True), np.eye(K)[actions]


@check("B", points=2)
def gradient_of_the_mean_surrogate(m, rng):
    z, actions, advantages, p, y = _surrogate(rng)
    A = advantages[:, None] / len(z)
    e = np.exp(z)
    right = A * (p - y)
    mistakes = {
        "uphill": ("this goes uphill in the loss: minimize, so the sign is turned", -right),
        "sum": ("this is the gradient of the sum over the actions: divide by n", right * len(z)),
        "no_advantage": (
            "without the advantages this is imitation of the own actions",
            (p - y) / len(z),
        ),
        "no_p": ("p is missing: the softmax has a slope for each logit of the row", -A * y),
        "of_p": ("this is the gradient for the probabilities, not for the logits", -A * y / p),
        "logits_for_p": ("the logits stand where their softmax belongs", A * (z - y)),
        "other_axis": (
            "the softmax goes over each row, not over the columns",
            A * (e / e.sum(axis=0) - y),
        ),
        "not_normalized": ("the probabilities of a row must add up to 1", A * (e - y)),
        "only_taken": ("the other logits of a row have a slope, too: p", right * y),
        "by_classes": (
            "the mean is over the n actions: divide by the number of rows only",
            right / z.shape[1],
        ),
        "squared": ("the advantages are squared", advantages[:, None] * right),
        "mean_advantage": (
            "each row has its own advantage, not the mean of all",
            advantages.mean() * (p - y) / len(z),
        ),
    }
    got = m.surrogate_gradient(z, actions, advantages)
    compare("surrogate_gradient(z, actions, advantages)", got, right, **mistakes)


@check("B", points=1, hidden=True)
def gradient_of_more_actions_than_rows(m, rng):
    z, actions, advantages, p, y = _surrogate(rng, n=2, K=6)
    right = advantages[:, None] * (p - y) / 2
    got = m.surrogate_gradient(z, actions, advantages)
    compare("surrogate_gradient(z, actions, advantages)", got, right)


@check("C", points=2)
def advantages_against_the_others(m, rng):
    returns = rng.uniform(1, 5, 5)
    total, n = returns.sum(), 5
    others = (total - returns) / (n - 1)
    right = returns - others
    mistakes = {
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
    }
    compare("leave_one_out(returns)", m.leave_one_out(returns), right, **mistakes)


@check("C", points=1, hidden=True)
def advantages_of_two_games(m, rng):
    compare("leave_one_out([3, 7])", m.leave_one_out(np.array([3.0, 7.0])), np.array([-4.0, 4.0]))
