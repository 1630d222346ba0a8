"""The screens: a file each, found by its name; a new one needs nothing but its file."""
