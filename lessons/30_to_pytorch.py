r"""
What changes on PyTorch?
========================

The names of minigrad are PyTorch's. So what is left to do when a program moves there? We run the
same lines on both, carry weights across both ways, and split the work between two processes.

*You need* lessons 07 (the training loop) and 11 (Adam).
*New words*: state dict, process, data-parallel, rank, all-reduce.
*Runs* about 10 seconds. PyTorch is optional (``python -m pip install torch`` installs it): without
it, and with ``--quick``, this lesson shows minigrad's half.
"""

# %%
import inspect
import os
import socket
import subprocess
import sys
import tempfile

import numpy as np

import minigrad as mg
from minigrad import datasets, lesson

run = lesson.start("30_to_pytorch", epochs=5)
libraries = {"minigrad": mg}
if run.quick:  # the import of PyTorch alone would take longer than the rest
    print("quick: too short to show what the text says")
else:
    try:
        # one thread, for so little work, and no advice from the parts in C++
        os.environ.update(OMP_NUM_THREADS="1", TORCH_CPP_LOG_LEVEL="ERROR")
        import torch

        libraries["PyTorch"] = torch
    except ImportError:
        print("PyTorch is not installed: this is minigrad's half of the lesson")

# %%
# The claim
# ---------
# *Versus* (5.1) shows eight lines, as an example that implements cross-entropy with PyTorch::
#
#    import torch
#
#    model = torch.nn.Linear(10, 2)
#    criterion = torch.nn.CrossEntropyLoss()
#    inputs = torch.randn(100, 10)
#    labels = torch.randint(0, 2, (100,))
#    outputs = model(inputs)
#    loss = criterion(outputs, labels)
#    loss.backward()
#
# Each of these lines is right, and they are a fair way to show a loss. But the program prints
# nothing, and ends before its first step (lesson 07). As it stands, it shows no number to compare.
#
# The lines run on minigrad if the first one is ``import minigrad as torch``. Guess: is the loss the
# same, if we set the seed 0 in both? It is not: 0.8073 on minigrad, 0.6998 on PyTorch (computed
# beforehand). minigrad draws NumPy's random numbers, and PyTorch its own. A seed makes a run
# repeatable in *one* library. To compare two, draw the numbers once, and hand them to both.
#
# Finding 1: the same lines give the same curve, up to rounding
# -------------------------------------------------------------
# A *state dict* is a dictionary of a model's numbers. It has a name for each tensor: "0.weight" and
# "0.bias" for the first layer of our network, "2.weight" and "2.bias" for the third one. (Number 1
# is Tanh, which has no numbers.) A file of ours holds the arrays of a state dict.
#
# Both functions use the library that they are *given*, under the name ``torch``. The arguments
# after ``order`` are for Finding 3. Without them the whole batch is one part, with the share 1.


def load(torch, path, dtype="float32"):
    """64 pixels, 64 hidden units, 10 logits, with the numbers of a file."""
    state = {k: torch.tensor(v) for k, v in np.load(path, allow_pickle=False).items()}
    layers = [torch.nn.Linear(64, 64), torch.nn.Tanh(), torch.nn.Linear(64, 10)]
    model = torch.nn.Sequential(*layers).to(getattr(torch, dtype))
    model.load_state_dict(state)
    return model


def train(torch, model, images, labels, order, cuts=(), shares=(1,), rank=None):
    """The mean loss of each batch of 32 before its step, in this order."""
    criterion = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for batch in order.reshape(-1, 32):
        loss = mean = 0  # what is descended; the mean of the batch, to be noted
        for i, part in enumerate(np.split(batch, cuts)):
            if rank in (None, i):  # all parts, if there is no rank
                z = model(torch.tensor(images[part]).to(model[0].weight.dtype))
                of_part = criterion(z, torch.tensor(labels[part]))
                loss = loss + shares[i] * of_part
                mean = mean + len(part) / 32 * of_part.detach()
        optimizer.zero_grad()
        loss.backward()
        if rank is not None:
            for tensor in [mean, *[p.grad for p in model.parameters()]]:
                torch.distributed.all_reduce(tensor)  # in place: mean is the sum, too
        optimizer.step()
        losses.append(mean.item())
    return np.array(losses)


# %%
# The start is drawn once, by NumPy: the deviation is 1/8, which is the gain 1 for 64 inputs (lesson
# 12). Both libraries see the same digits in the same order, in batches of 32, so an epoch has 42
# steps. (Of 1,347 images, 3 are left over. They wait for the next shuffling.)
#
# All numbers are float32, which has about 7 decimal digits. In which order a library adds up many
# terms is its own affair, and each order rounds differently. So we train with float64, too, which
# has about 16 digits. Guess: how far apart are the two libraries' losses in float32? In float64?

(images, labels), new = ([p.numpy() for p in d.tensors] for d in datasets.load_digits())
rng = np.random.default_rng(run.seed)
order = np.concatenate([rng.permutation(1347)[:1344] for _ in range(run.epochs)])
data = {"images": images, "labels": labels, "order": order}
shapes = {"0.weight": (64, 64), "0.bias": 64, "2.weight": (10, 64), "2.bias": 10}
tmp = tempfile.TemporaryDirectory()
start = f"{tmp.name}/start.npz"
np.savez(start, **{k: rng.standard_normal(n, "f4") / 8 for k, n in shapes.items()})
curves = {}


def tell(name, curve):
    curves[name] = curve
    gaps = [np.abs(curve - curves[f"minigrad float{b}"]).max() for b in (32, 64)]
    print(f"{name:23}{curve[-42:].mean():6.4f}{gaps[0]:16.1e}{gaps[1]:12.1e}")


for bits in (64, 32):
    for name, library in libraries.items():
        model = load(library, start, f"float{bits}")
        curves[f"{name} float{bits}"] = train(library, model, **data)
        arrays = {key: tensor.numpy() for key, tensor in model.state_dict().items()}
        np.savez(f"{tmp.name}/{name}.npz", **arrays)  # float32 is the last, and stays
print("\nFinding 1: last epoch's loss; largest gap to minigrad float32, to its float64")
for name, curve in curves.items():
    tell(name, curve)

# %%
# Each curve is compared with two others, and the largest gap of all steps is printed. Between the
# two libraries it is below 1e-5 in float32, and below 1e-13 in float64. So the gap was rounding:
# with more digits it goes away. And PyTorch's float32 is about as far from minigrad's float32 as
# that is from its own float64: both gaps are about 2e-7. (With ten seeds the gap was always below
# 1e-6 in float32.)
#
# The network has Tanh, because ReLU's slope jumps at 0. Where an input of a ReLU lies within
# rounding of 0, two right programs can take different slopes and part: in 1 of 60 trials with ReLU
# the gap was 0.011; with Tanh it was never above 1e-6 (20 seeds, and sums in three orders; computed
# beforehand).
#
# This holds for this network, this rate and 210 steps. Where a training is unstable, each step can
# enlarge a gap of 1e-7, and two right programs part. (With the rate 0.1 six seeds gave gaps from
# about 0.2 to above 1, which depend on the machine, and in float64 they were below 1e-5. With the
# rate 0.5 the gaps were above 3, in float64 as well. Computed beforehand.)
#
# Finding 2: names and shapes may fit, and the model be wrong
# -----------------------------------------------------------
# Weights travel as *arrays*. ``np.savez`` writes each under its name into an .npz file, and
# ``np.load`` reads them. A file of ``torch.save`` holds a *pickle* instead. A pickle can hold
# instructions for Python, so loading a stranger's pickle can run a stranger's code. (``torch.load``
# now refuses most of them by default.) minigrad refuses it, and with ``allow_pickle=False`` NumPy
# does, too.
#
# We have written a file after each float32 training. Now each library reads each file, and computes
# the logits of the 450 new digits. One more file has a mistake. The matrix of a Linear has the
# shape (outputs, inputs): a layer is ``x @ W.T + b``. Other programs keep (inputs, outputs), as the
# NumPy classifier of lesson 07 does. In the wrong file the first matrix, 64 x 64, is turned like
# that. Guess: who notices?

np.savez(f"{tmp.name}/wrong.npz", **{**arrays, "0.weight": arrays["0.weight"].T})


def logits(torch, name):
    return load(torch, f"{tmp.name}/{name}.npz")(torch.tensor(new[0])).detach().numpy()


print("\nFinding 2: largest difference of a logit; right of 450, read by", *libraries)
for name in [*libraries, "wrong"]:
    found = [logits(library, name) for library in libraries.values()]
    gap = f"{np.ptp(found, axis=0).max():.1e}" if len(found) > 1 else "-"
    print(f"{name:10}{gap:>31}", (np.argmax(found, axis=2) == new[1]).sum(axis=1))

# %%
# Both ways the logits agree up to rounding, and the same number is right, whoever reads. Nobody
# notices the mistake: a square matrix *fits* after a wrong turn. The readers agree about a bad
# model. With ten seeds it had 19 to 89 right, and the right file 429 to 437. (Guessing has 45.) The
# second matrix, turned, is an error in both: (64, 10) is not (10, 64). So compare predictions with
# those of the old program: equal names and shapes are not enough.
#
# What this file leaves behind is the optimizer's memory. Adam's means begin again at 0, unless you
# carry the numbers of ``optimizer.state_dict()`` as well.
#
# Finding 3: two processes take the step of one, if each part has its share
# -------------------------------------------------------------------------
# A large training runs in many *processes*: programs that run side by side, each with a memory of
# its own, often on many machines. In *data-parallel* training each process has a copy of the model
# and takes a part of each batch. Then the processes add up their gradients. All copies take the
# same step, and so they stay equal.
#
# Let a batch have n samples, and its two parts :math:`n_1` and :math:`n_2`. Sample i has the loss
# :math:`\ell_i`. L is its mean over the batch, :math:`L_1` and :math:`L_2` are its means over the
# parts:
#
# .. math::
#
#    L &= \frac{1}{n} \sum_i \ell_i = \frac{1}{n} \, (n_1 L_1 + n_2 L_2)
#    = \frac{n_1}{n} L_1 + \frac{n_2}{n} L_2, \\
#    \nabla L &= \frac{n_1}{n} \nabla L_1 + \frac{n_2}{n} \nabla L_2.
#
# (The gradient of a sum is the sum of the gradients.) The factor of a part is its *share*. For
# equal halves both shares are 1/2, so the plain mean of the two gradients is right. For parts of 24
# and 8, as for a fast and a slow machine, the shares are 0.75 and 0.25. Guess: how far from the old
# curve does the plain mean lead?
#
# We first try it in one process, which computes both parts, one after the other.

print("\nFinding 3: parts and shares")
for n1, s1 in [(16, 0.5), (24, 0.75), (24, 0.5)]:
    curve = train(mg, load(mg, start), **data, cuts=[n1], shares=[s1, 1 - s1])
    tell(f"{n1} + {32 - n1}, {s1} and {1 - s1}", curve)

# %%
# The columns are those of Finding 1. With the right shares only rounding is left. The plain mean is
# right for 16 + 16, and wrong for 24 + 8: each of the 8 images has three times the say of each of
# the 24. So it is the gradient of another loss, and its steps lead to other models. (Each row has
# the mean loss of whole batches, whatever it descends. So the first step has the same loss, and
# then the wrong row is up to 0.14 from the old curve.) PyTorch's ``DistributedDataParallel`` takes
# the plain mean, and its ``DistributedSampler`` makes the parts equal, if it must by taking some
# images twice.
#
# **Two real processes.** ``torchrun`` is PyTorch's own starter. It starts copies of a program, and
# tells each copy its *rank*: its number, from 0. An *all-reduce* takes a tensor from each process,
# adds them up, and leaves the sum in each. "gloo" is the part of PyTorch that carries the numbers.
# Here they stay on this computer: 127.0.0.1 is its address for itself.
#
# The new function is ``work``. Each process multiplies its loss, and so its gradients, by the
# share of its own part. The sum is the gradient of the batch. Then Adam takes the same step in
# both. Guess: what remains?


def work(torch):
    torch.distributed.init_process_group("gloo")
    rank = torch.distributed.get_rank()
    losses = train(torch, load(torch, "start.npz"), **np.load("data.npz"), rank=rank)
    np.save(f"losses{rank}.npy", losses)
    torch.distributed.destroy_process_group()


def torchrun():
    """Run `work` in two processes, with a limit of time; the exit code."""
    np.savez(f"{tmp.name}/data.npz", **data, cuts=[24], shares=[0.75, 0.25])
    src = ["import numpy as np, torch", *map(inspect.getsource, (load, train, work))]
    # these functions, a call of the last, an end at once: in Python's usual end a thread may abort
    np.savetxt(f"{tmp.name}/go.py", [*src, "work(torch)\nimport os\nos._exit(0)"], "%s")
    options = "--standalone --local-addr 127.0.0.1 --nproc-per-node 2 go.py"
    command = [sys.executable, "-m", "torch.distributed.run", *options.split()]
    own = {"TMPDIR": tmp.name, "GLOO_SOCKET_IFNAME": socket.if_nameindex()[0][1]}
    with subprocess.Popen(command, cwd=tmp.name, env={**os.environ, **own}) as process:
        try:
            return process.wait(timeout=200)
        finally:
            process.terminate()  # if it still runs: it ends its two processes, too


if "PyTorch" in libraries and torchrun() == 0:
    tell("two processes", np.load(f"{tmp.name}/losses0.npy"))
tmp.cleanup()

# %%
# In the row "two processes" only rounding remains: two programs that talk after each step have
# trained one model. (If PyTorch is there and the row is not, torchrun failed, and its own words say
# why.) They are not faster here: the model is tiny, and starting them takes seconds. A minigrad
# program can split its work in the same way. What minigrad lacks is the all-reduce.
#
# The picture
# -----------
# The wrong curve is black and thick, and lies under the others. On the left, these cover one
# another. On the right is the gap to minigrad's float64, on a scale of powers of ten, where a gap
# of 0 is drawn as 1e-16.

losses, gaps = run.figure(13, 5).subplots(1, 2)
for (name, y), style in zip(curves.items(), 2 * ["-", "--", "-.", ":"], strict=False):
    look = {"lw": 3, "c": "k", "zorder": 1} if "24 + 8, 0.5" in name else {"ls": style}
    losses.plot(y, label=name, **look)
    gaps.semilogy(np.hypot(y - curves["minigrad float64"], 1e-16), **look)
losses.set(title="24 + 8 at 0.5 leaves the curve", xlabel="step", ylabel="loss (nats)")
gaps.set(title="1e-7 is rounding, 1e-2 is not", xlabel="step", ylabel="gap (nats)")
losses.legend()
run.finish(losses.figure, curves, train_loss=curves["minigrad float32"][-42:].mean())

# %%
# What this does not show
# -----------------------
# What PyTorch has and minigrad has not: graphics processors, a compiler (``compile`` runs here, and
# changes nothing), 16-bit and complex numbers, and engines that split one *model* over many
# machines. One computer with two processes is no test of a network. A layer that mixes the samples
# of a batch, such as batch normalization, sees its own part only, and then two processes are not
# one.
#
# These differences you will meet first. ``x.shape`` prints ``(2, 3)`` here and ``torch.Size([2,
# 3])`` there. NumPy's functions, such as ``np.exp``, pass gradients on here and not there.
# ``optim.Momentum`` is ``SGD(..., momentum=0.9)`` there. ``datasets``, ``plot`` and ``lesson`` are
# minigrad's own. DIFFERENCES.md lists more.
#
# **In one sentence**: give PyTorch the same lines and the same numbers, and where training is
# stable, it gives the same curve up to rounding, in two processes as well, if each part of a batch
# has its share.
#
# Your turn
# ---------
# Join gradients of unequal parts, carry a state between two conventions of names and axes, and
# decide if two states agree: exercise 30 of the classroom. ``python -m minigrad.classroom start``
# writes the file. Then type::
#
#    python -m minigrad.classroom check 30
