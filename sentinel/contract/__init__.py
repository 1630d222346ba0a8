"""What steps, checks and triggers promise: kinds and forms, ports, the registry, wiring, the files of an attempt."""
