"""What happens to rows: reports, profiles, sides. polars and numpy, no torch."""
