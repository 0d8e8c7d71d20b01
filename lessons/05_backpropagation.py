r"""
Where does p - y come from?
===========================

A classifier computes probabilities p; the target is y. To train it, we need the slope
of its loss for each weight. All these slopes are built from p - y, for three classes or
for a thousand. Why is the formula so short?

*You need* lessons 02 and 04: cross-entropy, nats, the derivative, central differences.
*New words*: chain rule, back-propagation, share, tape, topological order, depth first,
one-hot, softmax, gradient check, broadcasting, Hessian.
*Runs* about 1 second. Nothing is random, nothing trains: `--seed`, `--quick` change nothing.
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
# The target :math:`y` is *one-hot*: 1 for the true class, else 0. The loss is the cross-entropy
# :math:`L = -\sum_k y_k \ln p_k`, in nats. Three articles (`ERRATA.md`) say:
#
# 1. Softmax (3.2): with several classes, *"computing the gradient may be very complex"*. In 3.3.3
#    each weight w becomes :math:`w - \alpha \, \partial L / \partial w`, with a small
#    :math:`\alpha`. No formula for the derivative follows, and no step for the bias: only the
#    program has both.
# 2. Series (3.2): :math:`\partial L / \partial p_k` is :math:`-1 / p_k` where :math:`y_k = 1`, and
#    :math:`1 / (1 - p_k)` where :math:`y_k = 0`.
# 3. Theory (4.1): back-propagation computes the gradient *efficiently*.
#
# The curly :math:`\partial` means: the slope if this number is moved, no other input is, and all
# that is computed from it follows. Sentence 3 is right, and half of sentence 2. In sentence 1, it
# is true that a derivative that you write out gets long.
#
# Finding 1: a number that is used twice gets two shares
# ------------------------------------------------------
# We begin on paper, with three numbers: a = 2, b = 3, c = 4. One operation at a time::
#
#     u = a * b = 6        v = u + c = 10        q = u * v = 60
#
# The *gradient* of a number says how fast q grows when this number grows. The gradient of q itself
# is 1. The *chain rule* multiplies slopes: where q depends on u, and u on a, it says that
# :math:`\partial q / \partial a = \partial q / \partial u \cdot \partial u / \partial a`. (If q
# depends on a in several ways, the products of all ways are added.) *Back-propagation* uses it from
# the end to the beginning. Each operation takes the gradient :math:`g` of its result, and hands a
# *share* to each input, :math:`g` times the slope for it:
#
# - In :math:`r + t`, the result grows as fast as each input. Both inputs get :math:`g`.
# - In :math:`r t`, the slopes are t and r: r gets :math:`g t`, and t gets :math:`g r`.
#
# In a program, each value remembers its inputs and their rules, and goes on a list: the *tape*.

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


def walk(order):  # sets the gradients; the result comes first
    for node in order:
        node.shares = []
    order[0].shares = [1.0]
    for node in order:
        node.grad = sum(node.shares)
        for source, rule in node.inputs:
            source.shares.append(rule(node.grad))


# %%
# Two orders to walk in: *nearest first*, that is q, then its inputs u and v, then theirs; and the
# tape from its end. Guess before you read on: does the order matter?
a = Value(2.0)
b = Value(3.0)
c = Value(4.0)
u = times(a, b)
v = add(u, c)
q = times(u, v)
by_differences = 7.5 * 11.5 - 4.5 * 8.5  # q for a = 2.5, minus q for a = 1.5
print("Finding 1: a by differences", by_differences)
print("walk          shares of u   gradient of u     a     b     c")
for name, order in (("q u v a b c", [q, u, v, a, b, c]), ("q v u c b a", tape[::-1])):
    walk(order)
    said = "right" if a.grad == by_differences else "wrong: too early"
    print(name, " ", u.shares, f"{u.grad:14} {a.grad:5} {b.grad:5} {c.grad:5} ", said)

# %%
# The number u has two users: q = u * v, and v = u + c. Both hand a share to u. Follow the walks:
#
# - *Nearest first*: q hands 10 to u and 6 to v. Next is u. It takes 10, and hands on
#   :math:`10 \cdot 3 = 30` to a. Only then v hands 6 to u. That is too late: a has its 30.
# - *From the end of the tape*: q hands 10 to u and 6 to v. Then v hands 6 to u and to c. Now u is
#   complete: it takes :math:`10 + 6 = 16`, and hands on :math:`16 \cdot 3 = 48` to a.
#
# Ask q itself: it is 86.25 for a = 2.5, and 38.25 for a = 1.5, the slope is 48. When u grows, q
# grows for two reasons, so the two shares are *added*.
#
# **Which orders are right?** A value hands on when its gradient is complete, so it must come after
# *all of its users*. Read such an order from its end: each value stands after its inputs. This is
# called a *topological order*. The tape has this order, because inputs exist before the result.
#
# minigrad keeps no list of everything. It collects what q was made from, and sorts it by the time
# of recording, the newest first. Without times, *depth first* finds an order: to visit a name,
# visit all that it is made from, then write it down; and write no name twice.
made_from = {"q": "uv", "v": "uc", "u": "ab", "a": "", "b": "", "c": ""}


def write_down(name, written):
    if name not in written:
        for source in made_from[name]:
            write_down(source, written)
        written.append(name)


written = []
write_down("q", written)
print("depth first:", *written, "  and from its end:", *reversed(written))

# %%
# The name u is met twice and written once. Could we follow each path from q to a on its own? The
# sum over all paths is right, too. But 100 lines :math:`x = x + x` have :math:`2^{100}` paths, and
# only 200 rules. In the right order, each rule is called once, and costs about as much as its
# operation. So one walk costs a few runs of the program, however many weights there are;
# differences cost two runs *for each weight*. This is "efficiently" in sentence 3.
#
# Finding 2: the logit is used twice, and its shares are p and -y
# ---------------------------------------------------------------
# Let class 1 be the true one: :math:`L = -\ln p_1`. The logarithm of a quotient is a difference:
#
# .. math:: L = -\ln \frac{e^{z_1}}{s} = \ln s - z_1, \qquad s = e^{z_1} + e^{z_2} + e^{z_3}.
#
# There it is: the logit :math:`z_1` (in Python `z[0]`) has *two users*. It is in the sum :math:`s`,
# and it is the score of the true class. Guess its two shares before you run the cell. The rules of
# the new operations exp and log multiply :math:`g` by their slopes, :math:`e^x` and :math:`1 / x`.


def exp(r):
    return Value(np.exp(r.data), (r, lambda g: g * np.exp(r.data)))


def log(r):
    return Value(np.log(r.data), (r, lambda g: g / r.data))


tape.clear()
z = [Value(2.0), Value(1.0), Value(0.1)]
s = add(add(exp(z[0]), exp(z[1])), exp(z[2]))
loss = add(log(s), times(Value(-1.0), z[0]))
walk(tape[::-1])
logits = np.array([each.data for each in z])
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
#    \text{by } \ln s: \quad & \tfrac{1}{s} \, \partial s / \partial z_k = e^{z_k} / s = p_k \\
#    \text{by the score}: \quad & -\frac{\partial}{\partial z_k} \sum_j y_j z_j = -y_k \\
#    \text{both}: \quad & \frac{\partial L}{\partial z_k} = p_k - y_k
#
# **This is where p - y comes from.** The p is the share of the sum, and -y is the share of the
# score. A thousand classes change nothing. If y is any distribution (a soft label), :math:`\ln s`
# has the factor :math:`\sum_j y_j = 1`: p - y again. The formula is short because the logarithm
# undoes the exponential of softmax; another loss has another formula (lesson 09).
#
# Now sentence 2. Each :math:`p_k` is moved on its own there, without softmax. What happens to
# :math:`L = -\ln p_1` if :math:`p_2` is moved? *Central differences* know no rule: they move each
# number by :math:`\pm h`, and compute the loss twice.


def differences(f, point, h):
    moves = h * np.eye(len(point))
    return np.array([f(point + move) - f(point - move) for move in moves]) / (2 * h)


print("dL/dp by differences        ", differences(lambda at: -np.log(at[0]), p, 1e-5))
print("dL/dp by sentence 2, 2 wrong", np.append(-1 / p[0], 1 / (1 - p[1:])))

# %%
# Nothing happens: :math:`L` does not contain :math:`p_2`. Just before, the article prints the loss
# :math:`-\sum_k [y_k \ln p_k + (1 - y_k) \ln (1 - p_k)]`, for *separate* yes-no questions. For it
# both halves are right; that it can be written as the cross-entropy is the article's mistake. And
# why is the gradient of :math:`z_2` not 0? A higher :math:`z_2` takes probability from the true
# class. Always say with respect to what. (To compare a gradient with differences is called a
# *gradient check*.) How near do they come?

errors = []
sizes = np.logspace(-13, 0, 53)
for h in sizes:
    slope = differences(lambda at: np.log(np.exp(at).sum()) - at[0], logits, h)
    errors.append(np.abs(slope - (p - y)).max())
print(f"least error {min(errors):.0e}, h = {sizes[np.argmin(errors)]:.0e}")

# %%
# Take Taylor's series both ways, subtract, and divide by 2h:
#
# .. math::
#
#    f(x \pm h) &= f \pm h f' + \tfrac{1}{2} h^2 f'' \pm \tfrac{1}{6} h^3 f^{(3)} + \dots \\
#    \frac{f(x + h) - f(x - h)}{2 h} &= f' + \tfrac{1}{6} h^2 f^{(3)} + \dots
#
# A quadratic function has :math:`f^{(3)} = 0`: in Finding 1, a was moved by 0.5, and 48 came out.
# Else h must be small. But the computer rounds f by about :math:`\varepsilon |f|`, with
# :math:`\varepsilon = 2 \cdot 10^{-16}`, and divides that by h. The error is about
# :math:`h^2 |f^{(3)}| / 6 + \varepsilon |f| / h`. It is least where its slope,
# :math:`h |f^{(3)}| / 3 - \varepsilon |f| / h^2`, is 0: at
# :math:`h^3 = 3 \varepsilon |f / f^{(3)}|`. Here f is 4 to 6 times :math:`f^{(3)}`: about
# 1.4e-5.
#
# Finding 3: a copy is a use, so what was repeated is summed
# ----------------------------------------------------------
# A rule for numbers works for arrays, element by element. One thing is new. NumPy repeats a short
# array where an operation needs a long one: *broadcasting*. Add a row of shape (1, 3) to a table of
# shape (2, 3): each number of the row is used twice. The result has the gradient g below. Guess
# the row's.


def unbroadcast(g, shape):  # sums over axes of length 1: there the input was repeated
    for axis in (0, 1):
        if shape[axis] == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


g = np.array([[1, 2, 3], [10, 20, 30]])  # of the result
print("\nFinding 3: an input of shape (1, 3) gets", unbroadcast(g, (1, 3)).tolist())
print("           an input of shape (2, 1) gets", unbroadcast(g, (2, 1)).tolist())
print("           an input of shape (3,)   gets", g.sum(axis=0).tolist())
print("           an input of shape ()     gets", g.sum())

# %%
# By Finding 1 the shares of all copies are added. So a gradient always has the shape of its own
# array. In (1, 3) and (2, 1) the axis exists and keeps the length 1 (`keepdims`). The shape (3,)
# has one axis only. NumPy puts a new axis *in front*, and a plain sum over it takes it away. The
# shape () has no axis: this is a single number, repeated everywhere.
#
# Now a linear classifier: z = images @ weights + bias, a row for each image. In a matrix product,
# :math:`z_{nk} = \sum_i x_{ni} w_{ik}`, the weight :math:`w_{ik}` is used once for each image n,
# with the slope :math:`x_{ni}`. Its shares add up to :math:`\sum_n x_{ni} g_{nk}`: `x.T @ g`.


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
# 650 gradients; differences would need 1,300 runs. minigrad computes the same, in float32.
(images, labels), _ = (part.tensors for part in datasets.load_digits())
tape.clear()
weights = Value(np.zeros((64, 10)))
bias = Value(np.zeros((1, 10)))
scores = add(matmul(images.numpy(), weights), repeat(bias, len(labels)))
total = cross_entropy(scores, np.eye(10)[labels.numpy()])
walk(tape[::-1])
W = mg.zeros(64, 10, requires_grad=True)
B = mg.zeros(10, requires_grad=True)
mg.nn.functional.cross_entropy(images @ W + B, labels, reduction="sum").backward()
print("digits: shapes of dL/dw, dL/db ", weights.grad.shape, bias.grad.shape)
print("pixel 36: on the tape, minigrad", weights.grad[36, :2], W.grad[36, :2].numpy())
print("the bias: on the tape, minigrad", bias.grad[0, :2], B.grad[:2].numpy())

# %%
# So the formulas that section 3.3.3 leaves out are, for each single weight and bias,
#
# .. math::
#
#    \frac{\partial L}{\partial w_{ik}} = \sum_n x_{ni} (p_{nk} - y_{nk}), \qquad
#    \frac{\partial L}{\partial b_k} = \sum_n (p_{nk} - y_{nk}).
#
# Each is one number; *the gradient* of the weights is the whole table, features times classes. (In
# the article's formula it is classes times features.) Its program has the first formula. For the
# bias it sums over the classes, too: an axis was forgotten. Once its other defects are repaired
# (lesson 07), each row of p - y sums to 0, so that total is 0, and the bias never moves. minigrad
# works like this tape, with more rules; where an input was broadcast, it calls its `unbroadcast`.
#
# **Once more.** Move all logits in a direction :math:`d`: the slope is :math:`\sum_k (p_k - y_k)
# d_k`, with y constant. Move along d once more: each :math:`p_k` changes by :math:`\sum_j (\partial
# p_k / \partial z_j) d_j`. These are second derivatives of L, a table called the *Hessian*. By the
# rule for quotients, :math:`p_k = e^{z_k} / s` has, for :math:`j \ne k`,
#
# .. math::
#
#    \frac{\partial p_k}{\partial z_k} &= \frac{e^{z_k}}{s} - \frac{e^{2 z_k}}{s^2} = p_k - p_k^2 \\
#    \frac{\partial p_k}{\partial z_j} &= 0 - \frac{e^{z_k} e^{z_j}}{s^2} = -p_k p_j \\
#    \sum_{k, j} d_k \frac{\partial p_k}{\partial z_j} d_j
#    &= \sum_k p_k d_k^2 - \Bigl( \sum_k p_k d_k \Bigr)^2 = \mathrm{Var}_p(d) \ge 0.
#
# This is the variance of the numbers :math:`d_k`, drawn with probabilities :math:`p_k`. At each z
# the loss bends upwards or not at all, so L is *convex* in the logits. In a linear classifier z is
# linear in weights and bias, each direction of theirs is a direction d of z, and L is convex in
# them, too, for one image and so for the sum. With hidden layers it need not be (lesson 04).
#
# The picture
# -----------
# Solid arrows go forward. Dashed arrows go back, and carry the shares of Finding 2.
axes = run.figure(9, 5.2).subplots()
boxes = {"s": (3.2, 2.2, "ln s"), "score": (3.2, 0, "-z_1"), "L": (6, 1.4, "L")}
shares = [("s", "L", "1"), ("score", "L", "1"), (0, "score", "-1 = -y_1")]
for k in range(3):
    boxes[k] = (0, 1.6 * k, f"z_{k + 1}: {p[k]:.3f} - {y[k]:g}\n= {z[k].grad:.3f}")
    shares.append((k, "s", f"{p[k]:.3f} = p_{k + 1}"))
plot.shares(boxes, shares, title="z_1 has two users: shares p_1 and -y_1", ax=axes)
run.finish(axes.figure, {"h": sizes, "error": errors}, loss=loss.data)

# %%
# What this does not show
# -----------------------
# Where :math:`e^z` overflows, the program fails (lesson 08). Lesson 07 trains.
#
# Your turn
# ---------
# Write the rule of a division, `unbroadcast` for any number of axes, and a walk that has no tape
# (its inputs hold slopes, not rules): exercise 05 of the classroom::
#
#     python -m minigrad.classroom check 05
#
# To try: which printed lines change with the rule `g * r.data` of `log`? Where do you find p_1
# minus its square, when you print this? ::
#
#     f = lambda z: mg.nn.functional.cross_entropy(z.reshape(1, 3), mg.tensor([0]))
#     mg.autograd.functional.hessian(f, mg.tensor([2.0, 1.0, 0.1]))
