"""The table of operations: one row each, from which the tests draw every check that all operations must pass.

A row calls its operation through `m`, which is minigrad or PyTorch: the names and the arguments are the same.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

ANY = [((),), ((3,),), ((2, 3),), ((2, 3, 2),), ((0,),), ((2, 0),), ((1, 3),)]
FILLED = [((),), ((3,),), ((2, 3),), ((2, 3, 2),), ((1, 3),)]
MATRIX = [((2, 3),), ((3, 3),), ((2, 3, 2),), ((1, 3),)]
PAIRS = [
    ((), ()),
    ((3,), ()),
    ((), (2, 3)),
    ((2, 3), (2, 3)),
    ((2, 3), (3,)),
    ((2, 1), (1, 3)),
    ((3, 3), (3,)),
    ((2, 3, 2), (3, 1)),
    ((0,), (1,)),
    ((2, 0), (0,)),
]


class Operation(NamedTuple):
    """How to call it, the shapes of its inputs, and the open intervals that their elements are drawn from."""

    name: str
    call: Callable
    shapes: list
    domain: tuple = (-2.0, 2.0)
    elementwise: bool = False  # takes any shape, several inputs broadcast: hypothesis draws more shapes
    integers: bool = True  # defined for int64 too


def elementwise(name, call, domain=(-2.0, 2.0), inputs=1, integers=True):
    return Operation(name, call, ANY if inputs == 1 else PAIRS, domain, elementwise=True, integers=integers)


POSITIVE = (0.1, 3.0)

OPERATIONS = [
    # arithmetic
    elementwise("add", lambda m, x, y: m.add(x, y), inputs=2),
    elementwise("add alpha", lambda m, x, y: m.add(x, y, alpha=3), inputs=2),
    elementwise("sub", lambda m, x, y: m.sub(x, y), inputs=2),
    elementwise("mul", lambda m, x, y: m.mul(x, y), inputs=2),
    elementwise("div", lambda m, x, y: m.div(x, y), POSITIVE, inputs=2),
    elementwise("pow", lambda m, x, y: m.pow(x, y), POSITIVE, inputs=2),
    elementwise("neg", lambda m, x: -x),
    elementwise("x + number", lambda m, x: x + 2),
    elementwise("number - x", lambda m, x: 1.5 - x),
    elementwise("x * number", lambda m, x: x * 2.5),
    elementwise("number / x", lambda m, x: 2 / x, POSITIVE),
    elementwise("x / number", lambda m, x: x / 3),
    elementwise("x ** 0", lambda m, x: x**0),
    elementwise("x ** 1", lambda m, x: x**1),
    elementwise("x ** 2", lambda m, x: x**2),
    elementwise("x ** 3", lambda m, x: x**3),
    elementwise("x ** -1.5", lambda m, x: x**-1.5, POSITIVE),
    elementwise("number ** x", lambda m, x: 2.0**x),
    elementwise("x * x + x", lambda m, x: x * x + x),
    # functions of one number
    elementwise("exp", lambda m, x: m.exp(x)),
    elementwise("log", lambda m, x: m.log(x), POSITIVE),
    elementwise("sqrt", lambda m, x: m.sqrt(x), POSITIVE),
    elementwise("abs", lambda m, x: m.abs(x), POSITIVE),
    elementwise("abs negative", lambda m, x: m.abs(x), (-3.0, -0.1)),
    elementwise("sign", lambda m, x: m.sign(x), POSITIVE),
    elementwise("tanh", lambda m, x: m.tanh(x)),
    elementwise("sigmoid", lambda m, x: m.sigmoid(x), (-30.0, 30.0)),
    elementwise("relu", lambda m, x: m.relu(x)),
    elementwise("clone", lambda m, x: x.clone()),
    elementwise("expm1", lambda m, x: m.expm1(x)),
    elementwise("log1p", lambda m, x: m.log1p(x), POSITIVE),
    elementwise("log2", lambda m, x: m.log2(x), POSITIVE),
    elementwise("rsqrt", lambda m, x: m.rsqrt(x), POSITIVE),
    elementwise("square", lambda m, x: m.square(x)),
    elementwise("reciprocal", lambda m, x: x.reciprocal(), POSITIVE),
    elementwise("sin", lambda m, x: m.sin(x)),
    elementwise("cos", lambda m, x: x.cos()),
    elementwise("erf", lambda m, x: m.erf(x), (-5.0, 5.0)),
    elementwise("floor", lambda m, x: x * m.floor(x), (0.1, 0.9)),
    elementwise("ceil", lambda m, x: x * m.ceil(x), (0.1, 0.9)),
    elementwise("round", lambda m, x: x * x.round(), (0.6, 1.4)),
    # choices
    elementwise("maximum", lambda m, x, y: m.maximum(x, y), inputs=2),
    elementwise("minimum", lambda m, x, y: m.minimum(x, y), inputs=2),
    elementwise("where", lambda m, x, y: m.where(x > y, x, y * y), inputs=2),
    elementwise("remainder", lambda m, x, y: m.remainder(x + 10, y), (1.0, 1.2), inputs=2),
    elementwise(
        "div floor", lambda m, x, y: m.div(x, y, rounding_mode="floor") * x, (0.1, 0.9), inputs=2, integers=False
    ),
    elementwise("div trunc", lambda m, x, y: m.div(x, y, rounding_mode="trunc") * x, (1.1, 1.2), inputs=2),
    elementwise("clamp", lambda m, x: x.clamp(-0.5, 1)),
    elementwise("clamp min", lambda m, x: m.clamp(x, min=0)),
    elementwise("clamp tensors", lambda m, x, y: m.clamp(x, max=y), inputs=2),
    elementwise("masked_fill", lambda m, x: x.masked_fill(x > 0, 2) * x),
    # reductions
    Operation("sum", lambda m, x: x.sum(), ANY),
    Operation("sum dim", lambda m, x: x.sum(0), ANY),
    Operation("sum last", lambda m, x: m.sum(x, -1, keepdim=True), ANY),
    Operation("sum dims", lambda m, x: x.sum(dim=(0, -1)), MATRIX),
    Operation("mean", lambda m, x: x.mean(), FILLED, integers=False),
    Operation("mean dim", lambda m, x: m.mean(x, 0, keepdim=True), FILLED, integers=False),
    Operation("var", lambda m, x: x.var(), MATRIX, integers=False),
    Operation("var dim", lambda m, x: m.var(x, dim=1, correction=0), MATRIX, integers=False),
    Operation("var unbiased", lambda m, x: x.var(-1, unbiased=False, keepdim=True), MATRIX, integers=False),
    Operation("max", lambda m, x: x.max(), FILLED),
    Operation("max dim", lambda m, x: m.max(x, 0).values, FILLED),
    Operation("max keepdim", lambda m, x: x.max(-1, keepdim=True)[0], FILLED),
    Operation("min", lambda m, x: x.min(), FILLED),
    Operation("min dim", lambda m, x: m.min(x, -1).values, FILLED),
    Operation("amax", lambda m, x: x.amax((0, 1)), MATRIX),
    Operation("amin", lambda m, x: m.amin(x, dim=1, keepdim=True), MATRIX),
    Operation("softmax", lambda m, x: m.softmax(x, dim=-1), ANY, (-30.0, 30.0), integers=False),
    Operation("softmax dim", lambda m, x: x.softmax(0), ANY, integers=False),
    Operation("log_softmax", lambda m, x: m.log_softmax(x, dim=-1), ANY, (-30.0, 30.0), integers=False),
    Operation("logsumexp", lambda m, x: m.logsumexp(x, dim=-1), FILLED, (-30.0, 30.0), integers=False),
    Operation("logsumexp dims", lambda m, x: x.logsumexp((0, 1), keepdim=True), MATRIX, integers=False),
    Operation("std", lambda m, x: x.std(), MATRIX, integers=False),
    Operation("std dim", lambda m, x: m.std(x, dim=1, correction=0, keepdim=True), MATRIX, integers=False),
    Operation("prod", lambda m, x: x.prod(), ANY),
    Operation("prod dim", lambda m, x: m.prod(x, -1, keepdim=True), ANY),
    Operation("cumsum", lambda m, x: m.cumsum(x, 0), ANY),
    Operation("cumsum last", lambda m, x: x.cumsum(-1) ** 2, ANY),
    Operation("norm", lambda m, x: x.norm(), FILLED, integers=False),
    Operation("norm dim", lambda m, x: m.norm(x, 3, 0, keepdim=True), FILLED, POSITIVE, integers=False),
    Operation("norm 1", lambda m, x: x.norm(1, dim=-1), FILLED, integers=False),
    Operation("norm inf", lambda m, x: x.norm(float("inf"), dim=-1), FILLED, integers=False),
    Operation("sort", lambda m, x: m.sort(x, dim=0, descending=True).values ** 2, ANY),
    Operation("topk", lambda m, x: x.topk(2, largest=False)[0], MATRIX),
    # shape
    Operation("reshape", lambda m, x: x.reshape(-1), ANY),
    Operation("reshape tuple", lambda m, x: m.reshape(x, (3, -1, 1)), [((2, 3),), ((6,),), ((3, 2, 1),)]),
    Operation("transpose", lambda m, x: m.transpose(x, 0, -1), ANY),
    Operation("permute", lambda m, x: x.permute(1, 2, 0), [((2, 3, 2),), ((0, 2, 1),)]),
    Operation("T", lambda m, x: x.T @ x, [((2, 3),), ((3, 3),)]),
    Operation("mT", lambda m, x: x.mT, MATRIX),
    Operation("squeeze", lambda m, x: x.squeeze(), [((1, 3),), ((2, 1, 1),), ((),), ((2, 3),)]),
    Operation("squeeze dim", lambda m, x: m.squeeze(x, 1), [((2, 1),), ((2, 3),), ((2, 1, 1),)]),
    Operation("unsqueeze", lambda m, x: x.unsqueeze(-1) * x.unsqueeze(0), [((3,),), ((0,),), ((),)]),
    Operation("expand", lambda m, x: x.expand(2, -1, 3), [((3, 1),), ((2, 1, 3),), ((0, 1),)]),
    Operation("flatten", lambda m, x: m.flatten(x, 1), MATRIX),
    Operation("cat", lambda m, x, y: m.cat([x, y, x]), [((2, 3), (1, 3)), ((0, 3), (2, 3)), ((2,), (3,))]),
    Operation("cat dim", lambda m, x, y: m.cat((x, y), dim=-1), [((2, 3), (2, 1)), ((2,), (3,))]),
    Operation("stack", lambda m, x, y: m.stack([x, y, x], dim=-1), [((2, 3), (2, 3)), ((), ()), ((0,), (0,))]),
    Operation("unflatten", lambda m, x: x.unflatten(1, (3, -1)), [((2, 3),), ((2, 6, 1),)]),
    Operation("movedim", lambda m, x: m.movedim(x, (0, 2), (1, 0)), [((2, 3, 4),)]),
    Operation("flip", lambda m, x: x.flip(0, -1), MATRIX),
    Operation("roll", lambda m, x: m.roll(x, 2), MATRIX),
    Operation("roll dims", lambda m, x: x.roll((1, -1), (0, 1)), MATRIX),
    Operation("repeat", lambda m, x: x.repeat(2, 1, 3), [((2, 3),), ((),), ((3, 1, 2),)]),
    Operation("split", lambda m, x: m.cat(m.split(x, 2)[::-1]), [((5,),), ((3, 2),)]),
    Operation("split sections", lambda m, x: m.cat(x.split([1, 0, 2], dim=1)[::-1], 1), [((2, 3),)]),
    Operation("chunk", lambda m, x: x.chunk(2, dim=-1)[0], MATRIX),
    Operation("unbind", lambda m, x: m.unbind(x, 1)[0] * x.unbind(1)[-1], MATRIX),
    Operation("narrow", lambda m, x: m.narrow(x, 1, 1, 2), [((2, 3),), ((3, 3),)]),
    Operation("tril", lambda m, x: m.tril(x), MATRIX),
    Operation("triu", lambda m, x: x.triu(1), MATRIX),
    Operation("diag", lambda m, x: m.diag(x, 1), [((3,),), ((3, 3),), ((2, 4),)]),
    Operation("diagonal", lambda m, x: x.diagonal(-1, 1, 0), [((2, 3),), ((3, 3, 2),)]),
    # indexing
    Operation("x[0]", lambda m, x: x[0] * x[-1], [((3,),), ((2, 3),)]),
    Operation("slice", lambda m, x: x[1:, ::2], [((3, 4),), ((2, 3, 2),), ((1, 3),)]),
    Operation("ellipsis, None", lambda m, x: x[..., None, 0], MATRIX),
    Operation("repeated index", lambda m, x: x[m.tensor([0, 2, 0, 0])] ** 2, [((3,),), ((3, 2),)]),
    Operation("list index", lambda m, x: x[[1, 1, -1]], [((3,),), ((2, 3),)]),
    Operation("pairs of indices", lambda m, x: x[m.tensor([0, 1, 0]), m.tensor([2, 0, 2])], [((2, 3),), ((2, 3, 2),)]),
    Operation("index and slice", lambda m, x: x[:, m.tensor([[0, 1], [1, 1]])], MATRIX),
    Operation("split indices", lambda m, x: x[m.tensor([0, 1]), :, m.tensor([1, 1])], [((2, 3, 2),)]),
    Operation("integer and index", lambda m, x: x[0, :, m.tensor([1, 0, 1])], [((2, 3, 2),), ((1, 2, 3, 2),)]),
    Operation("mask", lambda m, x: x[x > 0], ANY),
    Operation("mask of rows", lambda m, x: x[m.tensor([True, False])] ** 2, [((2, 3),), ((2,),)]),
    Operation("gather", lambda m, x: m.gather(x, 1, m.tensor([[0, 2, 2], [1, 1, 0]])), [((2, 3),), ((3, 3),)]),
    Operation("gather rows", lambda m, x: x.gather(0, m.tensor([[0, 1], [1, 1]])), [((2, 3),), ((3, 2),)]),
    Operation("scatter", lambda m, x, y: x.scatter(1, m.tensor([[0, 2], [1, 0]]), y), [((2, 3), (2, 2))]),
    Operation("scatter number", lambda m, x: m.scatter(x, 0, m.tensor([[0, 1, 1]]), 5), [((2, 3),)]),
    Operation("scatter_add", lambda m, x, y: m.scatter_add(x, 0, m.tensor([[0, 1], [0, 0]]), y), [((2, 3), (2, 2))]),
    Operation("index_select", lambda m, x: m.index_select(x, 1, m.tensor([2, 0, 2])), [((2, 3),), ((3, 3, 2),)]),
    Operation("masked_select", lambda m, x: m.masked_select(x, m.tensor([True, False, True])), [((2, 3),), ((1, 3),)]),
    # products
    Operation(
        "matmul", lambda m, x, y: x @ y, [((2, 3), (3, 4)), ((3, 3), (3, 3)), ((2, 0), (0, 3)), ((0, 2), (2, 3))]
    ),
    Operation("matmul vectors", lambda m, x, y: m.matmul(x, y), [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2))]),
    Operation(
        "matmul batch", lambda m, x, y: x @ y, [((2, 3, 4), (2, 4, 2)), ((2, 3, 4), (4, 2)), ((3, 4), (2, 4, 2))]
    ),
    Operation(
        "matmul broadcast", lambda m, x, y: x @ y, [((2, 1, 2, 3), (4, 3, 2)), ((3,), (2, 3, 2)), ((2, 3, 2), (2,))]
    ),
    Operation("mm", lambda m, x, y: m.mm(x, y), [((2, 3), (3, 2))]),
    Operation("bmm", lambda m, x, y: x.bmm(y), [((2, 3, 1), (2, 1, 2))]),
    Operation("mv", lambda m, x, y: m.mv(x, y), [((2, 3), (3,))]),
    Operation("dot", lambda m, x, y: x.dot(y), [((3,), (3,)), ((0,), (0,))]),
    Operation("outer", lambda m, x, y: m.outer(x, y), [((2,), (3,))]),
    Operation("einsum ij,jk->ik", lambda m, x, y: m.einsum("ij,jk->ik", x, y), [((2, 3), (3, 4))]),
    Operation("einsum bij,bkj", lambda m, x, y: m.einsum("bij,bkj", x, y), [((2, 3, 2), (2, 4, 2))]),
    Operation("einsum ...qd,...kd", lambda m, x, y: m.einsum("...qd,...kd->...qk", x, y), [((2, 1, 3, 2), (4, 2, 2))]),
    Operation("einsum ii->i", lambda m, x: m.einsum("ii->i", x), [((3, 3),)]),
    Operation("einsum trace", lambda m, x: m.einsum("ii", x), [((3, 3),)]),
    Operation("einsum ij->j", lambda m, x: m.einsum("ij->j", x), [((2, 3),)]),
    Operation("einsum ji", lambda m, x: m.einsum("ji", x), [((2, 3),)]),
    Operation("einsum i,j,i->j", lambda m, x, y: m.einsum("i,j,i->j", x, y, x), [((2,), (3,))]),
    Operation("einsum i,", lambda m, x, y: m.einsum("i,->i", x, y), [((2,), ())]),
]


def arrays(operation, shapes, seed=0, dtype=np.float64, permuted=False):
    """Inputs for a row; `permuted` ones have axes that do not lie in memory in their order, nor densely."""
    rng = np.random.default_rng(seed)
    inputs = []
    for shape in shapes:
        if permuted:
            wide = np.zeros((*shape[::-1], 2))
            values = wide[..., 0].T if shape else wide[0]
            values = np.asarray(values)
        else:
            values = np.zeros(shape)
        values = values if dtype == np.float64 else values.astype(dtype, order="K")
        values[...] = rng.uniform(*operation.domain, shape)
        if np.dtype(dtype).kind == "i":
            values[...] = rng.integers(1, 5, shape)
        inputs.append(values)
    return inputs
