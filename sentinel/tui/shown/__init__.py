"""What answers look like: rows, lines and sentences made of them, with nothing asked and nothing drawn."""
