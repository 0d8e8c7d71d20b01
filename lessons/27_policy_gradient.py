r"""
What if nobody knows the best action?
=====================================

A classifier learns from labels: somebody knows the right answer. A player gets points, and nobody
says which move was the right one. Can a softmax learn from points alone? And what has
cross-entropy to do with it?

*You need* lessons 02 (cross-entropy), 05 (softmax, p - y), 07 (the training loop) and 10 (the noise
of a gradient).
*New words*: action, reward, policy, expected return, imitation, REINFORCE, surrogate, baseline,
advantage, state, episode, return to go.
*Runs* about 7 seconds.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, nn, optim
from minigrad.distributions import Categorical

run = lesson.start("27_policy_gradient", epochs=200, lr=0.3)
if run.quick:
    print("quick: too short to show what the text says")
rng = np.random.default_rng(run.seed)

# %%
# The claims
# ----------
# In *reinforcement learning* somebody takes an *action* and gets a *reward*, a number. A *policy*
# gives each action a probability. Two articles say what cross-entropy does there:
#
# 1. *Snippet* (its list of applications): it is used *"to compute how good a policy is"*.
# 2. *Theory* (Q4): let :math:`\pi(a|s)` be the probability of the action a in the state s. We
#    minimize the cross-entropy between it *"and the optimal distribution of actions"*, *"and so
#    learn the optimal policy"*.
#
# Much is right: a policy is a distribution, the aim is the best one, and cross-entropy does occur.
# But sentence 1 needs something to compare the policy with, and sentence 2 needs to know the best
# actions before it learns them. What can be done without?
#
# Finding 1: a policy is as good as its expected return
# -----------------------------------------------------
# Five levers. Lever a pays 1 with the probability :math:`m_a`, and else 0. A policy p pulls lever a
# with the probability :math:`p_a`. Its mean reward, over very many pulls, is its *expected return*
# J. (A *return* is the sum of all rewards of one game. Here a game is one pull.) It takes one line:
#
# .. math:: J = \sum_a p_a \, E[\text{reward} \mid a] = \sum_a p_a \, m_a.
#
# Below, policy B is policy A in reverse. Each is compared by cross-entropy with a reference: with
# the uniform policy, :math:`-\sum_a \frac{1}{5} \ln p_a`, and with the best one, which always pulls
# lever 5: :math:`-\ln p_5`. Guess: does the first see whether A or B is better? The second, C or D?

m = np.array([0.1, 0.3, 0.5, 0.7, 0.9])  # mean reward of each lever
A_to_D = [[0.5, 0.2, 0.1, 0.1, 0.1], [0.1, 0.1, 0.1, 0.2, 0.5]]
A_to_D += [[0.48, 0.01, 0.01, 0.01, 0.49], [0.01, 0.01, 0.01, 0.57, 0.4]]
print("\nFinding 1: cross-entropy (nats) to    uniform   best policy         J")
for name, p in zip("ABCD", np.array(A_to_D), strict=True):
    row = f"{-np.log(p).mean():10.4f} {-np.log(p[4]):12.3f} {p @ m:12.3f}"
    print(f"policy {name} {str(p):28} {row}")

# %%
# A and B have the same cross-entropy to the uniform policy, 1.8421, but J is 0.320 and 0.680. To
# the best policy, C has less cross-entropy than D, 0.713 against 0.916, and yet a smaller J: D
# mostly pulls the second-best lever, and C often the worst. So **sentence 1** is not right for
# these references: J measures a policy, in the unit of the rewards. What is true: with one best
# action the least :math:`-\ln p_5`, 0, belongs to the best policy only. Who knows this action can
# learn it by cross-entropy. That is *imitation*, and the order counts: it is H(best, p). The other
# one, H(p, best), is infinite for every policy that ever pulls another lever (lesson 02).
#
# Finding 2: rewards are enough to estimate the gradient of J
# -----------------------------------------------------------
# Let p be the softmax of five logits z. We want to walk up J, but the player does not know
# :math:`m`. The trick is to write the slope of J as a mean over the player's own pulls. As
# :math:`d \ln p_a = d p_a / p_a`,
#
# .. math::
#
#    \frac{dJ}{dz_k} &= \sum_a m_a \frac{d p_a}{d z_k} \\
#    &= \sum_a p_a \, m_a \frac{d \ln p_a}{d z_k}
#    = E \Bigl[ r \, \frac{d \ln p_a}{d z_k} \Bigr],
#
# with a drawn from p, and its reward r. The last equality: given a, the mean of r is :math:`m_a`.
# Lesson 05 found the gradient of :math:`-\ln p_a` for the logits, p - y, where y is one-hot at a.
# So that of :math:`\ln p_a` is u = y - p. One pull gives the estimate r u: **pull, and make the
# pulled lever more probable, the more it paid**. This is *REINFORCE* (Williams, 1992).
#
# With :math:`m` known, J has an exact slope: in the sum over a of :math:`p_a m_a (y_k - p_k)`, y_k
# is 1 for a = k only, so it is :math:`p_k m_k - p_k J`. Does the mean of many estimates agree?


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def draw(p):
    """A number from 0 to K - 1 for each distribution; p: (..., K)."""
    uniform = rng.random(p.shape[:-1] + (1,))
    return (uniform > p.cumsum(axis=-1)[..., :-1]).sum(axis=-1)


p = np.array(A_to_D[0])
exact = p * (m - p @ m)
a = draw(np.tile(p, (100_000, 1)))  # 100,000 pulls
r = (rng.random(100_000) < m[a]).astype(float)
estimates = r[:, None] * (np.eye(5)[a] - p)  # r u, (100000, 5)
z = mg.tensor(np.log(p), requires_grad=True)  # logits of p
(mg.tensor(r) * Categorical(logits=z).log_prob(mg.tensor(a))).mean().backward()
rows = [exact, estimates.mean(axis=0), z.grad.numpy(), estimates.std(axis=0)]
print("\nFinding 2: slopes of J at policy A, logits 1 to 5; mean of 100,000 estimates")
for name, row in zip(["exact", "mean", "minigrad", "deviation"], rows, strict=True):
    print(f"{name:16}", *[f"{x:9.4f}" for x in row])

# %%
# The mean of the estimates differs from the exact slope by at most 0.0008. This is what chance
# allows: the standard error is a deviation, at most 0.268, over the root of 100,000, so 0.0008. But
# *one* estimate deviates by far more than the slope itself: this gradient is noisy. (minigrad's
# `log_prob` gives :math:`\ln p_a`, and its mean r :math:`\ln p_a` has the same slope.)
#
# **Where cross-entropy does occur.** The estimate is the slope of :math:`r \ln p_a`. So a program
# that minimizes takes :math:`-r \ln p_a` as its loss: the cross-entropy of p with the action
# *taken*, times its reward. This is called a *surrogate*, because only its gradient counts. Its
# value tells nothing: a policy that always pulls the same lever has the surrogate 0, whether J is
# 0.1 or 0.9. With the actions of an expert, and 1 in the place of r, the same program is imitation.
#
# **A learner.** Now 100 players learn, each on its own. `train` plays a few games with the present
# policies and makes one *update*: a step on the mean surrogate of each player. It is written for
# games of several steps and states, which come below. A pull is a game of one step in state 0. So z
# has the shape (players, states, actions), and s, a and r have (steps, players, games). G is what
# is paid from a step on; here simply r. The losses of all players are added up; each has logits of
# its own, so each learns alone. `offset`, `baseline`, `to_go` and state 10 come later. Guess: how
# good does a player become who imitates an expert that always pulls lever 4?

players = np.arange(100)[:, None]


def pull(p, games=10):
    """States (all 0), actions and rewards of ten pulls for each player."""
    s = np.zeros((1, 100, games), dtype=int)
    a = draw(p[players, s])
    return s, a, rng.random(a.shape) < m[a]


def train(play, shape, expert=None, to_go=True, baseline=False, offset=0):
    """Mean returns, (updates + 1, players); first update's noise; last policies."""
    z = nn.Parameter(mg.zeros(100, *shape, dtype=mg.float64))
    optimizer = optim.SGD([z], lr=run.lr)
    b = noise = 0
    seen = []
    for update in range(run.epochs + 1):  # 0 moves nothing: it only fills b
        p = softmax(z.detach().numpy())
        s, a, r = play(p if expert is None else np.tile(expert, (100, 1, 1)))
        G = offset + r[::-1].cumsum(axis=0)[::-1]
        seen.append(G[0].mean(axis=1))
        # if not to_go: the whole return at each step
        G = G if to_go else np.tile(G[0], (len(G), 1, 1))
        # an imitator looks at no reward; nothing counts in state 10: the walk is over
        advantage = (G - b if expert is None else 1.0) * (s < 10)
        logits = z[mg.tensor(players), mg.tensor(s)]
        log_p = Categorical(logits=logits).log_prob(mg.tensor(a))
        optimizer.zero_grad()
        (-(mg.tensor(advantage) * log_p).sum() / s.shape[2]).backward()
        b = G.mean(axis=2, keepdims=True) if baseline else 0
        noise = z.grad.numpy().var(axis=0).sum() if update < 2 else noise
        if update > 0:
            optimizer.step()
    return np.array(seen), noise, softmax(z.detach().numpy())


# %%
# The noise is the trace of the variance of the first update's gradient: the players have the same
# policy there. "Paid" is the mean return of the last update's games; an expert's, if it plays.


def compare(title, play, shape, trials):
    """Train by each trial; judge each player by 1000 new games (quick: 100)."""
    print(f"\n{title:24}  noise     paid   J at the end (deviation)   least")
    curves = {}
    for name, how in trials.items():
        curves[name], noise, p = train(play, shape, **how)
        J = play(p, 5 * run.epochs)[2].sum(axis=0).mean(axis=1)  # (players,)
        row = f"{curves[name][-1].mean():8.2f} {J.mean():14.3f} ({J.std():.3f})"
        print(f"{name:22} {noise:8.3f} {row} {J.min():14.2f}")
    return curves


trials = {f"expert pulls lever {k}": {"expert": np.eye(5)[k - 1]} for k in (5, 4, 1)}
compare("Finding 2: 100 players", pull, (1, 5), {"rewards alone": {}} | trials)

# %%
# **Rewards alone** bring the players to 0.878 of the 0.9 that is possible, and nobody has told them
# which lever is the best. (J at the end is judged by 1000 games, so it has an error of about 0.01.)
# **Imitation** with the right expert comes to 0.893, and without noise: if somebody does know the
# best action, **sentence 2** is a good plan. But an imitator of lever 4 comes to 0.695, near the
# expert's 0.7, and one of lever 1 to 0.106. The cross-entropy is least at the expert's own policy
# (lesson 02), whatever it earns: the imitator never looks at a reward.
#
# Finding 3: a baseline leaves the mean and can take noise away
# -------------------------------------------------------------
# Let each lever pay 10 more, always: 10 or 11. The best policy is the same. But now every pull
# makes its lever more probable, even the worst. Subtract a *baseline* b from the reward: the
# estimate is (r - b) u. What is left, r - b, is the *advantage*. The mean of the estimate does not
# change, if b does not depend on the action:
#
# .. math:: E[b \, u_k] = b \sum_a p_a \frac{d \ln p_a}{d z_k} = b \sum_a \frac{d p_a}{d z_k}
#    = b \, \frac{d}{d z_k} \sum_a p_a = b \, \frac{d}{d z_k} 1 = 0.
#
# The noise does change. Let q be the sum of the squares of u. The trace of the estimate's variance
# (lesson 10) is the mean of :math:`(r - b)^2 q`, minus the sum of the squares of the exact slopes,
# which have no b. Its slope for b is :math:`-2 E[(r - b) \, q]`. This is 0 at
#
# .. math:: b = E[r \, q] \, / \, E[q], \quad \text{the mean reward, weighted by } q.
#
# Guess: at policy A, how does the noise for b = J compare with that for the best b?

q = ((np.eye(5) - p) ** 2).sum(axis=1)  # for each lever, at policy A
print("\nFinding 3: noise (trace of variance) of one estimate at policy A, exact")
print("rewards         b = 0     b = J    best b          J   best b")
for offset in (0, 10):
    J = p @ m + offset
    best = p @ (q * (m + offset)) / (p @ q)
    row = [m * (1 - m) + (m + offset - b) ** 2 for b in (0, J, best)]  # mean (r - b)^2
    cells = "".join(f"{p @ (q * each) - (exact**2).sum():10.3f}" for each in row)
    print(f"{offset:2} or {offset + 1:2}  {cells}   {J:8.2f} {best:8.2f}")

trials = {"r": {}, "r - b": {"baseline": True}, "r + 10": {"offset": 10}}
trials |= {"r + 10 - b": {"baseline": True, "offset": 10}}
curves = compare("Finding 3: 100 players", pull, (1, 5), trials)

# %%
# The +10 makes the noise of one estimate 257 times as large, 74.417 instead of 0.289. 100 players
# end at J = 0.631 on average (J is judged without the 10). Some have settled on a bad lever: the
# worst has 0.09. The noise misleads them. With the +10 and no baseline, but 1000 pulls an update in
# place of 10, the mean is 0.87 to 0.88 for the seeds 1 to 5 (computed beforehand; with 10 pulls:
# 0.59 to 0.65). A baseline does the same with 10 pulls: 0.881. Here b is the player's mean reward
# in the update before. So it cannot depend on the present action.
#
# **Where a baseline changes nothing in the end.** With rewards of 0 or 1 it halves the noise, from
# 0.040 to 0.022, and the end is the same, 0.878. And b = J is not the best: at policy A the best b
# is 0.45, with the noise 0.151. But b = J comes close, 0.163, and is simpler.
#
# A walk with states
# ------------------
# Now actions have consequences. A walker goes along a cliff, two rows of six places. The place is
# the *state* s, and each state has logits of its own. A walk is an *episode*, of at most 12 steps::
#
#    row 0    .  .  .  .  .  E        actions: up, down, right
#    row 1    S  .  .  .  .  E        in 2 of 10 steps the wind blows the walker one row down
#    cliff    x  x  x  x  x  x        a step right pays 1; a fall pays -5 instead, and ends the walk
#
# A place E ends the walk, too. The other ten are the states 0 to 9; state 10 means that the walk is
# over, and no action counts there. A colleague who has only seen windless days always goes right,
# along the edge. A guide who knows the wind climbs to row 0 at once, and again when she is blown
# down. Who is a good example? Will walkers who see only rewards pass the colleague? The guide?
#
# The probability of an episode is a product of those of the actions and of the wind. Its logarithm
# is a sum. The wind's terms do not depend on the logits, so its gradient is the sum of all
# :math:`u_t` (each for the logits of the state of step t). As in Finding 2, with episodes in the
# place of pulls, this sum times the return estimates dJ/dz. But the reward of step i cannot depend
# on the action of a later step t. Given all that comes before that action, :math:`r_i` is fixed, so
# :math:`E[r_i u_t] = 0`, as for b above. Without these terms, action t is multiplied by its *return
# to go* only, :math:`G_t = r_t + r_{t+1} + \dots`. From this, too, a baseline :math:`b_t` may be
# subtracted. Here it is the mean of what the same player's four walks of the update before were
# paid from step t on (0 after the end), or of their whole returns. Guess: is there less noise?


def walk(p, games=4):
    """States, actions and rewards of each player's walks, each (12, 100, games)."""
    row = np.ones((100, games), dtype=int)  # 2: fallen
    column = np.zeros_like(row)
    history = []
    for _ in range(12):
        s = np.where((row < 2) & (column < 5), 5 * row + column, 10)  # 10: it is over
        a = draw(p[players, s])
        moved = np.maximum(row + np.array([-1, 1, 0])[a], 0)
        row = np.where(row < 2, moved + (rng.random(row.shape) < 0.2), 2)
        column = column + (a == 2)
        history.append([s, a, (s < 10) * np.where(row < 2, a == 2, -5)])
    return np.swapaxes(history, 0, 1)


ways = {"whole return": {"to_go": False}, "return to go": {}}
ways |= {"whole - b": {"to_go": False, "baseline": True}, "to go - b": trials["r - b"]}
experts = {"imitate colleague": {"expert": np.eye(3)[[2] * 11]}}  # always right
experts |= {"imitate guide": {"expert": np.eye(3)[[2] * 5 + [0] * 6]}}
walks = compare("The walk: 100 players", walk, (11, 3), ways | experts)

# %%
# **What the noise says.** At the first policy, return to go does *not* take noise away: it has
# 9.624, where the whole return has 7.702. Terms of mean 0 can also cancel noise: 95 of 100 first
# walks end in a fall, and what was earned before makes the -5 smaller. If a fall paid 0, it would
# have 1.4, where the whole return has 3.4. With a baseline it has 5.256 (the whole return 5.237).
# Later it helps without one, too: with the policies of "to go - b" after 50 updates it has 3.6 to
# 3.9, the whole return 6.7 to 7.1 (computed beforehand; the printed noise is rough).
#
# **What J says.** A mean of 100 players has a standard error of a tenth of their spread, 0.06 to
# 0.10. The whole return ends at 4.270, return to go with baseline at 4.654: the difference is 3.6
# times its own standard error. Over 20 other seeds it is 0.1 to 0.5. "Return to go" and "whole - b"
# are not ranked. With "to go - b", 8 of 100 end below 4 (other seeds: 5 to 20). Nearly all of these
# go right at S, with probability above 0.95, and most climb one place later, which earns 3.0. Once
# "up" is that rare at S, hardly a sample tells its worth: all actions must be tried now and then.
#
# **Against imitation.** The colleague is an expert for another world: he earns -0.67 in the wind
# (in a windless walk, 5), and his imitators -0.805. The walkers know less than he does, and all 400
# pass him, most by far: the wind is in their rewards, and not in his example. No row passes the
# guide: she earns 5.00, which is the best there is (computed beforehand). Her imitators (a softmax
# still tries all) get 4.663, spread 0.051. A good expert is worth having; rewards tell who is one.
#
# The picture
# -----------
# Left: r + 10, less the 10 (solid: with the baseline). Right: the walk; grey: the colleague.

left, right = run.figure(12, 4.6).subplots(1, 2)
for name, style in zip(["r + 10 - b", "r + 10"], ["C0-", "C1--"], strict=True):
    left.plot(curves[name].mean(axis=1) - 10, style, label=name)
for name, style in zip(ways, ["C1--", "C2-.", "k:", "C0-"], strict=True):
    right.plot(walks[name].mean(axis=1), style, label=name)
right.axhline(walks["imitate colleague"].mean(), color="0.6", lw=4, label="colleague")
told = "a baseline helps" if run.epochs > 100 else "too few updates"
left.set(title=f"r + 10: {told}", xlabel="update", ylabel="mean reward less 10")
right.set(title="Walkers pass the colleague", xlabel="update", ylabel="mean return")
left.legend(loc="lower right")
right.legend(loc="lower right")
run.finish(left.figure, walks, mean_return=walks["to go - b"][-1].mean())

# %%
# What this does not show
# -----------------------
# **In one sentence**: a policy is measured by its expected return; its gradient can be estimated
# from rewards alone, by the advantage times :math:`-\ln p_a` as a loss, and a baseline leaves the
# mean and can take noise away; cross-entropy with an expert's actions is imitation of him.
#
# A learned b(s) as the baseline (actor and critic), updates of limited size, and rewards discounted
# by the time until they come are left out; the last is in the exercise. Often the entropy of p
# (lesson 01) is added to J, so that a player keeps trying. And the *cross-entropy method* is
# another algorithm: it draws many candidates, keeps the best, and fits a distribution to them.
#
# Your turn
# ---------
# A *discounted* return to go counts a reward that comes k steps later times :math:`\gamma^k`. Write
# this return, then the slope of the surrogate for the logits, then a baseline that uses the same
# games, but for each game only the others: exercise 27 of the classroom, which `python -m
# minigrad.classroom start` writes. Then type::
#
#    python -m minigrad.classroom check 27
#
# Before that: what does one step to the right along the edge pay on average? And in row 0? (Five
# steps along the edge, each reached 0.8 times as often as the one before it, make his -0.67.)
