"""What a gate asks of a candidate: one file per check."""
