"""A linear autoencoder is PCA: the best plane, by eigenvectors, and the gradients that would find it.

Belongs to lesson 18, the autoencoder.

Data x are n rows of d numbers. An encoder makes a code of k numbers of each row, a decoder makes d numbers of the code
again, and the loss compares these with the row itself. If both are linear, the best they can do is to project on a
plane of k dimensions through the mean of the data: that of the k directions in which the data vary most (PCA).

All arrays are float64. The parts do not use each other.
"""

import numpy as np


# %% Part A (2 points)
def principal_directions(x, k):
    """The k directions in which the rows of x vary most: of x, shape (n, d), an array (d, k) with a direction a column.

    The columns have length 1 and are orthogonal, the direction of the largest variance comes first. Either sign of a
    column is right. The variances are about the mean of the rows, and differ from each other.
    """
    # BEGIN SOLUTION A: subtract the mean row, and take eigenvectors; np.linalg.eigh has the smallest eigenvalue first
    centred = x - x.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    return vectors[:, ::-1][:, :k]
    # END SOLUTION


# %% Part B (2 points)
def encode_and_decode(x, mean, directions):
    """The code of each row and its reconstruction: a pair of arrays of shapes (n, k) and (n, d).

    `mean` (d,) is a point of the plane, `directions` (d, k) are orthonormal columns as in part A. The code holds the
    coordinates in the plane, seen from `mean`; the reconstruction is the point of the plane nearest to the row.
    """
    # BEGIN SOLUTION B: return the pair of the code and the reconstruction
    code = (x - mean) @ directions
    return code, code @ directions.T + mean
    # END SOLUTION


# %% Part C (2 points)
def autoencoder_gradients(x, encoder, decoder):
    """Gradients of the loss of a linear autoencoder without biases: a pair of arrays, shapes (d, k) and (k, d).

    The code is x @ encoder, the reconstruction is code @ decoder, and the loss is the mean over all n * d elements of
    the squared difference between the reconstruction and x. The gradient with respect to the encoder comes first.
    """
    # BEGIN SOLUTION C: return the pair of gradients, by the chain rule, from the reconstruction back
    code = x @ encoder
    of_output = 2 * (code @ decoder - x) / x.size
    return x.T @ (of_output @ decoder.T), code.T @ of_output
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import check, compare  # noqa: E402

HINTS = {
    "A": [
        "The variance along u is u.T C u, where C is the covariance of the columns. For which u is it large?",
        "They are the eigenvectors of C = centred.T @ centred with the largest eigenvalues. np.linalg.eigh returns "
        "eigenvalues in ascending order, and the eigenvectors as columns.",
        "centred = x - ...\nvalues, vectors = np.linalg.eigh(...)\nreturn vectors[:, ::-1][:, ...]",
    ],
    "B": [
        "Move the mean to the origin, take the dot product with each direction, then go back the same way.",
        "code = (x - mean) directions; reconstruction = code directions.T + mean.",
        "code = (x - mean) @ ...\nreturn code, code @ ... + ...",
    ],
    "C": [
        "Name the gradient with respect to the reconstruction first, then use the rule of a matrix product twice.",
        "G = 2 (reconstruction - x) / (n d). For a product A B with the gradient G: G B.T for A, and A.T G for B.",
        "code = x @ encoder\nG = 2 * (... - x) / x.size\nreturn x.T @ (G @ ...), code.T @ ...",
    ],
}
_PCA = "values, vectors = np.linalg.eigh({0}.T @ {0})\n"
_C = _PCA.format("(x - x.mean(axis=0))")
_G = "code = x @ encoder\nG = 2 * (code @ decoder - x) / x.size\n"
WRONG = {
    "smallest": ("A", _C + "return vectors[:, :k]", "vary least"),
    "ascending": ("A", _C + "return vectors[:, -k:]", "order"),
    "not_centred": ("A", _PCA.format("x") + "return vectors[:, ::-1][:, :k]", "mean row"),
    "rows": ("A", _C + "return vectors[:, ::-1][:, :k].T", "transposed"),
    "rows_for_columns": ("A", _C + "return vectors[::-1][:k].T", "columns"),
    "scaled": ("A", _C + "return (vectors * np.sqrt(values))[:, ::-1][:, :k]", "length"),
    "no_mean_back": ("B", "code = (x - mean) @ directions\nreturn code, code @ directions.T", "added again"),
    "not_seen_from_mean": ("B", "code = x @ directions\nreturn code, code @ directions.T", "through the origin"),
    "own_mean": (
        "B",
        "code = (x - x.mean(axis=0)) @ directions\nreturn code, code @ directions.T + x.mean(axis=0)",
        "mean of x",
    ),
    "mean_twice": ("B", "code = x @ directions\nreturn code, code @ directions.T + mean", "not subtracted"),
    "code_only": ("B", "return (x - mean) @ directions", "length"),
    "swapped": ("C", _G + "return code.T @ G, x.T @ (G @ decoder.T)", "encoder must come first"),
    "sum": ("C", _G + "G = G * x.size\nreturn x.T @ (G @ decoder.T), code.T @ G", "sum of the squares"),
    "per_row": ("C", _G + "G = G * x.shape[1]\nreturn x.T @ (G @ decoder.T), code.T @ G", "n * d"),
    "no_two": ("C", _G + "G = G / 2\nreturn x.T @ (G @ decoder.T), code.T @ G", "factor 2"),
    "uphill": ("C", _G + "G = -G\nreturn x.T @ (G @ decoder.T), code.T @ G", "sign"),
    "tied": ("C", _G + "return x.T @ (G @ encoder), code.T @ G", "decoder.T"),
}


def data(rng, n, d, turned=True):
    """Rows about a mean far from the origin; their variances differ, along the axes or along turned ones."""
    turn = np.linalg.qr(rng.standard_normal((d, d)))[0] if turned else np.eye(d)
    x = rng.standard_normal((n, d))
    x = np.linalg.qr(x - x.mean(axis=0))[0] * 1.5 ** np.arange(d)  # uncorrelated columns of mean 0
    return x @ turn.T + rng.uniform(3, 4, d)


def plane(x, k):
    """The first k principal directions, by singular values: columns."""
    return np.linalg.svd(x - x.mean(axis=0))[2][:k].T


def aligned(directions, got):
    """The same directions with the signs of what was got, where it has their shape."""
    if np.shape(got) != directions.shape or not isinstance(got, np.ndarray) or got.dtype.kind != "f":
        return directions
    return directions * np.where((directions * got).sum(axis=0) < 0, -1, 1)


@check("A", points=2)
def directions_of_the_largest_variance(m, rng):
    for n, d, k in ((20, 5, 2), (25, 6, 3), (30, 3, 2)):
        x = data(rng, n, d, turned=d > 3)  # along the axes, np.linalg.eig has the order of the columns
        got, everything = m.principal_directions(x, k), plane(x, d)
        right, length = everything[:, :k], np.linalg.svd(x - x.mean(axis=0))[1][:k]
        rows = np.linalg.eigh(np.cov(x.T))[1][::-1][:k].T
        values = {
            "smallest": ("these are the directions in which the data vary least", everything[:, ::-1][:, :k]),
            "order": ("these are the right ones in the wrong order: the largest variance comes first", right[:, ::-1]),
            "not_centred": ("the mean row must be subtracted first", np.linalg.svd(x)[2][:k].T),
            "standardized": ("the columns must not be divided by their deviations", plane(x / x.std(axis=0), k)),
            "one_mean": (
                "the mean of each column must be subtracted, not that of all numbers",
                np.linalg.svd(x - x.mean())[2][:k].T,
            ),
            "rows": ("these are rows of eigh's result: the eigenvectors are its columns", rows),
            "length": ("the length of each column must be 1", right * length),
            "length_squared": ("the length of each column must be 1", right * length**2),
        }
        mistakes = {name: (text, aligned(value, got)) for name, (text, value) in values.items()}
        compare(
            f"principal_directions(x, {k}), whatever the signs of the columns", got, aligned(right, got), **mistakes
        )


@check("B", points=2)
def code_and_nearest_point(m, rng):
    x, mean = data(rng, 7, 4), rng.uniform(1, 2, 4)
    directions = np.linalg.qr(rng.standard_normal((4, 2)))[0]
    code, own = (x - mean) @ directions, x.mean(axis=0)
    flat, raw, of_own = code @ directions.T, x @ directions, (x - own) @ directions
    mistakes = {
        "no_mean_back": ("the mean was subtracted for the code: it must be added again in the end", (code, flat)),
        "origin": ("this is a plane through the origin: the code is seen from `mean`", (raw, raw @ directions.T)),
        "mean_twice": ("the mean is added in the end, but it was not subtracted", (raw, raw @ directions.T + mean)),
        "own_mean": ("this takes the mean of x, not the mean that is given", (of_own, of_own @ directions.T + own)),
        "swapped": ("the code comes first, then the reconstruction", (flat + mean, code)),
        "difference": ("this is what is left of x: the reconstruction is asked for", (code, x - flat - mean)),
        "mean_taken_off": ("the mean must be added in the end, not subtracted", (code, flat - mean)),
    }
    got = m.encode_and_decode(x, mean, directions)
    compare("encode_and_decode(x, mean, directions)", got, (code, flat + mean), **mistakes)


def by_differences(x, encoder, decoder):
    """Both gradients by central differences, which are exact for a polynomial of degree 2 in each matrix."""

    def loss(encoder, decoder):
        return np.mean((x @ encoder @ decoder - x) ** 2)

    gradients = np.zeros_like(encoder), np.zeros_like(decoder)
    for index in np.ndindex(encoder.shape):
        step = np.zeros_like(encoder)
        step[index] = 0.5
        gradients[0][index] = loss(encoder + step, decoder) - loss(encoder - step, decoder)
    for index in np.ndindex(decoder.shape):
        step = np.zeros_like(decoder)
        step[index] = 0.5
        gradients[1][index] = loss(encoder, decoder + step) - loss(encoder, decoder - step)
    return gradients


@check("C", points=2)
def gradients_of_encoder_and_decoder(m, rng):
    x, encoder, decoder = rng.standard_normal((6, 4)), rng.standard_normal((4, 2)), rng.standard_normal((2, 4))
    right = of_encoder, of_decoder = by_differences(x, encoder, decoder)
    g = 2 * (x @ encoder @ decoder - x) / x.size
    mistakes = {
        "swapped": ("the gradient with respect to the encoder must come first", (of_decoder, of_encoder)),
        "sum": (
            "these are the gradients of the sum of the squares: divide by n * d",
            (24 * of_encoder, 24 * of_decoder),
        ),
        "per_row": ("the mean is over all n * d elements, not over the rows", (4 * of_encoder, 4 * of_decoder)),
        "no_two": ("the factor 2 of the square's derivative is missing", (of_encoder / 2, of_decoder / 2)),
        "uphill": ("the sign of both is flipped", (-of_encoder, -of_decoder)),
        "tied": ("the gradient goes back through decoder.T, whatever the encoder is", (x.T @ g @ encoder, of_decoder)),
        "transposed": ("both are transposed", (of_encoder.T, of_decoder.T)),
    }
    got = m.autoencoder_gradients(x, encoder, decoder)
    compare("autoencoder_gradients(x, encoder, decoder)", got, right, rtol=1e-6, **mistakes)


@check("A", points=0, hidden=True)
def all_directions_and_one(m, rng):
    for n, d, k in ((30, 3, 3), (9, 6, 1)):
        x = data(rng, n, d)
        got = m.principal_directions(x, k)
        compare(f"principal_directions(x, {k}) for x of shape ({n}, {d})", got, aligned(plane(x, k), got))


@check("B", points=0, hidden=True)
def one_row_and_the_whole_space(m, rng):
    x, mean, directions = rng.standard_normal((1, 3)), np.arange(3.0), np.linalg.qr(rng.standard_normal((3, 3)))[0]
    compare("encode_and_decode(x, mean, directions)[1] for k = d", m.encode_and_decode(x, mean, directions)[1], x)


@check("C", points=0, hidden=True)
def no_gradient_at_the_plane_of_pca(m, rng):
    x = data(rng, 15, 5)
    x = x - x.mean(axis=0)
    directions = plane(x, 2)
    got = m.autoencoder_gradients(x, directions, directions.T)
    compare("autoencoder_gradients(x, U, U.T) for U of PCA", got, (np.zeros((5, 2)), np.zeros((2, 5))))
