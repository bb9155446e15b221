"""Pictures as arrays: whatever file Pillow reads becomes (height, width, 3) uint8, the right way up.

What was decoded and shrunk once is kept in a small database beside the run (`keep_in`), so that further experiments
read bytes instead of decoding files.
"""

import math
import os
import sqlite3
import tempfile
import warnings
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .interfaces import Array

MOST_PIXELS = 100_000_000  # of a file; one that claims more is refused before it is decoded
BLANK = 127  # of every channel, where a picture cannot be read
BAD_SHARE = 0.01  # of the pictures that may be unreadable
AT_ONCE = 512  # pictures decoded before they are stored
KEPT = 8 * 2**30  # bytes of decoded pictures beside a run
IN_MEMORY = 0.25  # of the memory that is free; more pixels than that are mapped from a file

_kept: list[Path] = []  # the folder in which decoded pictures are kept, where there is one


class PictureError(ValueError):
    """A file that is no usable picture, named with what is wrong."""


def keep_in(folder: Path | None) -> None:
    """Keep decoded pictures in a folder from now on; None: nowhere."""
    _kept[:] = [] if folder is None else [folder]


@contextmanager
def opened(path: str | Path) -> Iterator[Any]:
    """The picture in a file, not decoded yet. Raises PictureError for no picture, and for one of too many pixels."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is looked at below
            warnings.simplefilter("ignore", UserWarning)  # about tags that nobody needs
            with Image.open(path) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise PictureError(
                        f"{path} claims {image.width} x {image.height} pixels, more than {MOST_PIXELS:,} are refused"
                    )
                yield image
    except PictureError:
        raise
    except FileNotFoundError as error:
        raise PictureError(f"{path} is not there") from error
    except Image.DecompressionBombError as error:
        raise PictureError(f"{path} claims more pixels than are decoded") from error
    except UnidentifiedImageError as error:
        empty = Path(path).is_file() and not Path(path).stat().st_size
        raise PictureError(f"{path} is {'empty' if empty else 'no picture'}") from error
    except (OSError, ValueError, SyntaxError, zlib.error) as error:  # the last two from broken PNG files
        raise PictureError(f"{path} cannot be read ({error})") from error


def read(path: str | Path, *, upright: bool = True) -> "Array":
    """The picture in a file, (height, width, 3) uint8. Raises PictureError.

    Args:
        path: of the file; of several frames the first is read.
        upright: turned as its EXIF tag says.
    """
    with opened(path) as image:
        return np.asarray(coloured(_turned(image) if upright else image))


def shrunk(path: str | Path, shape: tuple[int, int]) -> "Array":
    """The same with that height and width, each pixel the mean of those it covers. Raises PictureError."""
    from PIL import Image

    with opened(path) as image:
        longer = 2 * max(shape)
        image.draft("RGB", (longer, longer))  # a JPEG is decoded at a fraction of its size
        seen = coloured(_turned(image))
        return np.asarray(seen.resize(shape[::-1], Image.Resampling.BILINEAR, reducing_gap=2.0))


def size(path: str | Path) -> tuple[int, int]:
    """Height and width of a picture the right way up, without decoding it. Raises PictureError."""
    with opened(path) as image:
        turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
        return (image.width, image.height) if turned else (image.height, image.width)


def _turned(image: Any) -> Any:
    from PIL import ImageOps

    return ImageOps.exif_transpose(image) if image.getexif().get(0x0112, 1) != 1 else image


def coloured(image: Any) -> Any:
    """A Pillow image as three bytes a pixel: grey, palettes, CMYK and sixteen bits too; what is clear is white."""
    from PIL import Image

    if image.mode == "RGB":
        return image
    if image.mode.startswith(("I", "F")):  # its own range is all that is known of its scale
        values = np.nan_to_num(np.asarray(image, dtype=np.float64), posinf=0.0, neginf=0.0)
        low, high = float(values.min()), float(values.max())
        return Image.fromarray(np.uint8(np.rint(255 * (values - low) / max(high - low, 1e-9)))).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        clear = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")
    return image.convert("RGB")


def many(paths: Sequence[str], shape: tuple[int, int], *, few: bool = False) -> "tuple[Array, list[str]]":
    """Pictures (n, height, width, 3) uint8 of that height and width, stretched or shrunk.

    With them, what is wrong with those that cannot be read, which come out grey. More than fits into memory lies in a
    temporary file that is mapped. `few`: some of many, of which any number may be unreadable.

    Raises:
        PictureError: where more than one in a hundred, and more than one, cannot be read.
    """
    found = _room(len(paths), shape)
    wrong: list[str] = []
    with closing(_Store(shape)) as store, ThreadPoolExecutor(_threads()) as pool:
        for start in range(0, len(paths), AT_ONCE):
            some = [str(path) for path in paths[start : start + AT_ONCE]]
            known = store.get(some)
            missing = [path for path in dict.fromkeys(some) if path not in known]
            made = dict(zip(missing, pool.map(lambda path: _try(path, shape), missing), strict=True))
            wrong += [made_of for made_of in made.values() if isinstance(made_of, str)]
            fresh = {path: pixels for path, pixels in made.items() if not isinstance(pixels, str)}
            store.put(fresh)
            for row, path in enumerate(some, start):
                found[row] = known[path] if path in known else fresh.get(path, BLANK)
    if not few and len(wrong) > max(1, BAD_SHARE * len(paths)):
        raise PictureError(f"{len(wrong)} of {len(paths)} pictures cannot be read; the first: {wrong[0]}")
    return found, wrong


def scale(pixels: "Array") -> tuple[list[float], list[float]]:
    """Mean and spread of each channel of bytes (rows, height, width, 3), 0 to 1, from at most a thousand pictures."""
    some = pixels[:: max(1, len(pixels) // 1000)].astype(np.float32) / 255
    spread = some.std(axis=(0, 1, 2))
    return some.mean(axis=(0, 1, 2)).tolist(), np.where(spread > 1e-3, spread, 1.0).tolist()


def _try(path: str, shape: tuple[int, int]) -> "Array | str":
    try:
        return shrunk(path, shape)
    except PictureError as error:
        return str(error)


def _threads() -> int:
    told = os.environ.get("OMP_NUM_THREADS", "")
    return int(told) if told.isdigit() and int(told) > 0 else os.cpu_count() or 1


def _room(rows: int, shape: tuple[int, int]) -> "Array":
    import psutil

    whole = (rows, *shape, 3)
    if math.prod(whole) <= IN_MEMORY * psutil.virtual_memory().available:
        return np.empty(whole, dtype=np.uint8)
    with tempfile.NamedTemporaryFile(dir=_kept[0] if _kept else None, prefix="pixels-") as file:
        return np.memmap(file, dtype=np.uint8, mode="w+", shape=whole)  # lives on without a name until it is let go


class _Store:
    """Decoded pictures of one size in a database; nothing at all where no folder was named.

    Another process that writes at the same time is waited for; a full disk costs time, not the experiment.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape
        self.base: sqlite3.Connection | None = None
        if _kept:
            _kept[0].mkdir(parents=True, exist_ok=True)
            self.file = _kept[0] / f"pictures-{shape[0]}x{shape[1]}.sqlite"
            self.base = sqlite3.connect(self.file, timeout=60, isolation_level=None)
            self.base.execute("PRAGMA journal_mode=WAL")
            self.base.execute("PRAGMA synchronous=OFF")  # what is lost is decoded again
            self.base.execute("CREATE TABLE IF NOT EXISTS pictures (key TEXT PRIMARY KEY, pixels BLOB)")

    def get(self, paths: Sequence[str]) -> "dict[str, Array]":
        """Those that are there and still lie as they were on the disk."""
        if self.base is None:
            return {}
        keys = {stamp(path): path for path in paths}
        found: dict[str, Array] = {}
        asked = list(keys)
        for start in range(0, len(asked), 500):
            some = asked[start : start + 500]
            marks = ",".join("?" * len(some))
            query = f"SELECT key, pixels FROM pictures WHERE key IN ({marks})"  # noqa: S608  # only question marks
            for key, pixels in self.base.execute(query, some):
                if len(pixels) == math.prod(self.shape) * 3:
                    found[keys[key]] = np.frombuffer(pixels, np.uint8).reshape(*self.shape, 3)
        return found

    def put(self, pictures: "dict[str, Array]") -> None:
        """Keep some more, while there is room."""
        if self.base is None or not pictures or self.file.stat().st_size > KEPT:
            return
        rows = [(stamp(path), pixels.tobytes()) for path, pixels in pictures.items()]
        try:
            self.base.execute("BEGIN IMMEDIATE")
            self.base.executemany("INSERT OR REPLACE INTO pictures VALUES (?, ?)", rows)
            self.base.execute("COMMIT")
        except sqlite3.OperationalError:  # full, or locked for a minute
            if self.base.in_transaction:
                self.base.execute("ROLLBACK")

    def close(self) -> None:
        """Let go of the file."""
        if self.base is not None:
            self.base.close()


def stamp(path: str) -> str:
    """Path, time and size of a file: another content has another stamp."""
    try:
        found = Path(path).stat()
    except OSError:
        return f"{path}|missing"
    return f"{path}|{found.st_mtime_ns}|{found.st_size}"
