"""Where minigrad differs from PyTorch on purpose: sentences of DIFFERENCES.md, and what tests let pass."""

import re

# Sentence: the names it is about, as a pattern of what stands after `minigrad.`.
OF_THE_WHOLE = {
    "There is one device, the CPU; any other is a RuntimeError.": (
        r"device|[gs]et_default_device|Tensor\.device|(nn\.Module|Tensor)\.(to|cuda)"
    ),
    "A dtype is NumPy's own object, one of float32, float64, int64, int32, uint8 and bool.": (
        r"Tensor\.dtype|float(32|64)?|double|int(32|64)?|long|uint8|bool"
    ),
    "`x.shape` prints as the tuple that it is: `(2, 3)`.": r"Size|Tensor\.(shape|size)",
    "Random numbers are NumPy's: a seed makes a run repeatable, but gives other numbers than in PyTorch.": (
        r"rand(n|int|perm)?(_like)?|normal|bernoulli|multinomial|(manual_|initial_)?seed|Generator|default_generator"
        r"|[gs]et_rng_state|Tensor\.(uniform|normal|bernoulli|exponential|random)_|nn\.(functional\.d|D)ropout\w*"
        r"|nn\.init\.(kaiming|xavier|trunc|normal|uniform|orthogonal)\w*|utils\.data\.(DataLoader|\w*[rR]andom\w*)"
    ),
    "Tensors are not pickled; `save` writes an `.npz` file, which holds no code.": r"save|load",
    "What was computed in inference mode is an ordinary tensor afterwards.": r"inference_mode",
    "Losses refuse an input and a target of different shapes, where PyTorch warns and broadcasts them.": (
        r"nn\.functional\.(mse|l1|smooth_l1|huber|gaussian_nll)_loss|nn\.functional\.kl_div"
        r"|nn\.(MSE|L1|SmoothL1|Huber|GaussianNLL|KLDiv)Loss"
    ),
    "`nn.TransformerEncoder` computes what stands at padding, where PyTorch without gradients may give 0.": (
        r"nn\.TransformerEncoder"
    ),
    "minigrad refuses by name what it does not have.": r"distributions\.(Independent|MultivariateNormal)",
    "Options that only make PyTorch faster (`num_workers`, `pin_memory`, `non_blocking`, `foreach`, `fused`, "
    "`vectorize`, `fast_mode`, those of `compile`) are taken, and change nothing.": (
        r"compile|utils\.data\.DataLoader|optim\.(Ada\w+|RMSprop|SGD)|nn\.utils\.clip_grad_\w+"
        r"|Tensor\.(copy_|to)|autograd\.functional\.(jacobian|hessian)"
    ),
    "A number that its dtype cannot hold is refused, such as -1 as uint8, where PyTorch wraps it.": (
        r"(as_)?tensor|full(_like)?|(Tensor\.)?(masked_fill|index_fill|scatter)"
        r"|Tensor\.(new_tensor|new_full|fill_|masked_fill_|index_fill_|scatter_)"
    ),
}

# Sentences about backward; test_aliases_against_torch.py shows each.
OF_GRAPHS = [
    "In place with itself, as in `y *= y`, a tensor has its gradient, where PyTorch's backward raises.",
    "A write through `x.data` between forward and backward is an error if backward reads the old values; PyTorch reads "
    "the new ones.",
    "A second backward through a graph that was freed is an error also where PyTorch has kept all that it needs, as "
    "after `x + 1`.",
    "`autograd.detect_anomaly` raises at the first operation, forward or back, that makes a NaN or an infinity; "
    "PyTorch raises at a NaN in backward.",
    "Under `create_graph` the gradient of ReLU and its kin has no graph if it depends on no tensor; PyTorch gives one "
    "of zeros.",
]

# Sentence: the parameters it is about.
OF_SIGNATURES = {
    "`gradcheck` and `gradgradcheck` compute in float64 only, and are stricter by default: `eps=1e-6`, `atol=1e-7`, "
    "`rtol=1e-6`.": [
        "minigrad.autograd.gradcheck(eps)",
        "minigrad.autograd.gradcheck(atol)",
        "minigrad.autograd.gradcheck(rtol)",
        "minigrad.autograd.gradgradcheck(eps)",
        "minigrad.autograd.gradgradcheck(atol)",
        "minigrad.autograd.gradgradcheck(rtol)",
    ],
    "`Tensor.uniform_` calls its bounds `low` and `high`, because PyTorch's `from` is a word of Python's.": [
        "minigrad.Tensor.uniform_(low)",
        "minigrad.Tensor.uniform_(high)",
    ],
}

_VALUE = r"(-?[\d.]+|nan|-?inf|True|False)"  # a number of Python's, as it prints
_NUMPY = r"(array\(.*\)|np\.True_|np\.\w+\(.*\))"
_TENSOR = r"(float|u?int|bool)\d* \(.*\)"
_A_NUMBER = rf".* = {_VALUE}: PyTorch raises TypeError .*we give"

# Sentence: what it lets pass, of texts "function: argument = wrong value: what was found".
OF_ARGUMENTS = {
    "NumPy's scalars and arrays count as numbers and tensors in arithmetic, in comparisons and wherever a number is "
    "meant.": [
        rf": .* = {_NUMPY}: (PyTorch raises \w+ |a tensor instead of (NotImplemented|True|False)"
        "|float32 instead of torch.float64)",
    ],
    "`maximum`, `minimum` and the logical functions of two take numbers for tensors, because `np.maximum(t, 0)` calls "
    "them.": [
        rf"^(maximum|minimum|logical_(and|or|xor)): {_A_NUMBER}",
    ],
    "A comparison also takes a number on the left, or two numbers.": [
        rf"^(eq|ne|lt|le|gt|ge): {_A_NUMBER}",
    ],
    "A bitwise function also takes two numbers.": [
        rf"^bitwise_(and|or|xor): {_A_NUMBER}",
    ],
    "`clamp` takes a number as one bound and a tensor as the other.": [
        rf"^(clamp_?|clip_?): {_A_NUMBER}",
    ],
    "`None` stands for what may be left out.": [
        r"^(max|min|median|prod|squeeze_?|eye): .* = None: PyTorch raises TypeError",
    ],
    "`keepdim` needs no `dim`: without it all axes are kept, as in NumPy.": [
        r"^(sum|mean|prod|max|min|std|var|median): keepdim = .*: PyTorch raises TypeError",
    ],
    "`std`, `var`, `sort` and `argsort` take in one call what PyTorch spreads over overloads that exclude each "
    "other.": [
        r"^(std|var): (dim|unbiased|correction) = .*: PyTorch raises TypeError .*(invalid combination|takes from)",
        r"^(sort|argsort): stable = (True|False): PyTorch raises TypeError .*(invalid combination|takes from)",
    ],
    "A boolean is no integer: where PyTorch takes `True` for 1 in sizes and axes, minigrad raises TypeError.": [
        r" = True: PyTorch raises RuntimeError .*, we TypeError",
    ],
    "A number is no tensor: where an option is a number and PyTorch fails in the middle of computing with a tensor "
    "instead, minigrad raises TypeError.": [
        rf"= {_TENSOR}: PyTorch raises (Runtime|Value)Error .*, we TypeError: .* must be (a number|an integer)",
    ],
    "`backward` takes for `retain_graph` any integer that `bool()` takes.": [
        r"^backward: retain_graph = .*: PyTorch raises OverflowError",
    ],
    "`round(x, decimals=0)` of integers is `x`.": [
        r'^round_?: .*: PyTorch raises NotImplementedError \("round_vml_cpu"',
    ],
    "`nn.utils.clip_grad_value_` does nothing where there are no gradients, as `clip_grad_norm_`.": [
        r"^nn\.utils\.clip_grad_value_: .*: PyTorch raises RuntimeError \(Expected !nested_tensorlist",
    ],
    "`addmm` multiplies by `alpha` last: an infinite `alpha` gives infinities where PyTorch gives NaN.": [
        r"^addmm: alpha = (nan|-?inf): values ",
    ],
    "The p-norm of one number is its absolute value, also where the power is infinite in PyTorch.": [
        r"^(cdist|norm): argument [12] = \d+: values .* instead of .*inf",
    ],
    "A uint8 mask, which both take for a boolean one, can be assigned a number at too.": [
        r"^__setitem__: argument 1 = uint8 .*: PyTorch raises RuntimeError \(masked_fill_ only",
    ],
}

# What is refused: the samples of PyTorch's database of operators that all ask for it.
REFUSED = {
    "`memory_format` of `Tensor.to`": ["to"],
    "`return_indices` of `nn.functional.max_pool1d` and `nn.functional.max_pool2d`": [
        "nn_functional_max_pool1d",
        "nn_functional_max_pool2d",
    ],
    "A mode of `nn.functional.interpolate` or `nn.Upsample` that is neither nearest nor linear": [
        "nn_functional_interpolate_area",
        "nn_functional_interpolate_bicubic",
        "nn_functional_interpolate_lanczos",
        "nn_functional_interpolate_nearest-exact",
        "nn_functional_interpolate_trilinear",
    ],
    "The nuclear norm, `norm(input, 'nuc')`": ["norm_nuc"],
    "A mode of `nn.functional.pad` that continues by neither constants nor reflections": [
        "nn_functional_pad_circular",
        "nn_functional_pad_replicate",
        "nn_functional_pad_replicate_negative",
    ],
}

# Arguments that are refused unless they have PyTorch's default, and the functions.
CREATING = """
    arange empty empty_like eye full full_like linspace normal ones ones_like rand rand_like randint randn randn_like
    randperm tril_indices triu_indices zeros zeros_like Tensor.new_empty Tensor.new_full Tensor.new_ones
    Tensor.new_zeros
"""
COPYING = """
    clone empty empty_like full_like ones_like rand_like randn_like zeros_like Tensor.bool Tensor.byte Tensor.clone
    Tensor.contiguous Tensor.cpu Tensor.double Tensor.float Tensor.int Tensor.is_contiguous Tensor.long
"""
REFUSED_ARGUMENTS = (
    ("layout", CREATING),
    ("memory_format", COPYING),
    ("implicit", "Tensor.expand"),
    ("dtype", "Tensor.view"),
    ("out_dtype", "addmm bmm mm Tensor.addmm Tensor.bmm Tensor.mm"),
    ("output_size", "repeat_interleave Tensor.repeat_interleave"),
    ("reduce", "scatter Tensor.scatter Tensor.scatter_"),
    ("sparse_grad", "gather Tensor.gather"),
    ("pickle_module", "load save"),
    ("pickle_protocol", "save"),
    ("grad_variables", "autograd.backward"),
    ("is_grads_batched", "autograd.grad"),
    ("strategy", "autograd.functional.jacobian"),
    ("outer_jacobian_strategy", "autograd.functional.hessian"),
    (
        "check_batched_grad check_grad_dtypes check_undefined_grad masked nondet_tol",
        "autograd.gradcheck autograd.gradgradcheck",
    ),
    ("check_backward_ad check_batched_forward_grad check_forward_ad", "autograd.gradcheck"),
    ("check_fwd_over_rev check_rev_over_rev gen_non_contig_grad_outputs", "autograd.gradgradcheck"),
    ("capturable", "optim.Adadelta optim.Adam optim.AdamW optim.RMSprop"),
    ("differentiable", "optim.Adadelta optim.Adagrad optim.Adam optim.AdamW optim.RMSprop optim.SGD"),
    ("decoupled_weight_decay", "optim.Adam"),
    ("padding_mode", "nn.Conv1d nn.Conv2d nn.LazyConv2d"),
    ("return_indices", "nn.MaxPool1d nn.MaxPool2d"),
    ("antialias", "nn.functional.interpolate"),
    ("enable_gqa", "nn.functional.scaled_dot_product_attention"),
    ("always_call", "nn.Module.register_forward_hook"),
    ("assign", "nn.Module.load_state_dict"),
    ("max_norm norm_type scale_grad_by_freq sparse", "nn.Embedding nn.functional.embedding"),
)


def _listed(names):
    *first, last = (f"`{name}`" for name in names.split())
    return f"{', '.join(first)} and {last}" if first else last


REFUSALS = [
    *REFUSED,
    "`out` of all functions",
    *(f"{_listed(arguments)} of {_listed(functions)}" for arguments, functions in REFUSED_ARGUMENTS),
    "A function as `backend` of `compile`",
]
SENTENCES = [*OF_THE_WHOLE, *OF_GRAPHS, *OF_SIGNATURES, *OF_ARGUMENTS]
PARAMETERS = {parameter for parameters in OF_SIGNATURES.values() for parameter in parameters}
ON_PURPOSE = [re.compile(pattern, re.DOTALL) for patterns in OF_ARGUMENTS.values() for pattern in patterns]

# How functions call themselves in their errors where that is not their name, and layers the function behind them.
ALSO_CALLED = {
    "true_divide": ["div"],
    "truediv": ["div"],
    "floordiv": ["floor_divide"],
    "mod": ["remainder"],
    "and": ["bitwise_and"],
    "or": ["bitwise_or"],
    "xor": ["bitwise_xor"],
    "contains": ["`in` a tensor", "eq"],
    "getitem": ["index of a tensor"],
    "setitem": ["assignment", "index of a tensor"],
    "BatchNorm1d": ["batch_norm"],
    "BatchNorm2d": ["batch_norm"],
    "Conv1d": ["conv1d"],
    "LazyConv2d": ["conv2d", "Conv2d.forward"],  # which it has become
    "Conv2d": ["conv2d"],
    "ConvTranspose2d": ["conv_transpose2d"],
    "MaxPool1d": ["max_pool1d"],
    "AvgPool1d": ["avg_pool1d"],
    "AdaptiveAvgPool1d": ["adaptive_avg_pool1d"],
    "GroupNorm": ["group_norm"],
    "PReLU": ["prelu"],
    "ReflectionPad2d": ["pad"],
    "RMSNorm": ["rms_norm"],
    "MaxPool2d": ["max_pool2d"],
    "AvgPool2d": ["avg_pool2d"],
    "AdaptiveAvgPool2d": ["adaptive_avg_pool2d"],
    "LayerNorm": ["layer_norm"],
    "LeakyReLU": ["leaky_relu"],
    "LogSoftmax": ["log_softmax"],
    "MultiheadAttention": ["scaled_dot_product_attention", "linear"],
    "TransformerEncoderLayer": ["MultiheadAttention", "LayerNorm", "layer_norm", "linear"],
    "TransformerDecoderLayer": ["MultiheadAttention", "LayerNorm", "layer_norm", "linear"],
    "MSELoss": ["mse_loss"],
    "L1Loss": ["l1_loss"],
    "SmoothL1Loss": ["smooth_l1_loss"],
    "HuberLoss": ["huber_loss"],
    "KLDivLoss": ["kl_div"],
    "GaussianNLLLoss": ["gaussian_nll_loss"],
    "BCELoss": ["binary_cross_entropy"],
    "BCEWithLogitsLoss": ["binary_cross_entropy_with_logits"],
    "NLLLoss": ["nll_loss"],
    "CrossEntropyLoss": ["cross_entropy"],
    **{name: [name.lower()] for name in ("ReLU6", "SELU", "SiLU")},
}
NAMED_IN_SMALL_LETTERS = """
    Dropout ELU Embedding Flatten GELU Linear LogSigmoid ReLU Sigmoid Softmax Softplus Tanh Unflatten
""".split()
ALSO_CALLED |= {name: [name.lower()] for name in NAMED_IN_SMALL_LETTERS}
