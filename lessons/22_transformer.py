r"""
What do more layers of attention add?
=====================================

One layer of attention lets each letter look at the letters before it. A Transformer puts several
such layers in a row. Is a second layer more of the same, or can two layers do what one cannot? And
what happens if a layer may look one letter too far?

*You need* lessons 12 (vanishing gradients), 13 (temperature), 19 (self-attention) and 21 (language
model).
*New words*: Transformer, block (of a Transformer), residual connection, layer normalization,
induction, top k.
*Runs* about 30 seconds.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, nn, optim
from minigrad.datasets import load_text

run = lesson.start("22_transformer", epochs=300, lr=0.02, batch_size=32, text=2000)
if run.quick:
    print("quick: too short to show what the text says")
rng = np.random.default_rng(run.seed)

# %%
# The claims
# ----------
# The article *Series* (part 20) says of self-attention and the Transformer:
#
# 1. Self-attention *"can help the model to understand relations and structure in the input
#    sequence better"*.
# 2. The Transformer is an architecture *"based on self-attention"*, and can be used *"for language
#    models, image recognition and other fields"*.
# 3. Its program has one layer of attention. Its last two lines are ``scores @ V`` and a linear
#    layer. There is no mask (defect (4) of lesson 19).
#
# Point 2 is right. Point 1 is right if somebody says how much better, and than what. We measure
# it: on the text of lesson 21, and on a task made for the question. Point 3 is no fault where all
# letters are known, as in translation's input. In a language model it is one.
#
# The model
# ---------
# A *Transformer* for letters begins as lesson 19's last model did: each letter gets the vector of
# its kind plus the vector of its place (d = 32 numbers). Then come equal *blocks*, one behind the
# other, and at the end a linear layer to the logits of the next letter. A block has two parts,
# attention and a small network (MLP) that treats each place by itself. Both have the form
#
# .. math:: y = x + f(\mathrm{LN}(x)).
#
# **The x +** is a *residual connection*: f only has to add what x lacks. Write :math:`g(x)` for
# :math:`f(\mathrm{LN}(x))`. For one number, by the sum rule,
#
# .. math:: \frac{dL}{dx} = \frac{dL}{dy} \cdot \frac{dy}{dx}
#    = \frac{dL}{dy} \, \bigl( 1 + g'(x) \bigr).
#
# Lesson 12 had a product of small factors. Here each factor has a 1 in it. Even if every :math:`g'`
# is 0, the gradient comes through a hundred blocks as it was. (This is not the *residual* of
# lesson 17, truth minus prediction.)
#
# **LN** is *layer normalization*: subtract from the d numbers of one place their mean, and divide
# by their deviation, the root of the variance. The numbers 1, 2, 3, 6 have the mean 3 and the
# variance (4 + 1 + 0 + 9) / 4 = 3.5. They become -1.07, -0.53, 0, 1.60. So the size of x does not
# matter to f, however many terms were added. (1e-5 is added to the variance, against a division by
# 0. Then come a gain, times each of the d numbers, and a shift, plus each. Both are learnt, from 1
# and 0.)


class Block(nn.Module):
    def __init__(self, d, causal):
        super().__init__()
        self.causal = causal
        self.norm1 = nn.LayerNorm(d)
        self.to_qkv = nn.Linear(d, 3 * d)
        self.to_out = nn.Linear(d, d)
        self.norm2 = nn.LayerNorm(d)
        self.mlp = nn.Sequential(nn.Linear(d, 4 * d), nn.ReLU(), nn.Linear(4 * d, d))

    def forward(self, x):
        q, k, v = self.to_qkv(self.norm1(x)).chunk(3, -1)  # each (B, T, d)
        out = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        x = x + self.to_out(out)
        return x + self.mlp(self.norm2(x))


# %%
# `scaled_dot_product_attention` is the attention of lesson 19: scores, divided by the root of d,
# the causal mask if `causal` is True, softmax, weighted sum of v. One head is enough here.
#
# **Switch it off.** Take 12 new blocks, and send a random gradient back through them (computed
# beforehand, five draws). In front of the blocks it is 1.40 to 1.51 times as long as behind them.
# Without both `x +` it is 0.01 to 0.13 times as long. Layer normalization is there both times:
# alone it does not save the gradient. Now the whole model. (`told` is for Finding 2 only.)


class Transformer(nn.Module):
    def __init__(self, kinds, places, blocks, d=32, told=False, causal=True):
        super().__init__()
        self.letter = nn.Embedding(kinds, d)
        self.place = nn.Embedding(places, d)
        self.before = nn.Embedding(kinds, d) if told else None
        end = [nn.LayerNorm(d), nn.Linear(d, kinds)]
        self.rest = nn.Sequential(*[Block(d, causal) for _ in range(blocks)], *end)

    def forward(self, rows):
        x = self.letter(rows) + self.place.weight[: rows.shape[1]]  # (B, T, d)
        # the letter before each place (the first place gets its own)
        earlier = mg.cat([rows[:, :1], rows[:, :-1]], 1)
        return self.rest(x + self.before(earlier) if self.before else x)  # logits


def surprise(model, rows):
    """-ln q(next letter) at each place, in nats: rows (B, T + 1) give (B, T)."""
    logits = model(mg.tensor(rows[:, :-1])).transpose(1, 2)  # (B, kinds, T)
    return nn.functional.cross_entropy(logits, mg.tensor(rows[:, 1:]), reduction="none")


def train(groups, draw, steps, rate):
    """Train each model by Adam; in the second half the rate falls to 0."""
    for i in run.progress(len(groups), unit="group of models"):
        for model in groups[i - 1]:
            optimizer = optim.Adam(model.parameters(), lr=rate)
            for step in range(steps):
                optimizer.param_groups[0]["lr"] = rate * min(1, 2 - 2 * step / steps)
                loss = surprise(model, draw(run.batch_size)).mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()


# %%
# What is printed is kept, and drawn at the end. (The deviation of the starts
# divides the sum of squares by their number less 1, ``ddof=1``; LN divides it by d.)

shown = {}


def show(name, values):
    shown[name] = np.array(values)
    print(f"{name:34}{np.mean(values):8.3f} ({np.std(values, ddof=1):.3f})")


# %%
# Each row of T letters gives T predictions at once, because the mask hides from each place what
# comes after it. That is what makes the training of a Transformer cheap.
#
# Finding 1: on the novel the first block helps, the second does not yet
# ----------------------------------------------------------------------
# The text, the 60,000 letters to learn from and the held-out tenth are those of lesson 21. T is 16.
# Without a block the model sees one letter (and its place, which tells nothing here). So it should
# end where counting pairs ends. Guess: what do one and two blocks bring? All have the same number
# of steps (an "epoch" is a step) and the same rate. To judge fairly, each held-out letter is
# predicted once, from the 9 to 16 letters before it.

text = (load_text() if run.text is None else run.text)[: 10_000 if run.quick else None]
letters, numbers = np.unique(list(text), return_inverse=True)
learn, held_out = np.split(numbers, [len(text) * 9 // 10])
T = 16
starts, steps = (2, run.epochs // 5) if run.quick else (3, run.epochs)
cut_out = np.lib.stride_tricks.sliding_window_view  # all rows of so many letters
old_rows = cut_out(learn[:60_000], T + 1)
new_rows = cut_out(held_out, T + 1)[:: T // 2]  # every eighth of them


def windows(count):
    return old_rows[rng.integers(0, len(old_rows), count)]


def judge(model, rows):
    """The surprise at rows, a few at a time, as one array."""
    parts = np.array_split(rows, 1 + len(rows) // 200)
    return np.concatenate([surprise(model, part).detach().numpy() for part in parts])


depths = [[Transformer(len(letters), T, n) for _ in range(starts)] for n in range(3)]
train(depths, windows, steps, run.lr)
print(f"\nFinding 1: held-out nats a letter; mean (deviation) of {starts} starts")
for blocks, models in enumerate(depths):
    show(f"novel, blocks: {blocks}", [judge(m, new_rows)[:, 8:].mean() for m in models])

# %%
# Without a block the model comes near to the counted pairs, 2.437 nats (lesson 21). The first block
# takes it from 2.45 to 2.18 nats, about a quarter of a nat. Its attention does it: switched off,
# the block sees one letter only, and has 2.447 to 2.456 (six starts, computed beforehand). This is
# how much better the relations in **point 1** make the prediction here. The second block brings
# nothing yet: it leaves 2.19 (deviations: about 0.01 or less).
#
# Does the second block need another rate? We tried 0.01, 0.02 and 0.04 on letters of the novel that
# are in neither part (computed beforehand, one start): 0.02 is the best of the three for both
# depths. It needs *time*. At the rate 0.01, 300 steps show no clear gain, either. After 2000 steps
# at 0.01, one block has 2.029 to 2.035, two blocks have 1.941 to 1.960 (three starts). In these
# trials the rate falls from the first step on.
#
# And beside lesson 21? Its network with four letters has 2.166 nats, after half as many
# predictions. Its mixed counts have 1.928, from the same 60,000 letters. So after 300 steps our
# Transformer is not the better language model. After 2000 steps it is better than that network, but
# still not better than mixed counts. (Its places 9 to 16 see more letters than both.)
#
# Finding 2: two layers can do what one can hardly do
# ---------------------------------------------------
# Now a task made for the question. Each row has 25 letters. It repeats a random string of 4 to 8
# *different* letters (of 16 kinds), such as `D K A C M D K A C M ...`. The string and its length
# are new in each row, so nothing can be learnt by heart. From the second letter of the second
# round on, every letter can be known: *after A comes what came after A before*. To find this rule
# in a row is called *induction*. A perfect model has a surprise of 0 there; one that only knows
# that there are 16 kinds has ln 16 = 2.773.
#
# Why should one layer fail? To answer at an A, the query must find the place *behind* the earlier
# A. But in the first layer, key and value of a place are made of its own letter and its place
# alone. Neither knows which letter stands before it. Two layers can do it in turn: the first writes
# into each place which letter stands before it, the second looks for the place that has "before me:
# A" written in it, and takes its letter.
#
# If that is the reason, then one block is enough for a model that is *told* the letter before each
# place (one more embedding). And one block stays bad if it gets more numbers instead: d = 48. The
# rate is 0.01 here. Guess the four surprises.


def strings(count):
    lengths = rng.integers(4, 9, (count, 1))
    kinds = rng.permuted(np.tile(np.arange(16), (count, 1)), axis=1)
    return np.take_along_axis(kinds, np.arange(25) % lengths, axis=1)


sizes = {"1 block": [1], "1 block, d = 48": [1, 48]}  # blocks, d, told
sizes |= {"1 block, told letter before": [1, 32, True], "2 blocks": [2]}
copiers = [[Transformer(16, 24, *s) for _ in range(starts)] for s in sizes.values()]
train(copiers, strings, steps, run.lr / 2)
tests = strings(50 if run.quick else 300)
# where this letter stood in the row before, so that the next can be known
known = np.array([[row[t] in row[:t] for t in range(24)] for row in tests])
print("\nFinding 2: nats a letter where it can be known; mean (deviation)")
for name, models in zip(sizes, copiers, strict=True):
    show(f"copy, {name}", [judge(model, tests)[known].mean() for model in models])

# %%
# One block has learnt a part of the task: 1.14 nats. Two blocks have nearly all: below 0.01. The
# block that is told the letter before has nearly all, too: 0.004. So one block lacks this letter,
# as we thought. It does not lack parameters: two blocks have 27,280, one has 14,576. With d = 48
# one block has 31,072, and still about 0.9 nats (its starts differ much: about 1.3, 0.75 and 0.7).
#
# Three controls, computed beforehand. Two blocks *without the first attention* have 1.0 to 1.2 nats
# (six starts), as one block. *Other starts*: of 18 more with two blocks, 17 are below 0.03 and one
# is at 0.593. *Twice the rate* (six starts): one block has 0.91 to 1.27, with d = 48 0.64 to 1.52,
# two blocks 0.00 to 1.10. So two blocks can find the rule, but not at every rate.
#
# "Hardly", not "never": one block is not stuck. A place knows its number, and so a block may learn
# at which distances a letter likely returns. After 1000 steps (six starts, computed beforehand) it
# has 0.36 to 0.59 nats, and with d = 48 it has 0.26 to 0.32. Our two blocks take 300 steps.
#
# Finding 3: one letter too far, and the loss is a lie
# ----------------------------------------------------
# Leave out the mask, as the program of point 3 does. Then the place that must predict the next
# letter can look at the next letter. This is a *leak* (lesson 16). It has a simple test, without
# any training: change one letter of a row. No output before it may change.
#
# Train one block without a mask, beside the one of Finding 1, and judge both in two ways. "All at
# once" is the usual way: rows of 16 letters, the surprise at the places 9 to 16. In "8 letters" a
# model gets 8 letters and nothing else, and says the next: that is how a language model is used.
# Guess the four numbers.

leakers = [Transformer(len(letters), T, 1, causal=False) for _ in range(starts)]
train([leakers], windows, steps, run.lr)
# one row, and the same with another letter 10
pair = (held_out[:T] + np.outer([0, 1], np.arange(T) == 10)) % len(letters)
print("\nFinding 3: held-out nats a letter; mean (deviation)")
for name, models in (("mask", depths[1]), ("no mask", leakers)):
    show(f"{name}, all at once", [judge(m, new_rows)[:, 8:].mean() for m in models])
    show(f"{name}, 8 letters", [judge(m, new_rows[:, :9])[:, 7].mean() for m in models])
    moves = abs(np.diff(models[0](mg.tensor(pair)).detach().numpy(), axis=0))
    print(f"letter 10 changed: outputs 0 to 9 move by up to {moves[0, :10].max():.3f}")

# %%
# With the mask, outputs 0 to 9 do not move when letter 10 is changed. Without it they do: there is
# the leak. The usual way of judging says that the model without a mask is far better: 0.32 nats,
# and not 2.18. Each place but the last looks one place ahead and reads the answer: 0.01 nats. (The
# last of the 16 cannot, and learns honestly: 2.5 to 2.6 nats in six starts, computed beforehand.)
#
# These letters were *held out*. That does not help, because the answer stands in the input. But
# after 8 letters, where the next is not there, the model has about 10 nats. With a mask it has
# 2.15 (all at once 2.18: the 8-letter way judges every eighth letter only, and these are easier
# ones), and a guess among all 79 kinds has ln 79 = 4.369. So it is sure, and wrong. (After 2 to 15
# letters it has 7 to 13 nats. Only after all 16 it has those 2.5 to 2.6, still worse than with a
# mask.)
#
# So **point 3** is a fault in a language model. Where a whole row is given, as in lesson 19's
# reversing, a mask would take away what the model needs.
#
# Samples
# -------
# Lesson 13 divided the logits by a temperature. Here it decides how daring the writing is: below 1
# the likely letters get likelier, above 1 the unlikely ones. Each sample begins behind the first 8
# letters of the held-out text, and each letter is drawn from the belief after the 8 letters before
# it. (Another way is *top k*: only the k largest logits stay in, and the others become minus
# infinity, as hidden keys in a mask.) Guess what the model that was trained without a mask writes.


def write(model, temperature):
    row = list(held_out[:8])
    for _ in range(60):
        p = (model(mg.tensor([row[-8:]]))[0, -1].detach() / temperature).softmax(-1)
        row.append(int(rng.choice(len(letters), p=p.numpy())))
    return ascii("".join(letters[i] for i in row[8:]))


print("\nSamples, 60 letters each")
for temperature in (0.5, 1, 2):
    print(f"2 blocks, temperature {temperature:<4} {write(depths[2][-1], temperature)}")
print(f"no mask, temperature 1     {write(leakers[-1], 1)}")

# %%
# At 0.5 the sample has more words and repeats itself; at 2 it falls apart. At 1 it writes as the
# belief says. The model without a mask writes a few letters over and over: it is sure, and wrong.
#
# The picture
# -----------

panels = run.figure(16, 4).subplots(1, 3)
titles = ["Block 2 adds nothing yet", "Two blocks copy", "No mask fails at 8 letters"]
for i in range(3):
    for name, nats in list(shown.items())[[0, 3, 7][i] : [3, 7, 11][i]][::-1]:
        bar = panels[i].barh(name, nats.mean(), xerr=nats.std(ddof=1), color="0.8")
        panels[i].bar_label(bar, fmt="%.3f", padding=3)
    title = "Too few steps to tell" if run.quick else titles[i]
    panels[i].set(title=title, xlabel="nats a letter (black: deviation)", xmargin=0.2)
run.finish(panels[0].figure, shown, held_out=shown["novel, blocks: 2"].mean())

# %%
# What this does not show
# -----------------------
# **In one sentence**: a second layer of attention can use what the first one found, and so does
# what one layer hardly can; how much it adds depends on the task, and no number counts if a letter
# can be seen before it is predicted.
#
# Our models are tiny. In large ones, with dozens of blocks and many heads, depth pays. Induction in
# two layers was described by Elhage et al. (2021), and found in large language models by Olsson et
# al. (2022). We showed that it can be learnt, not that our two blocks do it in this way. The first
# Transformer (lesson 19) translates, and normalizes behind the sum; most later ones do it in front.
#
# Your turn
# ---------
# Find all leaks of a model from its outputs, write the second half of a block, and make the belief
# to draw from, with temperature and top k: exercise 22 of the classroom.
# `python -m minigrad.classroom start` writes the file. Then type::
#
#    python -m minigrad.classroom check 22
#
# Before that: why does the first letter of a row tell nothing about a leak?
