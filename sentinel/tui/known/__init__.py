"""What is known by now, and how it becomes known: what is asked, what is heard, what is kept of it."""
