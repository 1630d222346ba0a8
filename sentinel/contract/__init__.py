"""What steps, gates and triggers promise: kinds and forms, ports, the registry, the wiring check, attempt and result."""
