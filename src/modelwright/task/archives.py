"""Archives unpacked into a cache outside the task folder: nothing climbs out of it, nothing expands without end.

The cache is $MODELWRIGHT_CACHE, else the user's cache folder of the system. An archive is known again by its path,
size and time of change, so that `plan` and `run` unpack it once.
"""

import hashlib
import os
import re
import shutil
import stat
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from ..errors import TaskError
from . import packed

ENDINGS = (".zip", ".tar", ".tgz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst")
MEMBERS = 1_000_000
FEW = 10  # files up to which they are tables, descriptions and the like
FREE = 0.9  # share of the free space of the disk that may be filled
PART = re.compile(r"^(?:train|test|valid|dev|images?|pictures?|masks?)")  # folders that mean something on their own
DRIVE = re.compile(r"^[A-Za-z]:")


def is_archive(path: Path) -> bool:
    """Whether a file is a zip of several files, or a tar, packed or not; by its ending, then its content."""
    if not path.name.lower().endswith(ENDINGS) or not path.is_file():
        return False
    if path.name.lower().endswith(".zip"):
        if not zipfile.is_zipfile(path):
            return False
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if packed.is_content(n)]
        return len(names) != 1 or "/" in names[0]
    try:
        with path.open("rb") as source, _tar(path, source) as archive:
            return archive.next() is not None
    except (tarfile.TarError, *packed.FAULTS):
        return False


def cache() -> Path:
    """The folder for what is unpacked; made when it is not there."""
    told = os.environ.get("MODELWRIGHT_CACHE")
    if told:
        folder = Path(told).expanduser()
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Caches" / "modelwright"
    else:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "modelwright"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TaskError(
            f"{folder} cannot be written ({error.strerror}), but archives are unpacked there: set MODELWRIGHT_CACHE "
            "to another folder."
        ) from error
    return folder.resolve()


def place_for(path: Path, *facts: object) -> Path:
    """Where in the cache that belongs which was made of a path in its present state."""
    key = hashlib.sha256("|".join(map(str, (path.resolve(), *facts))).encode()).hexdigest()[:16]
    stem = re.sub(r"[^\w.-]+", "-", path.name.split(".")[0])[:40] or "task"
    return cache() / f"{stem}-{key}"


def unpack(path: Path) -> Path:
    """The folder with the content of an archive, below which a single folder that holds all is entered.

    Raises TaskError for a member that climbs out, an archive without end, and one that is broken or locked; nothing is
    left behind then.
    """
    state = path.stat()
    place = place_for(path, state.st_size, state.st_mtime_ns)
    if not place.is_dir():
        building = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=place.parent))
        try:
            _fill(path, building)
            building.chmod(0o755)
            _settle(building, place)
        except (tarfile.TarError, *packed.FAULTS) as error:
            why = "is locked by a password" if "password" in str(error) else f"is broken ({error})"
            raise TaskError(f"{path} {why}: unpack it by hand, or make it again.") from error
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return _entered(place)


def _settle(building: Path, place: Path) -> None:
    """Move a folder to its place; another process may have been quicker."""
    try:
        building.rename(place)
    except OSError:
        if not place.is_dir():
            raise


def _entered(folder: Path) -> Path:
    """The folder itself, or the only one in it that holds all files."""
    inside = [p for p in folder.iterdir() if not p.name.startswith((".", "__"))]
    return _entered(inside[0]) if len(inside) == 1 and inside[0].is_dir() else folder


def _fill(path: Path, folder: Path) -> None:
    """Write the members, counting bytes as they come: what a header says of sizes is not trusted."""
    most = int(FREE * shutil.disk_usage(folder).free)
    size = 0
    for count, (name, stream, read) in enumerate(_members(path)):
        if count >= MEMBERS:
            raise TaskError(f"{path} holds more than {MEMBERS:,} files: it was not unpacked; unpack it by hand.")
        target = folder / _inside(path, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            while piece := stream.read(packed.PIECE):
                size += len(piece)
                packed.refuse_endless(path, size, read())
                if size > most:
                    raise TaskError(f"{path} holds more than the {most:,} bytes free in {folder.parent}: make room.")
                file.write(piece)


def _inside(path: Path, name: str) -> PurePosixPath:
    """The path of a member below the folder. Raises TaskError where it leads out of it."""
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or DRIVE.match(name) or "\0" in name:
        raise TaskError(f"{path} has the member {name!r}, which climbs out of its folder: the archive is not unpacked.")
    return parts


def _members(path: Path) -> Iterator[tuple[str, IO[bytes], Callable[[], int]]]:
    """Name and content of each file in an archive, and how many of its bytes were read by then.

    Links within it are left out, others refused like devices.
    """
    if path.name.lower().endswith(".zip"):
        with path.open("rb") as source, zipfile.ZipFile(source) as archive:
            done = 0
            for info in archive.infolist():
                if stat.S_ISLNK(info.external_attr >> 16):
                    _refuse_link(path, info.filename, archive.read(info).decode("utf-8", errors="replace"))
                elif packed.is_content(info.filename):
                    done += info.compress_size  # no more of it is read, whatever comes out
                    with archive.open(info) as stream:
                        yield info.filename, stream, partial(int, done)
                else:
                    _inside(path, info.filename)
        return
    with path.open("rb") as source, _tar(path, source) as archive:
        for member in archive:
            if member.issym() or member.islnk():
                _refuse_link(path, member.name, member.linkname)
            elif member.isfile():
                content = archive.extractfile(member)
                if content is not None and packed.is_content(member.name):
                    yield member.name, content, source.tell
            elif not member.isdir():
                raise TaskError(f"{path} has the member {member.name!r}, a device: the archive is not unpacked.")
            else:
                _inside(path, member.name)


def _refuse_link(path: Path, name: str, goal: str) -> None:
    parts = PurePosixPath(goal.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or DRIVE.match(goal):
        raise TaskError(f"{path} has the link {name!r} to {goal!r}, out of its folder: the archive is not unpacked.")


def _tar(path: Path, source: IO[bytes]) -> tarfile.TarFile:
    head = packed.start(path, 16)
    if packed.is_packed(head):
        return tarfile.open(fileobj=packed.opened(path, source, head), mode="r|")
    return tarfile.open(fileobj=source, mode="r:")


# --- folders that hold archives -------------------------------------------------------------------------------------


def unpacked(folder: Path, aside: frozenset[str], levels: int = 2) -> Path:
    """A folder in which archives appear unpacked, made of links in the cache; the folder itself where it has none.

    An archive `data.zip` is a sub-folder of that name, and each folder in it lies beside it too, as if it had been
    unpacked in place. Archives inside archives are unpacked once more, not further.

    Args:
        folder: the folder.
        aside: endings of tables and descriptions; an archive of other files (pictures) is a sub-folder `data` too.
        levels: of archives inside each other that are unpacked.
    """
    entries = sorted(p for p in folder.iterdir() if not p.name.startswith((".", "__")))
    found = [p for p in entries if is_archive(p)] if levels else []
    if not found:
        return folder
    states = [(p.name, s.st_size, s.st_mtime_ns) for p in entries for s in [p.stat()]]
    links: dict[str, Path] = {p.name: p.resolve() for p in entries if p not in found}
    for archive in found:
        inner = unpack(archive)
        content = unpacked(inner, aside, levels - 1)
        links[archive.name] = content
        wrapped = inner.parent != cache()  # in one folder that holds all
        folders = [p for p in content.iterdir() if p.is_dir() and not p.name.startswith((".", "__"))]
        files = [p for p in content.iterdir() if p.is_file()]
        if wrapped and not any(PART.match(p.name.lower()) for p in folders):
            links.setdefault(inner.name, content)
        else:
            for part in folders:
                links.setdefault(part.name, part)
        if len(files) > FEW or any(p.suffix.lower() not in aside for p in files):
            links.setdefault(archive.name.split(".")[0], content)
    return _linked(place_for(folder, *states), links)


def _linked(place: Path, links: dict[str, Path]) -> Path:
    """A folder of links. One that is there already is used when its links still lead somewhere."""
    if place.is_dir() and all((place / name).resolve() == goal.resolve() for name, goal in links.items()):
        return place
    building = Path(tempfile.mkdtemp(prefix=".linking-", dir=place.parent))
    for name, goal in links.items():
        (building / name).symlink_to(goal)
    if place.is_dir():
        shutil.rmtree(place)
    _settle(building, place)
    shutil.rmtree(building, ignore_errors=True)
    return place
