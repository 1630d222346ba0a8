"""What steps do: one file per step type, thin and typed. Workers call them; the daemon reads what they promise."""
