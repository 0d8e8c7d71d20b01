"""Stub of minigrad.core.tensor, written by `python -m tests.stubs`: not to be edited."""

from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from collections.abc import Callable, Iterator
from typing import Any, Literal, NoReturn, Self, TypeAlias, overload

import numpy as np
import numpy.typing as npt

from ..autograd.hooks import HookHandle
from ..device import device as _device
from ..ops.order import Extreme
from ..random import Generator
from ..size import Size as _size

_Size: TypeAlias = tuple[int, ...] | list[int]
_Dims: TypeAlias = int | _Size
_DType: TypeAlias = np.dtype[Any] | type
_Device: TypeAlias = _device | str
_Operand: TypeAlias = Tensor | float | np.ndarray[Any, Any] | np.number[Any] | np.bool

new: Any

class Node:
    """A vertex of the graph that `backward` walks: the record of one operation, or a leaf."""

    hooks: Any
    inputs: Any
    keeper: Any
    line: Any
    operation: Any
    out: Any
    params: Any
    parents: tuple[Node | None, ...]
    time: float
    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]: ...

def leaf(tensor: Tensor) -> Node:
    """Make the node of a tensor that wants a gradient and that no operation has made."""

class Tensor:
    """A multi-dimensional array of one dtype that remembers how it was computed."""

    _array: np.ndarray[Any, Any]
    _grad: Tensor | None
    _node: Node | None

    # Properties

    @property
    def T(self) -> Tensor:
        """Return a matrix with its axes swapped, a vector or a number as it is."""
    @property
    def data(self) -> Tensor:
        """As `detach()`; assigning a tensor replaces the values and keeps the place in the
        graph.
        """
    @data.setter
    def data(self, value: Tensor) -> None: ...
    @property
    def device(self) -> _device:
        """Where the tensor lives: always on the CPU."""
    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements, as in NumPy."""
    @property
    def grad(self) -> Tensor | None:
        """The gradient that `backward` has added up here so far, or None."""
    @grad.setter
    def grad(self, value: Tensor | None) -> None: ...
    @property
    def grad_fn(self) -> Node | None:
        """The node that recorded the operation, or None for a leaf."""
    @property
    def is_cuda(self) -> _bool:
        """Whether the tensor is on a GPU: never."""
    @property
    def is_leaf(self) -> _bool:
        """Whether no operation recorded it."""
    @property
    def mT(self) -> Tensor:
        """The tensor with its last two axes swapped."""
    @property
    def ndim(self) -> _int:
        """The number of axes."""
    @property
    def requires_grad(self) -> _bool:
        """Whether operations on this tensor are recorded."""
    @requires_grad.setter
    def requires_grad(self, value: _bool) -> None: ...
    @property
    def shape(self) -> _size:
        """The lengths of the axes, a tuple that counts."""

    # Methods

    def abs(self) -> Tensor:
        """Return the absolute value; the gradient at 0 is 0."""
    def abs_(self) -> Self:
        """Apply `abs` in place: write the result into the tensor, and return it."""
    def acos(self) -> Tensor:
        """Return the angle in [0, pi] with this cosine, NaN outside [-1, 1]."""
    def add(self, other: _Operand, *, alpha: _float = 1) -> Tensor:
        """Return `input + alpha * other`, broadcast."""
    def add_(self, other: _Operand, *, alpha: _float = 1) -> Self:
        """Apply `add` in place: write the result into the tensor, and return it."""
    def addcdiv(self, tensor1: Tensor, tensor2: Tensor, *, value: Tensor | _float = 1) -> Tensor:
        """Return `input + value * tensor1 / tensor2`, broadcast."""
    def addcdiv_(self, tensor1: Tensor, tensor2: Tensor, *, value: Tensor | _float = 1) -> Self:
        """Apply `addcdiv` in place: write the result into the tensor, and return it."""
    def addcmul(self, tensor1: Tensor, tensor2: Tensor, *, value: Tensor | _float = 1) -> Tensor:
        """Return `input + value * tensor1 * tensor2`, broadcast."""
    def addcmul_(self, tensor1: Tensor, tensor2: Tensor, *, value: Tensor | _float = 1) -> Self:
        """Apply `addcmul` in place: write the result into the tensor, and return it."""
    def addmm(self, mat1: Tensor, mat2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
        """Return `beta * input + alpha * (mat1 @ mat2)`; RuntimeError unless all have one dtype."""
    def all(self, dim: _Dims | None = None, keepdim: _bool = False) -> Tensor:
        """Return whether no element over `dim` is zero: a bool, for uint8 a uint8."""
    def allclose(
        self, other: Tensor, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False
    ) -> _bool:
        """Return whether `isclose` holds for all elements, as a Python bool."""
    def amax(self, dim: _Dims = (), keepdim: _bool = False) -> Tensor:
        """Return the largest value over `dim`, NaN if there is one; equal ones share the
        gradient.
        """
    def amin(self, dim: _Dims = (), keepdim: _bool = False) -> Tensor:
        """Return the smallest value over `dim`; otherwise as `amax`."""
    def any(self, dim: _Dims | None = None, keepdim: _bool = False) -> Tensor:
        """Return whether some element over `dim` is not zero: a bool, for uint8 a uint8."""
    def argmax(self, dim: _int | None = None, keepdim: _bool = False) -> Tensor:
        """Return the index (int64) of the largest value along `dim`, or in the flattened tensor."""
    def argmin(self, dim: _int | None = None, keepdim: _bool = False) -> Tensor:
        """Return the index (int64) of the smallest value along `dim`, or in the flattened
        tensor.
        """
    def argsort(
        self, dim: _int = -1, descending: _bool = False, *, stable: _bool = False
    ) -> Tensor:
        """Return the indices (int64) that sort along `dim`, ascending unless `descending`."""
    def asin(self) -> Tensor:
        """Return the angle in [-pi/2, pi/2] with this sine, NaN outside [-1, 1]."""
    def atan(self) -> Tensor:
        """Return the angle in (-pi/2, pi/2) with this tangent."""
    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: _bool | None = None,
        create_graph: _bool = False,
        inputs: Any = None,
    ) -> None:
        """Add to `.grad` of every leaf that this tensor was computed from the gradient of its
        sum.
        """
    def bernoulli_(self, p: Tensor | _float = 0.5, *, generator: Generator | None = None) -> Self:
        """Return the tensor itself, changed in place, with every element 1 with probability `p`,
        a number or a tensor, else 0.
        """
    def bincount(self, weights: Tensor | None = None, minlength: _int = 0) -> Tensor:
        """Count each of 0, 1, ... in the vector `input`, or add up the weights of its
        occurrences.
        """
    def bitwise_and(self, other: _Operand) -> Tensor:
        """Return `input & other`, for integers and booleans."""
    def bitwise_not(self) -> Tensor:
        """Return `~input`, for integers and booleans."""
    def bitwise_or(self, other: _Operand) -> Tensor:
        """Return `input | other`, for integers and booleans."""
    def bitwise_xor(self, other: _Operand) -> Tensor:
        """Return `input ^ other`, for integers and booleans."""
    def bmm(self, mat2: Tensor) -> Tensor:
        """Multiply two batches of matrices; RuntimeError for other ranks or different batch
        sizes.
        """
    def bool(self) -> Tensor:
        """Return whether each element is not 0."""
    def byte(self) -> Tensor:
        """Return the tensor as uint8."""
    def ceil(self) -> Tensor:
        """Return the smallest integer that is not below x, in the dtype of x."""
    def ceil_(self) -> Self:
        """Apply `ceil` in place: write the result into the tensor, and return it."""
    def chunk(self, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """Return at most `chunks` views of equal length along `dim`; the last may be shorter."""
    def clamp(
        self, min: Tensor | _float | None = None, max: Tensor | _float | None = None
    ) -> Tensor:
        """Replace the elements below `min` by `min`, and those above `max` by `max`."""
    def clamp_(
        self, min: Tensor | _float | None = None, max: Tensor | _float | None = None
    ) -> Self:
        """Apply `clamp` in place: write the result into the tensor, and return it."""
    def clip(
        self, min: Tensor | _float | None = None, max: Tensor | _float | None = None
    ) -> Tensor:
        """Replace the elements below `min` by `min`, and those above `max` by `max`."""
    def clip_(self, min: Tensor | _float | None = None, max: Tensor | _float | None = None) -> Self:
        """Apply `clamp` in place: write the result into the tensor, and return it."""
    def clone(self) -> Tensor:
        """Return a copy, through which gradients pass."""
    def contiguous(self) -> Tensor:
        """Return `input` if it is C-contiguous, else a contiguous copy."""
    def copy_(self, src: Tensor, non_blocking: _bool = False) -> Self:
        """Return the tensor itself, changed in place, with the elements of `src` instead,
        broadcast and converted to its dtype.
        """
    def cos(self) -> Tensor:
        """Return the cosine of an angle in radians."""
    def cos_(self) -> Self:
        """Apply `cos` in place: write the result into the tensor, and return it."""
    def cosh(self) -> Tensor:
        """Return the hyperbolic cosine, (exp(x) + exp(-x)) / 2."""
    def count_nonzero(self, dim: _Dims | None = None) -> Tensor:
        """Return the number of elements over `dim` that are not zero (int64)."""
    def cpu(self) -> Tensor:
        """Return the tensor itself: it is on the CPU."""
    def cuda(self, **_options: Any) -> NoReturn:
        """Raise RuntimeError: there is no other device than the CPU."""
    def cumprod(self, dim: _int, *, dtype: _DType | None = None) -> Tensor:
        """Return the cumulative products along the axis `dim`; integers and booleans give int64."""
    def cumsum(self, dim: _int, *, dtype: _DType | None = None) -> Tensor:
        """Return the cumulative sums along the axis `dim`; integers and booleans give int64."""
    def detach(self) -> Tensor:
        """Return a leaf over the same memory, without the history, that does not require grad."""
    def detach_(self) -> Self:
        """Make the tensor a leaf without history, in place; RuntimeError for a view."""
    def diag(self, diagonal: _int = 0) -> Tensor:
        """Return the diagonal of a matrix, or the matrix with the given vector as its diagonal."""
    def diagonal(self, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
        """Return a view of the diagonal of the axes `dim1` and `dim2`, as the last axis."""
    def dim(self) -> _int:
        """Return the number of axes."""
    def dist(self, other: Tensor, p: _float = 2) -> Tensor:
        """Return the p-norm of `input - other`, which broadcast."""
    def div(self, other: _Operand, *, rounding_mode: str | None = None) -> Tensor:
        """Return `input / other`, broadcast."""
    def div_(self, other: _Operand, *, rounding_mode: str | None = None) -> Self:
        """Apply `div` in place: write the result into the tensor, and return it."""
    def dot(self, tensor: Tensor) -> Tensor:
        """Return the inner product of two vectors; RuntimeError for other ranks."""
    def double(self) -> Tensor:
        """Return the tensor as float64."""
    def eq(self, other: _Operand) -> Tensor:
        """Return whether `input == other`, element by element."""
    def equal(self, other: Tensor) -> _bool:
        """Return whether both have the same shape and the same elements, as a Python bool."""
    def erf(self) -> Tensor:
        """Return 2 / sqrt(pi) times the integral of exp(-t**2) from 0 to x."""
    def exp(self) -> Tensor:
        """Return e ** x for each element x."""
    def exp_(self) -> Self:
        """Apply `exp` in place: write the result into the tensor, and return it."""
    @overload
    def expand(self, *size: _int) -> Tensor:
        """Repeat axes of length 1 to `size`, without copying."""
    @overload
    def expand(self, size: _Size) -> Tensor: ...
    def expand_as(self, other: Tensor) -> Tensor:
        """Return a view that is repeated to the shape of `other`."""
    def expm1(self) -> Tensor:
        """Return exp(x) - 1, exact also near 0."""
    def exponential_(self, lambd: _float = 1.0, *, generator: Generator | None = None) -> Self:
        """Return the tensor itself, changed in place, with every element drawn from an
        exponential distribution of rate `lambd`.
        """
    def fill_(self, value: Tensor | _float) -> Self:
        """Return the tensor itself, changed in place, with every element replaced by the number
        or 0-d tensor `value`.
        """
    def flatten(self, start_dim: _int = 0, end_dim: _int = -1) -> Tensor:
        """Join the axes from `start_dim` to `end_dim` into one; a single axis gives `input`
        itself.
        """
    @overload
    def flip(self, *dims: _int) -> Tensor:
        """Return a copy with the order of the elements along the axes `dims` reversed."""
    @overload
    def flip(self, dims: _Size) -> Tensor: ...
    def float(self) -> Tensor:
        """Return the tensor as float32."""
    def floor(self) -> Tensor:
        """Return the largest integer that is not above x, in the dtype of x."""
    def floor_(self) -> Self:
        """Apply `floor` in place: write the result into the tensor, and return it."""
    def floor_divide(self, other: _Operand) -> Tensor:
        """Return `input / other` rounded down; RuntimeError where an integer is divided by 0."""
    def floor_divide_(self, other: _Operand) -> Self:
        """Apply `floor_divide` in place: write the result into the tensor, and return it."""
    def fmod(self, other: _Operand) -> Tensor:
        """Return `remainder` with the sign of `input`."""
    def fmod_(self, other: _Operand) -> Self:
        """Apply `fmod` in place: write the result into the tensor, and return it."""
    def gather(self, dim: _int, index: Tensor) -> Tensor:
        """Return the elements at the int64 tensor `index` along `dim`."""
    def ge(self, other: _Operand) -> Tensor:
        """Return whether `input >= other`, element by element."""
    def gt(self, other: _Operand) -> Tensor:
        """Return whether `input > other`, element by element."""
    def index_add(self, dim: _int, index: Tensor, source: Tensor, *, alpha: _float = 1) -> Tensor:
        """Return `input` with `alpha` times the slices of `source` added at `index` along `dim`."""
    def index_add_(self, dim: _int, index: Tensor, source: Tensor, *, alpha: _float = 1) -> Self:
        """Return the tensor itself, changed in place, with `alpha` times the slices of `source`
        added at `index` along `dim`.
        """
    def index_fill(self, dim: _int, index: Tensor, value: Tensor | _float) -> Tensor:
        """Return `input` with the slices at the int64 `index` along `dim` replaced by `value`."""
    def index_fill_(self, dim: _int, index: Tensor, value: Tensor | _float) -> Self:
        """Return the tensor itself, changed in place, with the slices at the int64 `index` along
        `dim` replaced by `value`.
        """
    def index_select(self, dim: _int, index: Tensor) -> Tensor:
        """Return a copy of the slices of `input` at the 1-d integer tensor `index` along `dim`."""
    def int(self) -> Tensor:
        """Return the tensor as int32."""
    def is_contiguous(self) -> _bool:
        """Return whether the elements lie in memory in the order of their indices."""
    def is_floating_point(self) -> _bool:
        """Return whether the dtype is float32 or float64."""
    def isclose(
        self, other: Tensor, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False
    ) -> Tensor:
        """Return whether |input - other| <= atol + rtol * |other|, element by element."""
    def isfinite(self) -> Tensor:
        """Return whether the element is neither infinite nor NaN."""
    def isinf(self) -> Tensor:
        """Return whether the element is infinite."""
    def isnan(self) -> Tensor:
        """Return whether the element is NaN."""
    def item(self) -> Any:
        """Return the only element as a Python number; RuntimeError unless there is exactly one."""
    def le(self, other: _Operand) -> Tensor:
        """Return whether `input <= other`, element by element."""
    def lerp(self, end: Tensor, weight: Tensor | _float) -> Tensor:
        """Return `input + weight * (end - input)`, exactly `end` for a `weight` of 1."""
    def lerp_(self, end: Tensor, weight: Tensor | _float) -> Self:
        """Apply `lerp` in place: write the result into the tensor, and return it."""
    def log(self) -> Tensor:
        """Return the natural logarithm."""
    def log10(self) -> Tensor:
        """Return the logarithm to the base 10."""
    def log1p(self) -> Tensor:
        """Return log(1 + x), exact also near 0."""
    def log2(self) -> Tensor:
        """Return the logarithm to the base 2."""
    def log_(self) -> Self:
        """Apply `log` in place: write the result into the tensor, and return it."""
    def log_softmax(self, dim: _int, *, dtype: _DType | None = None) -> Tensor:
        """Return log(softmax(x)) over the axis `dim`, finite also where softmax(x) rounds to 0."""
    def logaddexp(self, other: _Operand) -> Tensor:
        """Return log(exp(input) + exp(other)), so that no exponential overflows."""
    def logical_and(self, other: _Operand) -> Tensor:
        """Return whether both are not 0, element by element."""
    def logical_not(self) -> Tensor:
        """Return whether the element is 0."""
    def logical_or(self, other: _Operand) -> Tensor:
        """Return whether one of the two is not 0, element by element."""
    def logical_xor(self, other: _Operand) -> Tensor:
        """Return whether exactly one of the two is not 0, element by element."""
    def logsumexp(self, dim: _Dims, keepdim: _bool = False) -> Tensor:
        """Return log(sum(exp(x))) over `dim`, so that no exponential overflows."""
    def long(self) -> Tensor:
        """Return the tensor as int64."""
    def lt(self, other: _Operand) -> Tensor:
        """Return whether `input < other`, element by element."""
    def masked_fill(self, mask: Tensor, value: Tensor | _float) -> Tensor:
        """Return `value` where the boolean `mask` is true, else `input`; the shapes broadcast."""
    def masked_fill_(self, mask: Tensor, value: Tensor | _float) -> Self:
        """Apply `masked_fill` in place: write the result into the tensor, and return it."""
    def masked_select(self, mask: Tensor) -> Tensor:
        """Return the elements where the boolean `mask` is true, 1-d; the two shapes broadcast."""
    def matmul(self, other: Tensor) -> Tensor:
        """Multiply matrices over the last two axes; the leading ones broadcast."""
    @overload
    def max(self, dim: None = None) -> Tensor:
        """Return the largest value of all, or the pair (values, indices) along `dim`."""
    @overload
    def max(self, dim: Tensor) -> Tensor: ...
    @overload
    def max(self, *, other: Tensor) -> Tensor: ...
    @overload
    def max(self, dim: _int, keepdim: _bool = False) -> Extreme: ...
    def maximum(self, other: _Operand) -> Tensor:
        """Return the larger of the two, NaN if one is NaN; equal ones share the gradient."""
    def mean(
        self, dim: _Dims | None = None, keepdim: _bool = False, *, dtype: _DType | None = None
    ) -> Tensor:
        """Return the arithmetic mean over `dim`."""
    @overload
    def median(self, dim: None = None) -> Tensor:
        """Return the median of all elements, or the pair (values, indices) along the axis `dim`."""
    @overload
    def median(self, dim: _int, keepdim: _bool = False) -> Extreme: ...
    @overload
    def min(self, dim: None = None) -> Tensor:
        """Return the smallest value, as `max`; with a tensor as `other`, `minimum`."""
    @overload
    def min(self, dim: Tensor) -> Tensor: ...
    @overload
    def min(self, *, other: Tensor) -> Tensor: ...
    @overload
    def min(self, dim: _int, keepdim: _bool = False) -> Extreme: ...
    def minimum(self, other: _Operand) -> Tensor:
        """Return the smaller of the two, NaN if one is NaN; equal ones share the gradient."""
    def mm(self, mat2: Tensor) -> Tensor:
        """Return the product of two matrices; RuntimeError for other ranks."""
    def moveaxis(self, source: _Dims, destination: _Dims) -> Tensor:
        """Return a view with the axes `source` (one or more) at the places `destination`."""
    def movedim(self, source: _Dims, destination: _Dims) -> Tensor:
        """Return a view with the axes `source` (one or more) at the places `destination`."""
    def mul(self, other: _Operand) -> Tensor:
        """Return `input * other`, broadcast."""
    def mul_(self, other: _Operand) -> Self:
        """Apply `mul` in place: write the result into the tensor, and return it."""
    def mv(self, vec: Tensor) -> Tensor:
        """Return the product of a matrix and a vector; RuntimeError for other ranks."""
    def narrow(self, dim: _int, start: _int, length: _int) -> Tensor:
        """Return a view of `length` slices along `dim` from `start` on."""
    def ndimension(self) -> _int:
        """Return the number of axes."""
    def ne(self, other: _Operand) -> Tensor:
        """Return whether `input != other`, element by element."""
    def neg(self) -> Tensor:
        """Return `-input`; NotImplementedError for booleans."""
    def neg_(self) -> Self:
        """Apply `neg` in place: write the result into the tensor, and return it."""
    def nelement(self) -> _int:
        """Return the number of elements."""
    def new(self, *data: Any, device: _Device | None = None) -> Tensor:
        """Return `Tensor(*data)` in this dtype; TypeError for a tensor of another one."""
    @overload
    def new_empty(
        self,
        *size: _int,
        dtype: _DType | None = None,
        device: _Device | None = None,
        requires_grad: _bool = False,
    ) -> Tensor:
        """Return `minigrad.empty(size)`, in this dtype unless another is given."""
    @overload
    def new_empty(
        self,
        size: _Size,
        *,
        dtype: _DType | None = None,
        device: _Device | None = None,
        requires_grad: _bool = False,
    ) -> Tensor: ...
    def new_full(
        self,
        size: _Size,
        fill_value: Tensor | _float,
        *,
        dtype: _DType | None = None,
        device: _Device | None = None,
        requires_grad: _bool = False,
    ) -> Tensor:
        """Return `minigrad.full(size, fill_value)`, in this dtype unless another is given."""
    @overload
    def new_ones(
        self,
        *size: _int,
        dtype: _DType | None = None,
        device: _Device | None = None,
        requires_grad: _bool = False,
    ) -> Tensor:
        """Return `minigrad.ones(size)`, in this dtype unless another is given."""
    @overload
    def new_ones(
        self,
        size: _Size,
        *,
        dtype: _DType | None = None,
        device: _Device | None = None,
        requires_grad: _bool = False,
    ) -> Tensor: ...
    def new_tensor(
        self,
        data: Any,
        *,
        dtype: _DType | None = None,
        device: _Device | None = None,
        requires_grad: _bool = False,
    ) -> Tensor:
        """Return `minigrad.tensor(data)`, in this dtype unless another is given."""
    @overload
    def new_zeros(
        self,
        *size: _int,
        dtype: _DType | None = None,
        device: _Device | None = None,
        requires_grad: _bool = False,
    ) -> Tensor:
        """Return `minigrad.zeros(size)`, in this dtype unless another is given."""
    @overload
    def new_zeros(
        self,
        size: _Size,
        *,
        dtype: _DType | None = None,
        device: _Device | None = None,
        requires_grad: _bool = False,
    ) -> Tensor: ...
    @overload
    def nonzero(self, *, as_tuple: Literal[False] = False) -> Tensor:
        """Return the indices of the nonzero elements (int64)."""
    @overload
    def nonzero(self, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]: ...
    def norm(
        self,
        p: _float | str = "fro",
        dim: _Dims | None = None,
        keepdim: _bool = False,
        *,
        dtype: _DType | None = None,
    ) -> Tensor:
        """Return the vector norm (sum |x|**p)**(1/p) over `dim`."""
    def normal_(
        self, mean: _float = 0.0, std: _float = 1.0, *, generator: Generator | None = None
    ) -> Self:
        """Return the tensor itself, changed in place, with every element drawn from a normal
        distribution.
        """
    def numel(self) -> _int:
        """Return the number of elements."""
    def numpy(self) -> npt.NDArray[Any]:
        """Return the values as an ndarray over the same memory; RuntimeError if it requires
        grad.
        """
    def outer(self, vec2: Tensor) -> Tensor:
        """Return the matrix of the products of two vectors' elements; RuntimeError for other
        ranks.
        """
    @overload
    def permute(self, *dims: _int) -> Tensor:
        """Return a view with the axes in the order `dims`; RuntimeError unless each is named
        once.
        """
    @overload
    def permute(self, dims: _Size) -> Tensor: ...
    def pow(self, exponent: _Operand) -> Tensor:
        """Return `input ** exponent`, broadcast; one of the two may be a number."""
    def pow_(self, exponent: _Operand) -> Self:
        """Apply `pow` in place: write the result into the tensor, and return it."""
    def prod(
        self, dim: _int | None = None, keepdim: _bool = False, *, dtype: _DType | None = None
    ) -> Tensor:
        """Return the product over one axis, or of all elements."""
    def random_(self, *bounds: _int, generator: Generator | None = None) -> Self:
        """Return the tensor itself, changed in place, with every element an integer of at least
        `from` (default 0) and below `to`.
        """
    def ravel(self) -> Tensor:
        """Return all elements along one axis, in their order: a view where memory allows it."""
    def reciprocal(self) -> Tensor:
        """Return 1 / x."""
    def reciprocal_(self) -> Self:
        """Apply `reciprocal` in place: write the result into the tensor, and return it."""
    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> HookHandle:
        """Call `hook(grad)` whenever a backward has computed this tensor's gradient."""
    def relu(self) -> Tensor:
        """Return max(x, 0)."""
    def relu_(self) -> Self:
        """Apply `relu` in place: write the result into the tensor, and return it."""
    def remainder(self, other: _Operand) -> Tensor:
        """Return `input - other * floor(input / other)`, which has the sign of `other`;
        RuntimeError where an integer is divided by 0.
        """
    def remainder_(self, other: _Operand) -> Self:
        """Apply `remainder` in place: write the result into the tensor, and return it."""
    @overload
    def repeat(self, *repeats: _int) -> Tensor:
        """Return a copy with the elements repeated `repeats[i]` times along axis i."""
    @overload
    def repeat(self, repeats: _Size) -> Tensor: ...
    def repeat_interleave(self, repeats: Tensor | _int, dim: _int | None = None) -> Tensor:
        """Repeat each slice along `dim`, or each element without `dim`, `repeats` times."""
    def requires_grad_(self, requires_grad: _bool = True) -> Self:
        """Set `requires_grad` and return the tensor."""
    @overload
    def reshape(self, *shape: _int) -> Tensor:
        """Return the same elements in another shape: a view where memory allows it."""
    @overload
    def reshape(self, shape: _Size) -> Tensor: ...
    def retain_grad(self) -> None:
        """Let `backward` fill `.grad` of this tensor even if it is not a leaf."""
    def roll(self, shifts: _Dims, dims: _Dims = ()) -> Tensor:
        """Shift the elements by `shifts` places along `dims`; those beyond the end enter at the
        start.
        """
    def round(self, *, decimals: _int = 0) -> Tensor:
        """Round `input` to `decimals` places (tens for -1), halves to the even neighbour."""
    def round_(self, *, decimals: _int = 0) -> Self:
        """Apply `round` in place: write the result into the tensor, and return it."""
    def rsqrt(self) -> Tensor:
        """Return 1 / sqrt(x)."""
    def rsqrt_(self) -> Self:
        """Apply `rsqrt` in place: write the result into the tensor, and return it."""
    def scatter(self, dim: _int, index: Tensor, src: Tensor | _float) -> Tensor:
        """Return `input` with the elements at `index` along `dim` replaced by `src`."""
    def scatter_(self, dim: _int, index: Tensor, src: Tensor | _float) -> Self:
        """Return the tensor itself, changed in place, with the elements at `index` along `dim`
        replaced by `src`.
        """
    def scatter_add(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """Return `input` with the elements of `src` added at `index` along `dim`."""
    def scatter_add_(self, dim: _int, index: Tensor, src: Tensor) -> Self:
        """Return the tensor itself, changed in place, with the elements of `src` added at
        `index` along `dim`.
        """
    def select(self, dim: _int, index: _int) -> Tensor:
        """Return a view of the slice at `index` along `dim`; IndexError if there is none."""
    def sigmoid(self) -> Tensor:
        """Return 1 / (1 + exp(-x))."""
    def sigmoid_(self) -> Self:
        """Apply `sigmoid` in place: write the result into the tensor, and return it."""
    def sign(self) -> Tensor:
        """Return -1, 0 or 1, and 0 for NaN; the gradient is 0."""
    def sin(self) -> Tensor:
        """Return the sine of an angle in radians."""
    def sin_(self) -> Self:
        """Apply `sin` in place: write the result into the tensor, and return it."""
    def sinh(self) -> Tensor:
        """Return the hyperbolic sine, (exp(x) - exp(-x)) / 2."""
    @overload
    def size(self, dim: None = None) -> _size:
        """Return the shape, or the length of the axis `dim`; IndexError if there is no such
        axis.
        """
    @overload
    def size(self, dim: _int) -> _int: ...
    def softmax(self, dim: _int, *, dtype: _DType | None = None) -> Tensor:
        """Return exp(x) / sum(exp(x)) over the axis `dim`, so that no exponential overflows."""
    def sort(self, dim: _int = -1, descending: _bool = False, *, stable: _bool = False) -> Extreme:
        """Return (values, indices), sorted along `dim`, ascending unless `descending`."""
    def split(self, split_size: _Dims, dim: _int = 0) -> tuple[Tensor, ...]:
        """Return views of consecutive slices along `dim`, of one length or of the given lengths."""
    def sqrt(self) -> Tensor:
        """Return the square root, NaN for negative numbers."""
    def sqrt_(self) -> Self:
        """Apply `sqrt` in place: write the result into the tensor, and return it."""
    def square(self) -> Tensor:
        """Return `input ** 2`."""
    def square_(self) -> Self:
        """Apply `square` in place: write the result into the tensor, and return it."""
    def squeeze(self, dim: _Dims | None = None) -> Tensor:
        """Return a view without the axes of length 1, or without those of them in `dim`."""
    def squeeze_(self, dim: _Dims | None = None) -> Self:
        """Apply `squeeze` in place: give the tensor another shape, and return it."""
    def std(
        self,
        dim: _Dims | _bool | None = None,
        unbiased: _bool | None = None,
        keepdim: _bool = False,
        *,
        correction: _float = 1,
    ) -> Tensor:
        """Return the standard deviation over `dim`, the root of `var`; its gradient at 0 is 0."""
    @overload
    def stride(self, dim: None = None) -> tuple[_int, ...]:
        """Return the step in memory, in elements, between neighbours along each axis or along
        `dim`.
        """
    @overload
    def stride(self, dim: _int) -> _int: ...
    def sub(self, other: _Operand, *, alpha: _float = 1) -> Tensor:
        """Return `input - alpha * other`, broadcast; `alpha` as for `add`."""
    def sub_(self, other: _Operand, *, alpha: _float = 1) -> Self:
        """Apply `sub` in place: write the result into the tensor, and return it."""
    def sum(
        self, dim: _Dims | None = None, keepdim: _bool = False, *, dtype: _DType | None = None
    ) -> Tensor:
        """Return the sum over `dim`; integers and booleans are summed as int64."""
    def swapaxes(self, axis0: _int, axis1: _int) -> Tensor:
        """Return a view with two axes swapped, as `transpose`."""
    def t(self) -> Tensor:
        """Return a matrix with its axes swapped, a vector or a number as it is."""
    def t_(self) -> Self:
        """Apply `t` in place: give the tensor another shape, and return it."""
    def tan(self) -> Tensor:
        """Return the tangent of an angle in radians."""
    def tanh(self) -> Tensor:
        """Return the hyperbolic tangent, sinh(x) / cosh(x)."""
    def tanh_(self) -> Self:
        """Apply `tanh` in place: write the result into the tensor, and return it."""
    @overload
    def to(
        self,
        dtype: _DType,
        non_blocking: _bool = False,
        copy: _bool = False,
        *,
        device: _Device | None = None,
    ) -> Tensor:
        """Return the tensor in another dtype: itself if it has that dtype and `copy` is false."""
    @overload
    def to(
        self,
        device: _Device | None = None,
        dtype: _DType | None = None,
        non_blocking: _bool = False,
        copy: _bool = False,
    ) -> Tensor: ...
    @overload
    def to(self, other: Tensor, /, non_blocking: _bool = False, copy: _bool = False) -> Tensor: ...
    def tolist(self) -> Any:
        """Return the values as nested Python lists, those of a 0-d tensor as a number."""
    def topk(self, k: _int, dim: _int = -1, largest: _bool = True, sorted: _bool = True) -> Extreme:
        """Return the pair (values, indices) of the `k` largest (or smallest) along `dim`, in
        order.
        """
    def trace(self) -> Tensor:
        """Return the sum of the diagonal of a matrix; RuntimeError for another rank."""
    def transpose(self, dim0: _int, dim1: _int) -> Tensor:
        """Return a view with two axes swapped."""
    def transpose_(self, dim0: _int, dim1: _int) -> Self:
        """Apply `transpose` in place: give the tensor another shape, and return it."""
    def tril(self, diagonal: _int = 0) -> Tensor:
        """Return the lower triangle of the last two axes, up to the given diagonal; zeros above."""
    def tril_(self, diagonal: _int = 0) -> Self:
        """Apply `tril` in place: write the result into the tensor, and return it."""
    def triu(self, diagonal: _int = 0) -> Tensor:
        """Return the upper triangle of the last two axes, from the given diagonal on; zeros
        below.
        """
    def triu_(self, diagonal: _int = 0) -> Self:
        """Apply `triu` in place: write the result into the tensor, and return it."""
    @overload
    def type(self, dtype: None = None) -> str:
        """Return the tensor in another dtype, or without one the name of its own type in
        PyTorch.
        """
    @overload
    def type(self, dtype: _DType) -> Tensor: ...
    def type_as(self, other: Tensor) -> Tensor:
        """Return the tensor in the dtype of `other`."""
    def unbind(self, dim: _int = 0) -> tuple[Tensor, ...]:
        """Return a tuple of views of the slices along `dim`; IndexError for a 0-d tensor."""
    def unflatten(self, dim: _int, sizes: _Size) -> Tensor:
        """Split the axis `dim` into axes of lengths `sizes`, one of which may be -1."""
    def uniform_(
        self, low: _float = 0.0, high: _float = 1.0, *, generator: Generator | None = None
    ) -> Self:
        """Return the tensor itself, changed in place, with every element drawn uniformly from
        [low, high).
        """
    @overload
    def unique(self, sorted: _bool = True) -> Tensor:
        """Return the distinct values in order and, on request, the inverse indices and the
        counts.
        """
    @overload
    def unique(
        self,
        sorted: _bool = True,
        return_inverse: _bool = False,
        return_counts: _bool = False,
        dim: _int | None = None,
    ) -> Any: ...
    def unsqueeze(self, dim: _int) -> Tensor:
        """Return a view with a new axis of length 1 at `dim`."""
    def unsqueeze_(self, dim: _int) -> Self:
        """Apply `unsqueeze` in place: give the tensor another shape, and return it."""
    def var(
        self,
        dim: _Dims | _bool | None = None,
        unbiased: _bool | None = None,
        keepdim: _bool = False,
        *,
        correction: _float = 1,
    ) -> Tensor:
        """Return the variance over `dim`: the sum of squared deviations over n - `correction`."""
    @overload
    def view(self, *size: _int) -> Tensor:
        """Return `reshape(input, size)`, but never a copy; RuntimeError where it would need one."""
    @overload
    def view(self, size: _Size) -> Tensor: ...
    def view_as(self, other: Tensor) -> Tensor:
        """Return a view of the shape of `other`."""
    def where(self, condition: Tensor, other: _Operand) -> Tensor:
        """Return the tensor where the boolean `condition` is true, else `other`."""
    def zero_(self) -> Self:
        """Return the tensor itself, changed in place, with every element replaced by 0."""

    # What Python calls

    def __abs__(self) -> Tensor: ...
    def __add__(self, other: _Operand) -> Tensor: ...
    def __and__(self, other: _Operand) -> Tensor: ...
    def __array__(self, dtype: _DType | None = None, copy: Any = None) -> npt.NDArray[Any]: ...
    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any: ...
    def __array_ufunc__(self, ufunc: Any, method: Any, *inputs: Any, **kwargs: Any) -> Any: ...
    def __bool__(self) -> _bool: ...
    def __contains__(self, element: Any) -> _bool: ...
    def __copy__(self) -> Tensor: ...
    def __deepcopy__(self, memo: Any) -> Tensor: ...
    def __eq__(self, other: object) -> Tensor: ...  # type: ignore[override]
    def __float__(self) -> _float: ...
    def __floordiv__(self, other: _Operand) -> Tensor: ...
    def __format__(self, spec: Any) -> str: ...
    def __ge__(self, other: _Operand) -> Tensor: ...  # type: ignore[misc]
    def __getitem__(self, index: Any) -> Tensor: ...
    def __gt__(self, other: _Operand) -> Tensor: ...  # type: ignore[misc]
    def __hash__(self) -> _int: ...
    def __iadd__(self, other: _Operand) -> Self: ...
    def __iand__(self, other: _Operand) -> Self: ...
    def __ifloordiv__(self, other: _Operand) -> Self: ...
    def __imod__(self, other: _Operand) -> Self: ...
    def __imul__(self, other: _Operand) -> Self: ...
    def __index__(self) -> _int: ...
    def __init__(
        self, *data: Any, device: _Device | None = None, dtype: _DType | None = None
    ) -> None: ...
    def __int__(self) -> _int: ...
    def __invert__(self) -> Tensor: ...
    def __ior__(self, other: _Operand) -> Self: ...
    def __ipow__(self, exponent: _Operand) -> Self: ...
    def __isub__(self, other: _Operand) -> Self: ...
    def __iter__(self) -> Iterator[Tensor]: ...
    def __itruediv__(self, other: _Operand) -> Self: ...
    def __ixor__(self, other: _Operand) -> Self: ...
    def __le__(self, other: _Operand) -> Tensor: ...  # type: ignore[misc]
    def __len__(self) -> _int: ...
    def __lt__(self, other: _Operand) -> Tensor: ...  # type: ignore[misc]
    def __matmul__(self, other: Tensor) -> Tensor: ...
    def __mod__(self, other: _Operand) -> Tensor: ...
    def __mul__(self, other: _Operand) -> Tensor: ...
    def __ne__(self, other: object) -> Tensor: ...  # type: ignore[override]
    def __neg__(self) -> Tensor: ...
    def __or__(self, other: _Operand) -> Tensor: ...
    def __pos__(self) -> Tensor: ...
    def __pow__(self, exponent: _Operand) -> Tensor: ...
    def __radd__(self, other: _Operand) -> Tensor: ...
    def __rand__(self, other: _Operand) -> Tensor: ...
    def __reduce_ex__(self, protocol: Any) -> NoReturn: ...
    def __reversed__(self) -> Tensor: ...
    def __rfloordiv__(self, other: _Operand) -> Tensor: ...
    def __rmod__(self, other: _Operand) -> Tensor: ...
    def __rmul__(self, other: _Operand) -> Tensor: ...
    def __ror__(self, other: _Operand) -> Tensor: ...
    def __rpow__(self, other: _Operand) -> Tensor: ...
    def __rsub__(self, other: _Operand) -> Tensor: ...
    def __rtruediv__(self, other: _Operand) -> Tensor: ...
    def __rxor__(self, other: _Operand) -> Tensor: ...
    def __setitem__(self, index: Any, value: Any) -> None: ...
    def __sub__(self, other: _Operand) -> Tensor: ...
    def __truediv__(self, other: _Operand) -> Tensor: ...
    def __xor__(self, other: _Operand) -> Tensor: ...

def wrap(array: Any, node: Node | None = None) -> Tensor:
    """Make a Tensor over `array` itself, at `node` in the graph."""
