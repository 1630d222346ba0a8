"""A smaller model from a larger: what matters least is measured, cut out for good, and the rest is healed."""
