"""Tensors in, tensors out: the network, its losses, and the file that a prediction loads.

Nothing here is imported eagerly: `head` is read by a command's help; `checkpoint` and `card` need no torch; networks,
losses and `export` do.
"""
