r"""
Who looks at whom?
==================

A layer of self-attention lets each token of a row look at the others. We compute one on paper, for
three tokens. An article prints such a layer, and we repair it. Then the layer learns to reverse a
row, and shows what it can know without an order, under a mask, and if nobody looks at another.

*You need* lessons 02 (cross-entropy), 05 (softmax, and its derivative) and 07 (the training loop).
*New words*: token, self-attention, projection, query, key, value, score, weight (of attention),
head (of attention), mask, causal mask, permutation equivariance, embedding.
*Runs* about 11 seconds.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, nn, optim, plot

run = lesson.start("19_self_attention", epochs=300, lr=0.008, batch_size=64)
if run.quick:
    print("quick: too short to show what the text says")
np.set_printoptions(precision=3, floatmode="fixed", suppress=True)

# %%
# The claim
# ---------
# The article *Series* (part 20) presents self-attention. Its core is right: each place of a row
# computes how relevant the places are for it, a softmax turns these numbers into weights, and a
# weighted sum follows. (A *token* is what stands at one place of the row: a word, or a letter.) In
# section 5 it prints a layer. Here is the layer in our own words, for ``x`` of shape (B, T, d): B
# rows of T tokens with d numbers each. The numbers (1) to (6) stay the same to the end::
#
#    class SelfAttention(nn.Module):
#        def __init__(self, d):
#            super().__init__()
#            self.d = d
#            self.to_q = nn.Linear(d, d)
#            self.to_k = nn.Linear(d, d)
#            self.to_v = nn.Linear(d, d)
#            self.to_out = nn.Linear(d, d)
#            self.softmax = nn.Softmax(dim=2)                                   # (2)
#
#        def forward(self, x):
#            q = self.to_q(x)                                                   # (6)
#            k = self.to_k(x)
#            v = self.to_v(x)
#            scores = self.softmax(q @ k.transpose(-2, -1) / np.sqrt(self.d))   # (1) (3) (4)
#            return self.to_out(scores @ v)                                     # (5)
#
# 1. ``np`` is never imported.
# 2. The softmax runs along axis 2, whatever the number of axes is.
# 3. The variable ``scores`` holds weights, not scores.
# 4. There is no mask: each token sees the whole row.
# 5. There is only one attention, and no heads.
# 6. The layer cannot know the order of the tokens, and Series never speaks of order.
#
# (4) to (6) are limits. Series also says that self-attention "first appeared" in 2017 in the paper
# "Transformer for Language Understanding", which proposed a language model, the Transformer. There
# is no such paper. The Transformer is from "Attention Is All You Need" (Vaswani et al., 2017), and
# it translates; attention is a part of it. Cheng et al. used self-attention in 2016.
#
# Finding 1: looking need not be mutual
# -------------------------------------
# Three tokens: *the*, *cat*, *sleeps*. Each has four numbers: is it the word *the*, a noun, a verb,
# and how strongly it is stressed. Each token makes three vectors from its own numbers, each by a
# matrix of its own (a *projection*):
#
# - a *query*, ``q = x W_q``: what the token looks for;
# - a *key*, ``k = x W_k``: by what the token can be found;
# - a *value*, ``v = x W_v``: what the token hands over if it is looked at.
#
# The *score* of a query and a key is their dot product, divided by the root of its number of terms,
# d. A softmax of the scores along the keys gives the *weights*: without a mask they are positive,
# and for each query they add up to 1. The output is the mean of the values under these weights:
#
# .. math:: S = \frac{Q K^T}{\sqrt{d}}, \qquad A = \mathrm{softmax}(S), \qquad \text{output} = A V.
#
# Line i of :math:`A` says how token i looks at each token, itself included. In *self-attention* all
# three vectors come from the same row of tokens. Our ``W_q`` lets a noun look for its *the*, and a
# verb for its noun. Before you read on, compute the weights and the output of *cat* on paper.

tokens = ["the", "cat", "sleeps"]
x = np.array([[1.0, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 3]])  # (T, 4)
W_q = np.array([[0.0, 0, 0, 0], [4, 0, 0, 0], [0, 4, 0, 0], [0, 0, 0, 0]])
W_k = np.diag([1.0, 1, 1, 0])
W_v = np.array([[10.0, 0], [0, 10], [0, 0], [0, 0]])  # two numbers to hand over


def softmax(scores, axis=-1):
    e = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def attention(q, k, v, hidden=False):
    scores = q @ k.T / np.sqrt(k.shape[1])  # (queries, keys)
    weights = softmax(np.where(hidden, -np.inf, scores))  # False hides nothing
    return weights @ v, weights


def look(x, hidden=False):
    return attention(x @ W_q, x @ W_k, x @ W_v, hidden)


by_hand, weights = look(x)
print("Finding 1: [weights on the, cat, sleeps] [output] [weights if q = k = v = x]")
for i in range(3):
    print(f"{tokens[i]:6}", weights[i], by_hand[i], attention(x, x, x)[1][i])

# %%
# By hand: the query of *cat* is (4, 0, 0, 0). Its dot products with the keys are 4, 0, 0, and
# divided by :math:`\sqrt 4` they are 2, 0, 0. The exponentials are 7.389, 1, 1, and their sum is
# 9.389. The weights are 0.787, 0.107, 0.107, and the output is 0.787 (10, 0) + 0.107 (0, 10) +
# 0.107 (0, 0) = (7.87, 1.07). The query of *the* is 0: it looks at all three alike. So *cat* looks
# at *the* with 0.787, and *the* looks at *cat* with 0.333. Their scores are 2 and 0.
#
# **Why are there three projections?** Take x itself as query, key and value. Three things go wrong:
#
# - The scores are symmetric, as :math:`x_i \cdot x_j = x_j \cdot x_i`. (The weights may differ,
#   because each query has a sum of its own.) One projection for both, ``W_q = W_k``, does not help:
#   :math:`x_i W \cdot x_j W` is symmetric, too. But :math:`x_i W_q W_k^T x_j^T` need not be.
# - :math:`x_i \cdot x_i = |x_i|^2` is large for each token itself, and a long vector can win all
#   queries: here *sleeps*, because it is stressed, has 0.506 of *the* and of *cat* (printed last).
#   A number that is 0 in a token counts for nothing in its scores: *cat* cannot look for a *the*.
# - What a token is found by would also be all that it hands over. ``W_v`` separates the two: here
#   the values carry nothing of the stress.
#
# Series says that "the similarity of queries, keys and values" is computed. The values have no part
# in it: :math:`A` is made of Q and K only. Series also compares each place with the *other* places,
# "by similarity or distance". The place itself is among the keys (*cat* has the weight 0.107 on
# itself), and a similarity of the tokens themselves would be mutual.
#
# **Not linear.** Series says that a linear layer adds up the positions with higher weights. But the
# sum is over *all* positions. It is linear in the values, but its weights are made of x. Twice the
# x gives *cat* the scores 8, 0, 0, and (19.99, 0.01). Twice its old output would be (15.74, 2.13).
#
# Finding 2: the right axis and the right scale
# ---------------------------------------------
# *Heads* are several attentions side by side: one may look for nouns, another for verbs. The scores
# of H heads have four axes, (B, H, T, T), and the keys are the last. What does a softmax along axis
# 2 do? And what if nobody divides by the root of d? Take 8 random keys and 1,000 random queries
# with d = 1024. Each query has 8 weights. Guess the largest of them, on average.

rng = np.random.default_rng(run.seed)
sums = softmax(rng.standard_normal((3, 2, 5, 5)), axis=2).sum(axis=-1)  # (B, H, T)
print("\nFinding 2: (2) softmax on axis 2 of (B, H, T, T): a query's weights", end=" ")
print(f"sum to {sums.min():.2f} .. {sums.max():.2f}, not to 1")
qk = rng.standard_normal((1000, 1024)) @ rng.standard_normal((1024, 8))
for c in (1, 32):
    top = softmax(qk / c).max(axis=1).mean()
    print(f"d = 1024, q.k / {c:2}: deviation {qk.std() / c:.2f}, top weight {top:.3f}")

# %%
# **(1)** Python stops at this line: "NameError: name 'np' is not defined". With ``import numpy as
# np`` the layer is right for the article's x of shape (3, 5, 10). **(2)** Axis 2 of (B, T, T) is
# the axis of the keys. Axis 2 of (B, H, T, T) is that of the *queries*: they then compete for each
# key, without an error, and a query's weights no longer add up to 1. Axis -1 is right for both (and
# for (T, T), where axis 2 is an IndexError).
#
# **The scale.** Let all :math:`q_i` and :math:`k_i` be independent, of mean 0 and variance 1. Then
#
# .. math::
#
#    E[q_i k_i] &= E[q_i] \, E[k_i] = 0, \\
#    \mathrm{Var}(q_i k_i) &= E[q_i^2 k_i^2] - 0 = E[q_i^2] \, E[k_i^2] = 1, \\
#    \mathrm{Var}\Bigl(\sum_{i=1}^d q_i k_i\Bigr) &= \sum_{i=1}^d \mathrm{Var}(q_i k_i) = d.
#
# A dot product has the deviation :math:`\sqrt d`, and divided by it the deviation 1, for any d.
# Undivided, one of 8 weights takes nearly all. By lesson 05, ln p of a weight p changes with its
# own score by 1 - p, so p changes by p (1 - p). Near p = 0 or 1 this is almost 0, and the scores
# hardly learn. Series divides, rightly. With H heads, the root is that of d/H, the length of *one*
# head.
#
# **(5) Heads.** Now the layer in minigrad, and its outputs once more by NumPy's version above.


class SelfAttention(nn.Module):
    def __init__(self, d, heads=1):
        super().__init__()
        self.heads = heads  # (5)
        self.to_qkv = nn.Linear(d, 3 * d)  # three projections side by side
        self.to_out = nn.Linear(d, d)

    def forward(self, x, hidden):
        parts = self.to_qkv(x).unflatten(-1, (3, self.heads, -1))  # (B, T, 3, H, d/H)
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # each (B, H, T, d/H)
        scores = q @ k.transpose(-2, -1) / k.shape[-1] ** 0.5  # (3)
        self.weights = scores.masked_fill(hidden, -float("inf")).softmax(-1)  # (2) (4)
        return self.to_out((self.weights @ v).transpose(1, 2).flatten(2))  # (B, T, d)


causal = np.arange(8)[None, :] > np.arange(8)[:, None]  # True: key after query
layer = SelfAttention(32, heads=4)
row = mg.randn(1, 8, 32)
outputs = layer(row, mg.tensor(causal))[0]  # (T, d); q, k, v below: (H, T, d/H)
q, k, v = layer.to_qkv(row).detach().numpy().reshape(8, 3, 4, 8).transpose(1, 2, 0, 3)
each = [attention(q[h], k[h], v[h], causal)[0] for h in range(4)]
joined = layer.to_out(mg.tensor(np.concatenate(each, axis=1).astype("float32")))
print("(5) 4 heads, minigrad as NumPy:", mg.allclose(outputs, joined, atol=1e-6))

# %%
# Each head makes its own queries, keys and values, d/H numbers long, from *all* d numbers of a
# token. ``unflatten``, a ``reshape`` of one axis, gives the heads an axis, and ``permute``, NumPy's
# ``transpose``, brings it in front of the places. A ``reshape`` alone mixes the places.
#
# Finding 3: a layer knows only what it can see
# ---------------------------------------------
# **(6) Order.** Reverse the row *the cat sleeps*. **(4) The future.** Replace its last token: *the
# cat the*. A model that predicts the next word must not see later words. A *causal mask* hides from
# each query the keys that come after it: their scores become minus infinity before the softmax, so
# their weights are exactly 0, and the others add up to 1. Guess: what changes in the outputs?

print("\nFinding 3: (6) the outputs of a row, token by token, and of the row reversed")
print("the cat sleeps", *by_hand)
print("sleeps cat the", *look(x[::-1])[0])
print("(4) the first output in [the cat sleeps] and in [the cat the]")
for name, mask in (("no mask", False), ("causal mask", causal[:3, :3])):
    print(f"{name:14}", look(x, mask)[0][0], look(x[[0, 1, 0]], mask)[0][0])

# %%
# **(6)** Reversed tokens give the same outputs, reversed. Let P be a matrix that reorders rows:
# :math:`P^T P` is the unit matrix. The queries of the rows :math:`P x` are :math:`P x W_q = P Q`; K
# and V likewise. To reorder rows or columns of S only reorders those of its softmax. Hence
#
# .. math::
#
#    \mathrm{softmax}\bigl(P Q (P K)^T / \sqrt d\bigr)
#    &= \mathrm{softmax}(P S P^T) = P A P^T, \\
#    P A P^T \, P V &= P \, (A V).
#
# This is *permutation equivariance*. It holds if the mask, too, knows no places (a causal mask
# knows them). A cure is to add to each token a vector of its place.
#
# **(4)** Without a mask, the first output moves, because its token looks at the last. With the mask
# it does not. Who calls weights scores, (3), may mask after the softmax, by weights times 0. Then
# they no longer add up to 1: the hidden keys still stand in the softmax's sum. (A query that may
# look nowhere gives "nan", minus infinity less itself. The exercise wants zeros.)
#
# **A task.** Eight random tokens of ten kinds, and the answer is the row reversed: place i must say
# the token of place 7 - i (we count from 0). Each token gets a vector from a table, an *embedding*,
# plus the vector of its place, from another table. The attention's output (one head is enough) is
# added to this sum, and a small network answers. Then we take something away from this model:


class Reverser(nn.Module):
    def __init__(self):
        super().__init__()
        self.token = nn.Embedding(10, 32)  # 32 numbers for each kind
        self.place = nn.Embedding(8, 32)
        self.attention = SelfAttention(32)
        self.answer = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 10))

    def forward(self, rows, with_places, hidden):  # with_places: True or False
        x = self.token(rows) + with_places * self.place.weight  # (B, 8, 32)
        return self.answer(x + self.attention(x, hidden))  # (B, 8, 10) logits


variants = ["only itself", "no places", "causal mask", "all"]
masks = [np.eye(8) == 0, False, causal, False]  # False hides nothing


def loss_and_accuracy(model, count, i):
    rows = mg.randint(0, 10, (count, 8))  # new random rows
    logits = model(rows, i != 1, mg.tensor(masks[i])).flatten(0, 1)  # (8 B, 10)
    targets = rows.flip(1).flatten()  # the rows reversed
    right = (logits.argmax(-1) == targets).float().mean()
    return nn.functional.cross_entropy(logits, targets), right


# %%
# What is the best that each can do? Guess four accuracies. The best cross-entropy belongs to the
# belief that is the truth, given what the place can see (lesson 02).
#
# - **all**: place i can see the token of place 7 - i. Accuracy 1, cross-entropy 0.
# - **only itself**: each kind has the probability 1/10. Accuracy 0.1, cross-entropy ln 10.
# - **causal mask**: place i sees the places 0 to i. The places 4 to 7 see their answer, and the
#   places 0 to 3 guess. Half of each: accuracy (1 + 0.1) / 2, cross-entropy (ln 10) / 2.
# - **no places**: by equivariance a place knows its own token, and *which* seven others there are,
#   but not where. The answer is each of the seven with the probability 1/7. So the best belief in a
#   kind is its share of the seven, and the best answer is the most frequent kind. Its mean share,
#   over all :math:`10^7` rows of seven, is 0.317 (counted beforehand).
#
# There the cross-entropy is a sum. One of the seven is the answer. Let m of the other six be of the
# same kind; each of them is of this kind with the probability 1/10. The share of the kind is (1 +
# m) / 7:
#
# .. math:: - \sum_{m=0}^{6} \binom{6}{m} \, 0.1^m \, 0.9^{6-m} \, \ln \frac{1 + m}{7}.

m = np.arange(7)
chance = np.array([1, 6, 15, 20, 15, 6, 1]) * 0.1**m * 0.9 ** (6 - m)
least = [np.log(10), -(chance * np.log((1 + m) / 7)).sum(), np.log(10) / 2, 0]
best = [0.1, 0.317, 0.55, 1]

# five beginnings each, new rows at every step (an "epoch"), judged on 1,000 more rows
draws, judged = (2, 200) if run.quick else (5, 1000)
curves = np.zeros((4, run.epochs))
found = np.zeros((4, draws, 2))
for job in run.progress(4 * draws, unit="model"):
    i, draw = divmod(job - 1, draws)
    model = Reverser()
    optimizer = optim.Adam(model.parameters(), run.lr)
    for step in range(run.epochs):
        loss = loss_and_accuracy(model, run.batch_size, i)[0]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        curves[i, step] += loss.item() / draws
    found[i, draw] = [value.item() for value in loss_and_accuracy(model, judged, i)]
trained = model.attention.weights.detach().mean((0, 1))  # (8, 8), of the last model
print(f"\n{draws} models: [mean deviation optimum] of cross-entropy (nats), accuracy")
for i in range(4):
    stats = [found[i].mean(axis=0), found[i].std(axis=0, ddof=1), [least[i], best[i]]]
    print(f"{variants[i]:14}", *np.transpose(stats))

# %%
# After 300 steps three variants are at their optimum, and "no places" is 0.02 nats above. All four
# have the same parts; what differs is what they can see. (Some parts then idle: without places the
# table of places, and with a single visible key the queries and keys.)
#
# **Without the root** (computed beforehand, five models each) the first scores of "all" have the
# deviation 3.7, not 0.66, and the largest of 8 weights is 0.72 on average, not 0.26. "Causal mask"
# and "all" end as above, but "no places" at 1.59 to 1.62, and once near 2.2. With 10 q.k, "no
# places" ends above 2.15, and some models of the other two end 0.28 or more above their optimum.
# Which ones, rounding decides: it differs from one processor to the next. So at d = 32 the root
# helps a little, and scores that are far too large can stop the learning. ("Only itself" cannot
# feel a scale: its one weight is 1.)
#
# The picture
# -----------

paper, learnt, curve = run.figure(17, 5).subplots(1, 3)
plot.attention_map(weights, rows=tokens, ax=paper).set_title("Looking is not mutual")
plot.attention_map(trained, ax=learnt).set_title("Learnt: each looks at its mirror")
for i in range(4):
    (line,) = curve.plot(curves[i], (":", "--", "-.", "-")[i])
    curve.text(1.06 * run.epochs, curves[i, -1], variants[i], color=line.get_color())
curve.set(title="Each loss nears its optimum (marked left)", xlabel="step")
curve.set(yticks=np.round(least, 2), ylabel="loss (nats)")
data = dict(weights=weights, trained=trained, curves=curves, found=found.reshape(-1, 2))
run.finish(curve.figure, data, epochs=run.epochs, test_accuracy=found[3, -1, 1])

# %%
# What this does not show
# -----------------------
# A weight is not a reason: here the mirror image must be looked at, but in a large model a token
# can be looked at and not be used. A task of ten kinds says nothing of language. The cost grows
# with :math:`T^2`, because each token looks at each. A later lesson builds a Transformer.
#
# **In one sentence**: attention is a mean of values, under weights that queries and keys make, and
# a layer of it knows neither order nor "later" unless somebody adds places and a mask.
#
# Your turn
# ---------
# Write the weights for any number of leading axes (``np.swapaxes(k, -1, -2)`` exchanges the last
# two), a mask that also hides the distant past, and the cut into heads for a batch: exercise 19 of
# the classroom. ``python -m minigrad.classroom start`` writes the file. Then type::
#
#    python -m minigrad.classroom check 19
