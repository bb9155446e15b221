"""Bytes of a file, unpacked as its first bytes say, and never more of them than fit."""

import bz2
import gzip
import lzma
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from ..errors import TableError

RATIO = 200  # bytes out for each byte read, from which a file is taken for one that expands without end
HARMLESS = 1 << 28  # bytes out up to which any ratio will do
PIECE = 1 << 22
OPENERS: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}
ZSTANDARD = b"\x28\xb5\x2f\xfd"
ZIP = b"PK\x03\x04"
ENDINGS = (".gz", ".bz2", ".xz", ".zip", ".zst")
FAULTS = (
    OSError,
    EOFError,
    ValueError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
)


class TooLargeError(Exception):
    """A packed file holds more than fits into memory; it is no fault of the file."""


def start(path: Path, size: int = 512) -> bytes:
    """The first bytes of a file, as they lie there."""
    with path.open("rb") as file:
        return file.read(size)


def is_packed(head: bytes) -> bool:
    """Whether the first bytes are those of gzip, bzip2, xz, zstandard or zip."""
    return any(head.startswith(magic) for magic in (*OPENERS, ZSTANDARD, ZIP))


def content(path: Path, most: int | None = None) -> bytes:
    """The content of a file, unpacked.

    Args:
        path: the file.
        most: bytes that fit; half of the free memory when nothing is said.

    Raises:
        TableError: for an empty or broken file, and for one that expands without end.
        TooLargeError: where more than `most` bytes would come out.
    """
    head = start(path, 16)
    if not head:
        raise TableError(f"{path} is empty (0 bytes): put the table there or remove the file.")
    if not is_packed(head):
        return path.read_bytes()
    try:
        with path.open("rb") as source, opened(path, source, head) as stream:
            raw = _drain(path, stream, source, most or free_memory() // 2)
    except FAULTS as error:
        raise TableError(f"{path} is packed but broken ({error}): make or download it again.") from error
    if not raw.strip():
        raise TableError(f"{path} is empty once unpacked: put the table there or remove the file.")
    return raw


def opened(path: Path, source: IO[bytes], head: bytes) -> IO[bytes]:
    """The unpacked content as a stream that reads from `source`, the open file; `head` are its first bytes."""
    opener = next((open_ for magic, open_ in OPENERS.items() if head.startswith(magic)), None)
    if opener is not None:
        stream: IO[bytes] = opener(source, "rb")
        return stream
    if head.startswith(ZSTANDARD):
        import pyarrow as pa

        unpacked: IO[bytes] = pa.input_stream(source, compression="zstd")
        return unpacked
    archive = zipfile.ZipFile(source)
    names = [n for n in archive.namelist() if is_content(n)]
    if len(names) != 1:
        raise TableError(f"{path} is an archive of {len(names)} files, not one table: name one, as {path}/TABLE.csv.")
    return archive.open(names[0])


def is_content(name: str) -> bool:
    """Whether a member of an archive is more than a folder or a leftover of the system that packed it."""
    last = name.rstrip("/").rpartition("/")[2]
    return not (name.endswith("/") or name.startswith("__MACOSX") or last.startswith("._") or last == ".DS_Store")


def _drain(path: Path, stream: IO[bytes], source: IO[bytes], most: int) -> bytes:
    """All bytes of a stream, counted as they come: what a header says of its size is not trusted."""
    pieces: list[bytes] = []
    size = 0
    while piece := stream.read(PIECE):
        size += len(piece)
        refuse_endless(path, size, source.tell())
        if size > most:
            raise TooLargeError(f"{path} holds more than {most:,} bytes once unpacked")
        pieces.append(piece)
    return b"".join(pieces)


def refuse_endless(path: Path, size: int, read: int) -> None:
    """Raise TableError where far more came out of the bytes read so far than an honest file holds."""
    if size > HARMLESS and size > RATIO * read:
        raise TableError(
            f"{path} expands without end ({size:,} bytes out of the first {read:,}, more than {RATIO} for one): it was "
            "not unpacked; check where it comes from, or unpack it by hand."
        )


def ending(path: Path) -> str:
    """The ending that says what the content is: ".csv" for train.csv, train.csv.gz and train.CSV."""
    name = path.name.lower()
    stem, _, last = name.rpartition(".")
    return Path(stem).suffix if f".{last}" in ENDINGS else Path(name).suffix


def free_memory() -> int:
    """Bytes of memory that this process may still use; a container's limit counts too."""
    import psutil

    free = int(psutil.virtual_memory().available)
    for limit, used in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        if os.path.exists(limit) and os.path.exists(used):  # noqa: PTH110 - may not be readable
            try:
                free = min(free, max(0, int(Path(limit).read_text()) - int(Path(used).read_text())))
            except (OSError, ValueError):  # "max": no limit
                continue
    return free
