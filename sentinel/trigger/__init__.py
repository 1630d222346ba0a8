"""When a recipe runs: one file per trigger."""
