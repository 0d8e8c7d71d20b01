"""The core of minigrad, to read in an evening: all that a training step needs, and no more.

Read the files in this order. After each you know

1. `tensor.py`    what a Tensor is: an array, its gradient, and a node of a graph;
2. `record.py`    how an operation on tensors is recorded there, with its gradient rules;
3. `rules.py`     the rules of the operations that most others are made of;
4. `backward.py`  how the walk back applies the chain rule, and fills `.grad`;
5. `module.py`    how a model finds its parameters;
6. `layers.py`    what Linear, ReLU, Softmax and CrossEntropyLoss compute;
7. `optim.py`     how SGD, Momentum and Adam change the parameters.

(`quiet.py` keeps NumPy from warning.) Around it, `kernels` puts faster functions in the place of
those marked `@replaceable`; `ops`, `nn`, `optim` and `autograd` add PyTorch's other names, options
and errors, and widen these classes (`extension.py`) by methods that check more.
"""
