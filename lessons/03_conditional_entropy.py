r"""
Does knowing the first letter help with the last?
=================================================

Somebody is to guess how a name ends, and is told how it begins. How many bits is this worth?
Conditional entropy answers, with a trap: in short lists letters that tell nothing seem to help.

*You need* lesson 01 (entropy, surprise, bits and nats) and 02 (belief, cost, Gibbs' inequality).
*New words*: random variable, joint distribution, marginal, joint entropy, conditional entropy,
chain rule of entropy, independent, mutual information, gain, shuffle, biased.
*Runs* about 2 seconds. Nothing trains: `--quick` changes nothing. `--seed` changes only finding 3.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, plot
from minigrad.datasets import load_names

run = lesson.start("03_conditional_entropy")

# %%
# The claims
# ----------
# Two of the five articles of lesson 02 have sentences on conditional entropy or independence:
#
# 1. *"Conditional entropy measures the uncertainty of a random variable given some condition"*
#    (Softmax, 2.2). The formula below it is right.
# 2. *"If P and Q are independent, then H(P||Q) = H(P) + H(Q)"* (Series, 2.2).
# 3. *"If P and Q are mutually independent, then H(P||Q|Y) = H(P||Q)"* (Series, 2.2).
# 4. Cross-entropy *"may meet challenges"* in tasks that are not independent (Series, 5.2). We read:
#    in tasks whose examples, or whose answers to one example, depend on each other.
#
# Series writes H(P||Q) for the cross-entropy. Just before (2.1) it prints what is true: if X and Y
# are independent, then :math:`H(X, Y) = H(X) + H(Y)` and :math:`H(X|Y) = H(X)`. We prove it.
#
# Guess: can a piece of information make you *less* certain?
#
# Eight days by hand
# ------------------
# On eight days somebody notes the sky of the morning, :math:`Y`, which we are told, and the weather
# of the day, :math:`X`, which we want to know. Something that takes each of its values with a
# certain probability is called a *random variable*. These two are observed together. The share of
# each pair, :math:`P(x, y)`, is the *joint distribution*::
#
#             dry   rain   P(y)
#     clear   6/8   0      6/8
#     cloudy  1/8   1/8    2/8
#     P(x)    7/8   1/8
#
# The sums stand in the margins: they are the *marginals*. The surprise of 6/8 is 0.415 bits, that
# of 7/8 is 0.193. So :math:`H(X) = 7/8 \cdot 0.193 + 1/8 \cdot 3` = 0.544 and :math:`H(Y) = 6/8
# \cdot 0.415 + 2/8 \cdot 2` = 0.811 bits.
#
# **The joint entropy** is the entropy of the pair, as if each pair was one letter:
#
# .. math::
#
#    H(X, Y) &= \sum_{x, y} P(x, y) \, \bigl(-\log_2 P(x, y)\bigr) \\
#    &= 6/8 \cdot 0.415 + 1/8 \cdot 3 + 1/8 \cdot 3 = 1.061 \text{ bits.}
#
# X and Y are variables; P, Q and R will be distributions. :math:`H(X)` is the entropy of X's
# distribution. But :math:`H(P, Q)`, of two distributions, is the cost of a belief.
#
# **One condition.** On the days with the sky :math:`y`, the weather has the shares :math:`P(x|y) =
# P(x, y) / P(y)`: on clear days (1, 0), with entropy 0, on cloudy days (1/2, 1/2): 1 bit.
#
# **The conditional entropy** is the mean of these entropies, each weighted by its :math:`P(y)`:
#
# .. math::
#
#    H(X|Y) &= \sum_y P(y) \sum_x P(x|y) \, \bigl(-\log_2 P(x|y)\bigr) \\
#    &= 6/8 \cdot 0 + 2/8 \cdot 1 = 0.25 \text{ bits.}
#
# This is the formula of Softmax 2.2. It has a shorter form: use :math:`P(y) P(x|y) = P(x, y)` in
# the first line, and :math:`P(x|y) = P(x, y) / P(y)` in the second.
#
# .. math::
#
#    H(X|Y) &= -\sum_{x, y} P(x, y) \log_2 P(x|y) \\
#    &= -\sum_{x, y} P(x, y) \, \bigl(\log_2 P(x, y) - \log_2 P(y)\bigr) \\
#    &= H(X, Y) + \sum_y P(y) \log_2 P(y) = H(X, Y) - H(Y).
#
# In line 3, the sum of :math:`P(x, y)` over :math:`x` was replaced by :math:`P(y)`. Pairs with
# share 0 are left out. So :math:`H(X, Y) = H(Y) + H(X|Y)`: first the sky, then what it leaves open.
# This is the *chain rule of entropy* (lesson 05 has another): 1.061 = 0.811 + 0.25.


def entropy(p):
    """H(p) in bits along the last axis: shape (..., n) gives (...)."""
    surprise = np.log2(1 / np.where(p > 0, p, 1.0))  # what never comes adds 0
    return np.sum(p * surprise, axis=-1)


def rows_of(joint):
    """P(x | y), shape (K, C). A condition y that never comes has a row of zeros."""
    P_Y = joint.sum(axis=1, keepdims=True)  # (K, 1)
    return joint / np.where(P_Y > 0, P_Y, 1.0)


def conditional_entropy(joint):
    """H(X | Y) in bits of a joint table, shape (K, C): row y, column x."""
    return np.sum(joint.sum(axis=1) * entropy(rows_of(joint)))


days = np.array([[6, 0], [1, 1]]) / 8  # rows clear, cloudy; columns dry, rain
clear, cloudy = entropy(rows_of(days))
print("Eight days: the entropy of the weather X, in bits")
print(f"  nothing known        H(X)    {entropy(days.sum(axis=0)):6.3f}")
print(f"  clear sky                    {clear:6.3f}  less than H(X)")
print(f"  cloudy sky                   {cloudy:6.3f}  more than H(X)")
mean = conditional_entropy(days)
print(f"  mean over the days   H(X|Y)  {mean:6.3f}  less than H(X)")

# %%
# The answer is yes. We are rather sure of a dry day: 0.544 bits. A cloudy sky makes us less
# certain: 1 bit. But cloudy mornings are rare: on average, the sky takes away more than half of the
# uncertainty. Sentence 1 is right if the condition is the variable Y: its formula is a mean over
# all values of Y. It is not about one given value, such as "cloudy".
#
# Now :math:`Y` is the first letter of a name, :math:`X` the last, in the 5,163 names of lesson 02.

letters = "abcdefghijklmnopqrstuvwxyz"
names = load_names()
first = np.array([letters.index(name[0]) for name in names])  # (5163,)
last = np.array([letters.index(name[-1]) for name in names])  # (5163,)


def joint_of(y, x):
    """The joint table of two arrays of letters by number: row y, column x."""
    pair = 26 * y + x  # 26 columns a row: each pair has its own number
    return np.bincount(pair, minlength=676).reshape(26, 26) / len(pair)


joint = joint_of(first, last)
P_last = joint.sum(axis=0)  # (26,)
H_last = entropy(P_last)
of_letter = entropy(rows_of(joint))  # (26,): H(last | first = this letter)
count = np.bincount(first, minlength=26)  # (26,): names with this first letter

# %%
# Finding 1: one first letter may raise the entropy, the average never does
# -------------------------------------------------------------------------
# Guess: for how many of the 26 first letters is the last letter *less* certain than over all names?

higher = [letters[y] for y in range(26) if of_letter[y] > H_last]
print("\nFinding 1: the entropy of the last letter, in bits, exact for this list")
print(f"  over all names          H(last)         {H_last:6.3f}")
for y in map(letters.index, "hzu"):
    print(f"  begins with {letters[y]}, {count[y]:3d} names {of_letter[y]:21.3f}")
print(f"  on average over names   H(last|first)   {conditional_entropy(joint):6.3f}")
print(f"  higher than H(last) for {len(higher)} letters of 26:", *higher)

# %%
# For 4: after *h*, for example, the entropy is 3.518 bits, against 3.059 if nothing is known. After
# the 22 others the end is more certain: *z* leaves 1.187 bits. The mean, 2.899, is below
# :math:`H(X)` = 3.059.
#
# **Why is the mean never above H(X)?** A belief about the pair can be made of the two marginals
# alone: the product :math:`Q(x, y) = P(x) P(y)`, which adds up to 1. By Gibbs (lesson 02), with the
# joint distribution as the truth,
#
# .. math::
#
#    H(X, Y) &\le -\sum_{x, y} P(x, y) \log_2 \bigl(P(x) P(y)\bigr) \\
#    &= -\sum_x P(x) \log_2 P(x) - \sum_y P(y) \log_2 P(y) = H(X) + H(Y).
#
# In the second line the logarithm is split, and :math:`P(x, y)` is summed over the other letter.
# Subtract :math:`H(Y)` on both sides: by the chain rule, :math:`H(X|Y) \le H(X)`. X and Y are
# called *independent* if :math:`P(x, y) = P(x) P(y)` for all pairs: each row :math:`P(x|y)` with
# :math:`P(y) > 0` is :math:`P(x)`. Then the belief is the truth, and both inequalities become the
# equalities of Series 2.1. By Gibbs, they hold for no other table.
#
# The difference :math:`H(X) - H(X|Y)` is the *mutual information*; we call it the *gain* of knowing
# Y. By the chain rule it is :math:`H(X) + H(Y) - H(X, Y)`, where X and Y may change places. Guess
# the gains of independent coins, and of coins that always show the same side.

independent = np.outer([0.5, 0.5], [0.25, 0.75])  # P(x, y) = P(y) P(x)
equal = np.array([[0.5, 0.0], [0.0, 0.5]])
print("\nY, X (in bits)     H(Y)   H(X)   sum    H(X,Y) H(X|Y) gain H(X) - H(X|Y)")
pairs = {"independent coins": independent, "equal coins": equal, "sky, weather": days}
pairs |= {"first, last": joint, "last, first": joint.T}  # last: Y is the last letter
for label, table in pairs.items():
    H_Y = entropy(table.sum(axis=1))
    H_X = entropy(table.sum(axis=0))
    H_XY = entropy(table.ravel())
    told = np.round([H_Y, H_X, H_Y + H_X, H_XY, H_XY - H_Y, H_X - (H_XY - H_Y)], 3)
    print(f"{label:<17}", " ".join(f"{bits:6.3f}" for bits in told + 0.0))  # not -0

# %%
# Independent coins gain nothing, equal coins all of :math:`H(X)`, 1 bit. The last letter tells as
# much about the first as the first about the last: 0.160 bits.
#
# **Sentences 2 and 3.** For independent coins, the sum 1.811 is :math:`H(X, Y)`, and :math:`H(X|Y)
# = H(X)` = 0.811. Without independence neither equality holds, as the other lines show. Sentence 2
# puts distributions where variables belong, and the cross-entropy where the joint entropy belongs.
# Two distributions are not observed together, so "independent" has no meaning for them. What does
# add up is the cost of a pair if the belief about it is a product (see the proof). Sentence 3
# copies :math:`H(X|Y) = H(X)`. But its Y has no tie to P and Q: its left side is not defined.
#
# Finding 2: the cheapest belief that may look costs H(X|Y)
# ---------------------------------------------------------
# Lesson 02 promised: a classifier, which sees an input before it names a class, pays at least the
# entropy of the class *given the input*. Here the input is the first letter, the class the last. A
# belief that may look has a row :math:`Q(x|y)` for each :math:`y`, and pays there the cross-entropy
# of :math:`P(x|y)` and :math:`Q(x|y)`: by Gibbs, at least the entropy of :math:`P(x|y)`. The mean
# over the rows, weighted by :math:`P(y)`:
#
# .. math::
#
#    \text{cost} &= \sum_y P(y) \sum_x P(x|y) \, \bigl(-\log_2 Q(x|y)\bigr) \\
#    &\ge \sum_y P(y) \sum_x P(x|y) \, \bigl(-\log_2 P(x|y)\bigr) = H(X|Y).
#
# The two are equal only if :math:`Q(x|y) = P(x|y)` in each row with :math:`P(y) > 0`. The mean
# price of all 5,163 last letters is this cost. Guess: mix the belief that looks with the one that
# does not, :math:`(P(x) + P(x|y)) / 2`. Is its cost halfway, too?


def mean_price(belief):
    """The mean price of a last letter in bits; belief[y] is Q(x | y), (26, 26)."""
    return np.mean(-np.log2(belief[first, last]))


rows = rows_of(joint)  # (26, 26)
blind = np.tile(P_last, (26, 1))  # (26, 26): the same row for each first letter
print("\nFinding 2: what a last letter costs, in bits, mean over all names")
print(f"  P(x), does not look                {mean_price(blind):6.3f}")
print(f"  half P(x), half P(x|y)             {mean_price((blind + rows) / 2):6.3f}")
print(f"  P(x|y), looks                      {mean_price(rows):6.3f}")
with np.errstate(divide="ignore"):  # ln 0 = -inf: the logit of what never comes
    logits = mg.tensor(np.log(rows)[first])  # (5163, 26)
nats = mg.nn.functional.cross_entropy(logits, mg.tensor(last)).item()
print(f"  P(x|y), looks, by minigrad         {nats / np.log(2):6.3f} = {nats:.3f} nats")

# %%
# No belief that looks only at the first letter can cost less than 2.899 bits on this list. The
# mixed belief costs 2.947, less than halfway, 2.979: the price :math:`-\log_2 q` is a convex curve,
# so halfway between two different shares it is below the mean of the two prices. In minigrad the
# logarithms of the rows are the logits (lesson 02; minus infinity for a share of 0), one row for
# each name, and the cost is in nats. The loss of a classifier is such a cost. Even the best belief
# pays what the input leaves open. So a loss above 0 is no proof of a bad classifier.
#
# **Sentence 4, dependent answers.** For the equal coins, a loss that adds the costs of two separate
# beliefs is at least :math:`H(Y) + H(X)` = 2 bits, or :math:`2 \ln 2` = 1.386 nats. Here Series has
# a point. But the trouble is in the beliefs. A belief about the first coin, and then one about the
# second that looks at the first, cost 1 + 0 = 1 bit, or :math:`\ln 2` = 0.693 nats. This is
# :math:`H(X, Y)`, the least cost of a pair. What the best separate beliefs cost more is the gain:
# here 1 bit. If examples depend on each other, let the belief about each look at those before it.
#
# Finding 3: few names look predictable on average, even random ones
# ------------------------------------------------------------------
# So far all numbers are exact *for this list*. Do they hold for names in general? The eight names
# that begin with *u* have 1.750 bits. Guess: what do eight random names have?
#
# A *shuffle* shows this: give the first letters to the names anew, in random order, so that *u*
# gets eight names at random. Then the two letters are related only by chance. We sort each letter's
# entropies of 1,000 shuffles. Without the lowest and the highest 2.5%, 95% are left: by chance,
# about 1 letter of 26 is outside.

shuffles = 1000
rng = np.random.default_rng(run.seed)
shuffled = [joint_of(rng.permutation(first), last) for _ in range(shuffles)]
by_chance = np.array([entropy(rows_of(table)) for table in shuffled])  # (1000, 26)
low, high = np.quantile(by_chance, [0.025, 0.975], axis=0)  # (26,) and (26,)
tests = [of_letter < low, of_letter > high]
verdict = np.select(tests, ["lower", "higher"], "as random names")  # (26,)

print("\nFinding 3: entropy of last letters in bits; random names: 1000 shuffles")
print("first  names  measured  random: mean  spread  95% of them   verdict")
for y in map(letters.index, "xuqzovh"):
    drawn = f"{by_chance[:, y].mean():10.2f} {by_chance[:, y].std():9.2f}  "
    print(f"  {letters[y]} {count[y]:8d} {of_letter[y]:8.2f}", drawn, end=" ")
    print(f"{low[y]:.2f} to {high[y]:.2f}  ", verdict[y])
outside = verdict != "as random names"
print(f"  all 26 letters: {outside.sum()} are outside of their 95%, by chance about 1")
for side in ("lower", "higher"):
    print(f"    {side}:", *[letters[y] for y in range(26) if verdict[y] == side])

# %%
# Ten letters are outside, six lower and four higher. Eight random names have 2.04 bits on average,
# with a spread (standard deviation) of 0.42. So the 1.75 bits of *u* are no sign that *u* helps.
# But the 1.19 of *z* are far below the 2.67 of 31 random names; *h* is above its 95%.
#
# **Why do few names look predictable?** Let :math:`R` be the shares of the last letters in a random
# draw of n names. Take all names, :math:`P`, as a belief about the draw. By Gibbs, :math:`H(R)` is
# at most the cross-entropy :math:`H(R, P)`. The mean of :math:`R(x)` over all draws is
# :math:`P(x)`, because each name is as likely to be drawn as any other. Hence
#
# .. math::
#
#    \text{mean of } H(R) &\le \text{mean of } \sum_x R(x) \, \bigl(-\log_2 P(x)\bigr) \\
#    &= \sum_x P(x) \, \bigl(-\log_2 P(x)\bigr) = H(P).
#
# The entropy of a draw is too low on average, unless each draw has the shares :math:`P`. An
# estimate that is wrong on average is called *biased*. More names help: 130 random names have 2.95
# bits, all 3.06. So shuffled rows look predictable, and their gain is above 0.

gain = H_last - conditional_entropy(joint)
gains = [H_last - conditional_entropy(table) for table in shuffled]
print("\nThe gain H(last) - H(last|first), in bits")
print(f"  of the list             {gain:.3f}")
luck = f"{np.mean(gains):.3f}, spread {np.std(gains):.3f}, largest {max(gains):.3f}"
print(f"  of 1000 shuffled lists  {luck}")
print(f"  list minus shuffled     {gain - np.mean(gains):.3f}")

# %%
# **What is left of the gain?** The shuffled lists show 0.071 bits, nearly half of the 0.160 of the
# real list. Yet the largest of 1,000 has only 0.087. So the first letter does help. On this list it
# is worth exactly 0.160 bits of 3.059. For names in general, 0.160 is too high on average, and the
# difference, 0.089, rather too low. We tried it where the gain is known: 60 lists of 5,163 pairs,
# drawn from our table, so with the true gain 0.160, show 0.206 on average, and 0.136 after shuffles
# (computed beforehand). So expect something between 0.089 and 0.160.
#
# The picture
# -----------

bars, hist = run.figure(12, 4.8).subplots(1, 2, width_ratios=[1.7, 1])
place = range(26)
shades = np.where(outside, plot.BLUE, "silver")
bars.bar(place, of_letter, color=shades, alpha=0.6, label="after this first letter")
bars.vlines(place, low, high, color="black", label="95% of draws of n names")
bars.axhline(H_last, color=plot.ORANGE, linestyle="--", label="H(last), all names")
bars.axhline(H_last - gain, color="black", linestyle=":", label="H(last | first)")
for y in place:
    bars.text(y, 0.06, f"n = {count[y]}", rotation=90, ha="center", fontsize=8)
bars.set_xticks(place, letters)
bars.set(ylim=(0, 4.8), xlabel="first letter", ylabel="bits", xlim=(-0.7, 25.7))
bars.set_title("Dark bars end outside their black line (h, z), light bars do not (u)")
bars.legend(frameon=False, ncols=2, loc="upper center")
hist.hist(gains, bins=15, color=plot.GREY)
hist.axvline(gain, color=plot.ORANGE, linestyle="--")
hist.text(gain - 0.003, 60, f"the list:\n{gain:.3f}", ha="right")
hist.text(0.03, 60, f"shuffled:\n{np.mean(gains):.3f}", ha="center")
hist.set(xlim=(0, 0.18), xlabel="gain in bits", ylabel="shuffles")
hist.set_title("No shuffle gains what the list gains")

numbers = {"measured": of_letter, "low": low, "high": high, "gains": gains}
run.finish(bars.figure, numbers, entropy=H_last, conditional=H_last - gain, gain=gain)

# %%
# What this does not show
# -----------------------
# **In one sentence**: to know Y saves :math:`H(X) - H(X|Y)` bits on average (here 0.160 of 3.059),
# never less than 0, and 0 only if X and Y are independent; but one condition may raise the entropy,
# and an estimate from few names promises too much.
#
# A shuffle tells if a list without any relation could look like this, not where the relation comes
# from: both letters may depend on whether it is a woman's or a man's name. Nor is the list a random
# draw from all names. Better: let a belief pay for names that were not used to make it (as lesson
# 07 does with images). On new names, our rows cost infinity as soon as a new pair comes.
#
# Your turn
# ---------
# Write a joint table, conditional entropy in nats, and what shuffles leave of a gain: exercise 03
# of the classroom, `python -m minigrad.classroom check 03`.
#
# Try this before: keep only every tenth name, `names[::10]`. How large is the gain, and what do
# shuffles leave of it? If little: is there nothing to know, or are there too few names to see it?
