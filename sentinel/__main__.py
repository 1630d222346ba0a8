"""`python -m sentinel`, and the `sentinel` command."""

import sys

from sentinel.bootstrap import command


def main() -> int:
    """Do what the command line says, and give the exit status."""
    return command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
