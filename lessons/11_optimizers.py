r"""
What do Momentum, AdaGrad, RMSProp and Adam remember?
=====================================================

Gradient descent forgets: each step uses the gradient of this place, and nothing from before.
Momentum, AdaGrad, RMSProp and Adam keep a memory. What is in it, how does it change the step,
and does it always help?

*You need* lesson 04 (gradient descent, curvature, condition number), 07 (softmax classifier of
digits) and 10 (mini-batches, and why their noise stops the descent).
*New words*: optimizer, momentum, effective rate, AdaGrad, RMSProp, running mean, Adam, bias
correction, scale-free, AMSGrad.
*Runs* about 5 seconds.
"""

# %%
import numpy as np

from minigrad import lesson, optim, tensor
from minigrad.datasets import load_digits

run = lesson.start("11_optimizers", epochs=20)
np.seterr(all="ignore")  # too large a rate overflows, on purpose
if run.quick:
    print("quick: too short to show what the text says")

# %%
# The claim
# ---------
# The article *Theory* (4.3) says: besides plain gradient descent one can use *"momentum, AdaGrad,
# RMSProp, Adam and so on, to speed up convergence and to improve it"*. As a rule of thumb this is
# fair: all four often help. We ask when, and when not.
#
# An *optimizer* is a rule that makes new parameters w from the gradient g. Ours have two memories,
# both 0 before the first step: m remembers gradients, s remembers squares of gradients. The steps
# are numbered t = 1, 2, 3 and so on. A rule returns w, m and s, and works element by element.
# `walk` applies a rule again and again, and yields each w. (Finding 3 needs its bound and betas.)


def plain(w, g, m, s, t, rate):
    return w - rate * g, m, s


def walk(rule, gradient, w, rate, steps, bound=np.inf, betas=()):
    m = s = 0.0
    for t in range(1, steps + 1):
        w, m, s = rule(w, gradient(w, t), m, s, t, rate, *betas)
        w = np.clip(w, -bound, bound)
        yield w


# %%
# Finding 1: momentum remembers a sum of gradients
# ------------------------------------------------
# A ball in a valley keeps most of its velocity, and the slope changes it a little. This is
# *momentum*: minus the rate times m is the velocity, and the factor beta says how much of it is
# kept.


def momentum(w, g, m, s, t, rate, beta=0.9):
    m = beta * m + g
    return w - rate * m, m, s


# %%
# We feed momentum with two sequences of gradients: 1, 1, 1; and 1, -1, 1, as for a ball that jumps
# between two walls. Guess: how long is its step 100, in rates? (Plain descent's is 1, in both.)


def step_lengths(rule, gradient):
    """How far the rule moves in steps 1, 2, 10 and 100, at rate 1."""
    lengths = abs(np.diff([0, *walk(rule, gradient, 0.0, 1.0, 100)]))
    return " ".join(f"{length:7.2f}" for length in lengths[[0, 1, 9, 99]])


print("\nFinding 1: steps in rates, momentum\nt =            1       2      10     100")
print("1,  1, 1", step_lengths(momentum, lambda w, t: 1))
print("1, -1, 1", step_lengths(momentum, lambda w, t: (-1) ** (t - 1)))

# %%
# If each gradient is g, the memory is g times a sum of powers of beta. Multiply by 1 - beta:
#
# .. math::
#
#    m_t &= g + \beta g + \beta^2 g + \dots + \beta^{t-1} g \\
#    (1 - \beta) \, m_t &= g - \beta^t g \\
#    m_t &= g \, \frac{1 - \beta^t}{1 - \beta} \;\to\; \frac{g}{1 - \beta}.
#
# So the *effective rate* is rate / (1 - beta), here 10 rates. But if the gradient keeps its size
# and changes its sign in each step, the memory ends by doing the same. Let u be its size. The new
# one is g minus beta times the old one:
#
# .. math:: u = g - \beta u \quad \Rightarrow \quad u = \frac{g}{1 + \beta} = 0.53 \, g.
#
# Momentum makes steps longer where gradients agree, and shorter where they alternate.
#
# **A narrow valley.** The loss is :math:`\frac{1}{2} (w_1^2 + 100 \, w_2^2)`. The curvature is 1
# along the valley and 100 across it. At its limit, plain descent jumps for ever between :math:`w_2`
# and :math:`-w_2`: the step, rate times :math:`100 \, w_2`, is :math:`2 \, w_2`. So the limit is 2
# / 100 = 0.02 (lesson 04). Momentum in the same jumps makes the step rate times :math:`100 \, w_2 /
# (1 + \beta)`: its limit is :math:`2 \, (1 + \beta) / 100 = 0.038`. And along the valley, where a
# rate of 0.02 is small, the same rate counts 10 times.
#
# Finding 2: AdaGrad, RMSProp and Adam remember squares
# -----------------------------------------------------
# *AdaGrad* (adaptive gradients) adds up all squares, and divides by the root of the sum. *RMSProp*
# (root mean square) takes a *running mean* of the squares: the old mean counts beta, the new square
# 1 - beta. The number 1e-8 prevents a division by 0.


def adagrad(w, g, m, s, t, rate):
    s = s + g**2
    return w - rate * g / (np.sqrt(s) + 1e-8), m, s


def rmsprop(w, g, m, s, t, rate, beta=0.99):
    s = beta * s + (1 - beta) * g**2
    return w - rate * g / (np.sqrt(s) + 1e-8), m, s


# %%
# *Adam* (adaptive moments) has both memories, as running means. A running mean begins at 0, so at
# first it is too small. How much too small? Written out (beta is either of Adam's two betas):
#
# .. math:: m_t = (1 - \beta) \, (g_t + \beta g_{t-1} + \beta^2 g_{t-2} + \dots + \beta^{t-1} g_1).
#
# Let each gradient have the same expectation E[g]. With Finding 1's sum of the powers:
#
# .. math:: E[m_t] = (1 - \beta) \, \frac{1 - \beta^t}{1 - \beta} \, E[g] = (1 - \beta^t) \, E[g].
#
# So Adam divides by :math:`1 - \beta^t`, in this step only: the *bias correction*. (Bias: error of
# a mean; not the b of lesson 07.) For s it is the same, with squares in place of gradients.


def adam(w, g, m, s, t, rate, beta1=0.9, beta2=0.999):
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g**2
    return w - rate * m / (1 - beta1**t) / (np.sqrt(s / (1 - beta2**t)) + 1e-8), m, s


# %%
# Now each gradient is 100, for every rule. Guess: whose steps are 100 times as long as for 1?

rules = [plain, momentum, adagrad, rmsprop, adam]
print("\nFinding 2: steps in rates, g = 100\nt =            1       2      10     100")
for rule in rules:
    print(f"{rule.__name__:<8}", step_lengths(rule, lambda w, t: 100))

# %%
# Those of plain descent and momentum. For the other rules, the factor 100 is in g and in the root,
# and cancels: their step is *scale-free*. AdaGrad's sum is :math:`t \, g^2`, so its step shrinks as
# :math:`1 / \sqrt{t}`. RMSProp's mean is :math:`(1 - 0.99^t) \, g^2`: its step is 10 rates long at
# first, 1.26 at step 100, and tends to 1. Adam's step is always 1 rate long; without the
# correction, the first would be :math:`0.1 / \sqrt{0.001} = 3.16`.
#
# **The valley, with all five.** We start at 24 places at distance 1 from the minimum, and count the
# steps until the distance stays below 0.01 up to step 2000 (2001 if it does not). Each rule tries
# 15 rates, 16, 8, 4 and so on; we print its best mean. The valley is *round* (both curvatures 1),
# *narrow*, or narrow and *turned* by 45 degrees. Guess: who minds the narrow one, who the turn?

starts = np.array([[np.cos(a), np.sin(a)] for a in np.arange(0.5, 24) * np.pi / 12])
rates = 2.0 ** np.arange(4, -11, -1)
narrow = np.diag([1.0, 100.0])
turned = np.array([[50.5, -49.5], [-49.5, 50.5]])  # 1 along (1, 1), 100 across


def steps_to_the_bottom(rule, bends):
    """The mean number of steps, for each rate; w @ bends is the gradient."""
    path = walk(rule, lambda w, t: w @ bends, starts, rates[:, None, None], 2000)
    near = np.array([np.linalg.norm(w, axis=2) < 0.01 for w in path])  # (2000, 15, 24)
    # From the end backwards, the product is 1 until the first step that is not near.
    return 2001 - near[::-1].cumprod(axis=0).sum(axis=0).mean(axis=1)


print("\nFinding 2: mean steps until distance stays < 0.01 up to step 2000 (best rate)")
print("         round           narrow          turned")
for rule in rules:
    means = [steps_to_the_bottom(rule, each) for each in (np.eye(2), narrow, turned)]
    columns = [f"{mean.min():5.0f} ({rates[mean.argmin()]:7.4f})" for mean in means]
    print(f"{rule.__name__:<8}", *columns)

# %%
# In the narrow valley *momentum* needs 88 steps, and plain descent 252: a gain of 3 (2.5 with finer
# rates), not of 10. In the round valley plain descent needs one step, and momentum 79: the ball
# rolls past the bottom. A smaller beta damps these swings: with beta = 0.7 momentum needs 23 steps
# (round) and 30 (narrow). Turning the valley changes nothing for these two: the gradient turns.
#
# For the *scale-free* rules "round" and "narrow" are the same: in :math:`w_2` each gradient is 100
# times as large, and this factor cancels. AdaGrad needs 4 steps. Its rate of 16 overshoots; then
# the root is about curvature times rate, and the next step is about w itself. (Rates from 1/2 to 16
# all need 4 to 7 steps.)
#
# Near the bottom the gradients are small, so RMSProp's root gets small, until a step throws w out
# again. So RMSProp needs more than 1000 steps at each of our rates (between them luck decides: 812
# at 0.0014, 1282 at 0.00141). A shorter memory, beta = 0.9, needs 221 steps (turned 281): it throws
# w out by less. Adam's memory of squares is ten times as long, and its throws come after step 1000:
# our count ends at 2000. (Counted up to step 20000, Adam's best means are 250, 250 and 3440; those
# of the other rules stay.) AdaGrad's sum never gets smaller, so nothing throws w out.
#
# In the turned valley AdaGrad needs 315 steps and Adam 146, more than momentum. (At rate 16 Adam
# overshoots, and needs 146 in each valley. At 0.0625 it needs 80, but turned 356.) Each element of
# g now mixes both slopes, so both roots are nearly the same. A control: with one root for both
# elements, the mean of s under it, AdaGrad needs 311 and Adam at 0.0625 needs 355, also in the
# narrow valley. So badly scaled *axes* are cured; a narrow valley as such is not.
#
# **In minigrad**, `optim.Momentum` is our own name for PyTorch's `SGD(..., momentum=0.9)`.

print("\nLargest difference to minigrad after 20 steps")
for rule, kind in zip(rules, "SGD Momentum Adagrad RMSprop Adam".split(), strict=True):
    parameter = tensor(starts[0], requires_grad=True)
    optimizer = getattr(optim, kind)([parameter], lr=0.01)
    for w in walk(rule, lambda w, t: w @ narrow, starts[0], 0.01, 20):
        parameter.grad = parameter.detach() @ tensor(narrow)
        optimizer.step()
    print(f"{kind:<9} {abs(w - parameter.detach().numpy()).max():.0e}")

# %%
# They agree. (AdaGrad differs a little, since minigrad's small number is 1e-10.)
#
# Finding 3: often faster, not always closer, and sometimes wrong
# ---------------------------------------------------------------
# The model is lesson 07's for the digits, with weight decay, so that the loss L has one minimum
# (lesson 06). To be short, it has no b. The *excess* of w, in nats, is its L minus this minimum.

X, y = [part.numpy() for part in load_digits()[0].tensors]  # (1347, 64), (1347,)
Y = np.eye(10, dtype=np.float32)[y]  # (1347, 10), one-hot


def softmax(z):
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def loss(w):
    chosen = softmax(X @ w)[..., np.arange(len(X)), y]  # (..., 1347)
    return -np.log(chosen).mean(axis=-1) + (w**2).sum(axis=(-1, -2)) / 2 / len(X)


def train(rule, rates, batches, every):
    """L (times, rates, draws) after each `every` steps; batches (steps, draws, n)."""

    def gradient(w, t):
        batch = batches[t - 1]  # (draws, n), which samples
        slopes = (softmax(X[batch] @ w) - Y[batch]) / batch.shape[-1]  # (..., n, 10)
        return X[batch].swapaxes(-1, -2) @ slopes + w / len(X)  # (..., 64, 10)

    start = np.zeros((64, 10), np.float32)  # after a step w is (rates, draws, 64, 10)
    path = walk(rule, gradient, start, rates[:, None, None, None], len(batches))
    return np.array([loss(w) for t, w in enumerate(path, 1) if t % every == 0])


# %%
# First *full batches*, all 1347 digits in each step: no noise. Then mini-batches of 32, drawn with
# replacement (lesson 10); 42 are an epoch. Five series of draws are the same for all rules. Each
# rule tries eight rates, each twice the one before; we print the best mean over the series and its
# spread (standard deviation). Guess: where do the best and the worst rule lie furthest
# apart, as a ratio: with full batches, in the first epochs, or in the last?

few = 50 if run.quick else 100
every_digit = np.tile(np.arange(len(X)), (300, 1, 1))  # (300, 1, 1347)
least = train(momentum, np.float32([3.2]), every_digit, 300).item()
batches = np.random.default_rng(run.seed).integers(1347, size=(42 * run.epochs, 5, 32))
found = {}
print(f"\nFinding 3: nats over minimum {least:.4f} (spread of 5); full: step {few}")
print("           full  rate  epochs 1 to 3  <plain  rate  last 5 epochs  <plain  rate")
for rule, lowest in zip(rules, (0.25, 0.05, 0.05, 0.004, 0.005), strict=True):
    tried = np.float32(lowest * 2.0 ** np.arange(8))
    full = train(rule, tried, every_digit[:few], 5)[..., 0] - least  # (few / 5, 8)
    mini = train(rule, tried, batches, 42) - least  # (epochs, 8, 5)
    found[rule, "full"] = full[:, full[-1].argmin()]
    row = f"{rule.__name__:<8} {full[-1].min():.4f} {tried[full[-1].argmin()]:.3f}"
    for i, part in enumerate((mini[:3], mini[-5:])):
        best = part.mean(axis=(0, 2)).argmin()
        found[rule, i] = ends = part[:, best].mean(axis=0)  # (5,)
        below = "  -" if rule is plain else f"{(ends < found[plain, i]).sum()}/5"
        row += f"  {ends.mean():.4f} ({ends.std():.4f})  {below}  {tried[best]:.3f}"
    print(row)

# %%
# (scikit-learn 1.9 finds the same minimum.) *Full batches*, by far: more than 200 times, in the
# others less than twice. (In nats the first epochs differ more: by 0.030.) After 100 steps, plain
# descent is 0.0111 nats above the minimum, momentum 0.0001 (its largest rate; 9 fails) and Adam
# 0.0002. AdaGrad and RMSProp are ahead of plain descent up to step 35, and behind it in the end.
#
# *Mini-batches*, first epochs: all four have a lower mean than plain descent. The seeds 0 to 4 make
# 25 series: momentum and Adam are lower in 24 each, AdaGrad in 22, RMSProp in 19 (with rates root 2
# apart: 23, 21, 18 and 17). Last epochs: momentum is lower in 14, AdaGrad in 11, Adam in 2, RMSProp
# in none. So "speed up" is usually right here; in the last epochs, at constant rates, "improve" is
# not. (In 100 full batches it is, for momentum and Adam.)
#
# Is this the noise? We switch it off: the last column's rates, and 840 full batches. Momentum's
# rate 0.1 is an effective rate of 1, plain descent's: over the same last epochs both are at 0.0034,
# AdaGrad at 0.0011, RMSProp near 0.003, Adam at 0.0001. What is printed above that is noise.
#
# **A game that Adam can lose** (Reddi, Kale and Kumar 2018). One number w is kept between -1 and 1.
# In steps 1, 4, 7 and so on the loss is 3w, in all others -w. Three steps cost 3w - w - w = w, so
# -1 is the best place and 1 the worst. Guess: where does Adam end with a short memory (betas 0 and
# 0.1), and where with the usual betas, 0.9 and 0.999?

game = [3, -1, -1] * 500  # the gradients
pairs = [(0.0, 0.1), (0.9, 0.1), (0.0, 0.999), (0.9, 0.999)]  # beta1, beta2
paths = [[*walk(adam, lambda w, t: game[t - 1], 0, 0.01, 1500, 1, p)] for p in pairs]
print("\nFinding 3: the game, -1 is best, 1 worst\nbeta1   beta2  last w  mean of 300")
for pair, path in zip(pairs, paths, strict=True):
    print("{:<7} {:<6} {:6.2f} {:10.2f}".format(*pair, path[-1], np.mean(path[-300:])))

# %%
# With the short memory Adam ends at the worst place, with the usual one at the best, and plain
# descent near it (-0.98). One long memory of the two is enough. Why? With beta1 = 0, m is the last
# gradient. In the long run, s after the gradient 3 is :math:`0.9 \cdot 9` and a tenth of the s
# before, 1.07: together 8.21. After the two gradients -1 it is 1.72 and 1.07. The steps, in rates:
#
# .. math:: -3 / \sqrt{8.21} = -1.05, \quad 1 / \sqrt{1.72} = 0.76, \quad 1 / \sqrt{1.07} = 0.97.
#
# The sum is +0.68: uphill. The 3 is divided by a root that has just seen it. With beta2 = 0.999, s
# is nearly constant: the 3 counts three times as much as a -1. With beta1 = 0.9, m stays positive.
#
# The usual betas win this game. But for every fixed pair with :math:`\beta_1 < \sqrt{\beta_2}`
# there is such a game (their theorem 2): more steps lie between two large gradients than Adam
# remembers. Their cure is *AMSGrad*: the largest s so far replaces s. Betas 0 and 0.1 end at -0.99.
#
# The picture
# -----------
# Left: full batches at the best rates (log axis); momentum rolls past the bottom. Right: the game.

left, right = run.figure(12, 4.6).subplots(1, 2)
for rule, style in zip(rules, ["k-", "C0--", "C1-.", "C2:", "C3.-"], strict=True):
    left.semilogy(range(5, few + 1, 5), found[rule, "full"], style, label=rule.__name__)
left.legend(frameon=False)
left.set(xlabel="step", ylabel="excess, nats", title="No noise: momentum, Adam lowest")
right.plot(paths[0], "C3-", paths[-1], "k--")
right.legend(["betas 0 and 0.1", "betas 0.9 and 0.999"], frameon=False)
right.set(xlabel="step", ylabel="w: -1 best, 1 worst", title="One Adam loses, one wins")
run.finish(left.figure, {"paths": paths}, adam_excess=found[adam, "full"][-1])

# %%
# What this does not show
# -----------------------
# Deep networks (lesson 12), and rates that fall (lesson 10). Weight decay in Adam: here it is part
# of L, so the root divides it, too; `optim.AdamW` keeps it out.
#
# **In one sentence**: momentum keeps a fading sum of gradients, AdaGrad a sum and RMSProp a mean of
# their squares, Adam a mean of both; the sum makes steps longer where gradients agree, the squares
# make them scale-free; both often save steps, noise stays, too short a memory can lose a game.
#
# Your turn
# ---------
# Write momentum as a corrected running mean, AMSGrad, and the weight that each old gradient has in
# Adam's m: exercise 11 of the classroom. `np.maximum(a, b)` takes the larger one of each pair of
# elements. `python -m minigrad.classroom start` writes the file. Then type::
#
#    python -m minigrad.classroom check 11
#
# Before that, in `pairs`: with beta1 = 0, between which two tenths of beta2 does w turn round?
