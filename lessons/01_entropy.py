r"""
How many bits does a letter cost?
=================================

Names arrive one by one, and you write down the last letter of each with the signs 0 and 1. Some
letters are frequent, others are rare. How many signs does a letter need on average, at the very
least? Never less than a floor that is called *entropy*, and with long blocks as near to the floor
as you like.

*You need* no other lesson: only shares (probabilities), the logarithm and its derivative.
*New words*: surprise, bit, nat, code, code word, prefix code, Kraft's inequality, ideal length,
entropy, Huffman's code, block.
*Runs* about 1 second. Nothing is random and nothing trains: `--seed` and `--quick`
change nothing here.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, plot
from minigrad.datasets import load_names

run = lesson.start("01_entropy")

# %%
# The claims
# ----------
# This course checks five articles (see `ERRATA.md`). Three of them, here called Softmax, Series and
# Theory, begin with entropy (section 2.1 of each) and its right formula.
#
# 1. *"Intuitively, the greater the entropy, the greater the 'cost' of getting the information"*
#    (Theory).
# 2. *"If X is certain, then H(X) = 0"* (Series).
# 3. *"If the value of X is k, then H(X) is at most log k"* (Series; meant: one of k values).
# 4. *"If X and Y are independent, then H(X, Y) = H(X) + H(Y)"* (Series).
#
# H(X) is the entropy of the distribution of X, H(X, Y) the entropy of the pairs. Sentences 2 to 4
# are true. On sentence 1, Theory's section 2.2 says that entropy is a mean code length. No article
# gives the reasons: why no code is shorter, and why there is a logarithm. (Series also calls X a
# "finite set of random variables". X is one random variable, here the last letter of a name. What
# is finite is the set of its values.)

# %%
# The data: how names end
# -----------------------
# Lists of the US Census of 1990 have 5,163 different first names. Each name counts once here,
# however many people bear it. Let :math:`P(x)` be the share of the names that end with the letter
# :math:`x`. The last column, the surprise, is explained after the table.

last = [name[-1] for name in load_names()]
letters = sorted(sorted(set(last)), key=last.count, reverse=True)  # frequent first
counts = np.array([last.count(letter) for letter in letters])  # (24,)
P = counts / counts.sum()

print(f"The data: {len(last)} names end with {len(letters)} different letters")
print("letter   names   share P   surprise in bits")
for letter in "aenkv":
    i = letters.index(letter)
    print(f"  {letter}       {counts[i]:4d}   {P[i]:7.4f}        {-np.log2(P[i]):5.2f}")

# %%
# A sign 0 or 1 is a *bit*. 5 bits for each letter are enough: they make :math:`2^5 = 32` rows.
# Guess: how far down can the mean go if frequent letters get fewer bits? To 4 bits? To 3?
#
# Surprise: how many questions an answer is worth
# -----------------------------------------------
# A good question with the answers yes and no halves what is possible: of 8 equally probable things,
# 3 questions find the one that somebody thinks of. So let the *surprise* :math:`s(p)` of an event
# of probability :math:`p` be the number of questions it is worth: 3 for 1/8. We demand:
#
# - The surprise depends on the probability only. A rarer event has no smaller surprise.
# - Surprises of independent events add up. Draw two names independently: the probabilities that the
#   first ends with *a* and the second with *e* are multiplied, so :math:`s(p q) = s(p) + s(q)`.
# - The unit: an event of probability 1/2 is worth one question, :math:`s(1/2) = 1`.
#
# Nothing is left to choose. By the last two demands, for whole numbers :math:`j` and :math:`m`:
#
# .. math::
#
#    s(2^{-j}) &= s(1/2) + \dots + s(1/2) = j, \\
#    m \, s(2^{-j/m}) &= s\bigl((2^{-j/m})^m\bigr) = s(2^{-j}) = j.
#
# So :math:`s(2^{-r}) = r` for each fraction :math:`r = j/m`. Any other :math:`r` lies between
# fractions as near as you like, and by the first demand :math:`s(2^{-r})` lies between their
# values, so it is :math:`r`, too. With :math:`p = 2^{-r}`: :math:`s(p) = -\log_2 p`. The logarithm
# turns products into sums. The unit is called *bit* as well. *a* and then *e* is worth 1.55 + 2.21
# = 3.76 bits.
#
# A code is a tree of questions
# -----------------------------
# A *code* gives each letter a *code word* of bits, for short: a word. Take only four letters, with
# the shares 1/2, 1/4, 1/8 and 1/8. Ask "is it a?", then "is it e?", then "is it n?", and write 0
# for yes and 1 for no::
#
#            *
#          0/ \1           a  0
#          a   *           e  10
#            0/ \1         n  110
#            e   *         y  111
#              0/ \1
#              n   y
#
# This is a *prefix code*: no word is the beginning of another word. So a row of words needs no
# commas. Read 110010 from the left. 1 and 11 are no words, 110 is the word for *n*, and no longer
# word can begin with 110. Then 0 is *a*, then 10 is *e*. Compare a careless code. (The last column,
# the sum of :math:`2^{-\text{length}}`, is explained below.)

shares = np.array([1 / 2, 1 / 4, 1 / 8, 1 / 8])  # of a, e, n, y
tree = ["0", "10", "110", "111"]
careless = ["0", "1", "01", "10"]


def surprise(p):
    """-log2(p) in bits, for each element of p; every element must be above 0."""
    return -np.log2(p)


def mean_length(p, words):
    """The mean bits of a word, if the outcomes come with the shares p, shape (k,)."""
    return np.sum(p * np.array([len(word) for word in words]))


def kraft_sum(words):
    """The sum of 2^-length over the words."""
    return np.sum(2.0 ** -np.array([len(word) for word in words]))


print("\nTwo codes for a, e, n, y (a prefix code has a Kraft sum of at most 1)")
print("code       n, a, e written   mean bits   Kraft sum")
for label, words in (("tree", tree), ("careless", careless)):
    print(f"{label:<10} {words[2] + words[0] + words[1]:<17}", end=" ")
    print(f"{mean_length(shares, words):9.3f}   {kraft_sum(words):9.3f}")

# %%
# The careless code is shorter, 1.25 bits a letter. But its 0101 can be *n, a, e* or *n, n*. The
# limit is **Kraft's inequality**: *the sum of* :math:`2^{-\text{length}}` *over the words of a
# prefix code is at most 1.* Look at all :math:`2^L` strings of the greatest length :math:`L`:
#
# - A word of length :math:`l` leaves :math:`L - l` bits free. So :math:`2^{L-l}` strings begin with
#   this word: a share of :math:`2^{L-l} / 2^L = 2^{-l}`.
# - No string begins with two of the words: the shorter of the two would begin the longer.
# - So these shares do not overlap. Together they are at most the whole: 1.
#
# **The converse**: if *whole* lengths have a Kraft sum of at most 1, then some prefix code has
# them. Take the lengths 1, 2, 3, 3, the shortest first, and the strings 000 to 111 in order. Length
# 1 takes the first four (0..), length 2 the next two (10.), then come 110 and 111: see the picture,
# left. In general, the word of length :math:`l` takes the next :math:`2^{L-l}` strings: its part.
# The parts before have this size or a larger power of 2. So this part begins, counted from 0, at a
# multiple of its size, and its strings are those with the same first :math:`l` bits: the word.
# Parts do not overlap, so no word begins another. As the sum is at most 1, the strings suffice.

# %%
# Finding 1: no prefix code has a mean below the entropy
# ------------------------------------------------------
# In the tree code, each word is as long as the surprise of its letter: 1, 2, 3 and 3 bits. Let us
# call :math:`-\log_2 P(x)` the *ideal length* of the word for :math:`x` in a code for :math:`P`.
# The ideal lengths have the Kraft sum :math:`\sum_x P(x) = 1`. Their mean is the *entropy*:
#
# .. math:: H(P) = \sum_x P(x) \, \bigl(-\log_2 P(x)\bigr) \quad \text{bits.}
#
# It is the mean surprise. A letter that never comes adds 0. Guess: can other lengths do better?


def entropy(p):
    """H(p) in bits, for shares p of shape (k,)."""
    # what never comes adds 0 * 0: where p is 0, the surprise of 1 replaces an infinite one
    return np.sum(p * surprise(np.where(p > 0, p, 1.0)))


print("\nFinding 1: entropy in bits, the floor for the mean of any prefix code")
print(f"last letters of the names   {entropy(P):.3f}   (log2 24 = {np.log2(24):.3f})")
for row in ([8, 0, 0, 0], [4, 2, 1, 1], [2, 2, 2, 2]):
    print("8 names end in a, e, n, y:", *row, f" {entropy(np.array(row) / 8):.3f}")

# %%
# **Why no lengths do better.** The logarithm is never above its tangent at 1: :math:`z - 1 - \ln z`
# has the derivative :math:`1 - 1/z`, negative before 1 and positive after. So its least value is 0,
# at :math:`z = 1`, and :math:`\ln z \le z - 1`. Let :math:`l(x)` be lengths, and :math:`K` their
# Kraft sum over the letters with :math:`P(x) > 0`. With :math:`\log_2 z = \ln z / \ln 2` and
# :math:`z = 2^{-l(x)} / P(x)`:
#
# .. math::
#
#    H(P) - \sum_x P(x) \, l(x) &= \sum_x P(x) \log_2 \frac{2^{-l(x)}}{P(x)} \\
#    &\le \frac{1}{\ln 2} \sum_x P(x) \left( \frac{2^{-l(x)}}{P(x)} - 1 \right) \\
#    &= \frac{1}{\ln 2} (K - 1) \le 0.
#
# The last step is Kraft's inequality: a sum over fewer words is not larger. So the mean is at
# least :math:`H(P)`, and equal only if :math:`z = 1` for each letter: if all lengths are ideal.
#
# The proof does not ask for whole numbers :math:`l(x)`. This settles sentence 3: for :math:`k`
# values, take :math:`l(x) = \log_2 k` for each. Their Kraft sum is :math:`k \cdot 1/k = 1`, so
# :math:`H(P) \le \log_2 k`. The two are equal only if all values are equally probable: 2 bits for
# "2 2 2 2". Sentence 2: each term :math:`P(x) (-\log_2 P(x))` is at least 0, and it is 0 only if
# :math:`P(x)` is 0 or 1. So :math:`H(P) = 0` for a certain letter, and for nothing else.

# %%
# Finding 2: within one bit of the entropy, with whole numbers of bits
# --------------------------------------------------------------------
# Lengths are whole numbers, and 1.55 is not whole. Huffman (1952) found the best prefix code. The
# words of the two rarest letters differ in the last bit only. From now on these two are one letter,
# with the sum of their shares. Go on until one letter is left. Each step makes a fork of a tree
# with the letters at its ends: a prefix code. (Of 1/2, 1/4, 1/8, 1/8, join 1/8 and 1/8, then 1/4
# and this 1/4, then 1/2 and 1/2: the tree code.) Guess: is each word as long as the ideal length,
# rounded?


def huffman(p):
    """The words of Huffman's code for shares p, shape (k,): a list of k strings."""
    words = [""] * len(p)
    groups = [(share, [x]) for x, share in enumerate(p.tolist())]
    while len(groups) > 1:
        groups.sort()  # the rarest group comes first
        rare_share, rare = groups.pop(0)
        next_share, following = groups.pop(0)
        for bit, members in (("0", rare), ("1", following)):
            for x in members:
                words[x] = bit + words[x]  # later forks: nearer to the top
        groups.append((rare_share + next_share, rare + following))
    return words


code = huffman(P)
lengths = np.array([len(word) for word in code])  # (24,)
ideal = surprise(P)  # (24,)
print("\nFinding 2: Huffman's code (its mean is less than 1 bit above the entropy)")
print("letter   ideal length   word of Huffman   its length")
for letter in "aentgkv":
    i = letters.index(letter)
    print(f"  {letter}        {ideal[i]:5.2f}          {code[i]:<11}  {lengths[i]:5d}")

# %%
# Four lists of lengths for these letters: the mean bits, and the Kraft sum.

tried = {"the ideal lengths": ideal, "Huffman's code": lengths}
tried |= {"ideal, rounded": ideal.round(), "ideal, rounded up": np.ceil(ideal)}
print("\nlengths              mean bits   Kraft sum")
for label, bits in tried.items():
    print(f"{label:<19}  {np.sum(P * bits):9.3f}   {np.sum(2.0**-bits):9.3f}")
surplus = P * (lengths - ideal)
other = np.sum(lengths != ideal.round())
print(f"Huffman's words that are not the ideal length, rounded: {other}")
print(f"mean bits too many, in words too long: {surplus[surplus > 0].sum():.3f}")
print(f"mean bits too few, in words too short: {-surplus[surplus < 0].sum():.3f}")

# %%
# With one word for each letter, 3.105 bits is the least: 0.046 above the floor. No word can have
# its ideal length here: 5,163 is odd, so no share is 1/2, 1/4, 1/8 and so on. Huffman's lengths are
# not the ideal lengths, rounded, either. The Kraft sum of these is only 0.913: a part of the room
# stays empty. Huffman's code fills the room, so 7 of the 24 words are one bit shorter, such as *t*:
# 5 bits, not 6. Weighed by their shares, the words that are too long have 0.190 bits too many, the
# others 0.144 too few.
#
# **Why no prefix code is better than Huffman's.** There is a best code in which the words of the
# two rarest letters differ in the last bit only. Here is why: take a longest word of a best code.
# Without a partner that differs from it in the last bit only, this bit could be dropped. Give these
# two words to the two rarest letters, in exchange: the mean does not grow. Now join the two letters
# into one, and drop the last bit. The mean falls by the sum of their shares, whatever the other
# words are. So the rest must be a best code for one letter less, and so on, down to the words 0 and
# 1.
#
# **Why it is within one bit.** Round each ideal length up. Then :math:`2^{-l(x)} \le P(x)`, so the
# Kraft sum is at most 1, and by the converse a prefix code has these lengths. Each is less than one
# bit above the ideal, and so is the mean: 3.595 here. Huffman's code is at least as good. For two
# or more letters, each with :math:`P(x) > 0`:
#
# .. math:: H(P) \le \text{mean of Huffman's code} < H(P) + 1.

# %%
# Finding 3: blocks of letters come as near to the entropy as you like
# --------------------------------------------------------------------
# A coin shows heads with probability 0.9. Its entropy is 0.469 bits, but a word has at least one
# bit. Guess: can a toss cost less than one bit?
#
# Give words to *blocks* of :math:`b` tosses: four words for two tosses, and so on. The tosses are
# independent, and so are names that are drawn one by one. So the share of a block is a product, its
# surprise is a sum, and the mean of a sum is the sum of the means. For two, with shares P and Q:
#
# .. math:: H(X, Y) = \sum_{x, y} P(x) \, Q(y) \bigl(-\log_2 P(x) - \log_2 Q(y)\bigr) = H(P) + H(Q).
#
# (The :math:`Q(y)` add up to 1, and so do the :math:`P(x)`.) This is sentence 4. A block of
# :math:`b` has the entropy :math:`b \, H(P)`.


def bits_each(p, b):
    """The mean bits of one outcome in Huffman's code for blocks of b."""
    block = p
    for _ in range(b - 1):
        block = np.outer(block, p).ravel()
    return mean_length(block, huffman(block)) / b


coin = np.array([0.9, 0.1])
sources = {"last letters": P, "coin (.9, .1)": coin, "fair coin": np.array([0.5, 0.5])}
sources["(.9, .05, .05)"] = np.array([0.9, 0.05, 0.05])
print("\nFinding 3: blocks come near to the entropy (bits for each letter or toss)")
print("                 entropy   one by one   in blocks of 2")
for label, p in sources.items():
    means = f"{bits_each(p, 1):.3f}          {bits_each(p, 2):.3f}"
    print(f"{label:<16}  {entropy(p):.3f}      {means}")
sizes = np.arange(1, 9)
bits_a_toss = [bits_each(coin, b) for b in sizes]
print("coin (.9, .1), blocks of  ", *[f"{b:5d}" for b in sizes])
print("bits a toss               ", *[f"{bits:.3f}" for bits in bits_a_toss])

# %%
# Yes: in blocks of two, a toss costs 0.645 bits, in blocks of six 0.470. Take the inequality of
# finding 2 for blocks, and divide by :math:`b`: a toss costs at least :math:`H(P)` and less than
# :math:`H(P) + 1/b`. The gap goes to 0, though not at each step: blocks of seven and eight are a
# little worse than blocks of six. What it costs: :math:`k^b` words for :math:`k` outcomes. So the
# answer to the title: never less than 3.059 bits, and as near as you like. One word a letter misses
# the floor by 0.046 bits, blocks of two by 0.013.
#
# Now sentence 1. The fair coin has more entropy than (.9, .05, .05). But one by one, the fair coin
# is cheaper: 1.000 against 1.100 bits. In blocks of two it is 1.000 against 0.728. So sentence 1
# can fail outcome by outcome. As a sentence on mean code length in long blocks, it is true.

# %%
# Bits, nats, and the same in minigrad
# ------------------------------------
# The base of the logarithm sets the unit. Base 2 gives bits, the natural logarithm gives *nats*. As
# :math:`\ln p = \ln 2 \cdot \log_2 p`, one bit is :math:`\ln 2 = 0.693` nats. Softmax prints
# :math:`\log_2`, and from its section 2.3 on a logarithm without a base; its program takes the
# natural one. Series and Theory leave the base open: their sentences are true in each base, if H
# and log k have the same one.

nats = -(mg.tensor(P) * mg.tensor(P).log()).sum().item()
print(f"\nEntropy in minigrad: {nats:.4f} nats, that is {nats / np.log(2):.4f} bits")

# %%
# The picture
# -----------

codes, bars, coins = run.figure(15, 4.8).subplots(1, 3)

for place, words in enumerate((tree, careless)):
    start = 0.0
    for letter, word in zip("aeny", words, strict=True):
        bar = codes.barh(-place, 0.5 ** len(word), 0.6, start, color="w", edgecolor="k")
        codes.bar_label(bar, [f"{letter}\n{word}"], label_type="center")
        start += 0.5 ** len(word)
codes.axvline(1, color=plot.GREY, linestyle="--")
codes.set(yticks=[0, -1], yticklabels=["tree", "careless"], xlabel="sum of 2^-length")
codes.set_title("A prefix code has room for a Kraft sum of 1")

left = np.cumsum(P) - P  # as wide as its share: a bar's area is its part of the mean
bars.bar(left, lengths, P, align="edge", color=plot.MORE[3], label="Huffman's word")
bars.vlines(left[:12], 0, lengths[:12], color="w", linewidth=0.5)
bars.hlines(ideal, left, left + P, color="k", linewidth=2.5, label="ideal length")
bars.set_xticks((left + P / 2)[:8], letters[:8])
bars.set(xlabel="letters (8 are named); width: share", ylabel="bits", xlim=(0, 1))
bars.set_title(f"Huffman's words are near: {surplus.sum():.3f} bits above in the mean")
bars.legend(frameon=False, loc="upper left")

coins.plot(sizes, bits_a_toss, "o-", color=plot.BLUE)
coins.axhline(entropy(coin), color=plot.GREY, linestyle="--")
coins.text(1, 0.43, f"entropy of the coin (.9, .1): {entropy(coin):.3f} bits")
coins.set(xlabel="tosses in a block", ylabel="bits a toss", ylim=(0.4, 1.05))
coins.set_title("Blocks come near to the entropy")

numbers = {"share": P, "ideal": ideal, "length": lengths, "bits_a_toss": bits_a_toss}
run.finish(codes.figure, numbers, entropy=entropy(P), mean=mean_length(P, code))

# %%
# What this does not show
# -----------------------
# **In one sentence**: the entropy is the mean ideal length, no prefix code has a smaller mean,
# Huffman's code is less than one bit above, and long blocks close the gap.
#
# We knew the shares. A code made for wrong shares: lesson 02. Letters of a block came from
# different names. What one letter of a name says about another: lesson 03, with Series' sentence
# that H(X|Y) = H(X) for independent X and Y. All other codes that can be read obey Kraft's
# inequality, too (McMillan, 1956; not proved here). We did not count the table of words. Entropy as
# a floor is Shannon's (1948).
#
# Your turn
# ---------
# Before you start: find three shares for which Huffman's code reaches the entropy exactly. Then
# write entropy for tables of counts, the room that a prefix code has left, and Huffman's mean
# without words: exercise 01 of the classroom, `python -m minigrad.classroom check 01`.
