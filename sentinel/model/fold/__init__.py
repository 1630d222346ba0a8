"""Folding: adapters into base weights, tensor by tensor, with no more in memory than one of them."""
