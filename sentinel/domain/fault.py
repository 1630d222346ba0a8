"""One thing wrong in a file that a user wrote."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, where, and what to do. `at` is the path inside the file until a position is known."""

    code: str
    what: str
    todo: str
    file: str = ""
    line: int = 0
    column: int = 0
    at: tuple[str | int, ...] = ()
    key: bool = False
    """Whether the fault is with the key itself rather than with the value that it holds."""
    warning: bool = False

    def placed(self, file: str, line: int, column: int) -> "Fault":
        """The same fault at a place in a file; lines and columns count from one."""
        return replace(self, file=file, line=line, column=column)

    def __str__(self) -> str:
        """One line, as compilers write them, so that editors can jump to it."""
        place = f"{self.file}:{self.line}:{self.column}: " if self.line else (f"{self.file}: " if self.file else "")
        return f"{place}{self.code}: {self.what} {self.todo}".rstrip()


def in_order(faults: list[Fault]) -> list[Fault]:
    """Faults as a reader meets them: by file, line and column, each once."""
    return sorted(set(faults), key=lambda fault: (fault.file, fault.line, fault.column, fault.code, fault.what))
