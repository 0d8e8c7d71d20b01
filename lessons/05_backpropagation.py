"""Automatic differentiation: a tape of 30 lines gives the gradient of softmax and cross-entropy, which is p - y.

About 2 seconds.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, nn, plot
from minigrad.datasets import load_digits

run = lesson.start("05_backpropagation", epochs=100, lr=1.0)
np.set_printoptions(precision=4, suppress=True)

# %% The claim
# One widely copied article trains by w_ij = w_ij - a * dL/dw_ij, and warns that with many classes the gradient "may be
# very complex" to compute. A second has for the cross-entropy, L = -sum of y_c ln p_c, -1 / p_c where y_c = 1, and
#     dL/dp_c = 1 / (1 - p_c)  where y_c = 0
# A third says that back-propagation computes gradients efficiently: that one is right, and this lesson builds it.
logits, label = np.array([2.0, 1.0, 0.1]), 0


def softmax(z):
    return np.exp(z) / np.exp(z).sum(-1, keepdims=True)


def differences(f, x, h=1e-5):
    """The gradient of f at the array x by central differences: f is computed twice for each element."""
    return np.array([f(x + step) - f(x - step) for step in h * np.eye(len(x))]) / (2 * h)


# %% What happens
# Where y_c = 0 the loss does not depend on p_c; the second article's line belongs to C binary losses. And with respect
# to the logits z, for three classes or for a thousand, the gradient is as simple as can be: p - y.
p, y = softmax(logits), np.eye(3)[label]
of_p, of_z = differences(lambda p: -np.log(p[label]), p), differences(lambda z: -np.log(softmax(z)[label]), logits)
print(f"1 dL/dp     by differences {of_p}, as printed {np.where(y == 1, -1 / p, 1 / (1 - p))}")
print(f"2 dL/dz     by differences {of_z}, p - y = {p - y}")

# %% Why
# The chain rule, from the end: each operation takes the gradient of L with respect to its result to those with respect
# to its inputs, by a rule that knows nothing else. e = exp(z) has two users, p and s: what both hand back is added.
z = mg.tensor(logits, requires_grad=True)
e = mg.exp(z)
s = e.sum()
p = e / s
loss = -mg.log(p[label])
for step in (steps := (z, e, s, p, loss)):
    step.retain_grad()  # otherwise only a leaf, here z, keeps its gradient
loss.backward(retain_graph=True)  # keeps the graph, to be drawn
for name, step in zip(("z", "e = exp(z)", "s = sum(e)", "p = e / s", "L = -ln p_0"), steps, strict=True):
    value, gradient = np.round(step.detach().numpy(), 4), np.round(step.grad.numpy(), 4)
    print(f"3 forward   {name:11} = {value!s:24} backward dL/d{name[0]} = {gradient}")
print(f"            dL/de = {(p.grad / s).detach().numpy()} from p + {s.grad.item():.4f} from s, to each")


# %% The right version
# Each operation writes its result on a tape, with a rule for each of its inputs; backward reads the tape from the end.
# So a gradient is complete, from all users, before it is handed on, and each rule is called once.
tape = []


class Var:  # `inputs`: pairs of a Var and the rule from the gradient of the result to the gradient of that input
    def __init__(self, value, *inputs):
        self.value, self.inputs, self.grad = np.atleast_2d(value), inputs, 0.0
        tape.append(self)

    def __add__(x, y):
        return Var(x.value + y.value, (x, lambda g: g), (y, lambda g: g))

    def __mul__(x, y):
        return Var(x.value * y.value, (x, lambda g: g * y.value), (y, lambda g: g * x.value))

    def __matmul__(x, y):
        return Var(x.value @ y.value, (x, lambda g: g @ y.value.T), (y, lambda g: x.value.T @ g))

    def map(x, function, slope):
        return Var(function(x.value), (x, lambda g: g * slope(x.value)))

    def sum(x, axis=None):
        return Var(x.value.sum(axis, keepdims=True), (x, lambda g: g + np.zeros_like(x.value)))

    def backward(self):
        self.grad = np.ones((1, 1))
        while tape:
            var = tape.pop()
            for x, rule in var.inputs:
                g = rule(var.grad)  # summed below along the axes on which x was repeated
                x.grad = x.grad + g.sum(tuple(i for i, n in enumerate(x.value.shape) if n < g.shape[i]), keepdims=True)


# %%
def tape_loss(w, b, x, y):
    """The mean cross-entropy in nats, over the rows of the arrays x and y, one-hot, of softmax(x w + b)."""
    z = Var(x) @ w + b
    return (z.map(np.exp, np.exp).sum(1).map(np.log, np.reciprocal) + (z * Var(-y)).sum(1)).sum() * Var(1 / len(y))


def train(x, y, epochs, lr):
    """W, b and the loss before each step of gradient descent from zeros, on all examples at once."""
    w, b, losses, progress = Var(np.zeros((64, 10))), Var(np.zeros(10)), [], run.progress(epochs)
    for _ in progress:
        loss = tape_loss(w, b, x, y)
        loss.backward()
        for parameter in (w, b):
            parameter.value, parameter.grad = parameter.value - lr * parameter.grad, 0.0
        losses.append(loss.value.item())
        progress.note(train_loss=losses[-1])
    return w, b, losses


# %% The experiment
# The digits: 640 weights and 10 biases. By differences, each step of training would compute the loss 1,300 times.
(images, labels), (test_images, test_labels) = ([t.numpy() for t in part.tensors] for part in load_digits())
images, one_hot = images.astype(float), np.eye(10)[labels]
w, b, losses = train(images, one_hot, run.epochs, run.lr)
tape_loss(w, b, images, one_hot).backward()
by_hand = images.T @ (softmax(images @ w.value + b.value) - one_hot) / len(labels)
x, W, B, classes = map(mg.tensor, (images, w.value, b.value, labels))
mg.autograd.gradcheck(lambda W: nn.functional.cross_entropy(x[:99] @ W + B, classes[:99]), W.requires_grad_())
nn.functional.cross_entropy(x @ W + B, classes).backward()
apart = [np.abs(w.grad - other).max() for other in (by_hand, W.grad.numpy())]
print("4 digits    dL/dW by the tape is X.T (p - y) / N to {:.0e}, and minigrad's to {:.0e}".format(*apart))
accuracy = ((test_images @ w.value + b.value).argmax(1) == test_labels).mean()
print(f"5 training  loss from {losses[0]:.4f} to {losses[-1]:.4f} nats, test accuracy {accuracy:.4f}")
# What backward computes can be recorded in its turn, and differentiated. With no eigenvalue below 0, L is convex in z.
(gradient,) = mg.autograd.grad(nn.functional.cross_entropy(z, mg.tensor(label)), z, create_graph=True)
hessian = np.stack([mg.autograd.grad(g, z, retain_graph=True)[0].numpy() for g in gradient])
p, curvature = softmax(logits), np.linalg.eigvalsh(hessian).round(4) + 0
apart = np.abs(hessian - np.diag(p) + np.outer(p, p)).max()
print(f"6 second    d2L/dz2 is diag(p) - p p.T to {apart:.0e}; its eigenvalues: {curvature}")

# %% The picture
(drawn, errors, curve), h = run.figure(16, 6.4).subplots(1, 3, width_ratios=[1.25, 1, 1]), np.logspace(-13, 0, 53)
names = {f"dL/d{name} = {np.round(t.grad.numpy(), 3)}; {name}": t for name, t in zip("zespL", steps, strict=True)}
plot.graph(loss, names=names, ax=drawn)
error = [np.abs(differences(lambda z: -np.log(softmax(z)[label]), logits, step) - (p - y)).max() for step in h]
errors.loglog(h, error, color=plot.BLUE, label="central differences")
errors.axhline(np.finfo(float).eps, color=plot.ORANGE, linestyle="--", label="backward stays below")
errors.set(xlabel="h, step of the differences", ylabel="largest error of dL/dz", title="Differences are never exact")
errors.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 0.08))
plot.loss_curve(losses, labels=("train, digits",), ax=curve).set_title("Gradient descent by the tape")
numbers = {"h": h, "difference_error": error, "backward_error": np.abs(z.grad.numpy() - (p - y)), "train_loss": losses}
run.finish(drawn.figure, numbers, epochs=run.epochs, train_loss=losses[-1], test_accuracy=accuracy)

# %% Your turn
# Write the rules, the summing over repeated axes and the order of backward: exercise ex05 of the classroom. Two to try:
# - Give Var a method tanh, with its rule, and check it by `differences`. What if a rule is wrong: does training tell?
# - Replace `x.grad + g...` by `g...` in backward: which line above shows the mistake, and why not every line?
