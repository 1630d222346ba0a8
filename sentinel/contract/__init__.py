"""What steps, gates and triggers promise: kinds, forms and ports, the registry, the wiring check, the attempt's files."""
