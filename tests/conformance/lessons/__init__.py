"""The lessons' models and loops, from the same weights on the same batches in PyTorch: the same losses."""
