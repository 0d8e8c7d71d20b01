"""Stub of minigrad.ops, written by `python -m tests.stubs`: not to be edited."""

from typing import Any, overload

import numpy.typing as npt

from ..core.tensor import Tensor, _Device, _Dims, _DType, _Operand, _Size
from .creation import BoolTensor as BoolTensor
from .creation import ByteTensor as ByteTensor
from .creation import DoubleTensor as DoubleTensor
from .creation import FloatTensor as FloatTensor
from .creation import IntTensor as IntTensor
from .creation import LongTensor as LongTensor
from .order import Extreme

def abs(input: Tensor) -> Tensor:
    """Return the absolute value; the gradient at 0 is 0."""

def acos(input: Tensor) -> Tensor:
    """Return the angle in [0, pi] with this cosine, NaN outside [-1, 1]."""

def add(input: _Operand, other: _Operand, *, alpha: float = 1) -> Tensor:
    """Return `input + alpha * other`, broadcast."""

def addcdiv(
    input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Tensor | float = 1
) -> Tensor:
    """Return `input + value * tensor1 / tensor2`, broadcast."""

def addcmul(
    input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Tensor | float = 1
) -> Tensor:
    """Return `input + value * tensor1 * tensor2`, broadcast."""

def addmm(
    input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1
) -> Tensor:
    """Return `beta * input + alpha * (mat1 @ mat2)`; RuntimeError unless all have one dtype."""

def all(input: Tensor, dim: _Dims | None = None, keepdim: bool = False) -> Tensor:
    """Return whether no element over `dim` is zero: a bool, for uint8 a uint8."""

def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> bool:
    """Return whether `isclose` holds for all elements, as a Python bool."""

def amax(input: Tensor, dim: _Dims = (), keepdim: bool = False) -> Tensor:
    """Return the largest value over `dim`, NaN if there is one; equal ones share the gradient."""

def amin(input: Tensor, dim: _Dims = (), keepdim: bool = False) -> Tensor:
    """Return the smallest value over `dim`; otherwise as `amax`."""

def any(input: Tensor, dim: _Dims | None = None, keepdim: bool = False) -> Tensor:
    """Return whether some element over `dim` is not zero: a bool, for uint8 a uint8."""

@overload
def arange(
    end: Tensor | float,
    *,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return start, start + step, ... up to but without `end`; one argument is `end`, from 0."""

@overload
def arange(
    start: Tensor | float,
    end: Tensor | float,
    step: Tensor | float = 1,
    *,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: bool = False,
) -> Tensor: ...
def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Return the index (int64) of the largest value along `dim`, or in the flattened tensor."""

def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Return the index (int64) of the smallest value along `dim`, or in the flattened tensor."""

def argsort(
    input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False
) -> Tensor:
    """Return the indices (int64) that sort along `dim`, ascending unless `descending`."""

def as_tensor(data: Any, *, dtype: _DType | None = None, device: _Device | None = None) -> Tensor:
    """Return `tensor(data)`, but do not copy a tensor or ndarray that already has the dtype."""

def asin(input: Tensor) -> Tensor:
    """Return the angle in [-pi/2, pi/2] with this sine, NaN outside [-1, 1]."""

def atan(input: Tensor) -> Tensor:
    """Return the angle in (-pi/2, pi/2) with this tangent."""

def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """Count each of 0, 1, ... in the vector `input`, or add up the weights of its occurrences."""

def bitwise_and(input: _Operand, other: _Operand) -> Tensor:
    """Return `input & other`, for integers and booleans."""

def bitwise_not(input: Tensor) -> Tensor:
    """Return `~input`, for integers and booleans."""

def bitwise_or(input: _Operand, other: _Operand) -> Tensor:
    """Return `input | other`, for integers and booleans."""

def bitwise_xor(input: _Operand, other: _Operand) -> Tensor:
    """Return `input ^ other`, for integers and booleans."""

def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """Multiply two batches of matrices; RuntimeError for other ranks or different batch sizes."""

def cat(tensors: list[Tensor] | tuple[Tensor, ...], dim: int = 0) -> Tensor:
    """Join the tensors along the axis `dim`, in their common dtype; empty 1-d ones are skipped."""

def cdist(
    x1: Tensor,
    x2: Tensor,
    p: float = 2.0,
    compute_mode: str = "use_mm_for_euclid_dist_if_necessary",
) -> Tensor:
    """Return the p-norm distances of all rows of (..., n, d) from all of (..., m, d): (..., n,
    m).
    """

def ceil(input: Tensor) -> Tensor:
    """Return the smallest integer that is not below x, in the dtype of x."""

def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """Return at most `chunks` views of equal length along `dim`; the last may be shorter."""

def clamp(
    input: Tensor, min: Tensor | float | None = None, max: Tensor | float | None = None
) -> Tensor:
    """Replace the elements below `min` by `min`, and those above `max` by `max`."""

def clip(
    input: Tensor, min: Tensor | float | None = None, max: Tensor | float | None = None
) -> Tensor:
    """Replace the elements below `min` by `min`, and those above `max` by `max`."""

def clone(input: Tensor) -> Tensor:
    """Return a copy, through which gradients pass."""

def concat(tensors: list[Tensor] | tuple[Tensor, ...], dim: int = 0) -> Tensor:
    """Join the tensors along the axis `dim`, in their common dtype; empty 1-d ones are skipped."""

def cos(input: Tensor) -> Tensor:
    """Return the cosine of an angle in radians."""

def cosh(input: Tensor) -> Tensor:
    """Return the hyperbolic cosine, (exp(x) + exp(-x)) / 2."""

def count_nonzero(input: Tensor, dim: _Dims | None = None) -> Tensor:
    """Return the number of elements over `dim` that are not zero (int64)."""

def cumprod(input: Tensor, dim: int, *, dtype: _DType | None = None) -> Tensor:
    """Return the cumulative products along the axis `dim`; integers and booleans give int64."""

def cumsum(input: Tensor, dim: int, *, dtype: _DType | None = None) -> Tensor:
    """Return the cumulative sums along the axis `dim`; integers and booleans give int64."""

def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """Return the diagonal of a matrix, or the matrix with the given vector as its diagonal."""

def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """Return a view of the diagonal of the axes `dim1` and `dim2`, as the last axis."""

def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """Return the p-norm of `input - other`, which broadcast."""

def div(input: _Operand, other: _Operand, *, rounding_mode: str | None = None) -> Tensor:
    """Return `input / other`, broadcast."""

def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """Return the inner product of two vectors; RuntimeError for other ranks."""

def einsum(equation: str, *operands: Tensor) -> Tensor:
    """Sum products over the indices that are not after the arrow: "ij,jk->ik" is a @ b."""

@overload
def empty(
    *size: int,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return a tensor of shape `size`, whose values are not set."""

@overload
def empty(
    size: _Size,
    *,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: bool = False,
) -> Tensor: ...
def empty_like(
    input: Tensor,
    *,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return `empty` of the shape and dtype of `input`."""

def eq(input: _Operand, other: _Operand) -> Tensor:
    """Return whether `input == other`, element by element."""

def equal(input: Tensor, other: Tensor) -> bool:
    """Return whether both have the same shape and the same elements, as a Python bool."""

def erf(input: Tensor) -> Tensor:
    """Return 2 / sqrt(pi) times the integral of exp(-t**2) from 0 to x."""

def exp(input: Tensor) -> Tensor:
    """Return e ** x for each element x."""

def expm1(input: Tensor) -> Tensor:
    """Return exp(x) - 1, exact also near 0."""

def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return an n x m matrix (m defaults to n) of ones on the diagonal and zeros elsewhere."""

def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Join the axes from `start_dim` to `end_dim` into one; a single axis gives `input` itself."""

def flip(input: Tensor, dims: _Size) -> Tensor:
    """Return a copy with the order of the elements along the axes `dims` reversed."""

def floor(input: Tensor) -> Tensor:
    """Return the largest integer that is not above x, in the dtype of x."""

def floor_divide(input: _Operand, other: _Operand) -> Tensor:
    """Return `input / other` rounded down; RuntimeError where an integer is divided by 0."""

def fmod(input: Tensor, other: _Operand) -> Tensor:
    """Return `remainder` with the sign of `input`."""

def from_numpy(ndarray: npt.NDArray[Any]) -> Tensor:
    """Return a tensor over the memory of an ndarray: a change of one changes the other."""

def full(
    size: _Size,
    fill_value: Tensor | float,
    *,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return a tensor of shape `size` filled with `fill_value`."""

def full_like(
    input: Tensor,
    fill_value: Tensor | float,
    *,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return `fill_value` in the shape and, unless given, the dtype of `input`."""

def gather(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """Return the elements at the int64 tensor `index` along `dim`."""

def ge(input: _Operand, other: _Operand) -> Tensor:
    """Return whether `input >= other`, element by element."""

def gt(input: _Operand, other: _Operand) -> Tensor:
    """Return whether `input > other`, element by element."""

def hstack(tensors: list[Tensor] | tuple[Tensor, ...]) -> Tensor:
    """Join the tensors along the second axis, vectors (and numbers) along their only one."""

def index_add(
    input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1
) -> Tensor:
    """Return `input` with `alpha` times the slices of `source` added at `index` along `dim`."""

def index_fill(input: Tensor, dim: int, index: Tensor, value: Tensor | float) -> Tensor:
    """Return `input` with the slices at the int64 `index` along `dim` replaced by `value`."""

def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """Return a copy of the slices of `input` at the 1-d integer tensor `index` along `dim`."""

def isclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Tensor:
    """Return whether |input - other| <= atol + rtol * |other|, element by element."""

def isfinite(input: Tensor) -> Tensor:
    """Return whether the element is neither infinite nor NaN."""

def isinf(input: Tensor) -> Tensor:
    """Return whether the element is infinite."""

def isnan(input: Tensor) -> Tensor:
    """Return whether the element is NaN."""

def le(input: _Operand, other: _Operand) -> Tensor:
    """Return whether `input <= other`, element by element."""

def lerp(input: Tensor, end: Tensor, weight: Tensor | float) -> Tensor:
    """Return `input + weight * (end - input)`, exactly `end` for a `weight` of 1."""

def linspace(
    start: Tensor | float,
    end: Tensor | float,
    steps: int,
    *,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return `steps` numbers at equal distances from `start` to `end`, both included."""

def log(input: Tensor) -> Tensor:
    """Return the natural logarithm."""

def log10(input: Tensor) -> Tensor:
    """Return the logarithm to the base 10."""

def log1p(input: Tensor) -> Tensor:
    """Return log(1 + x), exact also near 0."""

def log2(input: Tensor) -> Tensor:
    """Return the logarithm to the base 2."""

def log_softmax(input: Tensor, dim: int, *, dtype: _DType | None = None) -> Tensor:
    """Return log(softmax(x)) over the axis `dim`, finite also where softmax(x) rounds to 0."""

def logaddexp(input: Tensor, other: _Operand) -> Tensor:
    """Return log(exp(input) + exp(other)), so that no exponential overflows."""

def logical_and(input: _Operand, other: _Operand) -> Tensor:
    """Return whether both are not 0, element by element."""

def logical_not(input: Tensor) -> Tensor:
    """Return whether the element is 0."""

def logical_or(input: _Operand, other: _Operand) -> Tensor:
    """Return whether one of the two is not 0, element by element."""

def logical_xor(input: _Operand, other: _Operand) -> Tensor:
    """Return whether exactly one of the two is not 0, element by element."""

def logsumexp(input: Tensor, dim: _Dims, keepdim: bool = False) -> Tensor:
    """Return log(sum(exp(x))) over `dim`, so that no exponential overflows."""

def lt(input: _Operand, other: _Operand) -> Tensor:
    """Return whether `input < other`, element by element."""

def masked_fill(input: Tensor, mask: Tensor, value: Tensor | float) -> Tensor:
    """Return `value` where the boolean `mask` is true, else `input`; the shapes broadcast."""

def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """Return the elements where the boolean `mask` is true, 1-d; the two shapes broadcast."""

def matmul(input: Tensor, other: Tensor) -> Tensor:
    """Multiply matrices over the last two axes; the leading ones broadcast."""

@overload
def max(input: Tensor, dim: None = None) -> Tensor:
    """Return the largest value of all, or the pair (values, indices) along `dim`."""

@overload
def max(input: Tensor, dim: Tensor) -> Tensor: ...
@overload
def max(input: Tensor, *, other: Tensor) -> Tensor: ...
@overload
def max(input: Tensor, dim: int, keepdim: bool = False) -> Extreme: ...
def maximum(input: _Operand, other: _Operand) -> Tensor:
    """Return the larger of the two, NaN if one is NaN; equal ones share the gradient."""

def mean(
    input: Tensor, dim: _Dims | None = None, keepdim: bool = False, *, dtype: _DType | None = None
) -> Tensor:
    """Return the arithmetic mean over `dim`."""

@overload
def median(input: Tensor, dim: None = None) -> Tensor:
    """Return the median of all elements, or the pair (values, indices) along the axis `dim`."""

@overload
def median(input: Tensor, dim: int, keepdim: bool = False) -> Extreme: ...
def meshgrid(*tensors: Tensor, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Repeat vectors (or numbers) of lengths n, m, ... to the shape (n, m, ...), each on its
    axis.
    """

@overload
def min(input: Tensor, dim: None = None) -> Tensor:
    """Return the smallest value, as `max`; with a tensor as `other`, `minimum`."""

@overload
def min(input: Tensor, dim: Tensor) -> Tensor: ...
@overload
def min(input: Tensor, *, other: Tensor) -> Tensor: ...
@overload
def min(input: Tensor, dim: int, keepdim: bool = False) -> Extreme: ...
def minimum(input: _Operand, other: _Operand) -> Tensor:
    """Return the smaller of the two, NaN if one is NaN; equal ones share the gradient."""

def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """Return the product of two matrices; RuntimeError for other ranks."""

def moveaxis(input: Tensor, source: _Dims, destination: _Dims) -> Tensor:
    """Return a view with the axes `source` (one or more) at the places `destination`."""

def movedim(input: Tensor, source: _Dims, destination: _Dims) -> Tensor:
    """Return a view with the axes `source` (one or more) at the places `destination`."""

def mul(input: _Operand, other: _Operand) -> Tensor:
    """Return `input * other`, broadcast."""

def mv(input: Tensor, vec: Tensor) -> Tensor:
    """Return the product of a matrix and a vector; RuntimeError for other ranks."""

def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """Return a view of `length` slices along `dim` from `start` on."""

def ne(input: _Operand, other: _Operand) -> Tensor:
    """Return whether `input != other`, element by element."""

def neg(input: Tensor) -> Tensor:
    """Return `-input`; NotImplementedError for booleans."""

def norm(
    input: Tensor,
    p: float | str = "fro",
    dim: _Dims | None = None,
    keepdim: bool = False,
    *,
    dtype: _DType | None = None,
) -> Tensor:
    """Return the vector norm (sum |x|**p)**(1/p) over `dim`."""

@overload
def ones(
    *size: int,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return a tensor of shape `size`, filled with ones."""

@overload
def ones(
    size: _Size,
    *,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: bool = False,
) -> Tensor: ...
def ones_like(
    input: Tensor,
    *,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return `ones` of the shape and dtype of `input`."""

def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """Return the matrix of the products of two vectors' elements; RuntimeError for other ranks."""

def permute(input: Tensor, dims: _Size) -> Tensor:
    """Return a view with the axes in the order `dims`; RuntimeError unless each is named once."""

def positive(input: Tensor) -> Tensor:
    """Return `+input`, a copy; NotImplementedError for booleans."""

def pow(input: _Operand, exponent: _Operand) -> Tensor:
    """Return `input ** exponent`, broadcast; one of the two may be a number."""

def prod(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: _DType | None = None
) -> Tensor:
    """Return the product over one axis, or of all elements."""

def ravel(input: Tensor) -> Tensor:
    """Return all elements along one axis, in their order: a view where memory allows it."""

def reciprocal(input: Tensor) -> Tensor:
    """Return 1 / x."""

def relu(input: Tensor) -> Tensor:
    """Return max(x, 0)."""

def remainder(input: _Operand, other: _Operand) -> Tensor:
    """Return `input - other * floor(input / other)`, which has the sign of `other`; RuntimeError
    where an integer is divided by 0.
    """

def repeat_interleave(input: Tensor, repeats: Tensor | int, dim: int | None = None) -> Tensor:
    """Repeat each slice along `dim`, or each element without `dim`, `repeats` times."""

def reshape(input: Tensor, shape: _Size) -> Tensor:
    """Return the same elements in another shape: a view where memory allows it."""

def roll(input: Tensor, shifts: _Dims, dims: _Dims = ()) -> Tensor:
    """Shift the elements by `shifts` places along `dims`; those beyond the end enter at the
    start.
    """

def round(input: Tensor, *, decimals: int = 0) -> Tensor:
    """Round `input` to `decimals` places (tens for -1), halves to the even neighbour."""

def rsqrt(input: Tensor) -> Tensor:
    """Return 1 / sqrt(x)."""

def scatter(input: Tensor, dim: int, index: Tensor, src: Tensor | float) -> Tensor:
    """Return `input` with the elements at `index` along `dim` replaced by `src`."""

def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """Return `input` with the elements of `src` added at `index` along `dim`."""

def select(input: Tensor, dim: int, index: int) -> Tensor:
    """Return a view of the slice at `index` along `dim`; IndexError if there is none."""

def sigmoid(input: Tensor) -> Tensor:
    """Return 1 / (1 + exp(-x))."""

def sign(input: Tensor) -> Tensor:
    """Return -1, 0 or 1, and 0 for NaN; the gradient is 0."""

def sin(input: Tensor) -> Tensor:
    """Return the sine of an angle in radians."""

def sinh(input: Tensor) -> Tensor:
    """Return the hyperbolic sine, (exp(x) - exp(-x)) / 2."""

def softmax(input: Tensor, dim: int, *, dtype: _DType | None = None) -> Tensor:
    """Return exp(x) / sum(exp(x)) over the axis `dim`, so that no exponential overflows."""

def sort(
    input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False
) -> Extreme:
    """Return (values, indices), sorted along `dim`, ascending unless `descending`."""

def split(tensor: Tensor, split_size_or_sections: _Dims, dim: int = 0) -> tuple[Tensor, ...]:
    """Return views of consecutive slices along `dim`, of one length or of the given lengths."""

def sqrt(input: Tensor) -> Tensor:
    """Return the square root, NaN for negative numbers."""

def square(input: Tensor) -> Tensor:
    """Return `input ** 2`."""

def squeeze(input: Tensor, dim: _Dims | None = None) -> Tensor:
    """Return a view without the axes of length 1, or without those of them in `dim`."""

def stack(tensors: list[Tensor] | tuple[Tensor, ...], dim: int = 0) -> Tensor:
    """Join tensors of one shape along a new axis at `dim`."""

def std(
    input: Tensor,
    dim: _Dims | bool | None = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float = 1,
) -> Tensor:
    """Return the standard deviation over `dim`, the root of `var`; its gradient at 0 is 0."""

def sub(input: _Operand, other: _Operand, *, alpha: float = 1) -> Tensor:
    """Return `input - alpha * other`, broadcast; `alpha` as for `add`."""

def sum(
    input: Tensor, dim: _Dims | None = None, keepdim: bool = False, *, dtype: _DType | None = None
) -> Tensor:
    """Return the sum over `dim`; integers and booleans are summed as int64."""

def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """Return a view with two axes swapped, as `transpose`."""

def t(input: Tensor) -> Tensor:
    """Return a matrix with its axes swapped, a vector or a number as it is."""

def tan(input: Tensor) -> Tensor:
    """Return the tangent of an angle in radians."""

def tanh(input: Tensor) -> Tensor:
    """Return the hyperbolic tangent, sinh(x) / cosh(x)."""

def tensor(
    data: Any,
    *,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return a tensor with a copy of `data`: a number, nested lists, an ndarray or a tensor."""

def tile(input: Tensor, dims: _Size) -> Tensor:
    """Return `repeat(input, dims)`, but fewer numbers than axes leave the leading axes alone."""

def topk(
    input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
) -> Extreme:
    """Return the pair (values, indices) of the `k` largest (or smallest) along `dim`, in order."""

def trace(input: Tensor) -> Tensor:
    """Return the sum of the diagonal of a matrix; RuntimeError for another rank."""

def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Return a view with two axes swapped."""

def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """Return the lower triangle of the last two axes, up to the given diagonal; zeros above."""

def tril_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: _DType = ...,
    device: _Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return the rows and columns, (2, n), of the elements of a (row, col) matrix that `tril`
    keeps.
    """

def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """Return the upper triangle of the last two axes, from the given diagonal on; zeros below."""

def triu_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: _DType = ...,
    device: _Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return the rows and columns, (2, n), of the elements of a (row, col) matrix that `triu`
    keeps.
    """

def true_divide(input: _Operand, other: _Operand) -> Tensor:
    """Return `input / other`, broadcast; integers give floats."""

def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """Return a tuple of views of the slices along `dim`; IndexError for a 0-d tensor."""

def unflatten(input: Tensor, dim: int, sizes: _Size) -> Tensor:
    """Split the axis `dim` into axes of lengths `sizes`, one of which may be -1."""

@overload
def unique(input: Tensor, sorted: bool = True) -> Tensor:
    """Return the distinct values in order and, on request, the inverse indices and the counts."""

@overload
def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any: ...
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """Return a view with a new axis of length 1 at `dim`."""

def var(
    input: Tensor,
    dim: _Dims | bool | None = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float = 1,
) -> Tensor:
    """Return the variance over `dim`: the sum of squared deviations over n - `correction`."""

def vstack(tensors: list[Tensor] | tuple[Tensor, ...]) -> Tensor:
    """Join the tensors along the first axis, vectors as rows."""

@overload
def where(condition: Tensor) -> tuple[Tensor, ...]:
    """Return `input` where the boolean tensor `condition` is true, else `other`."""

@overload
def where(condition: Tensor, input: _Operand, other: _Operand) -> Tensor: ...
@overload
def zeros(
    *size: int,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return a tensor of shape `size`, filled with zeros."""

@overload
def zeros(
    size: _Size,
    *,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: bool = False,
) -> Tensor: ...
def zeros_like(
    input: Tensor,
    *,
    dtype: _DType | None = None,
    device: _Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return `zeros` of the shape and dtype of `input`."""
