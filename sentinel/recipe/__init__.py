"""YAML in, Plan out: guard, loader, models, checker and compiler; faults get their file, line and column here."""
