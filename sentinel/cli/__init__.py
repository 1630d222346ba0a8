"""The command line: a verb each, that asks the daemon, or `here` where none is needed."""
