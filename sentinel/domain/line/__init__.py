"""A line: its versions, the aliases that point at them, and who or what holds it still."""
