"""The linear autoencoder: what PCA leaves over, the layers that do PCA, and the gradients.

Belongs to lesson 18, "What can 32 numbers keep of a picture?".

Pictures x are n rows of d numbers. A code has k numbers. PCA projects the rows, minus their mean,
on the plane that keeps most of their squares. A linear autoencoder can do the same with two linear
layers, and finds the plane by its gradients.

All arrays are float64. The parts do not use each other.
"""

import numpy as np


# %% Part A (2 points)
def errors_of_pca(x):
    """The mean squared error of PCA on x itself with k = 0, 1, ... d - 1 numbers: shape (d,).

    x has shape (n, d), and its mean is not 0. The mean is over all n d elements. With k = 0 each
    row is replaced by the mean row.
    """
    # BEGIN SOLUTION A: return the d errors (an array or a list), from what each direction keeps
    centred = x - x.mean(axis=0)
    V = np.linalg.svd(centred.T @ centred)[0]
    kept = ((centred @ V) ** 2).mean(axis=0)
    return [kept[k:].sum() / len(V) for k in range(len(V))]
    # END SOLUTION


# %% Part B (2 points)
def layers_of_pca(mean, directions):
    """Weights and biases (W1, b1, W2, b2) of two linear layers that do what PCA does.

    `mean` has shape (d,); `directions` has shape (d, k), orthogonal columns of length 1. The code
    of rows x is x @ W1.T + b1, the coordinates of x - mean in the plane. The reconstruction is
    code @ W2.T + b2, the nearest point of the plane through `mean`. W1 has shape (k, d), b1 (k,),
    W2 (d, k), b2 (d,).
    """
    # BEGIN SOLUTION B: return (W1, b1, W2, b2)
    return directions.T, -(mean @ directions), directions, mean
    # END SOLUTION


# %% Part C (2 points)
def denoising_gradients(noisy, clean, E, D):
    """The pair (dE, dD): gradients of the mean of (noisy E D - clean)^2 over all n d elements.

    noisy and clean have shape (n, d): the input, and the target. E has shape (d, k), D (k, d).
    """
    # BEGIN SOLUTION C: return the pair (dE, dD)
    code = noisy @ E
    G = 2 * (code @ D - clean) / clean.size
    return noisy.T @ (G @ D.T), code.T @ G
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import Wrong, answer, check, compare, several  # noqa: E402

HINTS = {
    "A": [
        "First subtract the mean row. Each direction of PCA keeps a part of the squares. With k "
        "numbers, the parts of the first k directions are kept, and the others are left over.",
        "kept[j] = the mean over the rows of (centred @ V)[:, j] ** 2. The error with k numbers is "
        "the sum of kept[k], kept[k + 1], ... over d.",
        "centred = x - ...\nV = np.linalg.svd(centred.T @ centred)[0]\n"
        "kept = ((centred @ V) ** 2).mean(axis=...)\nreturn [kept[k:].sum() / ... for k in ...]",
    ],
    "B": [
        "PCA's code is (x - mean) @ directions. Multiply out: which part has x in it?",
        "(x - mean) U = x U - mean U. The layer computes x @ W1.T, so W1 is transposed. On the way "
        "back, what was subtracted is added.",
        "return directions.T, -(mean @ ...), ..., ...",
    ],
    "C": [
        "Name the gradient with respect to the reconstruction first. Where does the target occur, "
        "and where the input?",
        "G = 2 (noisy E D - clean) / (n d). In a product A B with the gradient G, the gradient of "
        "A is G B^T, and that of B is A^T G.",
        "code = noisy @ E\nG = 2 * (... - clean) / clean.size\n"
        "return noisy.T @ (G @ ...), code.T @ ...",
    ],
}
_A = (
    "centred = x - {0}\nV = np.linalg.svd(centred.T @ centred)[0]\n"
    "kept = ((centred @ V) ** 2).mean(axis=0)\n"
)
_MEAN = _A.format("x.mean(axis=0)")
_LEFT = "return kept[::-1].cumsum()[::-1]"
_G = "code = noisy @ E\nG = 2 * (code @ D - clean) / clean.size\n"
_RETURN = "return noisy.T @ (G @ D.T), code.T @ G"
_B = "U = directions\n"
RIGHT = {
    "eigenvalues": (
        "A",
        "values = np.linalg.eigvalsh(np.cov(x.T, bias=True).reshape(x.shape[1], -1))\n"
        "return values.cumsum()[::-1] / x.shape[1]",
    ),
    "singular_values": (
        "A",
        "d = x.shape[1]\n"
        "squares = np.zeros(d)\n"
        "s = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)[1]\n"
        "squares[: len(s)] = s**2\n"
        "return [float(np.sum(squares[k:])) / x.size for k in range(d)]",
    ),
    "every_reconstruction": (
        "A",
        "mean = x.mean(axis=0)\n"
        "V = np.linalg.svd(x - mean, full_matrices=True)[2]\n"
        "errors = []\n"
        "for k in range(x.shape[1]):\n"
        "    near = (x - mean) @ V[:k].T @ V[:k] + mean\n"
        "    errors.append(((x - near) ** 2).mean())\n"
        "return errors",
    ),
    "all_less_what_is_kept": (
        "A",
        "c = x - np.mean(x, 0)\n"
        "values = np.sort(np.linalg.eigvalsh(c.T @ c))[::-1]\n"
        "left = [np.trace(c.T @ c) / c.size]\n"
        "for value in values[:-1]:\n"
        "    left.append(left[-1] - value / c.size)\n"
        "return tuple(left)",
    ),
    "explicit_loops": (
        "B",
        "d, k = directions.shape\n"
        "W1 = [[directions[i, j] for i in range(d)] for j in range(k)]\n"
        "b1 = [-sum(mean[i] * directions[i, j] for i in range(d)) for j in range(k)]\n"
        "return W1, b1, [[directions[i, j] for j in range(k)] for i in range(d)], mean.tolist()",
    ),
    "einsum": (
        "B",
        'W1 = np.einsum("dk->kd", directions)\n'
        'return [W1, np.einsum("kd,d->k", W1, -mean), directions.copy(), mean.copy()]',
    ),
    "from_the_code_of_zero": (
        "B",
        "def code(x):\n"
        "    return (x - mean) @ directions\n"
        "\n"
        "b1 = code(np.zeros(len(mean)))\n"
        "W1 = np.stack([code(row) - b1 for row in np.eye(len(mean))], axis=1)\n"
        "return W1, b1, W1.T, mean",
    ),
    "tensors": (
        "B",
        "import minigrad as mg\n"
        "U, m = mg.tensor(directions), mg.tensor(mean)\n"
        "return U.T, -(m @ U), U, m",
    ),
    "einsum_of_gradients": (
        "C",
        'left = np.einsum("nd,dk,ke->ne", noisy, E, D) - clean\n'
        "left = 2 * left / (len(clean) * clean.shape[1])\n"
        'return np.einsum("nd,ne,ke->dk", noisy, left, D), np.einsum("nd,dk,ne->ke", noisy, E, '
        'left)',
    ),
    "back_propagation": (
        "C",
        "import minigrad as mg\n"
        "e, d = mg.tensor(E, requires_grad=True), mg.tensor(D, requires_grad=True)\n"
        "((mg.tensor(noisy) @ e @ d - mg.tensor(clean)) ** 2).mean().backward()\n"
        "return e.grad.numpy(), d.grad.numpy()",
    ),
    "picture_by_picture": (
        "C",
        "dE, dD = np.zeros(E.shape), np.zeros(D.shape)\n"
        "for x, t in zip(noisy, clean):\n"
        "    h = x @ E\n"
        "    g = 2 * (h @ D - t)\n"
        "    dE += np.outer(x, D @ g)\n"
        "    dD += np.outer(h, g)\n"
        "return dE / clean.size, dD / clean.size",
    ),
    "the_factor_last": (
        "C",
        "error = noisy @ (E @ D) - clean\n"
        "both = 2 / clean.size * (noisy.T @ error)\n"
        "return [(both @ D.T).tolist(), (E.T @ both).tolist()]",
    ),
}
WRONG = {
    "not_centred": ("A", _A.format("0 * x") + _LEFT + " / len(V)", "mean row"),
    "one_mean": ("A", _A.format("x.mean()") + _LEFT + " / len(V)", "each column"),
    "smallest": ("A", _MEAN + "return kept.cumsum()[::-1] / len(V)", "smallest"),
    "kept": ("A", _MEAN + "return (kept.cumsum() - kept) / len(V)", "is kept"),
    "kept_with_one_more": ("A", _MEAN + "return kept.cumsum() / len(V)", "not what is left over"),
    "one_too_many": ("A", _MEAN + "return (kept[::-1].cumsum()[::-1] - kept) / len(V)", "k + 1"),
    "per_row": ("A", _MEAN + _LEFT, "all n d elements"),
    "sum": ("A", _MEAN + _LEFT + " * len(x)", "sum of the squares"),
    "share": ("A", _MEAN + _LEFT + " / kept.sum()", "share"),
    "single": ("A", _MEAN + "return kept / len(V)", "one direction"),
    "root": ("A", _MEAN + "return (" + _LEFT[7:] + " / len(V)) ** 0.5", "root"),
    "n_errors": (
        "A",
        "s2 = np.linalg.svd(x - x.mean(axis=0))[1] ** 2\n"
        "return [s2[k:].sum() / x.size for k in range(len(s2))]",
        "an error for each row",
    ),
    "not_seen_from_mean": ("B", _B + "return U.T, 0 * mean @ U, U, mean", "not subtracted"),
    "mean_added": ("B", _B + "return U.T, mean @ U, U, mean", "subtracted, not added"),
    "no_mean_back": ("B", _B + "return U.T, -(mean @ U), U, 0 * mean", "added again"),
    "mean_taken_off": ("B", _B + "return U.T, -(mean @ U), U, -mean", "not subtracted"),
    "mean_as_it_is": ("B", _B + "return U.T, -mean, U, mean", "coordinates"),
    "transposed": ("B", _B + "return U, -(mean @ U), U.T, mean", "outputs first"),
    "three": ("B", _B + "return U.T, U, mean", "W1, b1, W2, b2"),
    "target_is_input": (
        "C",
        "code = noisy @ E\nG = 2 * (code @ D - noisy) / clean.size\n" + _RETURN,
        "not the noisy",
    ),
    "clean_in": ("C", _G.replace("noisy", "clean") + _RETURN.replace("noisy", "clean"), "encodes"),
    "clean_at_last": ("C", _G + _RETURN.replace("noisy", "clean"), "the encoder's input"),
    "swapped": ("C", _G + "return code.T @ G, noisy.T @ (G @ D.T)", "first"),
    "sum_of_squares": ("C", _G + "G = G * clean.size\n" + _RETURN, "divide by n * d"),
    "per_row_c": ("C", _G + "G = G * clean.shape[1]\n" + _RETURN, "not over the rows"),
    "no_two": ("C", _G + "G = G / 2\n" + _RETURN, "factor 2"),
    "uphill": ("C", _G + "G = -G\n" + _RETURN, "sign"),
    "tied": ("C", _G + "return noisy.T @ (G @ E), code.T @ G", "D.T"),
    "divided_by_n_minus_1": (
        "A",
        "values = np.linalg.eigvalsh(np.cov(x.T).reshape(x.shape[1], -1))\n"
        "return values.cumsum()[::-1] / x.shape[1]",
        "n - 1",
    ),
    "columns": (
        "A",
        "v = np.sort(x.var(axis=0))[::-1]\nreturn [v[k:].sum() / len(v) for k in range(len(v))]",
        "columns of x",
    ),
    "columns_as_they_stand": (
        "A",
        "v = x.var(axis=0)\nreturn [v[k:].sum() / len(v) for k in range(len(v))]",
        "columns of x",
    ),
    "scaled": (
        "A",
        "c = (x - x.mean(0)) / x.std(0)\n"
        "values = np.linalg.eigvalsh(c.T @ c / len(x))[::-1]\n"
        "return [values[k:].sum() / len(values) for k in range(len(values))]",
        "deviation",
    ),
    "rows_centred": (
        "A",
        "c = x - x.mean(axis=1, keepdims=True)\n"
        "values = np.linalg.eigvalsh(c.T @ c / len(x))[::-1]\n"
        "return [values[k:].sum() / len(values) for k in range(len(values))]",
        "each column",
    ),
    "rows_of_V": (
        "A",
        "c = x - x.mean(axis=0)\n"
        "V = np.linalg.svd(c)[2]\n"
        "return [((c - c @ V[:, :k] @ V[:, :k].T) ** 2).mean() for k in range(x.shape[1])]",
        "its rows",
    ),
    "ends_at_d": (
        "A",
        "c = x - x.mean(axis=0)\n"
        "v = np.linalg.eigvalsh(c.T @ c / len(x))[::-1]\n"
        "return [v[k:].sum() / len(v) for k in range(len(v) + 1)]",
        "k = d",
    ),
    "signs": (
        "B",
        "U = directions\nreturn -U.T, mean @ U, -U, mean",
        "sign",
    ),
    "column_of_b1": (
        "B",
        "U = directions\nreturn U.T, -(U.T @ mean)[:, None], U, mean",
        "wrong shape",
    ),
    "by_the_code": (
        "C",
        "code = noisy @ E\n"
        "G = 2 * (code @ D - clean) / code.size\n"
        "return noisy.T @ (G @ D.T), code.T @ G",
        "k numbers of a code",
    ),
    "clean_code": (
        "C",
        "G = 2 * (noisy @ E @ D - clean) / clean.size\n"
        "return noisy.T @ (G @ D.T), (clean @ E).T @ G",
        "clean picture's code",
    ),
    "new_D": (
        "C",
        "code = noisy @ E\n"
        "G = 2 * (code @ D - clean) / clean.size\n"
        "dD = code.T @ G\n"
        "return noisy.T @ (G @ (D - dD).T), dD",
        "given D",
    ),
}


def data(rng, n, d):
    """Rows far from the origin, of different spread along turned axes."""
    turn = np.linalg.qr(rng.standard_normal((d, d)))[0]
    return (rng.standard_normal((n, d)) * 1.5 ** np.arange(d)) @ turn + rng.uniform(3, 4, d)


def left(squares):
    return np.array([squares[k:].sum() for k in range(len(squares))])


def squares_of(c):
    squares = np.zeros(c.shape[1])
    squares[: min(c.shape)] = np.linalg.svd(c, compute_uv=False) ** 2
    return squares


@answer
def errors_left(x):
    """The errors of PCA, and what they are by mistake."""
    c = x - x.mean(axis=0)
    s = squares_of(c)
    right, spread = left(s) / x.size, (c**2).sum(axis=0)
    V = np.linalg.svd(c)[2]
    other = [((c - c @ V[:, :k] @ V[:, :k].T) ** 2).mean() for k in range(x.shape[1])]
    return right, {
        "not_centred": (
            "the mean row must be subtracted first",
            left(squares_of(x)) / x.size,
        ),
        "one_mean": (
            "subtract the mean of each column, not that of all numbers",
            left(squares_of(x - x.mean())) / x.size,
        ),
        "row_means": (
            "subtract the mean of each column, not that of each row",
            left(squares_of(x - x.mean(axis=1, keepdims=True))) / x.size,
        ),
        "scaled": (
            "this divides by the standard deviation: PCA takes x as it is, minus its mean",
            left(squares_of(c / x.std(axis=0))) / x.size,
        ),
        "columns": (
            "these are the columns of x: PCA turns its directions to the largest squares",
            left(np.sort(spread)[::-1]) / x.size,
        ),
        "columns_in_order": (
            "these are the columns of x: PCA turns its directions to the largest squares",
            left(spread) / x.size,
        ),
        "rows_of_V": (
            "np.linalg.svd returns the directions of x as rows: the last array is V^T, take its "
            "rows",
            np.array(other),
        ),
        "n_minus_1": (
            "this divides by n - 1: the mean is over all n d elements",
            right * len(x) / (len(x) - 1),
        ),
        "kept_too": (
            "this is what k + 1 directions keep, and not what is left over",
            s.cumsum() / x.size,
        ),
        "smallest": (
            "this keeps the directions with the smallest squares",
            s.cumsum()[::-1] / x.size,
        ),
        "kept": ("this is what is kept, not what is left over", (s.cumsum() - s) / x.size),
        "one_too_many": ("element k is the error with k + 1 numbers", right - s / x.size),
        "per_row": ("the mean is over all n d elements, not over the rows", left(s) / len(x)),
        "sum": ("this is the sum of the squares: divide by n d", left(s)),
        "share": ("this is the share of the squares that is left over", left(s) / s.sum()),
        "single": ("this is the part of one direction: add up those not kept", s / x.size),
        "root": ("this is the root of the mean squared error", np.sqrt(right)),
        "lengths": ("the singular values must be squared", left(np.sqrt(s)) / x.size),
    }


def as_array(got):
    """A list of numbers as an array, which is shown in one line."""
    return np.array(got) if isinstance(got, list | tuple) else got


@check("A", points=2)
def what_pca_leaves_over(m, rng):
    for n, d in ((20, 5), (30, 3), (3, 5)):
        x = data(rng, n, d)
        right, mistakes = errors_left(x)
        call = f"errors_of_pca(x) for x of shape ({n}, {d})"
        got = as_array(m.errors_of_pca(x))
        if np.shape(got) == (d + 1,):
            raise Wrong("one error too many: nothing is left with k = d, which is not asked", call)
        if n < d and np.shape(got) == (n,):
            why = "an error for each row: there are d, also where d is greater than n"
            raise Wrong(why, call)
        compare(call, got, right, atol=1e-10, **mistakes)


@answer
def layers(mean, U):
    """W1, b1, W2, b2."""
    return U.T, -(mean @ U), U, mean


@answer
def false_layers(mean, U):
    """What b1 and b2 are by mistake."""
    return {
        "seen_from_0": ("the mean is not subtracted: this code is seen from 0", 0 * mean @ U),
        "mean_added": ("the mean must be subtracted, not added", mean @ U),
    }, {
        "no_mean_back": (
            "the mean was subtracted for the code: it must be added again",
            0 * mean,
        ),
        "mean_taken_off": ("the mean must be added in the end, not subtracted", -mean),
        "half": (
            "only the part outside the plane is added: the code is seen from the mean",
            mean - mean @ U @ U.T,
        ),
    }


@check("B", points=2)
def layers_that_do_pca(m, rng):
    mean = rng.uniform(1, 2, 4)
    U = np.linalg.qr(rng.standard_normal((4, 2)))[0]
    call = "layers_of_pca(mean, directions)"
    W1, b1, W2, b2 = several(call, m.layers_of_pca(mean, U), "W1", "b1", "W2", "b2")
    right = layers(mean, U)
    if np.shape(W1) == U.shape:
        why = "a linear layer has its outputs first: (outputs, inputs)"
        turned = {"transposed": (why, U.ravel())}
        compare(f"{call}[0], which is W1", np.ravel(W1), right[0].ravel(), **turned)
    compare(f"{call}[0], which is W1", W1, right[0])
    if np.shape(b1) == mean.shape:
        raise Wrong("b1 belongs to the code: the mean's k coordinates in the plane", call)
    of_b1, of_b2 = false_layers(mean, U)
    compare(f"{call}[1], which is b1", b1, right[1], **of_b1)
    compare(f"{call}[2], which is W2", W2, right[2])
    compare(f"{call}[3], which is b2", b2, right[3], **of_b2)


def by_differences(noisy, clean, E, D):
    """Central differences, which are exact for a polynomial of degree 2 in each matrix."""

    def loss(E, D):
        return np.mean((noisy @ E @ D - clean) ** 2)

    dE, dD = np.zeros_like(E), np.zeros_like(D)
    for index in np.ndindex(E.shape):
        step = np.zeros_like(E)
        step[index] = 0.5
        dE[index] = loss(E + step, D) - loss(E - step, D)
    for index in np.ndindex(D.shape):
        step = np.zeros_like(D)
        step[index] = 0.5
        dD[index] = loss(E, D + step) - loss(E, D - step)
    return dE, dD


@answer
def gradients(noisy, clean, E, D):
    """The pair of gradients, and what it is by mistake."""
    right = dE, dD = by_differences(noisy, clean, E, D)
    G = 2 * (noisy @ E @ D - clean) / clean.size
    d, k = E.shape
    return right, {
        "swapped": ("the gradient of E must come first", (dD, dE)),
        "target_is_input": (
            "the target is the clean picture, not the noisy one",
            by_differences(noisy, noisy, E, D),
        ),
        "clean_in": (
            "this encodes the clean picture: the network sees only the noisy one",
            by_differences(clean, clean, E, D),
        ),
        "clean_input": (
            "the encoder's input is the noisy picture: noisy.T comes first",
            (clean.T @ (G @ D.T), dD),
        ),
        "clean_code": (
            "the second has the clean picture's code: the decoder's input is the noisy one's",
            (dE, (clean @ E).T @ G),
        ),
        "new_D": (
            "the first goes back through a changed D: both are gradients at the given D",
            (noisy.T @ (G @ (D - dD).T), dD),
        ),
        "sum": (
            "these are gradients of the sum of the squares: divide by n * d",
            (clean.size * dE, clean.size * dD),
        ),
        "per_row": ("the mean is over all n * d elements, not over the rows", (d * dE, d * dD)),
        "by_code": (
            "the mean is over the d numbers of a row, not over the k numbers of a code",
            (d / k * dE, d / k * dD),
        ),
        "no_two": ("the factor 2 of the square's derivative is missing", (dE / 2, dD / 2)),
        "uphill": ("the sign of both is flipped", (-dE, -dD)),
        "tied": ("the gradient goes back through D.T, whatever E is", (noisy.T @ G @ E, dD)),
        "transposed": ("both are transposed", (dE.T, dD.T)),
    }


def compare_gradients(m, rng, n, d, k):
    noisy, clean = rng.standard_normal((2, n, d))
    E, D = rng.standard_normal((d, k)), rng.standard_normal((k, d))
    right, mistakes = gradients(noisy, clean, E, D)
    call = f"denoising_gradients(noisy, clean, E, D) for n = {n}, d = {d}, k = {k}"
    got = m.denoising_gradients(noisy, clean, E, D)
    compare(call, got, right, rtol=1e-6, atol=1e-10, **mistakes)


@check("C", points=2)
def gradients_of_both_matrices(m, rng):
    compare_gradients(m, rng, 6, 4, 2)
    compare_gradients(m, rng, 5, 3, 3)


@check("A", points=0, hidden=True)
def one_column_and_a_flat_cloud(m, rng):
    x = data(rng, 9, 1)
    compare("errors_of_pca(x) for d = 1", m.errors_of_pca(x), [x.var()], atol=1e-10)
    line = np.outer(np.arange(5.0), [1.0, 2.0, 2.0]) + 7
    call = "errors_of_pca(x) for points of a line"
    compare(call, m.errors_of_pca(line), [6.0, 0.0, 0.0], atol=1e-10)


@check("B", points=0, hidden=True)
def the_whole_space(m, rng):
    mean, x = np.arange(3.0), rng.standard_normal((4, 3))
    U = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    call = "layers_of_pca for k = d"
    got = several(call, m.layers_of_pca(mean, U), "W1", "b1", "W2", "b2")
    W1, b1, W2, b2 = map(np.asarray, got)
    compare("the code for k = d", x @ W1.T + b1, (x - mean) @ U)
    compare("the reconstruction for k = d", (x @ W1.T + b1) @ W2.T + b2, x)


@check("C", points=0, hidden=True)
def gradients_of_other_shapes(m, rng):
    for n, d, k in ((1, 3, 1), (7, 2, 2)):
        compare_gradients(m, rng, n, d, k)
