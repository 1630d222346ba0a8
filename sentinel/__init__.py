"""Sentinel keeps a language model honest against a world that moves."""

__version__ = "0.1.0"
