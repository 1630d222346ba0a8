"""The child process that runs one attempt, and the warm fork server that makes such children in milliseconds."""
