r"""
How surprising is the next letter?
==================================

A *language model* gives a probability to each letter that may come next. Its loss is the surprise
at the letter that does come. What is such a model compared with: with how frequent letters are, or
with something else? And what happens if it learns its text by heart?

*You need* lessons 02 (cross-entropy, Gibbs), 03 (conditional entropy), 07 (the softmax classifier)
and, of lesson 19, only what an embedding is.
*New words*: language model, context, smoothing, bigram model, perplexity.
*Runs* about 15 seconds.
"""

# %%
from collections import Counter

import numpy as np

import minigrad as mg
from minigrad import lesson, nn, optim
from minigrad.datasets import load_text

run = lesson.start("21_language_model", epochs=600, lr=0.005, batch_size=128, text=2000)
if run.quick:
    print("quick: too short to show what the text says")
rng = np.random.default_rng(run.seed)

# %%
# The claims
# ----------
# 1. *Theory* (5.4): a language model is to predict the distribution of the next word. *"We can use
#    cross-entropy to measure the gap between the predicted probabilities and the true word
#    frequencies."*
# 2. *Softmax* (5.2): *"The computational efficiency of cross-entropy in large-scale learning is
#    rather low"*. *Snippet*, too, hopes that its computation will get more efficient.
# 3. *Theory* (6.3): for models with a large output space, such as language models, the cost of
#    cross-entropy is *"very high"*. This takes approximations or negative sampling.
#
# The aim in sentence 1 is right, and so is the loss. Sentence 3 is right, too. We ask of sentence
# 1: which frequencies? And of sentence 2: a large scale of what?
#
# **The text** is a novel, Melville's *Moby-Dick* (chapters 1 to 60). Our "words" are single
# letters: there are fewer of them. A "letter" is any sign here, also a space or a line break. C is
# the number of kinds of letters. (`--text FILE` takes a text of your own. A script with thousands
# of kinds, such as Chinese, takes minutes.)
#
# The last tenth is held out (lesson 06). We cut, and do not shuffle: overlapping pieces of text on
# both sides would be a leak (lesson 16). The models learn from the first 60,000 letters.

text = (load_text() if run.text is None else run.text)[: 16_000 if run.quick else None]
letters = sorted(set(text))
C = len(letters)
cut = len(text) * 9 // 10
held_out = text[cut:]
learn = text[:cut][:60_000]
print(f"\nThe text: {len(text)} letters of {C} kinds. It begins: {ascii(text[:31])}")
print(f"To learn from: {len(learn)}. Held out: {len(held_out)}.")

# %%
# Finding 1: the target is the next letter, not the frequency
# -----------------------------------------------------------
# The m letters before a letter are its *context*. The simplest model counts. Let n(a) be how often
# the context a occurs in the text to learn from (with a letter after it), and n(ab) how often the
# letter b follows: the context and its letter are a *window*. The natural belief is the frequency
# of b after a, n(ab) / n(a). But a window that was never seen would get the probability 0, and an
# infinite surprise on the day when it comes (lesson 02). So each of the C letters gets k more: this
# is *smoothing*.
#
# .. math:: q(b \mid a) = \frac{n(ab) + k}{n(a) + k \, C}, \qquad
#    \sum_b q(b \mid a) = \frac{n(a) + k \, C}{n(a) + k \, C} = 1.
#
# That is why the denominator has k C. After a context that was never seen, each letter gets 1 / C.
# Our k is 0.01. With m = 0 the context is empty, and q is the frequency of b (nearly). With m = 1
# the model is a *bigram model*: it counts pairs.


def count(text, m):
    """How often each window of m + 1 letters occurs, and each context in it."""
    windows = Counter(text[i : i + m + 1] for i in range(len(text) - m))
    contexts = Counter(text[i : i + m] for i in range(len(text) - m))
    return windows, contexts


def smoothed(tables, window, k=0.01):
    """The belief in a window's last letter, after the letters before it."""
    windows, contexts = tables[len(window) - 1]
    return (windows[window] + k) / (contexts[window[:-1]] + k * C)


def surprise(belief, tables, text, m):
    """The mean of -ln q(letter | the m letters before) over a text, in nats."""
    windows = count(text, m)[0].items()
    return sum(-n * np.log(belief(tables, w)) for w, n in windows) / (len(text) - m)


# %%
# `surprise` is the loss of lesson 07: minus the logarithm of the probability of what came, as a
# mean. Its exponential is the *perplexity*. With :math:`q_t` the probability that the letter at
# place t got, and N places:
#
# .. math:: \exp \Bigl( \frac{1}{N} \sum_t -\ln q_t \Bigr)
#    = \Bigl( \prod_t \frac{1}{q_t} \Bigr)^{1/N}.
#
# A model that chooses evenly among 20 letters has every :math:`q_t` = 1 / 20: perplexity 20.
#
# Now take sentence 1 at its word. Take the mean of a model's predictions over all places, and the
# gap (the divergence of lesson 02) from the frequencies of the letters to this mean. Guess: which
# has the smaller gap, the frequencies themselves or the bigram model? And the smaller surprise?

tables = [count(learn, m) for m in range(7)]
frequencies = np.array([tables[0][0][b] for b in letters]) / len(learn)  # (C,)
pairs = np.array([[smoothed(tables, a + b) for b in letters] for a in letters])
known = frequencies > 0  # some kinds come after these 60,000 letters only
means = {"frequencies": frequencies, "bigram model": frequencies @ pairs}
print("\nFinding 1: nats a letter    gap to frequencies   held out   perplexity")
for m, (name, mean) in enumerate(means.items()):
    gap = frequencies[known] @ np.log(frequencies[known] / mean[known])
    nats = surprise(smoothed, tables, held_out, m)
    print(f"{name:12}{gap:34.3f}{nats:11.3f}{np.exp(nats):13.2f}")

# %%
# Both have the gap 0.000. But their perplexities are 20.82 and 11.44: the surprise tells them
# apart, and the gap to the frequencies does not. Why has the bigram model no gap? Without
# smoothing, the mean of its predictions is
#
# .. math:: \sum_a \frac{n(a)}{N} \cdot \frac{n(ab)}{n(a)} = \frac{1}{N} \sum_a n(ab) =
#    \frac{n(b)}{N}.
#
# With what does the surprise compare, then? Put all places with the same context a together:
#
# .. math:: \frac{1}{N} \sum_t -\ln q_t = \sum_a \frac{n(a)}{N}
#    \sum_b \frac{n(ab)}{n(a)} \bigl( -\ln q(b \mid a) \bigr).
#
# The inner sum is the cross-entropy from the frequencies *after the context a* to the prediction.
# By Gibbs (lesson 02) it is least where the two are equal. So **sentence 1** is right if it means
# the frequencies after each context. Nobody has to know them: each place gives one true next
# letter, and the sum over places does the rest. On the text that was counted, the least value is
# the conditional entropy of lesson 03. A model that gives the frequencies of single letters at
# every place, whatever came before, cannot get below their entropy there, 3.036 nats.
#
# Finding 2: counting long contexts is learning by heart
# ------------------------------------------------------
# One letter of context helps much. Guess: up to which m does the held-out surprise fall?
#
# "Never seen" is the part of the held-out places whose window was never seen. "Nine tenths": the
# same model, after it has counted all the text that is not held out, 533,403 letters (with --quick
# the same as before). "Mixed" smooths in another way. To add k for each letter is a belief, too:
# that all letters are alike. The next shorter context has a better one. So add A letters in all
# (A = 10), divided as that context says:
#
# .. math:: q(b \mid a) = \frac{n(ab) + A \, q(b \mid a')}{n(a) + A}, \qquad
#    a' = a \text{ without its first letter.}
#
# The beliefs after a' add up to 1, so these do, too. Below the empty context stands 1 / C.


def mixed(tables, window, A=10):
    """As `smoothed`, with the belief of the next shorter context instead of k."""
    if window == "":
        return 1 / C
    windows, contexts = tables[len(window) - 1]
    added = A * mixed(tables, window[1:])
    return (windows[window] + added) / (contexts[window[:-1]] + A)


counts = np.zeros((7, 5))
print("\nFinding 2: counting, nats a letter                  nine tenths       mixed")
print("m  contexts      learnt    held out  never seen    held out    held out")
for m in range(7):
    seen = sum(n for w, n in count(held_out, m)[0].items() if w in tables[m][0])
    counts[m, :2] = [surprise(smoothed, tables, part, m) for part in (learn, held_out)]
    counts[m, 2] = 1 - seen / (len(held_out) - m)
    counts[m, 3] = surprise(smoothed, {m: count(text[:cut], m)}, held_out, m)
    counts[m, 4] = surprise(mixed, tables, held_out, m)
    print(("{}{:10}" + 5 * "{:12.3f}").format(m, len(tables[m][1]), *counts[m]))

# %%
# The surprise at the text that was learnt falls and falls, to 0.723 nats. At the held-out text it
# is least at m = 2, with 2.168. At m = 6 it is 3.447, worse than with no context at all. This is
# over-fitting (lesson 13), without a network and without a step of descent. The column "never seen"
# shows the reason: 67.5 % of the held-out windows of 7 letters are new. There the count is 0, and
# only k is left.
#
# So the surprise at the learnt text does not tell how good a model is. If you choose m by it, you
# take 6, the worst of the seven. And the best m depends on the amount of text: after nine times as
# many letters it is 4. (With k = 0.1 and k = 1 it is 2 for the 60,000 letters, too, but 3 for the
# nine tenths.)
#
# **Mixed** has the same counts of the same letters. Only the smoothing differs, and m = 6 costs
# 1.964 nats, not 3.447. (The same A = 10 letters, divided evenly, are k = 10 / 79: 3.584.) Of a
# window that is new, a shorter end is often known. So a long context does little harm if the
# shorter ones have a say, and enough of it: with A = 1, m = 6 costs 2.672. (Better ways of mixing
# are known. With the best of them, counting words was the usual way before the networks.)
#
# Finding 3: a network shares, too, and its cost grows with C
# -----------------------------------------------------------
# A network needs no table of contexts. Each of the m letters gets a vector of 16 numbers, from one
# table (an *embedding*, lesson 19). The m vectors side by side go through a layer of 128 units and
# a layer to C logits; then come softmax and cross-entropy (lesson 07). All contexts share these
# weights. Each network takes 600 steps of 128 random places, 1.3 times the 60,000 letters. Guess:
# is it better than smoothed counts? Than mixed ones? (`--epochs` counts steps here.)

parts = [np.searchsorted(letters, list(part)) for part in (learn, held_out)]  # numbers


def predict(model, x, places, m):
    """The logits for the letters at places of x, from the m letters before each."""
    # a column of places and a row of steps: an index of the shape (places, m)
    return model(mg.tensor(x[places[:, None] + np.arange(-m, 0)]))  # (places, C)


starts = 2 if run.quick else 5
nets = np.zeros((4, starts, 2))
for job in run.progress(4 * starts, unit="network"):
    i, start = divmod(job - 1, starts)
    m = 2**i  # 1, 2, 4, 8
    layers = [nn.Embedding(C, 16), nn.Flatten(), nn.Linear(16 * m, 128), nn.Tanh()]
    model = nn.Sequential(*layers, nn.Linear(128, C))
    optimizer = optim.Adam(model.parameters(), lr=run.lr)
    for _ in range(run.epochs):
        places = rng.integers(m, len(learn), run.batch_size)
        logits = predict(model, parts[0], places, m)
        loss = nn.functional.cross_entropy(logits, mg.tensor(parts[0][places]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    for j, x in enumerate(parts):
        z = predict(model, x, np.arange(m, len(x)), m).detach()  # logits
        nets[i, start, j] = nn.functional.cross_entropy(z, mg.tensor(x[m:])).item()
print(f"\nFinding 3: networks, nats a letter; mean (deviation) of {starts} starts")
print("m       learnt        held out")
for i in range(4):
    columns = np.transpose([nets[i].mean(axis=0), nets[i].std(axis=0, ddof=1)])
    print(2**i, *["{:8.3f} ({:.3f})".format(*column) for column in columns])

# %%
# At m = 4 the network is as good as smoothed counts at their best m (2.168, at m = 2). Its held-out
# surprise rises by about 0.04 nats from m = 4 to m = 8, that of smoothed counts by 0.880 from m = 4
# to m = 6. But mixed counts are better than these networks, by about 0.24 nats at m = 4. So the
# network as such is not what saves the long contexts. Both share: mixed counts between contexts
# that end alike, the network through its weights. (With 1500 steps and a rate that falls from 0.01
# to 0, networks with m = 4 come to 1.99, computed beforehand with two starts: not better, either.)
#
# The short training, too, keeps the rise from m = 4 to m = 8 small. After 9000 steps (computed
# beforehand, five starts) it has 1.47 at the learnt text and 2.35 at the held-out one with m = 8,
# and 2.11 there with m = 4: the rise is 0.24 nats, not 0.04. So a network learns by heart as well,
# if it trains long enough. That is still far from the 3.447 of counts with m = 6, but it is not the
# end: after 35,000 steps one start had 2.64.
#
# **What does the softmax cost?** Count for one letter, with m = 4. Four vectors of 16 numbers go
# into the 128 units: 64 times 128 multiplications. The output layer takes 128 C of them. The
# softmax takes C exponentials and divides by their sum. The log loss takes a single logarithm.
# Guess: from which C on do output layer and softmax take more than the hidden layer?

print("\nFinding 3: multiplications for a letter (m = 4); exponentials of the softmax")
print("      C   hidden layer   output layer   softmax   last two, part of all")
for kinds in (10, 79, 1000, 10_000, 100_000):
    work = [kinds, 64 * 128, 128 * kinds, kinds]
    print("{:7}{:15}{:15}{:10}{:19.2f}".format(*work, sum(work[2:]) / sum(work[1:])))

# %%
# From C = 64 on: there 129 C passes 64 times 128. With C = 79 they have 0.55 of the work, with
# 100,000 words nearly all. So **sentence 3** is right: a large output costs much. Most of it is the
# output layer: 128 multiplications for each exponential. Both come from the same place: the sum in
# the softmax has a term for each of the C letters. Negative sampling and its relatives leave most
# terms out (lesson 20).
#
# **Sentence 2** speaks of large-scale learning. With N letters to learn from, every column is
# multiplied by N, and the last one stays. So cross-entropy does not get less efficient with more
# data. It does with more classes. A multiplication is not an exponential, however: on one machine
# NumPy took 0.17 ms for this hidden layer of 1,024 letters, 0.24 ms for the output layer (C = 79),
# and 0.16 ms for softmax and loss. In time the loss is no trifle beside small layers.
#
# Samples
# -------
# Ask a model for its belief, draw a letter by it, append the letter, and ask again. Each sample
# begins behind the first 8 letters of the held-out text. Guess which line is whose, before you look
# at the names below them.


def write(next_belief, m):
    """60 letters drawn one by one; next_belief: from a context of m letters to (C,)."""
    written = held_out[:8]
    for _ in range(60):
        p = next_belief(written[len(written) - m :])
        written += rng.choice(letters, p=p / p.sum())
    return ascii(written[8:])


def by_counts(context):
    return np.array([mixed(tables, context + b) for b in letters])


def by_network(context):
    x = np.searchsorted(letters, list(context))
    return predict(model, x, np.array([8]), 8).softmax(-1)[0].detach().numpy()


print("\nSamples, 60 letters each")
for next_belief, m in [(by_counts, 1), (by_network, 8), (by_counts, 0), (by_counts, 4)]:
    print(write(next_belief, m))
print("These were: mixed, m = 1; network, m = 8; mixed, m = 0; mixed, m = 4.")

# %%
# Frequencies alone give letters (m = 0), pairs give syllables (m = 1). Mixed counts with m = 4 and
# the network give words and half-words. All of this has the text's style and no sense.
#
# The picture
# -----------

ax = run.figure(9, 5).subplots()
names = {"counts, learnt": 0, "counts, held out": 1, "mixed counts, held out": 4}
for (name, j), style in zip(names.items(), ["C0--", "C0-", "C2:"], strict=True):
    ax.plot(counts[:, j], style)
    ax.text(6.1, counts[-1, j], name, color=style[:2], va="center")
new = nets[:, :, 1]
ax.errorbar([1, 2, 4, 8], new.mean(axis=1), new.std(axis=1, ddof=1), fmt="C1s-.")
ax.text(8.2, new[-1].mean(), "network, held out", color="C1", va="center")
ax.set(xlim=(-0.3, 10.2), xlabel="m, letters of context", ylabel="nats a letter")
ax.set(xticks=range(9), title="Counts learn long contexts by heart")
run.finish(ax.figure, {"counts": counts, "networks": new}, held_out=new[-1, -1])

# %%
# What this does not show
# -----------------------
# **In one sentence**: a language model is judged by its surprise at the next letter of new text,
# not by the frequencies of letters; a longer context lowers this surprise if there is enough text
# for it, and a model that shares between contexts needs less text.
#
# The best m was chosen by the held-out text; text that chose nothing would judge it more strictly
# (lesson 13). One novel and 60,000 letters are little, and the networks here are small. So the
# ranking of mixed counts and networks says nothing of large ones. A Transformer (lesson 22) reads
# further back than 8 letters. Figures per letter cannot be compared with figures per word: a word
# of five letters and a space adds up six surprises.
#
# Your turn
# ---------
# Count pairs of numbers and smooth them, take the perplexity of a text under a table of beliefs,
# and cut a text into contexts, its beginning padded: exercise 21 of the classroom.
# `python -m minigrad.classroom start` writes the file. Then type::
#
#    python -m minigrad.classroom check 21
#
# Before that: which perplexity has a model that gives each letter that comes the probability 1/4?
