"""Training: transformers' Trainer takes the steps, and what it lacks stands here."""
