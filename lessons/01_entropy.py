"""Entropy and cross-entropy: lengths of codes, in bits or nats, and no distance, on the letters of real names.

About 1 second.
"""

# %%
import heapq

import numpy as np

import minigrad as mg
from minigrad import lesson, nn, optim, plot
from minigrad.datasets import load_names

run = lesson.start("01_entropy", epochs=300, lr=5.0)
np.seterr(divide="ignore", invalid="ignore")  # ln 0 = -inf and 0 * -inf = nan belong to the subject

# %% The claim
# Widely copied articles define the cross-entropy of two distributions P and Q of the same outcomes x, rightly, as
#     H(P, Q) = -sum of P(x) log Q(x)
# and add: it measures a distance; it is 0 if P = Q; it has its minimum there, sum of P(x) log P(x); its maximum where P
# and Q are completely different; it is H(P) + H(Q) if they are independent. None of this holds as it is said.


def formula(p, q):
    """As printed, with the natural logarithm: in nats."""
    return -np.sum(np.multiply(p, np.log(q)))


# %% What happens
fair, bent, other, sure = (0.5, 0.5), (0.9, 0.1), (0.01, 0.99), (1.0, 0.0)
print("Coins: (0.5, 0.5) is fair, (0.9, 0.1) bent, (0.01, 0.99) other, (1, 0) sure; in nats")
print(f"1 same      H(fair, fair) = {formula(fair, fair):.4f}, not 0")
print(f"2 swapped   H(fair, bent) = {formula(fair, bent):.4f}, H(bent, fair) = {formula(bent, fair):.4f}")
detour = formula(bent, fair) + formula(fair, other)
print(f"3 detour    H(bent, other) = {formula(bent, other):.4f}, but by way of fair {detour:.4f}, which is less")
least = min(formula(fair, (1 - q, q)) for q in np.arange(1, 100) / 100)
print(f"4 minimum   sum of P ln P = {-formula(fair, fair):.4f}, but the least H(fair, Q) of 99 coins Q: {least:.4f}")
costs = ", ".join(f"{formula(fair, (1 - q, q)):.4g}" for q in (1e-3, 1e-6, 1e-12, 1e-100, 0))
print(f"5 maximum   H(fair, (1 - q, q)) = {costs} for q = 1e-3, 1e-6, 1e-12, 1e-100, 0: there is none")
print(f"            (0.6, 0.4) and (0.4, 0.6) agree nowhere: {formula((0.6, 0.4), (0.4, 0.6)):.4f}")
print(f"6 sum       H(fair) + H(bent) = {formula(fair, fair) + formula(bent, bent):.4f}, not {formula(fair, bent):.4f}")
print(f"7 fixed Q   H(bent, bent) = {formula(bent, bent):.4f}, but H(sure, bent) = {formula(sure, bent):.4f}")

# %% Why
# The best code for Q gives x a word of -log2 Q(x) bits, up to rounding. If the x come from P, the mean is H(P, Q) bits:
# at least H(P), the entropy, which is the mean in the code for P itself. The excess KL(P || Q) = H(P, Q) - H(P) is 0 if
# P = Q, and above 0 otherwise, but it is no distance either. Natural logarithms give nats; one bit is ln 2 nats.
# Independence is a property of random variables with a joint distribution, not of two distributions.


def code_lengths(weights):
    """The bits of each word in the best code whose words are of whole bits (Huffman 1952)."""
    heap, lengths = [(weight, i, [i]) for i, weight in enumerate(weights)], np.zeros(len(weights), int)
    heapq.heapify(heap)
    while len(heap) > 1:  # the two rarest groups get a bit to tell them apart, and are one group from now on
        (rarest, i, one), (next_rarest, _, two) = heapq.heappop(heap), heapq.heappop(heap)
        lengths[one + two] += 1
        heapq.heappush(heap, (rarest + next_rarest, i, one + two))
    return lengths


# %% The right version
# 0 log 0 counts as 0: what never happens costs nothing. H(P, Q) is infinite if something happens that Q rules out.
def cross_entropy(p, q):
    """H(P, Q) in bits along the last axis."""
    return 0 - (p * mg.log2(mg.where(p > 0, q, 1.0))).sum(-1)  # 0 - x: the negative of 0 would be -0


def entropy(p):
    return cross_entropy(p, p)


def kl(p, q):
    return cross_entropy(p, q) - entropy(p)


a, b, c = (mg.tensor([p, 1 - p], dtype=mg.float64) for p in (0.5, 0.25, 0.05))
print(f"8 KL        (.5, .5) to (.05, .95): {kl(a, c):.4f} bits, but by way of (.25, .75) {kl(a, b) + kl(b, c):.4f}")

# %% The experiment
# The first names of the US Census of 1990: with which letter each begins and ends, and how many letters it has.
names = load_names()
columns = [ord(name[0]) - ord("a") for name in names], [ord(name[-1]) - ord("a") for name in names], [*map(len, names)]
begins, ends, lengths = (nn.functional.one_hot(mg.tensor(column), 26).double() for column in columns)
first, last = begins.mean(0), ends.mean(0)
words = [(last * mg.tensor(code_lengths(p.tolist()))).sum() for p in (last, first)]
print(f"\n{len(names)} names, in bits; of 26 letters the greatest entropy is log2 26 = {np.log2(26):.4f}")
nats = entropy(last) * np.log(2)
print(f"9 entropy   H(first) = {entropy(first):.4f}, H(last) = {entropy(last):.4f}, in nats {nats:.4f}")
print(f"10 code     for the last letters: {words[0]:.4f} bits each, in the code of the first {words[1]:.4f};", end=" ")
print(f"H(last, first) = {cross_entropy(last, first):.4f}")
print(f"11 infinite H(first, last) = {cross_entropy(first, last).item()}: names begin with j and q, but none ends so")


# %%
def learn(p, steps, lr):
    """H(P, Q) in nats before each step of gradient descent on the logits of Q, from the uniform distribution."""
    logits, losses = mg.zeros_like(p, requires_grad=True), []
    optimizer, progress = optim.SGD([logits], lr=lr), run.progress(steps)
    for _ in progress:
        loss = nn.functional.cross_entropy(logits, p)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        progress.note(nats=losses[-1])
    return losses


bits = np.array(learn(last, run.epochs, run.lr)) / np.log(2)
print(f"12 learnt   H(last, Q) from {bits[0]:.4f} to {bits[-1]:.4f} bits")
# One condition can raise the entropy: the last letter of a name of three is less certain than that of a name of unknown
# length. The average over the conditions, H(X | Y), cannot: it is at most H(X).
joint = lengths.T @ ends / len(names)
p_length = joint.sum(1)
seen = [n for n in range(26) if p_length[n] > 0]
given = entropy(joint[seen] / p_length[seen][:, None])
average = (p_length[seen] * given).sum()
print(f"13 given    H(last | length = 3) = {given[1]:.4f}, H(last | length = 8) = {given[6]:.4f}")
print(f"            on average H(last | length) = {average:.4f}, and H(length) + H(last | length) =", end=" ")
print(f"{entropy(p_length) + average:.4f} = H(length, last) = {entropy(joint.flatten()):.4f}")

# %% The picture
coin, learnt, bars = run.figure(15, 4.8).subplots(1, 3)
q, at = 1 / (1 + np.exp(-np.linspace(-60, 60, 1201))), entropy(last).item()
for p, color, line in ((0.5, plot.BLUE, "-"), (0.9, plot.ORANGE, "--")):
    pair, qs = mg.tensor([p, 1 - p], dtype=mg.float64), mg.from_numpy(np.stack([q, q[::-1]], axis=1))
    coin.plot(q, cross_entropy(pair, qs).numpy(), color=color, linestyle=line, label=f"P = ({p}, {1 - p:.1f})")
    coin.plot(p, entropy(pair).item(), "o", color=color, label=f"its entropy: {entropy(pair):.3f}")
coin.set(xlabel="q, where Q = (q, 1 - q)", ylabel="H(P, Q) (bits)", ylim=(0, 6), title="Least at Q = P; no maximum")
learnt.plot(range(1, len(bits) + 1), bits, color=plot.BLUE, label="H(P, Q)")
learnt.fill_between(range(1, len(bits) + 1), at, bits, color=plot.BLUE, alpha=0.15, label="KL(P || Q)")
learnt.axhline(at, color=plot.ORANGE, linestyle="--", label=f"H(P) = {at:.3f}")
learnt.set(xlabel="step", xscale="log", ylabel="bits a letter", title="Q learns P, the last letters of names")
bars.bar(seen, given.numpy(), color=plot.BLUE, alpha=0.6, label="H(last | this length)")
bars.axhline(at, color=plot.ORANGE, linestyle="--", label="H(last)")
bars.axhline(average.item(), color=plot.GREY, linestyle=":", label="H(last | length), the average")
bars.set(xlabel="letters of the name", xticks=seen, ylabel="bits", ylim=(0, 4.9), title="A condition may raise entropy")
for ax in (coin, learnt, bars):
    ax.legend(frameon=False)
numbers = {"bits": bits, "last": last, "length": seen, "given": given}
run.finish(coin.figure, numbers, epochs=run.epochs, entropy=at, cross_entropy=bits[-1])

# %% Your turn
# Write entropy, cross-entropy and KL for any P and Q: exercise ex01 of the classroom. Two things to try:
# - `--lr 20`: why is the minimum not reached? And how near does `--epochs 3000` come to it?
# - Let gradient descent find P for a fixed Q instead: what does it end in? Line 7 has a hint.
