r"""
Can words be learnt from their neighbours?
==========================================

Nobody has labelled the words of a novel. But each word has neighbours, and a model can learn to
tell them from other words. It gets 32 numbers for each word on the way. We ask where such training
ends, compare it with plain counting, and measure what the numbers are worth.

*You need* lessons 02 (cross-entropy), 06 (log loss), 07 (softmax), 08 (its score) and 11 (Adam).
*New words*: context, self-supervised learning, pretext task, pre-training, downstream task,
skip-gram, word vector, negative sampling, softplus, pointwise mutual information, cosine.
*Runs* about 8 seconds.
"""

# %%
import re

import numpy as np

import minigrad as mg
from minigrad import lesson, nn, optim
from minigrad.datasets import load_text
from minigrad.nn.functional import softplus

run = lesson.start("20_word_vectors", epochs=60, lr=0.1)
rng = np.random.default_rng(run.seed)
if run.quick:
    print("quick: too short to show what the text says")

# %%
# The claims
# ----------
# *Self-supervised learning* makes its labels from the data: no human writes them. The article
# *Series* (part 21) presents it well. Six sentences need a second look; the sixth is from *Theory*:
#
# 1. *Pre-training* is training on unlabelled data (21.2). Fine-tuning, with labels, may follow.
# 2. *"By optimizing the pre-training task"*, labels are *"generated automatically"*. Then the model
#    is trained *"by optimizing the generated labels"* (21.3). Such a task is a *pretext task*.
# 3. In language it is used *"for example in word embedding"* (word vectors), *"semantic role
#    labelling and named entity recognition"*; in vision and sound, also for classification (21.4).
# 4. It helps a model to understand the structure of its inputs, *"and thereby improves the
#    performance of the model"* (21.1, 21.3 and the summary).
# 5. Cross-entropy can be used for *"classification, regression and clustering"* (1.2).
# 6. Cross-entropy is costly for a language model. *"This needs techniques such as approximate
#    computation or negative sampling"* (6.3).
#
# Finding 1: negative sampling does not end where cross-entropy ends
# ------------------------------------------------------------------
# Take a word w of the text. A *context* of w is a word c at most two places away. In *call me
# ishmael some*, the contexts of *me* are *call*, *ishmael* and *some*. *Skip-gram* is a pretext
# task: given w, which word stands near? Each pair (w, c) is a sample with the label c.
#
# The text is the first 60 chapters of *Moby-Dick*. We keep the words that occur 20 times or more
# (the *common* words). The others keep their places, but are in no pair.

words = re.findall("[a-z]+", load_text().lower())
names, often = np.unique(words, return_counts=True)
vocabulary = names[often >= 20]  # in the order of the alphabet
n = len(vocabulary)
# -1: not a common word
tokens = np.where(np.isin(words, vocabulary), np.searchsorted(vocabulary, words), -1)


def count_pairs(tokens):
    """How often each word w (row) has the context c (column)."""
    counts = np.zeros((n + 1, n + 1))  # the last row and column belong to -1
    for away in (1, 2):
        np.add.at(counts, (tokens[:-away], tokens[away:]), 1)  # c stands after w
    return (counts + counts.T)[:-1, :-1]  # c before w: the same pairs, turned round


counts = count_pairs(tokens)  # (n, n)
print("\nFinding 1: where negative sampling ends")
print(f"{len(words)} words in all; {n} different words kept; {counts.sum():.0f} pairs")

# %%
# **The labels come first.** `counts` holds all labels, and no model exists yet. The training will
# change vectors, and never `counts`. So sentence 2 is wrong twice: here the labels come from the
# data, before any training, and what training optimizes is the parameters.
#
# Each word gets two *word vectors* of d numbers: row w of V for the word itself, row c of U for the
# word as a context. Their dot product :math:`x_{wc}` is the score of the pair. A softmax of a row
# of scores makes probabilities, and cross-entropy can train them. But then each pair needs the
# scores of *all* words. *Negative sampling* asks a cheaper question: is this pair from the text, or
# made up? Each pair of the text is a "yes". For each "yes", k words c are drawn, each word with its
# probability :math:`q_c`, and each (w, c) so made is a "no": 1 + k scores for each pair.
#
# Let :math:`n_{wc}` be the count of a pair, and :math:`n_w` the sum of row w. The :math:`n_w` pairs
# of w draw k words each, and each draw is c with probability :math:`q_c`. So on average (w, c) is a
# "no" :math:`m_{wc} = k \, n_w \, q_c` times. We take this average. The *softplus* is :math:`s(x) =
# \ln(1 + e^x)`. With the probability :math:`\sigma(x)` for "yes" (the sigmoid), :math:`-\ln
# \sigma(x) = s(-x)` and :math:`-\ln (1 - \sigma(x)) = s(x)`. The log loss of all pairs is
#
# .. math:: L = \sum_{w,c} \bigl[ n_{wc} \, s(-x_{wc}) + m_{wc} \, s(x_{wc}) \bigr].
#
# The slope of s(x) is :math:`e^x / (1 + e^x) = \sigma(x)`. That of s(-x) is :math:`-\sigma(-x) =
# \sigma(x) - 1`. Let G be the slope of L for the scores. With :math:`x_{wc} = \sum_j V_{wj} U_{cj}`
# the chain rule gives
#
# .. math::
#
#    G_{wc} &= n_{wc} \, (\sigma(x_{wc}) - 1) + m_{wc} \, \sigma(x_{wc})
#    = (n_{wc} + m_{wc}) \, \sigma(x_{wc}) - n_{wc}, \\
#    \frac{dL}{dV_{wj}} &= \sum_c G_{wc} \, U_{cj}, \qquad
#    \frac{dL}{dU_{cj}} = \sum_w G_{wc} \, V_{wj}.


def negatives(counts, k):
    return k * counts.sum(axis=1)[:, None] * counts.sum(axis=0) / counts.sum()  # m


def slopes(V, U, counts, k):
    G = (counts + negatives(counts, k)) / (1 + np.exp(-V @ U.T)) - counts
    return G @ U, G.T @ V


def sampling(counts, k):
    """L in minigrad, as a function of the scores."""
    yes = mg.tensor(counts.astype("float32"))
    no = mg.tensor(negatives(counts, k).astype("float32"))
    return lambda x: (yes * softplus(-x) + no * softplus(x)).sum()


def train(loss_of, n, d, steps):
    """V and U, from a random start; `loss_of` takes the scores."""
    tables = [nn.Parameter(0.1 * mg.randn(n, d)) for _ in range(2)]
    optimizer = optim.Adam(tables, run.lr)
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of(tables[0] @ tables[1].T).backward()
        optimizer.step()
    return [table.detach().numpy() for table in tables]


# %%
# **Where it ends.** Let the vectors be long enough that each score can take any value. L is a sum
# of terms with one score each, and s is convex: so L is least where each G is 0 (if each
# :math:`n_{wc}` is above 0):
#
# .. math::
#
#    \sigma(x) &= \frac{n_{wc}}{n_{wc} + m_{wc}}, \qquad
#    e^x = \frac{\sigma(x)}{1 - \sigma(x)} = \frac{n_{wc}}{m_{wc}}, \\
#    x &= \ln \frac{n_{wc}}{k \, n_w \, q_c} = \ln \frac{p(c \mid w)}{q_c} - \ln k.
#
# We draw a word as often as it is a context: :math:`q_c = p(c)`, the share of c among all contexts.
# Then :math:`\ln [p(c \mid w) / p(c)]` is the *pointwise mutual information* (PMI) of w and c: the
# logarithm of how many times more often they meet than independent words would. It is 0 for
# independent words. So negative sampling ends at PMI - ln k (Levy and Goldberg 2014). Guess: is the
# softmax of these scores p(c | w), at which cross-entropy ends (lesson 02)?
#
# First five words with five numbers each: then each score can take any value. (Each pair of these
# words is in the text.) k is 5. The table shows the row of *he*.

few = np.searchsorted(vocabulary, ["he", "i", "it", "the", "you"])
small = counts[np.ix_(few, few)]  # (5, 5)
V, U = train(sampling(small, 5), 5, 5, 10 * run.epochs)
e = np.exp(V[0] @ U.T)
q = small.sum(axis=0) / small.sum()
# ln (n_wc / m_wc) is PMI - ln k
lines = {"x, trained": np.log(e), "PMI - ln 5": np.log(small / negatives(small, 5))[0]}
lines |= {"p(c | he)": small[0] / small[0].sum(), "softmax of x": e / e.sum()}
lines["softmax of x + ln q"] = q * e / (q * e).sum()
print(f"{'contexts c of he':<22}" + "".join(f"{word:>8}" for word in vocabulary[few]))
for name, line in lines.items():
    print(f"{name:<22}" + "".join(f"{value:8.3f}" for value in line))
print(f"largest slope left: {np.abs(slopes(V, U, small, 5)).max():.3f}")

# %%
# No. The scores end at PMI - ln 5, as derived, and their softmax is another distribution: it gives
# *the* 0.372 and not 0.588. The formula says why. :math:`e^x` is p / (k q), so each probability is
# divided by how frequent its context is. Multiplied by q (add ln q to x), the softmax is p again.
#
# So **sentence 6** is right about the cost: with five drawn words, six scores for each pair, and
# not 557. (Our average in place of the draws needs all.) But negative sampling is not a cheap way
# to the model of cross-entropy. It changes the goal. Our word vectors do not suffer from this:
# trained with the softmax instead, they have 0.79 in Finding 2 after 60 steps, and not 0.84 (six
# starts, computed beforehand). A language model, whose p must be right, would. (A relative ends at
# p: give the sigmoid :math:`x - \ln (k q_c)` in place of x. Then :math:`x - \ln (k q_c)` ends at
# :math:`\ln [p / (k q_c)]`, so x ends at ln p. This is *noise-contrastive estimation*.)
#
# Finding 2: the neighbours know the classes, and counting finds them, too
# ------------------------------------------------------------------------
# Now all common words, with 32 numbers each: the scores are no longer free. To judge the vectors,
# we sorted some common words by hand into eight classes of nine words or more: pronouns, modal
# verbs, prepositions, parts of the body, names, people, verbs in the past and in the present. The
# training never sees these classes. How alike are two words? We take the *cosine* of their vectors,
# the dot product divided by both lengths: 1 for the same direction, 0 for a right angle. A method
# is judged by the share of words whose most similar word (of the sorted ones) is of their class.

members = [line.split() for line in """\
i he she it we they you him them us me thou ye thee
can could may might must shall should will would cannot
in on at by from with into upon through under over between against
hand hands head eyes face arm feet mouth arms eye heart leg teeth
ahab queequeg bildad peleg starbuck stubb flask steelkilt jonah
man men boy boys fellow landlord captain sailor sailors mate mates
came went turned looked sat stood took saw knew found heard began
go come see say take make tell know think give get find hear""".splitlines()]
chosen = np.searchsorted(vocabulary, np.concatenate(members))  # 95 words
labels = np.repeat(range(8), [len(line) for line in members])


def cosines(E):
    """Of each row of E with each row."""
    unit = E / np.linalg.norm(E, axis=1, keepdims=True)
    return unit @ unit.T


def same_class(E):
    similar = cosines(E[chosen]) - 2 * np.eye(len(labels))  # not the word itself
    return (labels[similar.argmax(axis=1)] == labels).mean()


def report(methods, *measures):
    """Print and return mean and spread, over the starts and what a measure draws."""
    results = []
    for name, each in methods.items():
        shares = [np.ravel([measure(E) for E in each]) for measure in measures]
        results.append([(share.mean(), share.std()) for share in shares])
        print(f"{name:<16}" + "".join(f"{m:11.3f} ({s:.3f})" for m, s in results[-1]))
    return np.array(results)


# %%
# The rival is *counting*, without training: the table of PMI, with 0 in place of all that is below
# 0 (a pair that never occurs would have minus infinity). Of this table we take the nearest one of
# rank 32, in squared error: the singular value decomposition writes the table as a product, left
# times sizes times right, with the largest sizes first, and we keep 32 columns of `left`. (To
# multiply them by the roots of their sizes is a custom.) And a control: the same words, shuffled,
# so that neighbours mean nothing. The spread is the standard deviation, over five random starts.
# Guess: which of the three beats chance, and which is best?

texts = {"skip-gram": counts, "shuffled text": count_pairs(rng.permutation(tokens))}
vectors = {"one-hot": [np.eye(n)], "random": rng.standard_normal((5, n, 32))}
for name, table in texts.items():
    starts = run.progress(5 - 3 * run.quick, unit="start")  # 5, or 2
    vectors[name] = [train(sampling(table, 5), n, 32, run.epochs)[0] for _ in starts]
left, sizes, _ = np.linalg.svd(np.log(np.maximum(counts / negatives(counts, 1), 1)))
vectors["counting"] = [left[:, :32] * np.sqrt(sizes[:32])]
print("\nFinding 2: share of words whose nearest is of their class, mean (spread)")
report(vectors, same_class)
for i in np.searchsorted(labels, range(8)):  # the first word of each class
    near = [cosines(vectors[name][0])[chosen[i]] for name in ("skip-gram", "counting")]
    three = [" ".join(vocabulary[np.argsort(-row)[1:4]]) for row in near]
    print(f"{vocabulary[chosen[i]]:<5} skip-gram: {three[0]:<24} counting: {three[1]}")

# %%
# Both find the classes, and it is the neighbours that do it: the shuffled text has the same words
# and the same training, and is hardly better than random vectors. (All cosines of one-hot vectors
# are 0, and the first word wins.) The lists (all common words, first start) show what "alike"
# means: words that can stand in the same places. Some are poor: the text is short.
#
# After 60 steps skip-gram (0.836) is above counting (0.768, without a start, so without a spread).
# But the training has not ended. With `--epochs 600` (a minute) the loss is lower, and the share is
# 0.724 (0.029), no longer above counting: here the best fit of the pairs has not the best classes.
# One text, one number of columns and one of steps are no ranking.
#
# Finding 1 suggests PMI - ln 5 for counting. Computed beforehand: subtract ln 5, then put 0 for all
# below 0. The share falls to 0.337. If ln 5 is subtracted *after* the zeros are in, it is 0.716. So
# the new zeros do most of the harm: above 0 are 13.6 % of the entries, and after the shift 4.5 %.
#
# Finding 3: two labels are enough for many words, if neighbours know the classes
# -------------------------------------------------------------------------------
# A *downstream task* comes after pre-training and has labels of its own. Ours: tell the class of a
# word. Two words of each class have a label; each other word gets the class whose two words are
# most alike to it, on average. 20 draws of labelled words for each start; the spread is over both.
#
# **Sentence 3** mixes the two kinds of tasks. Word vectors come from a pretext task. But labelling
# roles (who did what to whom), recognizing names and classifying are learnt from labels of humans:
# downstream tasks. It is true that they often start from such vectors. And **sentence 1** leaves
# something out. "Pre" says that this training comes before another. Networks for photographs were
# long pre-trained on the million labelled photographs of ImageNet: with labels.
#
# A second task has the same words: is the number of letters odd? Guess for both tasks: how many of
# the words without a label are answered rightly?


def guess(E, truth):
    """Shares of right answers for the other words: 20 draws of two words a class."""
    alike = cosines(E[chosen])
    shares = []
    for _ in range(20):
        order = rng.permutation(len(truth))
        known = [order[truth[order] == c][:2] for c in range(truth.max() + 1)]
        answers = np.argmax([alike[pair].mean(axis=0) for pair in known], axis=0)
        shares.append(np.delete(answers == truth, np.ravel(known)).mean())
    return shares


odd = np.array([len(word) % 2 for word in vocabulary[chosen]])
print(f"\nFinding 3: share right, mean (spread)\n{'classes':>32}{'odd or even':>20}")
shares = report(vectors, lambda E: guess(E, labels), lambda E: guess(E, odd))

# %%
# Two labels a class are enough for 0.669 of the words with skip-gram, and for 0.646 with counting
# (0.65 to 0.70 for both with `--seed` 1 to 4). One-hot vectors cannot generalize: all cosines are
# 0, and the answer is always the first class. They have 0.152, random vectors 0.142. But whether
# the number of letters is odd, no method knows: 0.495 for skip-gram. (Always "even": 0.560.)
#
# So **sentence 4** needs an "if". These vectors improve the first task because it asks for what the
# pretext task had to learn: where a word can stand. The second task has the same words, vectors and
# number of labels for each class, and gains nothing.
#
# Clusters are no labels
# ----------------------
# **Sentence 5.** (Regression: lesson 17.) Cross-entropy needs classes with fixed names. Clusters
# have none. A model gives 0.90 to the right one of three clusters, and 0.05 to each other: the
# cross-entropy is -ln 0.90 = 0.105. Now each cluster gets the number of another: -ln 0.05 = 2.996.
# The groups are the same. But clusters that were found before, with their numbers kept, may serve
# as labels. Then cross-entropy has its place: such labels, too, are made first.
#
# The picture
# -----------
# Left: the cosines of the sorted words, by one start of skip-gram, from the least (white) to 1
# (black). A line surrounds each class, and its first word is named. *can*, *in* and *go* are
# plainly dark; *man* hardly differs from its surroundings. Right: Finding 3. A filled bar is the
# task of the classes, an empty bar that of the lengths, a thin line the spread. *random* is chance.

block, bar = run.figure(12, 5.4).subplots(1, 2)
block.imshow(cosines(vectors["skip-gram"][0][chosen]), cmap="gray_r")
block.set_yticks(np.searchsorted(labels, range(8)), [line[0] for line in members])
block.contour(labels[:, None] == labels, [0.5], colors="0")
block.set(title="Too short a run" if run.quick else "Some squares are dark", xticks=[])
for (mean, spread), y in zip(shares.transpose(1, 2, 0), (0.4, -0.4), strict=True):
    bar.barh(list(vectors), mean, y, xerr=spread, fill=y > 0, ec="0", align="edge")
bar.set(title="Neighbours know classes, not lengths", xlabel="share (empty: lengths)")
run.finish(bar.figure, {"shares": shares.reshape(-1, 2)}, share=shares[2, 0, 0])

# %%
# What this does not show
# -----------------------
# We averaged over the "no" pairs. The usual program draws them, pair by pair; the noise is that of
# lesson 10. It also takes the count to the power 0.75 for :math:`q_c`. :math:`x = \ln [n_{wc} / (k
# n_w q_c)]` holds for any q, but then it is no longer PMI. The classes are our choice, and the text
# has 106,477 words; usual vectors are made from billions.
#
# **In one sentence**: a text labels its own words by their neighbours, negative sampling turns this
# into PMI - ln k, and what it learns helps a task that has to do with neighbours.
#
# Your turn
# ---------
# Write the pairs of a text as a list, the loss and the slopes of *one* "yes" with its drawn "no"
# words, and a table of positive PMI for any q, with words that never occur: exercise 20 of the
# classroom. Finding 1 has the formulas for all pairs at once. `np.add.at(a, i, 1)` adds 1 at each
# place of i, also twice at a place that i names twice. A slice ``tokens[a:b]`` may end beyond the
# end, but it must not begin before 0: there ``max(0, a)`` helps. Then type::
#
#    python -m minigrad.classroom start
#    python -m minigrad.classroom check 20
