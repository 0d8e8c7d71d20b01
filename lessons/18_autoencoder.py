r"""
What can 32 numbers keep of a picture?
======================================

A picture of a digit has 784 pixels. A network may pass on only 32 numbers, and must paint the
picture again from them. An article prints such a network and trains it on noise. We train it on
pictures, and ask what a network keeps that a plane cannot.

*You need* lesson 02 (entropy), 05 (gradients of a matrix product), 06 (sigmoid), 07 (held-out data,
minigrad's training loop), 11 (Adam), 12 (ReLU and the weights that suit it), and the singular value
decomposition (SVD) of a matrix.
*New words*: autoencoder, encoder, decoder, code, reconstruction, PCA, dead unit.
*Runs* about 13 seconds.
"""

# %%
import numpy as np

import minigrad as mg
from minigrad import lesson, nn, optim, plot
from minigrad.datasets import load_digits, load_mnist
from minigrad.nn import functional as F

run = lesson.start("18_autoencoder", epochs=20, lr=0.003, batch_size=50)
if run.quick:
    print("quick: too short to show what the text says")
rng = np.random.default_rng(run.seed)

# %%
# The claim
# ---------
# An *autoencoder* is two networks. The *encoder* makes a few numbers of the input: the *code*. The
# *decoder* makes the *reconstruction* of the code, which shall be close to the input. So the input
# is its own target, and nobody has to label anything. This plan is right.
#
# *Series* (21, section 5) prints such a program, and calls its task "image autoencoding". *Theory*
# (5.3) says that one usually measures by cross-entropy how far "the encoder's output" is from the
# original input. It must mean the output of the *decoder*, and so we read it. The encoder's output
# is the code: for three inputs its shape is (3, 32), and the inputs have the shape (3, 784). No
# loss compares these element by element.
#
# The program
# -----------
# Here is the program of *Series* in our own words. Its loss is the mean of the squared errors of
# all numbers. Mark what you would change. (In the article, `last` is `nn.Sigmoid()` and `epochs` is
# 100. We want to try others.) A ReLU, max(0, z), is a line with one bend. `nn.Sequential` applies
# its parts one after the other, and `nn.Identity()` changes nothing.


def chain(widths, last):
    """Linear layers of these widths, a ReLU between each two of them, and `last`."""
    pairs = zip(widths, widths[1:])
    layers = [part for pair in pairs for part in (nn.Linear(*pair), nn.ReLU())]
    return nn.Sequential(*layers[:-1], last)


def train(model, rows, epochs, rate, size, loss_of=F.mse_loss):
    """Adam on batches of `size` rows; an epoch leaves out rows too few for a batch."""
    optimizer = optim.Adam(model.parameters(), rate)
    for _ in range(epochs):
        order = rng.permutation(len(rows))
        for first in range(0, len(rows) - size + 1, size):
            batch = mg.from_numpy(rows[order[first : first + size]])
            loss = loss_of(model(batch), batch)  # the target is the input
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model


def wrong_program(rows, last, epochs):
    encoder = chain([784, 128, 64, 32], nn.ReLU())  # (4)
    decoder = chain([32, 64, 128, 784], last)  # (1) (5)
    return train(nn.Sequential(encoder, decoder), rows, epochs, 0.001, 3)  # (6) (7)


input_dim = 784  # (5)
noise = mg.randn(3, input_dim).numpy()  # (2) (3)

# %%
# 1. The last layer is a sigmoid: its outputs lie between 0 and 1. The targets do not.
# 2. The data are noise. There is no image.
# 3. There are three rows, and nothing is held out.
# 4. The code goes through a ReLU: it has no negative numbers.
# 5. `input_dim` never reaches the network, which has its own 784. Change one of the two, and the
#    program stops.
# 6. What is called an epoch is a single step, on all three rows: there is only one batch.
# 7. The article sets no seed. (`lesson.start` has set ours.)
# 8. The article says that training optimises "the pixel information". What is optimised are the
#    *weights*. The pixels are data: they stay as they are. (This is a sentence, and not code.)
#
# Finding 1: on noise the loss falls, and nothing is learnt
# ---------------------------------------------------------
# Guess: how low can the loss come? And how low is it on 1,000 *other* rows of noise? The answer 0
# to everything has a loss of about 1 there: the mean square of a number from N(0, 1).


def paint(model, rows):
    return model(mg.from_numpy(rows)).detach().numpy()


def error(model, rows):
    return np.mean((paint(model, rows) - rows) ** 2)


fresh = mg.randn(1000, 784).numpy()
print("Finding 1: mean squared error           its rows   other noise")
for last, times in ((nn.Sigmoid(), 5), (nn.Sigmoid(), 20), (nn.Identity(), 20)):
    model = wrong_program(noise, last, times * run.epochs)
    what = f"  last layer {type(last).__name__ + ',':<9} {times * run.epochs:3} steps"
    print(f"{what}      {error(model, noise):.3f}      {error(model, fresh):.3f}")
print(f"  the answer 0{np.mean(noise**2):33.3f}{np.mean(fresh**2):11.3f}")
print(f"  sigmoid's floor{np.mean((noise - noise.clip(0, 1)) ** 2):30.3f}")

# %%
# **(1)** The output of a sigmoid that is nearest to a target x is near 0 for a negative x, and near
# 1 for an x above 1. What is left is a *floor*. For x from N(0, 1), with the density
# :math:`\varphi` and with :math:`q = P(x > 1) = 0.1587`:
#
# .. math::
#
#    \text{floor} &= \int_{-\infty}^0 x^2 \varphi \, dx + \int_1^\infty (x - 1)^2 \varphi \, dx \\
#    &= \tfrac{1}{2} + \int_1^\infty x^2 \varphi \, dx - 2 \int_1^\infty x \varphi \, dx + q \\
#    &= \tfrac{1}{2} + (\varphi(1) + q) - 2 \varphi(1) + q \\
#    &= \tfrac{1}{2} + 2q - \varphi(1) = 0.5753.
#
# (The third line uses :math:`x \varphi = -\varphi'`, in the first integral by parts.) So the
# printed program can never come near 0, and three rows have a floor of their own, near this number.
# A sigmoid is no mistake in itself: it is a good last layer for pixels from 0 to 1.
#
# **(2) (3)** Without the sigmoid the network learns its three rows by heart. Held-out rows show
# what this is worth: on other noise both networks are worse than the answer 0. No plane could do
# much better. The pixels do not depend on each other, so a plane of 32 of the 784 dimensions,
# chosen before the noise is drawn, holds on average 32/784 = 4.1 percent of its squares.
#
# Finding 2: without bends, the best plane is PCA's
# -------------------------------------------------
# Now take real pictures: 1,347 digits of 8 x 8 pixels, and 450 held out. Let x be the pictures
# minus their mean picture: n rows, d = 64 columns. A *linear* autoencoder has two matrices and no
# ReLU. The code is :math:`c = x E`, with E of shape (d, k). The reconstruction is :math:`r = c D`.
#
# Every row of r is a mix of the k rows of D. So all reconstructions lie in one plane of k
# dimensions ("plane" for any k). Which plane is the best? Let U, shape (d, k), have orthogonal
# columns of length 1 in a plane. The nearest point of the plane to a row of x is that row of
# :math:`x U U^T`. With :math:`|\cdot|^2` for the sum of all squares of an array, Pythagoras says:
# what is left is :math:`|x|^2 - |x U|^2`. So the best plane *keeps* the largest :math:`|x U|^2`.
#
# The singular value decomposition writes :math:`x = A \, \mathrm{diag}(s) V^T`. The columns of A
# and of V are orthogonal, with length 1, V is square, and :math:`s_1 \ge s_2 \ge \dots \ge 0`. Let
# :math:`v_j` be column j of V. Then
#
# .. math::
#
#    |x U|^2 &= |A \, \mathrm{diag}(s) V^T U|^2 \\
#    &= |\mathrm{diag}(s) V^T U|^2 \qquad \text{because A keeps lengths} \\
#    &= \sum_j s_j^2 \, w_j \qquad \text{with } w_j = |v_j^T U|^2.
#
# Each weight :math:`w_j` lies between 0 and 1: it is the squared length of what the plane holds of
# a vector of length 1. All weights together are :math:`|V^T U|^2 = |U|^2 = k`. So a total of k is
# shared out, at most 1 for each j. The most is kept if the k largest :math:`s_j^2` get 1 each, and
# the others 0: U is the first k columns of V. What is left is the sum of the other :math:`s_j^2`.
# Eckart and Young proved it in 1936. The method is *PCA*, principal component analysis: its code is
# :math:`x U`.
#
# Guess: does gradient descent find this plane, if nobody tells it about singular values? The loss L
# is the mean of :math:`(r - x)^2` over all n d elements, so :math:`G = \partial L / \partial r = 2
# (r - x) / (n d)`. A change of :math:`D_{lj}` moves :math:`r_{ij} = \sum_l c_{il} D_{lj}` by
# :math:`c_{il}` times as much, in every row i. So :math:`\partial L / \partial D_{lj} = \sum_i
# c_{il} G_{ij}`, which is element (l, j) of :math:`c^T G`. A change of :math:`c_{il}` moves
# :math:`r_{ij}` by :math:`D_{lj}` times as much, in every column j. And :math:`c = x E` is such a
# product, too:
#
# .. math::
#
#    \partial L / \partial D &= c^T G, \\
#    \partial L / \partial c &= G D^T, \\
#    \partial L / \partial E &= x^T (G D^T).

digits, new_digits = (part.tensors[0].numpy() for part in load_digits())


def by_pca(rows, mean, V, k):
    """What is nearest to these rows in a plane of k columns of V through `mean`."""
    return (rows - mean) @ V[:, :k] @ V[:, :k].T + mean


mean = digits.mean(axis=0, dtype=float)
x = digits - mean  # (n, d)
V = np.linalg.svd(x.T @ x)[0]  # x.T @ x is V diag(s^2) V^T: the same V
E, D = (rng.normal(0, 0.1, shape) for shape in ((64, 8), (8, 64)))
print("\nFinding 2: linear, 8 numbers, digits\n  step    error   angle to PCA's plane")
for step in range(50 * run.epochs + 1):
    c = x @ E  # (n, k)
    G = 2 * (c @ D - x) / x.size  # (n, d)
    if step in (0, 30, 100, 300, 1000):
        Q = np.linalg.qr(D.T)[0]  # columns like U's, in the plane of D's rows
        angle = np.degrees(np.arccos(np.linalg.svd(Q.T @ V[:, :8])[1].min()))
        print(f"  {step:4}  {np.mean((c @ D - x) ** 2):.5f}  {angle:5.1f} degrees")
    E -= 20 * x.T @ (G @ D.T)
    D -= 20 * c.T @ G
print(f"   PCA  {np.mean((x @ V[:, :8] @ V[:, :8].T - x) ** 2):.5f}    0.0 degrees")

# %%
# The error comes down to that of PCA, and never below. The angle goes to 0 (it is the largest angle
# between the two planes: its cosine is the least singular value of :math:`Q^T U`). So the linear
# autoencoder *is* PCA, as far as the plane goes. The code is another one: E M and :math:`M^{-1} D`
# give the same reconstructions for every matrix M that has an inverse. (Baldi and Hornik proved in
# 1989, for :math:`s_j` all different and none 0, that this loss has no other minimum: the other
# places with gradient 0 are saddle points. Four are 0 here: pixels without ink. No harm.)
#
# Finding 3: bends pay with few numbers; with many, a sigmoid is enough
# ---------------------------------------------------------------------
# What can a bend do? A dot that moves over three pixels gives the pictures (1, 0, 0), (0, 1, 0) and
# (0, 0, 1). One number says where the dot is, and a line with a bend passes through all three. No
# straight line does: minus their mean, they have :math:`s_j^2` = 1, 1, 0, so the best one leaves
# half of the squares. A sigmoid after the straight line helps, but not enough: along it each pixel
# only rises, or only falls, or stays, and the pixel in the middle of the way must rise and fall. At
# least a quarter of the squares is left. (We call a network *flat* if a plane is all that stands
# before its sigmoid; a *bend* is a hidden ReLU.)
#
# Here is the repaired network, with ReLU in its hidden layers: call it *bent*. Its code is linear
# (4), its widths come from one list (5), and its sigmoid is right for pixels from 0 to 1 (1). It
# gets pictures (2), many (3), in batches (6), and others are held out (3). All layers start with
# the larger weights that suit ReLU (lesson 12).


def autoencoder(widths, last):
    model = nn.Sequential(chain(widths, last), chain(widths[::-1], nn.Sigmoid()))
    for weights in list(model.parameters())[::2]:  # every second one is a bias
        nn.init.kaiming_uniform_(weights, nonlinearity="relu")
    return model


# %%
# A bent network differs from PCA in two ways: its ReLUs, and its sigmoid, which knows that a pixel
# lies between 0 and 1. To tell the two apart, we need two more rows. *Cut* PCA: values below 0
# become 0, those above 1 become 1. And the *flat* network: the sigmoid, but no hidden ReLU, only
# one linear layer each way. Guess: who keeps most with 8 numbers? And what does a ReLU on the code
# cost? Call a unit *dead* if it is 0 for all 1,347 training pictures. (Printed for each start.)

near = by_pca(new_digits, mean, V, 8).clip(0, 1)
eight = {"cut PCA": np.mean((near - new_digits) ** 2)}
print("\nFinding 3, digits, 8 numbers: held-out error (deviation), dead units of 8")
print(f"  cut PCA                  {eight['cut PCA']:.4f}")
for name, widths, last, rate, loss_of in (
    ("flat network", [64, 8], nn.Identity(), 10 * run.lr, F.mse_loss),
    ("bent network", [64, 128, 8], nn.Identity(), run.lr, F.mse_loss),
    ("with a ReLU on the code", [64, 128, 8], nn.ReLU(), run.lr, F.mse_loss),
    ("by cross-entropy", [64, 128, 8], nn.Identity(), run.lr, F.binary_cross_entropy),
):
    how = run.epochs, rate, run.batch_size, loss_of
    nets = [autoencoder(widths, last) for _ in range(max(2, run.epochs // 4))]
    errors = [error(train(net, digits, *how), new_digits) for net in nets]
    eight[name] = np.mean(errors)
    dead = [(paint(net[0], digits) == 0).all(0).sum() for net in nets]
    print(f"  {name:<24} {eight[name]:.4f} ({np.std(errors):.4f}) ", *dead)
least = F.binary_cross_entropy(*[mg.from_numpy(new_digits)] * 2).item()
print(f"  held-out cross-entropy of a perfect answer: {least:.4f} nats a pixel")

# %%
# Here the bends pay: 0.0151, where the flat network has 0.0216 and cut PCA 0.0236. (The flat one
# gets ten times the step size. With that of the others it has 0.033 to 0.034 after these epochs,
# and 0.0207 to 0.0213 after ten times as many: three starts, computed beforehand.)
#
# **(4)** With a ReLU on the code and nothing else changed, the held-out error is 0.0276, not
# 0.0151. In these five starts three to five units of eight are dead. A dead unit says nothing, and
# ReLU gives it no gradient: only changes in the layer before can bring it back. A linear unit
# cannot die in this way. The code has not too little room: a larger bias would make all its numbers
# positive, and ReLU would change nothing. Descent does not find this.
#
# **Cross-entropy**, *Theory*'s loss, is for a pixel p and its reconstruction r the mean of
# :math:`-p \ln r - (1 - p) \ln(1 - r)`. It is usual for pixels, and it serves: 0.0153 in squared
# error, where squared error itself comes to 0.0151. No difference can be seen. Two conditions
# belong to it. First, p must lie in [0, 1]. For p = 2 and r = 0.99 the loss is :math:`-2 \ln 0.99 +
# \ln 0.01 = -4.585`, and it falls without end as r goes to 1: on the noise of *Series* the formula
# has nothing that stops it (minigrad refuses such targets). Second, only black and white pixels can
# bring it to 0. For a grey pixel the least is at r = p: the entropy of a coin with probability p
# (lesson 02). The mean of these is 0.2133 nats for perfect answers here, where squared error has 0.
#
# **MNIST.** Now the program's own widths, 784-128-64-32-64-128-784, on 60,000 pictures of 28 x 28
# pixels: two epochs, 1,200 steps of 100 pictures. The flat network 784-32-784 gets the same steps.
# Guess: which of the two is better, and which is better than cut PCA? (`--quick` takes the small
# digits. `eigh` gives the same V as the SVD, from the last column to the first, in less time.)

load = load_digits if run.quick else load_mnist
pictures, new = (part.tensors[0].numpy() for part in load())
middle_one = pictures.mean(axis=0)
W = np.linalg.eigh((pictures - middle_one).T @ (pictures - middle_one))[1][:, ::-1]
answers = {"mean picture": middle_one + 0 * new, "PCA": by_pca(new, middle_one, W, 32)}
answers["cut PCA"] = answers["PCA"].clip(0, 1)
for name, widths in (("flat network", [32]), ("bent network", [128, 64, 32])):
    model = autoencoder([len(W), *widths], nn.Identity())
    answers[name] = paint(train(model, pictures, 2, run.lr, 100), new)
many = {name: np.mean((answer - new) ** 2) for name, answer in answers.items()}
print(f"\nFinding 3, {len(pictures):,} pictures, 32 numbers: held-out error, one start")
print(*[f"  {name:<24} {value:.4f}" for name, value in many.items()], sep="\n")

# %%
# The surprise: the flat network is the best, with 0.0129 against 0.0152 of cut PCA. So no bends are
# needed to beat PCA here. A sigmoid is enough, with a plane that was chosen for it: that of cut PCA
# was chosen without the cut. The bent network has 0.016, a bad start. (Other starts, computed
# beforehand: flat 0.0128 to 0.0133, six; bent 0.0132 to 0.0164, twenty. Both have the same step
# size here.) Computed beforehand, 1,800 steps, held-out error (deviation) of five starts each::
#
#    pictures   cut PCA   flat network      bent network
#       1,347    0.0162   0.0146 (0.0000)   0.0207 (0.0006)
#       6,000    0.0154   0.0119 (0.0001)   0.0137 (0.0003)
#      60,000    0.0152   0.0114 (0.0002)   0.0126 (0.0004)
#
# On 1,347 pictures (as many as we have digits) the bent network is worse than cut PCA. On its own
# pictures the bent one is a little better, 0.0083 against 0.0090 of the flat one. But it over-fits:
# 0.0207 held out, not 0.0146. On 60,000 it catches up with time. After 3,600 steps, two starts
# each, it has 0.0106 and 0.0099, the flat network 0.0102 and 0.0102.
#
# Is it the pictures, or the number? The number. On MNIST with 8 numbers (two epochs, the bent one's
# widths 128, 64, 8) cut PCA has 0.0364, the flat network 0.0347 (with ten times the step size), the
# bent one 0.0233 (three starts each, computed beforehand). A plane of few dimensions holds little,
# so a bend can add much.
#
# The picture
# -----------
# Left, ten pictures, and what 32 numbers keep of them. Right, all errors: the two groups are
# different pictures ("784 to 32": 784 pixels, 32 numbers).

grid, bars = run.figure(13, 4).subplots(1, 2, width_ratios=(5, 3))
names = ["cut PCA", "flat network", "bent network"]
images = np.concatenate([new[:10], *[answers[name][:10] for name in names]]).clip(0, 1)
squares = images.reshape(40, int(len(W) ** 0.5), -1)
plot.image_grid(squares, columns=10, label="ink", ax=grid)
for i, name in enumerate(["picture", *names]):
    grid.text(0, 0.86 - 0.245 * i, name, ha="right", transform=grid.transAxes)
grid.set_title("Held-out pictures, painted again from 32 numbers each")
labels = [f"{k}: {n}" for k in (f"{len(W)} to 32", "64 to 8") for n in names[::-1]]
values = [part[name] for part in (many, eight) for name in names[::-1]]
bars.bar_label(bars.barh(labels, values), fmt="%.4f", padding=3)
bars.set(xlim=(0, 1.2 * max(values)), xlabel="squared error of a held-out pixel")
best = [min(names, key=part.get) for part in (eight, many)]
bars.set_title(f"Least error: {best[0]} with 8 numbers,\n{best[1]} with 32")
run.finish(grid.figure, {"pixel": images, "error": values}, test_loss=many[names[2]])

# %%
# What 32 numbers keep
# --------------------
# **In one sentence**: on MNIST, 32 numbers on the best plane (PCA) keep 75 percent of the squared
# distance from the mean picture (1 - 0.0168 / 0.0675), 77 if cut, and 81 behind a sigmoid after two
# epochs; bends pay if the numbers are few.
#
# What this does not show
# -----------------------
# The picture of MNIST shows one start. A small error is not yet a picture that people find good.
# The networks were stopped early: longer training may change their order.
#
# *Series* shows this program as its example of *self-supervised* learning: the targets are made
# from the data. By that definition the example is fair. *Theory* (5.3) files the autoencoder under
# *unsupervised* learning, as is usual: its target is the input itself, and with a code as long as
# the input it could copy everything and learn nothing. A task that hides something shows the idea
# better: mend a picture that has noise or holes, predict the next letter. Lesson 20 does that, and
# a later one makes new pictures from codes.
#
# Your turn
# ---------
# Write PCA's error for each number of directions, the linear layers that do PCA, and the gradients
# of a linear autoencoder that is given noisy pictures and must return the clean ones: exercise 18
# of the classroom. minigrad's `nn.Linear` has its weights with the outputs first: it computes `c @
# W.T + b`, with b for what is added. `python -m minigrad.classroom start` writes the file. Then
# type::
#
#    python -m minigrad.classroom check 18
#
# Before that, try `--seed 1`: PCA's numbers stay, and the networks' change. Do the verdicts?
