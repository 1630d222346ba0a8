"""Scores: what a model answers to the documents of a set, and how good that is."""
