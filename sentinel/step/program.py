"""Program: what a node's own program does with the artifacts on its ports."""

from sentinel.contract.at import At
from sentinel.contract.registry import step
from sentinel.contract.scalars import Flag, Name, Text


@step("program", open_ports=True, reads=("world",))
def program(at: At, *, run: Name, args: tuple[Text, ...] = (), pure: Flag = False) -> None:
    """Runs a program that the node's configuration allows, with `$IN/<port>` to read and `$OUT/<port>` to write.

    It may read anything, so its result is never reused, unless `pure: true` promises that it reads its ports alone.

    This function carries the promise; the worker itself starts the program, since it owns the log and the lock.
    """
