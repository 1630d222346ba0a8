"""What happens to weights: load and save, train, prune, score, fold, package. torch lives here."""
