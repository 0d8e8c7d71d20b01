r"""
Who makes gradients vanish?
===========================

A deep network can fail from its first step: the gradient that arrives at the first layer is
almost 0, or it is huge. Is it the loss, the number of classes, or the layers? And what helps?

*You need* lessons 05 (the chain rule, p - y), 07 (the softmax classifier), 09 (flat places of
squared error) and, of lesson 11, only mini-batches.
*New words*: norm, activation, ReLU, vanish, explode, gain, He initialization, saturated, clipping.
*Runs* about 8 seconds.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, nn
from minigrad.datasets import load_digits

run = lesson.start("12_deep_networks", epochs=10)
if run.quick:
    print("quick: too short to show what the text says")
rng = np.random.default_rng(run.seed)

# %%
# The claims
# ----------
# A gradient *vanishes* if almost nothing of it arrives at the first layers. It *explodes* if it
# grows by a factor in each layer on its way there. Three articles say who does it:
#
# 1. *Softmax* (5.1): the more complex the model, the more trouble cross-entropy has, for example
#    vanishing and exploding gradients.
# 2. *Softmax* (5.2, Q2): many classes may do it. *"The gap between prediction and truth"* gets
#    larger with them, and so the gradient gets "smaller or larger".
# 3. *Series* (5.2): in some tasks cross-entropy may cause vanishing or exploding gradients.
# 4. *Versus* (1.1) says that gradients may vanish or explode as layers are added: one of three
#    troubles (over-fitting: lesson 13). *"To solve these challenges"*, it says, we need a suitable
#    loss (1.2).
#
# Much is true here. Gradients do vanish and explode as layers are added. Complex models do suffer,
# if complex means deep. And a loss can help, at one place. Which one?
#
# **The chain.** Take layers of one unit each: :math:`z_1 = w_1 x`, :math:`h_1 = a(z_1)`,
# :math:`z_2 = w_2 h_1`, and so on up to the logit :math:`z_{30}`. The *activation* a is a function
# that is applied to each element. (Without it, 30 linear layers would be no more than one.) The
# chain rule gives, for the loss :math:`\ell`,
#
# .. math::
#
#    \frac{d \ell}{d x} = \frac{d \ell}{d z_{30}} \cdot w_{30} \cdot a'(z_{29}) \, w_{29} \cdots
#    a'(z_1) \, w_1.
#
# The loss and its classes stand in the first factor. Each layer has a factor of its own.
#
# Finding 1: the first factor of cross-entropy has a limit, whatever the number of classes
# ----------------------------------------------------------------------------------------
# The *norm* of some numbers is the root of the sum of their squares. For cross-entropy, the
# gradient of a sample for its logits is p - y. For the sum of squares :math:`\sum_c (p_c - y_c)^2`,
# lesson 09 derived :math:`2 p_k [(p_k - y_k) - \sum_c p_c (p_c - y_c)]`.
#
# One sample of class 0, C classes. First all logits are 0; then one wrong logit is 30. Each column
# is a sample. Guess: with 100000 classes, how many times larger or smaller is the norm of p - y
# than with 2?


def first_factor(z, y, squared=False):
    """The gradient of each loss for its logits; all shapes (..., C, samples)."""
    powers = np.exp(z - z.max(axis=-2, keepdims=True))
    p = powers / powers.sum(axis=-2, keepdims=True)
    d = p - y
    return 2 * p * (d - (p * d).sum(axis=-2, keepdims=True)) if squared else d


print("\nFinding 1: norm of first factor        p - y           squared")
print("classes   loss, all 0         all 0  one 30    all 0   one 30")
for C in (2, 10, 1000, 100000):
    z = np.outer(np.arange(C) == 1, [0, 30])  # (C, 2), two samples: all 0; one 30
    norms = np.linalg.norm([first_factor(z, np.eye(C, 1), sq) for sq in (0, 1)], axis=1)
    print("{:7}{:14.3f}{:14.3f}{:8.3f}{:9.1e}{:9.1e}".format(C, np.log(C), *norms.flat))

# %%
# The ratio is 1.41 with all logits 0, and 1.00 for a model that is sure and wrong: its norm is
# 1.414, whatever C is. Let t be the true class. Then the norm is never above the root of 2:
#
# .. math::
#
#    \| p - y \|^2 &= (1 - p_t)^2 + \sum_{c \ne t} p_c^2 \\
#    &\le (1 - p_t)^2 + \Bigl( \sum_{c \ne t} p_c \Bigr)^2 = 2 \, (1 - p_t)^2 \le 2.
#
# And it is at least :math:`1 - p_t`, so it is small only where the prediction is nearly right. In
# **sentence 2** this much is true: with all logits 0, the gradient of each wrong logit gets smaller
# (1 / C), and the true one's larger (1 - 1 / C). But the norm has a limit, the same for each C.
# What has none is the loss of a model that knows nothing: ln C, from 0.693 to 11.513.
#
# Squared error is another matter. With all logits 0 each p is 1 / C, and :math:`p_k - y_k` is near
# -1 for the true class: so for many classes its first factor is about 2 / C. For a sure and wrong
# answer almost nothing is left (it grows with C, to 1.9e-08): the softmax is flat there, its output
# is *saturated*. Here **sentence 4** is right: cross-entropy cures the saturation of the *output*.
#
# Finding 2: the loss decides the first factor, the layers decide the other thirty
# --------------------------------------------------------------------------------
# **Forward.** A layer computes :math:`z = W x`, with W of shape (outputs, inputs), and n inputs.
# The weights are independent of x and of each other, with mean 0 and variance v. E is the mean over
# many draws of W:
#
# .. math::
#
#    E[z_i^2] &= E \Bigl[ \Bigl( \sum_j W_{ij} x_j \Bigr)^2 \Bigr]
#    = \sum_j \sum_k E[W_{ij} W_{ik}] \, x_j x_k \\
#    &= \sum_j v \, x_j^2 = n \, v \cdot (\text{mean square of } x).
#
# (For j other than k, :math:`E[W_{ij} W_{ik}]` is :math:`0 \cdot 0`.) With :math:`v = g^2 / n` the
# mean square is multiplied by :math:`g^2`. Its root, call it the *size*, gets the factor g, the
# *gain*.
#
# **Back.** If d is the gradient for z, then :math:`W^T d` is the gradient for x. We treat d as
# independent of W. In the same sum, outputs take the place of inputs: the mean square is multiplied
# by outputs times v, which is :math:`g^2 \cdot` outputs / inputs. The squared norm is the mean
# square times the number of elements, which goes from outputs to inputs: a factor of inputs /
# outputs. So the squared norm is multiplied by :math:`g^2`, and the norm by about g.


def forward(x, weights, activation):
    """Input and outputs of the hidden layers, each (..., n, samples); the logits."""
    outputs = [x]
    for W in weights[:-1]:
        outputs.append(activation(W @ outputs[-1]))
    return outputs, weights[-1] @ outputs[-1]


def backward(d, outputs, weights, slope):
    """The gradients for the logits (d), for each z below, last layer first, for x."""
    gradients = [d]
    for k in range(len(weights) - 1, 0, -1):
        d = slope(outputs[k]) * (weights[k].swapaxes(-1, -2) @ d)  # W^T d
        gradients.append(d)
    return [*gradients, weights[0].swapaxes(-1, -2) @ d]


# %%
# **The activation.** *ReLU* is max(0, z). W and -W are equally likely, and there is no bias: so z
# is symmetric about 0. The negative half becomes 0, so half of the mean square is left. Back, the
# slope of ReLU is 1 for one half and 0 for the other. We treat the slopes and the gradient as
# independent, and again half is left. Both ways a layer keeps what it gets if
#
# .. math:: g^2 \cdot \tfrac{1}{2} = 1, \quad \text{so} \quad g = \sqrt{2} \quad \text{and} \quad
#    v = 2 / n.
#
# This is the *He initialization* (He et al., 2015).
#
# **What nn.Linear does.** It draws its weights evenly between -b and b, with :math:`b = 1 /
# \sqrt{n}`. The density of a weight w is then 1 / (2 b), and its mean is 0:
#
# .. math:: v = \int_{-b}^{b} \frac{w^2}{2 b} \, dw = \frac{1}{2 b} \cdot \frac{2 b^3}{3}
#    = \frac{b^2}{3} = \frac{1}{3 n}: \quad \text{a gain of } 1 / \sqrt{3} = 0.577.
#
# Now 30 layers and 128 digits: 29 layers of 64 units with an activation, and one to the logits. We
# try four networks: a linear one of gain 2; a sigmoid and a ReLU one with the gain of nn.Linear; a
# ReLU one with He's. The first factor is p - y with 10 classes or with 1000 (990 of them never
# occur), or that of squared error. Then both with a saturated output: a bias of 30 at the logit of
# class 0, so that each image is surely called 0. Guess: which of the four networks keep their size
# forward, and which keep their gradient on the way back?
#
# `measure` draws each network five times: an array of weights has the shape (5, outputs, inputs). A
# task is the number of classes, squared error or not (1 or 0), and a bias for the first logit.

(images, labels), new = ([p.numpy() for p in d.tensors] for d in load_digits())
tasks = {"p - y": (10, 0, 0), "p - y, C = 1000": (1000, 0, 0), "squared": (10, 1, 0)}
tasks |= {"p - y, saturated": (10, 0, 30), "squared, saturated": (10, 1, 30)}


def measure(activation, slope, gain, number=5):
    """Sizes, (29, 5 draws); norms for the first tasks, (number, 31 places, 5 draws)."""
    layers = [rng.normal(0, gain / 8, (5, n, 64)) for n in [64] * 29 + [10, 1000]]
    norms = []
    for C, squared, bias in list(tasks.values())[:number]:
        weights = [*layers[:29], layers[29 + (C == 1000)]]  # one last layer for each C
        outputs, z = forward(images[:128].T, weights, activation)
        z[:, 0] += bias
        d = first_factor(z, np.eye(C)[:, labels[:128]], squared)
        gradients = backward(d, outputs, weights, slope)
        norms.append([np.linalg.norm(d, axis=-2).mean(-1) for d in gradients])
    return np.sqrt(np.mean(np.array(outputs[1:]) ** 2, axis=(2, 3))), np.array(norms)


# %%
# Each network has its activation, the slope (computed from the output h) and the gain. The
# linear one tries the first two tasks only: at gain 2 its logits are so large that squared error
# would have a first factor of exactly 0. Norms are means over the images.

relu = [lambda z: np.maximum(z, 0), lambda h: h > 0]
networks = {
    "linear, g 2": (lambda z: z, np.ones_like, 2, 2),
    "sigmoid, g 0.577": (lambda z: 1 / (1 + np.exp(-z)), lambda h: h - h * h, 3**-0.5),
}
networks |= {"ReLU, g 0.577": (*relu, 3**-0.5), "ReLU, He": (*relu, 2**0.5)}
found = {name: measure(*network) for name, network in networks.items()}
print("\nFinding 2, forward: size after layer 1, 5, 10, 20, 29; medians of five draws")
for name, (sizes, _) in found.items():
    print(f"{name:16}", *[f"{np.median(sizes[k]):8.2g}" for k in (0, 4, 9, 19, 28)])
print("\nFinding 2, back: norm at the logits (first), at the input (arrives); medians")
print("network          loss                 first  arrives  layers = arrives / first")
for name, (_, norms) in found.items():
    for task, ends in zip(tasks, norms[:, [0, -1]], strict=False):
        first, end = np.median(ends, axis=-1)
        print(f"{name:16} {task:18} {first:7.2g}  {end:7.2g}  {end / first:7.2g}")

# %%
# *Forward.* The images have the size 0.49. The linear network follows its gain. ReLU at gain 0.577
# has the factor 0.577 times the root of 1/2, so 0.408, in each layer: after 29 layers nothing is
# left of the images. He's weights keep the mean square as a mean over draws. A typical draw, and so
# the median, slowly loses size; a few large draws make up for it. (Of 100 draws the median falls
# from 0.48 to between 0.25 and 0.4; with 512 units it stays above 0.4.) The sigmoid is a trap: its
# outputs are about 1/2, whatever comes in, but hardly any gradient gets back. Its slopes are at
# most 1/4: they take 18 of its 25 powers of ten, the gain 7.
#
# *Back.* Look down the column "layers". In one network, from 10 classes to 1000, and from one loss
# to the other, it changes by less than a factor of 3. From one network to the other it changes by
# 34 powers of ten. Only He's weights give back about what they get.
#
# Now the column "first". Squared error has a fifth of the p - y of ten classes; with the saturated
# output it has almost nothing, while p - y is even larger (1.3, not 1.41: 12 of the 128 images are
# zeros). **So the loss decides the first factor, and the layers the other thirty.** In "ReLU, He"
# the two saturated rows are the best case for *Versus*: there cross-entropy does rescue the
# gradient (**sentence 4**). But in "ReLU, g 0.577" it rescues the first factor, and the layers lose
# it. No choice between these two losses helps gradients that vanish "as layers are added".
#
# **Sentences 1 and 3.** Depth repeats a factor. If it is not near 1, the gradient vanishes or
# explodes, and under squared error as well (rows "ReLU, g 0.577"): it is depth, not cross-entropy.
#
# Finding 3: the right start lets 30 layers learn, if no step is too long
# -----------------------------------------------------------------------
# Now we train ReLU networks, on mini-batches of 32 digits. Let G be the gradients of all weights,
# seen as one long row of numbers. *Clipping* shortens G if its norm is above a limit, and keeps its
# direction: G is multiplied by limit / norm. Here the limit is 1. A step is the rate times G.
#
# All networks begin with the same five draws, times their gain, and see the same batches. Guess:
# with He's weights at the rate 0.05, does clipping help? Or a smaller rate?

batches = rng.integers(0, 1347, (42 * run.epochs, 32))  # with replacement
draws = [rng.normal(0, 1 / 8, (5, n, 64)).astype(np.float32) for n in [64] * 29 + [10]]


@np.errstate(over="ignore", invalid="ignore")  # what explodes may overflow
def train(gain, rate=0.05, limit=np.inf, layers=30):
    """Of five draws: losses and lengths of the steps, (2, steps, 5); held-out share."""
    weights = [gain * draw for draw in draws[-layers:]]
    history = []
    for batch in batches:
        outputs, z = forward(images[batch].T, weights, relu[0])
        y = np.eye(10, dtype=np.float32)[:, labels[batch]]  # (10, 32)
        d = first_factor(z, y)  # p - y, (5, 10, 32); p of the true class is 1 + d
        # 1e-30: for the print only; the gradient does not pass through it (lesson 08)
        loss = -np.log(1 + (d * y).sum(axis=1) + 1e-30).mean(axis=1)
        dz = backward(d / 32, outputs, weights, relu[1])[-2::-1]  # first layer first
        G = [d @ h.swapaxes(-1, -2) for d, h in zip(dz, outputs, strict=True)]  # d h^T
        length = np.sqrt(sum((dW**2).sum(axis=(1, 2), keepdims=True) for dW in G))
        factor = rate * np.minimum(1, limit / (length + 1e-6))  # never limit / 0
        weights = [W - factor * dW for W, dW in zip(weights, G, strict=True)]
        history.append([loss, (factor * length).ravel()])
    z = forward(new[0].T, weights, relu[0])[1]
    return np.swapaxes(history, 0, 1), (z.argmax(axis=1) == new[1]).mean(axis=1)


# %%
# The gain 1 would be right for linear layers. The rate is 0.05 if nothing else is said. Clipping is
# at 1. "He, 1 hidden" has one hidden layer. "Above He": starts with a larger share than in row He.

he = 2**0.5
trials = [[3**-0.5], [1], [he], [he, 0.05, 1], [he, 0.005], [he, 0.05, np.inf, 2]]
names = ["gain 0.577", "gain 1", "He", "He, clipped", "He, rate 0.005", "He, 1 hidden"]
results = [train(*trials[i - 1]) for i in run.progress(6, "network")]
shares = np.array([share for _, share in results])  # (6, 5)
print("\nFinding 3: ReLU, 30 layers, mean (standard deviation) of five starts")
print("network         training loss    held out right  above He  longest step")
for name, ((losses, steps), right) in zip(names, results, strict=True):
    row = right.mean(), right.std(), sum(right > shares[2]), steps.max()
    loss = losses[-42:].mean()  # the last epoch
    print("{:16}{:13.3f}{:10.3f} ({:.3f}){:5} of 5{:14.2g}".format(name, loss, *row))

# %%
# With a gain of 0.577 or 1 the loss stays at ln 10 = 2.303: no step is longer than 1.5e-05. (Gain 1
# is too small behind ReLU: :math:`0.707^{29}` is 4e-5.) The gradient for W is that for z times the
# layer's input (lesson 05). In the last layers the gradient is still large, but their input
# is almost 0. In the first layers the input is large, but the gradient is almost 0. So every layer
# stands still, even the last. With He's weights there is a
# gradient. But at the rate 0.05 a step is up to 2.5 long, and the loss falls little; in the next
# two rows a step is at most 0.05 and 0.22 long.
#
# **Clipping or a smaller rate: one of the two is enough here.** At the rate 0.05, clipping brings
# the held-out share from 0.230 to 0.597. Without clipping, a ten times smaller rate brings it to
# 0.480. Each is better than He alone in five of five starts, and so it is with seeds 1 to 4. (Which
# is better depends on the rate and the time, so we do not rank them.) Neither can help at gain
# 0.577: both only shorten a step. And depth does not help here: with one hidden layer the share is
# 0.946.
#
# The same in minigrad
# --------------------
# `nn.init.kaiming_normal_(W, nonlinearity="relu")` would draw He's weights. `clip_grad_norm_`
# clips, and returns the norm before. minigrad gets the first draw and batch; NumPy: step / rate.

tensors = [mg.tensor(2**0.5 * draw[0], requires_grad=True) for draw in draws]
logits = forward(mg.tensor(images[batches[0]].T), tensors, mg.relu)[1].T  # (32, 10)
nn.functional.cross_entropy(logits, mg.tensor(labels[batches[0]])).backward()
norms = nn.utils.clip_grad_norm_(tensors, 1).item(), results[2][0][1, 0, 0] / 0.05
print("\nHe, first step, norm of G: minigrad {:.4f}, NumPy {:.4f}".format(*norms))

# %%
# The picture
# -----------
# Left: the norm of p - y on its way back through the four networks (black), and of squared error
# with a saturated output through two (dashed; p - y would lie near the black lines there, too). The
# last step, to the input, passes W only. Right: finding 3; a dot is one of five starts.

left, right = run.figure(14, 5).subplots(1, 2)
for name, (_, norms) in found.items():
    middle = np.median(norms, axis=-1)  # (tasks, 31)
    left.semilogy(middle[0], "k-")
    left.text(30.5, middle[0, -1], name, va="center")
for name, height in {"ReLU, He": 1e-10, "ReLU, g 0.577": 1e-18}.items():
    left.semilogy(np.median(found[name][1][-1], axis=-1), "C1--")
    left.text(0, height, f"{name}, squared", color="C1", va="center")
left.set(xlim=(-1, 43), ylabel="norm", title="Layers tilt a line, the loss shifts it")
left.set_xlabel("layers passed (black: p - y; dashed: squared error, output saturated)")
right.barh(names, shares.mean(axis=1), color="0.8")
right.plot(shares, names, "k.")
titles = ["30 layers: too few steps to learn", "He and short steps: 30 layers learn"]
right.set(title=titles[int(shares[3:5].mean() > 0.3)], xlabel="held out right")
run.finish(left.figure, {"right": shares}, test_accuracy=shares[3].mean())

# %%
# What this does not show
# -----------------------
# **In one sentence**: the layers make gradients vanish or explode, each with its factor; the loss
# decides only the first factor, whatever the number of classes, and there cross-entropy keeps what
# squared error loses at a saturated output.
#
# Widths that change, and biases that are not 0, are left out. The two remedies that most deep
# networks have are missing, too: residual connections add the input of a layer to its output, so
# that the gradient has a way around each layer (a later lesson), and normalization brings the size
# back to 1 in each layer. Whether other optimizers (lesson 11) need clipping is not tried here.
#
# Your turn
# ---------
# Draw weights that keep the gradient's mean square, not the size forward; draw them evenly; and
# find the gain for any activation, by numbers: exercise 12 of the classroom. `np.mean` takes the
# mean of all elements. `python -m minigrad.classroom start` writes the file. Then type::
#
#    python -m minigrad.classroom check 12
#
# Before that: which g would a sigmoid need so that its slopes alone lose nothing, and what would
# such weights do to its outputs?
