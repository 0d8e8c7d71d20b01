r"""
Where does p - y come from?
===========================

A classifier computes probabilities p; the target is y. To train it, we need the slope
of its loss for each weight. All these slopes are built from p - y, for three classes or
for a thousand. Why is the formula so short?

*You need* lessons 02 and 04: cross-entropy, nats, the derivative, central differences.
*New words*: gradient, back-propagation, tape, share, topological order, broadcasting,
one-hot, softmax, gradient check, Hessian.
*Runs* about 1 second. Nothing is random or trains: `--seed`, `--quick` change nothing.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import datasets, lesson, plot

run = lesson.start("05_backpropagation")

# %%
# The claims
# ----------
# A classifier computes one score :math:`z_k` for each class :math:`k`, called a *logit*. *Softmax*
# makes probabilities of the logits: :math:`p_k = e^{z_k} / s`, where :math:`s = \sum_j e^{z_j}`.
# The target :math:`y` is *one-hot*: 1 for the true class, 0 for each other class. The loss is the
# cross-entropy :math:`L = -\sum_k y_k \ln p_k`, in nats. The articles say about its derivatives:
#
# 1. Softmax (3.2): with many classes, *"computing the gradient may be complex"*. In 3.3.3 the
#    article trains with :math:`w_{ij} - \alpha \, \partial L / \partial w_{ij}`. It calls this one
#    derivative the gradient of a vector, has no formula for it, and no step for the bias.
# 2. Series (3.2): :math:`\partial L / \partial p_k` is :math:`-1 / p_k` where :math:`y_k = 1`, and
#    :math:`1 / (1 - p_k)` where :math:`y_k = 0`.
# 3. Theory (4.1): *"back-propagation computes the gradient efficiently"*.
#
# Sentence 3 is right, and this lesson builds what it names. Sentence 1 has a true kernel: the
# derivative of a large program is long if you write it out. Half of sentence 2 is right.
#
# Finding 1: a number that is used twice gets two shares
# ------------------------------------------------------
# We begin on paper, with three numbers: a = 2, b = 3, c = 4. One operation at a time:
#
#     u = a * b = 6        v = u + c = 10        L = u * v = 60
#
# The *gradient* of a number says how fast L grows when this number grows. The gradient of L itself
# is 1. *Back-propagation* is the chain rule, used from the end to the beginning. Each operation
# takes the gradient :math:`g` of its result, and hands a *share* to each of its inputs:
#
# - In :math:`r + t`, the result grows as fast as each input. Both inputs get :math:`g`.
# - In :math:`r \, t`, the result grows :math:`t` times as fast as :math:`r`. So :math:`r` gets
#   :math:`g \, t`, and :math:`t` gets :math:`g \, r`.
#
# In a program, each value remembers its inputs, with a rule for each, and writes itself on a list:
# the *tape*.

tape = []


class Value:
    def __init__(self, data, *inputs):
        self.data = data  # a number, or an array
        self.inputs = inputs  # pairs: an input, and the rule for its share
        tape.append(self)


def add(r, t):
    return Value(r.data + t.data, (r, lambda g: g), (t, lambda g: g))


def times(r, t):
    return Value(r.data * t.data, (r, lambda g: g * t.data), (t, lambda g: g * r.data))


def walk(order):  # sets the gradients; L comes first
    for node in order:
        node.shares = []
    order[0].shares = [1.0]
    for node in order:
        node.grad = sum(node.shares)
        for source, rule in node.inputs:
            source.shares.append(rule(node.grad))


# %%
# Two orders to walk in: *nearest first*, that is L, then its inputs u and v, then theirs; and the
# tape from its end. Guess before you read on: does the order matter?

a = Value(2.0)
b = Value(3.0)
c = Value(4.0)
u = times(a, b)
v = add(u, c)
L = times(u, v)
print("Finding 1\nwalk          shares of u   gradient of u     a     b     c")
for name, order in (("L u v a b c", [L, u, v, a, b, c]), ("L v u c b a", tape[::-1])):
    walk(order)
    print(f"{name}   {u.shares}  {u.grad:13} {a.grad:5} {b.grad:5} {c.grad:5}")

# %%
# The number u has two users: L = u * v, and v = u + c. Both hand a share to u. Follow the walks:
#
# - *Nearest first*: L hands 10 to u and 6 to v. Next is u. It takes 10, and hands on
#   :math:`10 \cdot 3 = 30` to a. Only then v hands 6 to u. That is too late: a has its 30.
# - *From the end of the tape*: L hands 10 to u and 6 to v. Then v hands 6 to u and to c. Now u is
#   complete: it takes :math:`10 + 6 = 16`, and hands on :math:`16 \cdot 3 = 48` to a.
#
# Which is right? Ask L itself. For a = 2.5 it is 7.5 * 11.5 = 86.25, for a = 1.5 it is 4.5 * 8.5 =
# 38.25, and the slope between them is 48. When u grows, L grows for two reasons, so the two shares
# are *added*. (To replace the first share by the second is wrong, too: u gets 6, and a gets 18.)
#
# **Which orders are right?** A value hands on when its gradient is complete, so it must come after
# *all of its users*. Read such an order from its end: each value stands after its inputs. This is
# called a *topological order*. The tape has this order, because inputs exist before the result.
#
# minigrad and PyTorch keep no list. A value knows its inputs, and the order has to be found from
# that. One way is *depth first*: before you write down a name, write down all that it is made from,
# and write no name twice. Here it is with names only:

made_from = {"L": "uv", "v": "uc", "u": "ab", "a": "", "b": "", "c": ""}


def write_down(name, written):
    if name not in written:
        for source in made_from[name]:
            write_down(source, written)
        written.append(name)


written = []
write_down("L", written)
print("depth first:", *written, "  and from its end:", *reversed(written))

# %%
# The name u is met twice and written once. Could we follow each path from L to a on its own, and
# need no order? The sum over all paths is right, too. But 100 lines :math:`q = q + q` have
# :math:`2^{100}` paths, and only 200 rules. In the right order, each rule is called once, however
# many weights there are. This is the word "efficiently" of sentence 3.
#
# Finding 2: the logit is used twice, and its shares are p and -y
# ---------------------------------------------------------------
# Let the first class be the true one, so that :math:`L = -\ln p_1`. The logarithm of a quotient is
# a difference:
#
# .. math:: L = -\ln \frac{e^{z_1}}{s} = \ln s - z_1, \qquad s = e^{z_1} + e^{z_2} + e^{z_3}.
#
# There it is: the logit :math:`z_1` has *two users*. It is in the sum :math:`s`, and it is the
# score of the true class. Guess its two shares before you run the cell. The operations exp and log
# are new; their rules multiply :math:`g` by the derivatives :math:`e^x` and :math:`1 / x`.


def exp(r):
    return Value(np.exp(r.data), (r, lambda g: g * np.exp(r.data)))


def log(r):
    return Value(np.log(r.data), (r, lambda g: g / r.data))


tape.clear()
z = [Value(2.0), Value(1.0), Value(0.1)]
s = add(add(exp(z[0]), exp(z[1])), exp(z[2]))
loss = add(log(s), times(Value(-1.0), z[0]))
walk(tape[::-1])
logits = np.array([2.0, 1.0, 0.1])
p = np.exp(logits) / np.exp(logits).sum()
y = np.eye(3)[0]
np.set_printoptions(precision=4, suppress=True)
print("\nFinding 2: p - y            ", p - y)
print("dL/dz on the tape           ", np.array([each.grad for each in z]))
print("shares of z_1, and of z_2   ", np.array(z[0].shares), np.array(z[1].shares))

# %%
# Why? Follow the two ways from L to :math:`z_k`. The true score is :math:`\sum_j y_j z_j`.
#
# .. math::
#
#    \text{by way of } \ln s: \quad
#    & \frac{1}{s} \cdot \frac{\partial s}{\partial z_k} = \frac{1}{s} \cdot e^{z_k} = p_k \\
#    \text{by way of the score}: \quad & -\frac{\partial}{\partial z_k} \sum_j y_j z_j = -y_k \\
#    \text{both}: \quad & \frac{\partial L}{\partial z_k} = p_k - y_k
#
# **This is where p - y comes from.** The p is the share of the sum, and -y is the share of the
# score. A thousand classes change nothing. The formula is so short because the logarithm of the
# loss undoes the exponential of softmax; another loss has another formula (lesson 09).
#
# Now sentence 2. Each :math:`p_k` is moved on its own there, without softmax. What happens to
# :math:`L = -\ln p_1` if :math:`p_2` is moved? *Central differences* know no rule: they move each
# number by :math:`\pm h`, and compute the loss twice.


def differences(f, point, h):
    steps = h * np.eye(len(point))
    return np.array([f(point + step) - f(point - step) for step in steps]) / (2 * h)


print("dL/dp by differences        ", differences(lambda p: -np.log(p[0]), p, 1e-5))
print("dL/dp by sentence 2         ", np.append(-1 / p[0], 1 / (1 - p[1:])))

# %%
# Nothing happens: :math:`L` does not contain :math:`p_2`. The article prints another loss just
# before, :math:`-\sum_k [y_k \ln p_k + (1 - y_k) \ln (1 - p_k)]`, for *separate* yes-no questions.
# For that loss, :math:`1 / (1 - p_k)` is right. And why is the gradient of :math:`z_2` not 0? A
# higher :math:`z_2` takes probability from the true class. Always say with respect to what.
# (To compare a gradient with differences is called a *gradient check*.) How near do they come?


def loss_at(logits):
    return np.log(np.exp(logits).sum()) - logits[0]


h = np.logspace(-13, 0, 53)
errors = [np.abs(differences(loss_at, logits, step) - (p - y)).max() for step in h]

# %%
# At best they come within 1e-11 (see the picture). By Taylor's series,
#
# .. math:: \frac{f(x + h) - f(x - h)}{2 h} = f'(x) + \frac{h^2}{6} f^{(3)}(x) + \dots
#
# For a quadratic function, differences are exact up to rounding: in Finding 1, a was moved by 0.5,
# and 48 came out. For other functions :math:`h` must be small. But the computer rounds :math:`f` by
# about :math:`\varepsilon |f|`, with :math:`\varepsilon = 2 \cdot 10^{-16}`, and the division makes
# :math:`\varepsilon |f| / h` of that. The sum of both errors is least where its derivative,
# :math:`h |f^{(3)}| / 3 - \varepsilon |f| / h^2`, is 0: at :math:`h^3 = 3 \varepsilon |f/f^{(3)}|`.
# If :math:`f` and :math:`f^{(3)}` are alike in size, that is near :math:`6 \cdot 10^{-6}`.
#
# Finding 3: a copy is a use, so what was repeated is summed
# ----------------------------------------------------------
# A rule for numbers works for arrays, element by element. One thing is new. NumPy repeats a short
# array where an operation needs a long one; this is called *broadcasting*. Add a row of shape
# (1, 3) to a table of shape (2, 3): each number of the row is used twice. Guess: which gradient
# does the row get, if the table has the gradient of the next cell?


def unbroadcast(g, shape):  # for tables: an axis of length 1 was repeated
    for axis in (0, 1):
        if shape[axis] == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


table = np.array([[1, 2, 3], [10, 20, 30]])
print("\nFinding 3: an input of shape (1, 3) gets", unbroadcast(table, (1, 3)).tolist())
print("           an input of shape (2, 1) gets", unbroadcast(table, (2, 1)).tolist())
print("           an input of shape (3,)   gets", table.sum(axis=0).tolist())

# %%
# By Finding 1 the shares of all copies are added. So a gradient always has the shape of its own
# array. In (1, 3) and (2, 1) the axis exists and keeps the length 1 (`keepdims`). The shape (3,)
# has one axis only. NumPy puts a new axis *in front*, and a plain sum over it takes it away.
#
# Now a linear classifier: z = images @ weights + bias, a row for each image. The tape needs three
# operations for arrays. In a matrix product, :math:`z_{nk} = \sum_i x_{ni} w_{ik}`: the weight
# :math:`w_{ik}` is used once for each image :math:`n`, with the slope :math:`x_{ni}`. The sum of
# its shares is :math:`\sum_n x_{ni} g_{nk}`: `x.T @ g`. The rule of the loss is Finding 2.


def matmul(x, w):  # an array (N, D), a Value (D, C): the result is (N, C)
    return Value(x @ w.data, (w, lambda g: x.T @ g))


def repeat(r, n):  # the shape (1, C) to the shape (n, C)
    return Value(np.tile(r.data, (n, 1)), (r, lambda g: unbroadcast(g, r.data.shape)))


def cross_entropy(scores, y):  # a Value and an array (N, C) to one number, the sum
    e = np.exp(scores.data)
    p = e / e.sum(axis=1, keepdims=True)
    return Value(-np.sum(y * np.log(p)), (scores, lambda g: g * (p - y)))


# %%
# The digits are real images: 1,347 to train with, 64 pixels each, ten classes. One walk gives all
# 650 gradients; differences would need 1,300 runs. (The tape still holds Finding 2. The new loss
# does not depend on these numbers, so they get the gradient 0.) minigrad computes the same.

(images, labels), _ = (part.tensors for part in datasets.load_digits())
weights = Value(np.zeros((64, 10)))
bias = Value(np.zeros((1, 10)))
scores = add(matmul(images.numpy(), weights), repeat(bias, len(labels)))
cross_entropy(scores, np.eye(10)[labels.numpy()])
walk(tape[::-1])

w = mg.zeros(64, 10, requires_grad=True)
mg.nn.functional.cross_entropy(images @ w, labels, reduction="sum").backward()
print("digits: shapes of dL/dw, dL/db ", weights.grad.shape, bias.grad.shape)
print("pixel 36: on the tape, minigrad", weights.grad[36, :2], w.grad[36, :2].numpy())

# %%
# So the formulas that sentence 1 leaves out are, for each single weight and bias,
#
# .. math::
#
#    \frac{\partial L}{\partial w_{ik}} = \sum_n x_{ni} (p_{nk} - y_{nk}), \qquad
#    \frac{\partial L}{\partial b_k} = \sum_n (p_{nk} - y_{nk}).
#
# Each is one number; *the gradient* of the weights is the whole table, features times classes. (The
# article has classes times features in its formula, and the reverse in its program. Nobody notices,
# because it has 10 of both.) minigrad is this tape, with more rules and `unbroadcast` in each.
#
# **Once more.** Differentiate :math:`p_k - y_k` again: the table of second derivatives is called
# the *Hessian*. By the rule for quotients, :math:`p_k = e^{z_k} / s` has the derivatives
# :math:`\partial p_k / \partial z_k = p_k - p_k^2`, and :math:`\partial p_k / \partial z_j = -p_k
# p_j` for :math:`j \ne k`. In a direction :math:`d`, the loss bends by
#
# .. math::
#
#    \sum_{k, j} d_k \frac{\partial p_k}{\partial z_j} d_j
#    = \sum_k p_k d_k^2 - \Bigl( \sum_k p_k d_k \Bigr)^2 = \mathrm{Var}_p(d) \ge 0.
#
# This is the variance of the numbers :math:`d_k`, drawn with probabilities :math:`p_k`. No variance
# is negative. So L is convex in the logits, *at each* :math:`z`, and in the weights and bias of a
# linear classifier. In the weights of a network with hidden layers it is not (lesson 04).
#
# The picture
# -----------

graph, check = run.figure(14, 5.4).subplots(1, 2, width_ratios=[1.5, 1])
places = {a: (0, 2), b: (0, 0), c: (2, 2), u: (1.3, 1), v: (2.6, 1.5), L: (3.6, 0.5)}
style = dict(arrowstyle="-|>", connectionstyle="arc3,rad=0.15", shrinkA=28, shrinkB=28)
back = {**style, "color": plot.ORANGE, "linestyle": "--"}
for name, node in zip("abcuvL", (a, b, c, u, v, L), strict=True):
    text = f"{name} = {node.data:g}\ngradient {node.grad:g}"
    graph.annotate(text, places[node], ha="center", va="center", bbox={"fc": "white"})
    for source, rule in node.inputs:
        graph.annotate("", places[node], places[source], arrowprops=style)
        graph.annotate("", places[source], places[node], arrowprops=back)
        graph.text(*np.add(places[node], places[source]) / 2, f"{rule(node.grad):g}")
graph.set(xlim=(-0.4, 4), ylim=(-0.4, 2.4), title="u has two users: 10 + 6 = 16")
graph.set_axis_off()
check.loglog(h, errors, color=plot.BLUE)
check.set(xlabel="h", ylabel="error of dL/dz", title="Differences are best at 1e-5")
run.finish(graph.figure, {"h": h, "error": errors}, gradient=u.grad, loss=loss.data)

# %%
# What this does not show
# -----------------------
# Where :math:`e^z` overflows, the program fails; lesson 08 mends this. Lesson 07 trains.
#
# Your turn
# ---------
# Write the rule of a division, `unbroadcast` for any number of axes, and a walk that has no tape
# and finds the order itself: exercise 05 of the classroom,
#
#     python -m minigrad.classroom check 05
#
# Two things to try first. Change the rule of `log` to `g * r.data`: which line shows the mistake?
# ("dL/dz on the tape".) And call `mg.autograd.functional.hessian`: 0.659 - 0.659 ** 2 = 0.2247.
