r"""
What does it cost to believe the wrong distribution?
====================================================

You know how names begin, and somebody asks you to write down how names *end*. Your code
for the letters was made for the wrong job. Cross-entropy says how many bits a letter then
costs on average. The KL divergence says how many of them the wrong belief adds.

*You need* lesson 01: surprise, entropy, the code of a distribution, bits and nats.
*New words*: truth and belief, price, cost, cross-entropy, Gibbs' inequality, KL divergence,
metric, symmetry, triangle inequality, logits.
*Runs* about 2 seconds. Nothing is random and nothing trains: `--seed` and `--quick`
change nothing here.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, plot
from minigrad.datasets import load_names

run = lesson.start("02_cross_entropy")

# %%
# The claims
# ----------
# This course checks five articles on cross-entropy that circulate. We call them Softmax, Snippet,
# Series, Theory and Versus (`ERRATA.md` says what each is). Four of them print, for P and Q:
#
# .. math:: H(P, Q) = -\sum_x P(x) \log Q(x).
#
# Here :math:`P` is any truth, and :math:`Q` is any belief about the same outcomes. Theory (2.2 and
# 2.3) describes cross-entropy almost rightly. Other articles say, among other things:
#
# 1. *"If P = Q, then the cross-entropy is 0"* (Series, 2.2). Snippet (core concepts) says that the
#    minimum is :math:`\sum_x P(x) \log P(x)`, and adds that this is the entropy.
# 2. *"If P and Q are independent, then it is H(P) + H(Q)"* (Series, 2.2).
# 3. *"It is largest when P and Q are completely different"* (Snippet, core concepts).
# 4. *"It is a measure of the distance between two distributions"* (Snippet, background). All five
#    articles call it a measure of the difference or of the gap.
#
# Some sentences have a true kernel. Guess before you read on: what is the smallest mean number of
# bits for letters that follow :math:`P`? Zero?

# %%
# The data: how names begin and end
# ---------------------------------
# Lists of the US Census of 1990 have 5,163 different first names, women's and men's together. For
# them, the truth :math:`P` is the distribution of the last letters. One special belief is
# :math:`F`, the distribution of the first letters.

names = load_names()
letters = "abcdefghijklmnopqrstuvwxyz"


def shares(chosen):
    """The share of each letter of the alphabet among those chosen; shape (26,)."""
    counts = np.array([chosen.count(letter) for letter in letters])
    return counts / counts.sum()


P = shares([name[-1] for name in names])
F = shares([name[0] for name in names])

print(f"The data: {len(names)} names")
print("letter   share of names that end with it   that begin with it")
for letter in "aemj":
    i = letters.index(letter)
    print(f"  {letter}               {P[i]:6.3f}                     {F[i]:6.3f}")

# %%
# Every third name ends with *a*, but only one in thirteen begins with *a*. No name ends with *j*.
#
# The price of a letter and the cost of a belief
# ----------------------------------------------
# Lesson 01 showed the ideal length of a word for the letter :math:`x` in a code for a belief
# :math:`Q`. It is :math:`-\log_2 Q(x)` bits: a short word for a frequent letter, a long word for a
# rare letter. Let us call this ideal length the *price* of the letter. The price is the surprise of
# lesson 01, of :math:`x` under :math:`Q`, and may be a fraction of a bit. If the letters follow
# :math:`P`, then :math:`x` comes with probability :math:`P(x)`. The mean price is the *cost* of the
# belief :math:`Q`. This cost is the *cross-entropy*:
#
# .. math:: H(P, Q) = \sum_x P(x) \, \bigl(-\log_2 Q(x)\bigr) \quad \text{bits.}
#
# The belief :math:`Q` sets the prices, and the truth :math:`P` says how often each price is paid.
# Both must speak of the same outcomes: a belief about coins has no price for a letter.
#
# A coin by hand: the truth is (1/2, 1/2), the belief is (1/4, 3/4). The prices are 2 bits and 0.415
# bits, and their mean is 1.208 bits. If the belief is the truth, both prices are 1 bit, and the
# mean is 1 bit: the entropy of the coin. In general, :math:`H(P, P)` is the entropy :math:`H(P)`.
#
# One convention is needed. A letter that never comes adds nothing, whatever its price is: where
# :math:`P(x) = 0` the product counts as 0, even if the price is infinite.


def cross_entropy(p, q):
    """H(p, q) in bits along the last axis: shapes (..., n) and (..., n) give (...)."""
    allowed = np.where(p > 0, q, 1.0)  # what never comes gets price 0, not infinity
    with np.errstate(divide="ignore"):  # log2(0) = -inf is right: an infinite price
        prices = -np.log2(allowed)
    return np.sum(p * prices, axis=-1)


def entropy(p):
    """H(p) in bits along the last axis: the cost of the truth as a belief."""
    return cross_entropy(p, p)


# %%
# Finding 1: the cheapest belief is the truth, and the truth is not free
# ----------------------------------------------------------------------
# Take the truth, but believe that a share :math:`s` of the names ends with *a*. The other letters
# get the rest, in the same proportions as before. Guess: which :math:`s` has the least cost, and
# what is that cost?

def with_share(s, letter="a"):
    """The distribution P, but with the share s for this letter; shape (26,)."""
    i = letters.index(letter)
    belief = P * (1 - s) / (1 - P[i])
    belief[i] = s
    return belief


print("\nFinding 1: the cost of a belief about last letters")
print("believed share of a    bits    above the least")
for s in (0.05, 0.20, P[0], 0.50, 0.90):  # P[0] is the share of a
    bits = cross_entropy(P, with_share(s))
    print(f"       {s:5.3f}           {bits:6.3f}     {bits - entropy(P):6.3f}")

# %%
# The true share, 0.340, has the least cost. The least cost is :math:`H(P)`, the entropy, and not 0.
# Even somebody who knows :math:`P` exactly cannot say which letter comes next. (Snippet means the
# same number, but a minus sign is lost: its sum is -3.059.)
#
# **Why can no other belief be cheaper?** The logarithm lies below its tangent at 1: the function
# :math:`z - 1 - \ln z` has the derivative :math:`1 - 1/z`, negative before 1 and positive after.
# Its least value is 0, at :math:`z = 1`. Hence :math:`\ln z \le z - 1`; for :math:`z = 0` the left
# side is :math:`-\infty`, and this is true as well. Take :math:`z = Q(x) / P(x)`, and :math:`\log_2
# z = \ln z / \ln 2`. All sums run over the letters with :math:`P(x) > 0`:
#
# .. math::
#
#    H(P) - H(P, Q) &= \sum_x P(x) \, \log_2 \frac{Q(x)}{P(x)} \\
#    &\le \frac{1}{\ln 2} \sum_x P(x) \left( \frac{Q(x)}{P(x)} - 1 \right) \\
#    &= \frac{1}{\ln 2} \Bigl( \sum_x Q(x) - \sum_x P(x) \Bigr) \\
#    &= \frac{1}{\ln 2} \Bigl( \sum_x Q(x) - 1 \Bigr) \le 0.
#
# The last step is true because :math:`Q` adds up to at most 1 over these letters: a part of
# :math:`Q` may lie on letters that never come. Hence :math:`H(P, Q) \ge H(P)`. This is *Gibbs'
# inequality*. When are the two sides equal? Only if :math:`\ln z = z - 1`, so :math:`z = 1`, for
# each of these letters. Then :math:`Q = P` on these letters, nothing is left for the others, and
# :math:`Q = P`.
#
# The proof uses that a belief adds up to 1. Guess what the "belief" :math:`2P` costs.


def check_distribution(q):
    """Raise ValueError if q, shape (n,), is no distribution."""
    if not np.all(q >= 0):  # this finds NaN, too: NaN >= 0 is False
        raise ValueError("expected shares of at least 0")
    if not np.isclose(np.sum(q), 1):  # up to rounding
        raise ValueError(f"expected shares that add up to 1, got {np.sum(q):.3f}")


print('\nA "belief" that adds up to 2')
print(f"the cost of 2 P: {cross_entropy(P, 2 * P):.3f} bits")
try:
    check_distribution(2 * P)
except ValueError as error:
    print(f"checked: {error}")

# %%
# The doubled shares cost one bit less than the truth: every price falls by :math:`\log_2 2 = 1`
# bit. No code has such words. The prices of :math:`P`, as lengths, have shares
# :math:`2^{-\text{length}}` that add up to 1. One bit shorter, the shares add up to 2, and a prefix
# code allows at most 1 (lesson 01). So check a belief before you use it.
#
# **What a wrong belief adds to the entropy** is the *KL divergence* (Kullback and Leibler, 1951):
#
# .. math:: D(P \| Q) = H(P, Q) - H(P) = \sum_x P(x) \log_2 \frac{P(x)}{Q(x)} \ge 0.
#
# The double bar is the usual sign for a divergence. Series writes it for the cross-entropy, too.


def kl(p, q):
    """D(p || q) in bits along the last axis."""
    return cross_entropy(p, q) - entropy(p)


print("\nThe two parts of the cost, in bits")
print("belief Q          H(P, Q)       H(P)  D(P || Q)  H(P) + H(Q)")
for label, Q in (("the truth P", P), ("first letters F", F)):
    parts = [cross_entropy(P, Q), entropy(P), kl(P, Q), entropy(P) + entropy(Q)]
    print(f"{label:<17}", "     ".join(f"{bits:6.3f}" for bits in parts))
print("\nThe belief stays F, and the truth changes: the cost in bits")
print(f"the truth F       {entropy(F):7.3f}")
print(f"the truth only m  {cross_entropy(with_share(1.0, 'm'), F):7.3f}")

# %%
# This answers the question of the title. At the prices of the first letters, a last letter costs
# 4.500 bits on average. 3.059 of them nobody can save; 1.441 are what the wrong belief adds.
#
# Sentence 1 is true of :math:`D`. It is true of :math:`H` only if the truth is certain: for a truth
# "only m", :math:`H(P) = 0`, and :math:`H` and :math:`D` are the same. The label of one single
# example is such a truth. Sentence 2 adds :math:`H(Q)` where the divergence belongs: 6.118 bits for
# the truth itself, where 3.059 bits are enough. Also, "independent" is a word for two random
# variables that are observed together, and not for two distributions of one letter; lesson 03 says
# what is true of independence.
#
# :math:`H(P)` does not depend on the belief. For a fixed truth, :math:`H` and :math:`D` put all
# beliefs into the same order. That is why a classifier can be trained with :math:`H` or with
# :math:`D`. Now fix the belief :math:`F` and change the truth. The cost is least if only *m* ever
# comes: *m* has the lowest price under :math:`F`, 3.406 bits, less than the 4.270 of the truth
# :math:`F`. Theory (2.2) says "least at P = Q", but not that the truth is fixed.

# %%
# Finding 2: no finite cost is the highest
# ----------------------------------------
# How much can a belief cost if the believed share :math:`s` of *a* goes to 0? And what does a
# belief cost that is wrong about one name only?

print("\nFinding 2: believing too little in one letter")
print("believed share of a     bits")
for s in (1e-1, 1e-3, 1e-6, 1e-12, 1e-100):
    print(f"       {s:6.0e}         {cross_entropy(P, with_share(s)):7.3f}")
print(f"no name ends with v     {cross_entropy(P, with_share(0.0, 'v')):7.3f}")
print(f"all names end with j    {cross_entropy(P, with_share(1.0, 'j')):7.3f}")
print(f"last letters, believing in first letters: {cross_entropy(P, F):.3f}")
print(f"first letters, believing in last letters: {cross_entropy(F, P):.3f}")

# %%
# From :math:`s = 10^{-6}` to :math:`10^{-12}` the cost rises by :math:`P(a) \log_2 10^6 = 6.79`
# bits, and it goes on like this: no finite cost is the highest. The belief "no name ends with v"
# is wrong about a single name of 5,163. But it has no word at all for *v*, and that name cannot be
# written. For finitely many outcomes the rule is: the cost is infinite if and only if the belief
# gives 0 to a letter that the truth allows. :math:`F` allows every letter; :math:`P` excludes *j*
# and *q*.
#
# The true kernel of sentence 3: two distributions without a common letter ("all names end with j")
# do have an infinite cost. But many beliefs that are almost right have an infinite cost, too.
# Series says (2.2): if P is a "subset" of Q, then the cross-entropy is at least 0. For outcomes
# that can be counted, it is always at least 0, because no share is above 1. The subset decides
# something else: if the letters that :math:`P` allows are a subset of the letters that :math:`Q`
# allows, the cost is *finite*.

# %%
# Finding 3: cross-entropy is no distance
# ---------------------------------------
# A *metric*, or distance in the strict sense, obeys three rules:
#
# - From a place to itself it is 0, and to any other place it is more than 0.
# - *Symmetry*: there and back are equally far.
# - *Triangle inequality*: no detour is shorter than the direct way.
#
# Three coins are enough to try the rules. Guess: which measure breaks which rule?

fair, bent, lopsided = np.array([[0.5, 0.5], [0.1, 0.9], [0.01, 0.99]])
kept = {True: "kept", False: "BROKEN"}

print("\nFinding 3: H (cross-entropy) and D (divergence) from truth to belief, in bits")
print("  the coins: fair (.5, .5), bent (.1, .9), lopsided (.01, .99)")
bits_of = {}  # for the picture
for sign, measure in (("H", cross_entropy), ("D", kl)):
    itself = measure(fair, fair)
    there = measure(fair, lopsided)
    back = measure(lopsided, fair)
    detour = measure(fair, bent) + measure(bent, lopsided)
    bits_of[sign] = [itself, back, there, detour]
    print(f"  {sign} fair to fair        {itself:6.3f} zero:", kept[itself == 0])
    print(f"  {sign} fair to lopsided    {there:6.3f}")
    print(f"  {sign} lopsided to fair    {back:6.3f} symmetry:", kept[there == back])
    print(f"  {sign} detour by bent      {detour:6.3f} detour:", kept[there <= detour])

# %%
# Cross-entropy breaks all three rules. KL divergence keeps the first rule, by Gibbs' inequality
# (one pair cannot show it), and breaks the others. Neither is a metric, and this is no defect. In a
# loose sense, books call :math:`D` a distance; it does not obey the rules of one. To believe in a
# fair coin when the coin is lopsided adds 0.919 bits, and the reverse mistake adds 2.329 bits. So
# the order matters: in :math:`H(P, Q)` the truth comes first. A usual wording is "the
# cross-entropy of Q relative to P"; Versus (4.1) says it with the names exchanged, and prints the
# same formula. The articles' word "difference" fits :math:`D(P \| Q)`: it is 0 only if Q = P. To
# compare beliefs about one fixed truth, as in training, :math:`H` serves as well as :math:`D`. In
# this sense the articles are right.

# %%
# The same in minigrad
# --------------------
# minigrad, like PyTorch, computes cross-entropy in *nats*, so with natural logarithms, and takes
# the belief first and the truth second: the other way round than :math:`H(P, Q)`. One bit is
# :math:`\ln 2 = 0.693` nats; always say which unit is meant. (Softmax changes the
# unit in its section 2.3, without a word.) The belief is given by numbers called
# *logits*: any numbers :math:`z_x`, which become a distribution by :math:`e^{z_x} / \sum_k
# e^{z_k}`. Logarithms of probabilities above 0 are logits, because :math:`e^{\ln F(x)} / \sum_k
# e^{\ln F(k)} = F(x) / \sum_k F(k) = F(x)`. Lessons 07 and 08 say why logits are used.

logits = mg.tensor(np.log(F))  # (26,)
in_nats = mg.nn.functional.cross_entropy(logits, mg.tensor(P)).item()
print("\nThe same in minigrad: last letters, believing in first letters")
print(f"minigrad  {in_nats:.4f} nats = {in_nats / np.log(2):.4f} bits")
print(f"ours                    {cross_entropy(P, F):.4f} bits")

# %%
# The picture
# -----------

orange = plot.MORE[3]  # lighter than plot.ORANGE: it differs from blue in grey, too
data, least, rules = run.figure(15, 4.6).subplots(1, 3)
place = np.arange(26)
data.bar(place - 0.2, P, 0.4, color=plot.BLUE, label="P: last letters")
data.bar(place + 0.2, F, 0.4, color=orange, hatch="//", label="F: first letters")
data.set_xticks(place, letters)
data.set(ylabel="share of names", title="First and last letters have different shares")
data.legend(frameon=False)

believed = 1 / (1 + np.exp(-np.linspace(-26, 14, 300)))
curve = [cross_entropy(P, with_share(s)) for s in believed]
least.plot(believed, curve, color=plot.BLUE)
least.axhline(entropy(P), color=plot.GREY, linestyle="--")
least.plot(P[0], entropy(P), "o", color=plot.ORANGE)
least.text(P[0], 2.8, f"the truth: H(P) = {entropy(P):.2f} bits", va="top", ha="right")
least.set(xscale="log", ylim=(1, 14), xlabel="believed share of names that end with a")
least.set(ylabel="bits a letter", title="The truth is cheapest; the cost has no limit")

height = -np.arange(4)
rules.barh(height + 0.19, bits_of["H"], 0.36, color=plot.BLUE, label="cross-entropy")
rules.barh(height - 0.19, bits_of["D"], 0.36, color=orange, hatch="//", label="KL")
for bars in rules.containers:
    rules.bar_label(bars, fmt="%.2f", padding=3)
ways = "fair to fair,lopsided\nto fair,fair to\nlopsided,fair to bent\nto lopsided"
rules.set_yticks(height, ways.split(","))
rules.set(xlim=(0, 4), xlabel="bits", title="Back differs, and a detour is shorter")
rules.legend(frameon=False, loc="lower right")

numbers = {"last": P, "first": F, "share_of_a": believed, "bits": curve}
run.finish(data.figure, numbers, entropy=entropy(P), cross_entropy=cross_entropy(P, F))

# %%
# What this does not show
# -----------------------
# **In one sentence**: to believe :math:`Q` costs the entropy of the truth plus the divergence
# :math:`D(P \| Q)`, 0 only for the truth, infinite if :math:`Q` excludes what :math:`P` allows.
#
# Each name counts once here, however many people have it. Nothing was learnt: lesson 04 shows how a
# value is improved step by step. A classifier sees an input before it names a label: its least cost
# is the entropy of the label *given the input*. Lesson 03 is about this, and about what is left of
# Series 2.2: a condition Y, and independence. The losses of Softmax 2.3 and Theory 3.1 come in
# lessons 06 and 07, the program of Snippet in lesson 08.
#
# Your turn
# ---------
# Write cross-entropy and KL divergence for tables of distributions, in nats, with an error for
# tables in which a row is no distribution: exercise 02 of the classroom,
# `python -m minigrad.classroom check 02`.
#
# Try this before: find a belief that costs exactly one bit more than the truth. (A hint: *j*.)
