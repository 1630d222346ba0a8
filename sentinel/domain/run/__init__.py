"""One execution of a plan: its steps and attempts, what may happen to them next, and what has happened."""
