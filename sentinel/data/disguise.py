"""What a file is by its first bytes, whatever its name says: a zip named .jsonl holds no line of JSON."""

from pathlib import Path

from sentinel.data.rows import NotRows

LINES, CSV, PARQUET = "jsonl", "csv", "parquet"
SUFFIXES = {
    ".jsonl": LINES, ".ndjson": LINES, ".json": LINES, ".csv": CSV, ".parquet": PARQUET,
}  # fmt: skip
_MARKS = {
    b"PK\x03\x04": "a zip archive", b"PK\x05\x06": "a zip archive", b"\x1f\x8b": "compressed by gzip",
    b"BZh": "compressed by bzip2", b"\xfd7zXZ\x00": "compressed by xz", b"\x28\xb5\x2f\xfd": "compressed by zstd",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive", b"Rar!": "a rar archive", b"PAR1": "parquet", b"ARROW1": "an Arrow file",
    b"SQLite format 3\x00": "an SQLite database", b"%PDF": "a PDF", b"\x89HDF": "an HDF5 file",
    b"\x80\x03": "a pickle", b"\x80\x04": "a pickle", b"\x80\x05": "a pickle", b"\x93NUMPY": "a numpy array",
    b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16",
}  # fmt: skip
_TODO = {
    "a zip archive": "Unpack it", "compressed by gzip": "Unpack it", "compressed by bzip2": "Unpack it",
    "compressed by xz": "Unpack it", "compressed by zstd": "Unpack it", "a 7z archive": "Unpack it",
    "a rar archive": "Unpack it", "parquet": "Call it .parquet", "UTF-16": "Save it as UTF-8",
}  # fmt: skip
_HEAD = 4096


def format_of(name: str, told: str | None = None) -> str:
    """How a file of this name is to be read."""
    found = told or SUFFIXES.get(Path(name).suffix.lower())
    if found is None:
        raise NotRows(f"{name} is none of {', '.join(SUFFIXES)}; say with `as:` how it is to be read.")
    return found


def unmask(file: Path, name: str, form: str) -> None:
    """Refuse a file that is not what it is to be read as."""
    with file.open("rb") as handle:
        head = handle.read(_HEAD)
    if form == PARQUET:
        if head[:4] != b"PAR1":
            raise NotRows(f"{name} is no parquet file: it does not begin as one.")
        return
    told = next((says for mark, says in _MARKS.items() if head.startswith(mark)), None)
    if told is None and len(head) > 3 and head[1::2].count(0) > len(head) // 4:
        told = "UTF-16"
    if told is not None:
        noun = "lines of JSON" if form == LINES else "CSV"
        raise NotRows(f"{name} is {told}, whatever its name says, and no {noun}. {_TODO.get(told, 'Export it')} first.")
