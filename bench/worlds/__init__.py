"""Worlds that are played through many times, to see how often a rule is wrong: for tables, and for bounds in tests."""
