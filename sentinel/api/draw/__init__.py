"""What the daemon tells, drawn: the same for the command line and for the terminal interface."""
