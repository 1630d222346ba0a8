"""Plain functions over data: who is next, what fits, when again."""
