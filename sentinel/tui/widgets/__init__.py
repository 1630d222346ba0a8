"""What screens are made of: tables, pages, plots, lines of names. None of them knows what it shows."""
