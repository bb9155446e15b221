"""What a pixel looks like: columns for every pixel of a scene, from bands, their differences and the neighbourhood.

Lines are found with oriented filters, second derivatives across and long averages along a direction (steerable
line filters: Freeman and Adelson 1991); the strongest of all directions is what counts.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import fft, ndimage

if TYPE_CHECKING:
    from ..interfaces import Array

PAIRS = 10  # differences of bands at most
DIRECTIONS = 12
ACROSS = (1.0, 2.0)  # half-widths of lines in pixels
ALONG = 6.0  # half the length of the average along a line, in pixels
PAD = 16
NEAR_FRAMES = 2  # frames before and after the labelled one, together


class Shelf:
    """What was computed for a scene, kept in this process up to a number of bytes; first come, first kept.

    A run asks for the same scenes again and again in the same order, in which case dropping the least recently used
    would drop every scene just before it is needed.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.used = 0
        self.kept: dict[Any, Array] = {}

    def get(self, key: Any, make: "Callable[[], Array]") -> "Array":
        """The array of that key, made now if it is not kept."""
        found = self.kept.get(key)
        if found is None:
            found = make()
            if self.used + found.nbytes <= self.most:
                self.kept[key] = found
                self.used += found.nbytes
        return found


def files(path: str, inputs: Sequence[str]) -> list[Path]:
    """The input files of a scene: those in its folder, or the file itself."""
    return [Path(path) / name for name in inputs] if inputs else [Path(path)]


def stamp(path: str, inputs: Sequence[str]) -> tuple[Any, ...]:
    """A key that changes when a file of the scene does."""
    return (path, *((file.name, file.stat().st_mtime_ns) for file in files(path, inputs)))


def size(path: str, inputs: Sequence[str]) -> tuple[int, int]:
    """Height and width of a scene, without reading its pixels where the format allows."""
    file = files(path, inputs)[0]
    if file.suffix == ".npy":
        shape = np.load(file, mmap_mode="r", allow_pickle=False).shape
        return int(shape[0]), int(shape[1])
    from PIL import Image

    with Image.open(file) as image:
        return image.height, image.width


def read(path: str, inputs: Sequence[str]) -> "list[Array]":
    """The bands of a scene as float32 (height, width, frames); channels of a picture are bands of one frame.

    Raises:
        ValueError: where the inputs differ in size or are not two- or three-dimensional.
    """
    bands: list[Array] = []
    for file in files(path, inputs):
        if file.suffix == ".npy":
            array = np.load(file, allow_pickle=False)
            bands.append(np.atleast_3d(array).astype(np.float32))
        else:
            picture = _read_picture(file)
            bands.extend(picture[:, :, k : k + 1] for k in range(picture.shape[2]))
    sizes = {band.shape[:2] for band in bands}
    if len(sizes) != 1 or any(band.ndim != 3 for band in bands):
        raise ValueError(f"the inputs of {path} differ in size: {', '.join(str(band.shape) for band in bands)}")
    return [_without_gaps(band) for band in bands]


def _read_picture(file: Path) -> "Array":
    from PIL import Image

    with Image.open(file) as image:
        simple = image if image.mode in ("L", "RGB") else image.convert("RGB")
        return np.atleast_3d(np.asarray(simple, dtype=np.float32))


def _without_gaps(band: "Array") -> "Array":
    bad = ~np.isfinite(band)
    if not bad.any():
        return band
    return np.where(bad, np.float32(0 if bad.all() else np.median(band[~bad])), band)


def columns(bands: "list[Array]", frame: int | None = None) -> "Array":
    """What is known of each pixel, (pixels, columns) float32, pixels row by row.

    Args:
        bands: arrays (height, width, frames).
        frame: the frame that the labels belong to; the middle one by default.
    """
    found = [image for layers in _layers(bands, frame) for image in layers]
    return np.stack([image.ravel() for image in found], axis=1).astype(np.float32)


def _layers(bands: "list[Array]", frame: int | None) -> "Iterator[list[Array]]":
    now = [band[:, :, min(_frame(band, frame), band.shape[2] - 1)] for band in bands]
    yield now
    for image in now:
        yield _neighbourhood(image)
    for one, other in _pairs(len(bands)):
        yield [now[one] - now[other], *_neighbourhood(now[one] - now[other])]
        if bands[one].shape == bands[other].shape:
            yield _changes(bands[one] - bands[other], _frame(bands[one], frame))
    if len(bands) == 1:
        yield _changes(bands[0], _frame(bands[0], frame))


def _frame(band: "Array", frame: int | None) -> int:
    return band.shape[2] // 2 if frame is None else frame


def _pairs(bands: int) -> Iterator[tuple[int, int]]:
    return islice(combinations(range(bands), 2), PAIRS)


def _neighbourhood(image: "Array") -> "list[Array]":
    """Deviations from means at three scales, local spread, and the strongest response to bright and dark lines."""
    small = ndimage.gaussian_filter(image, 1.0, truncate=3)
    middle = ndimage.gaussian_filter(image, 3.0, truncate=3)
    large = ndimage.uniform_filter(image, 21)
    mean, square = ndimage.uniform_filter(image, 7), ndimage.uniform_filter(image * image, 7)
    found = [
        image - np.median(image),
        image - middle,
        small - middle,
        middle - large,
        np.sqrt(np.maximum(square - mean * mean, 0)),
    ]
    for across in ACROSS:
        response = _line_responses(image, across)
        found += [response.max(axis=0), response.min(axis=0)]
    return found


def _changes(band: "Array", frame: int) -> "list[Array]":
    """What the smoothed labelled frame has more than its nearest neighbours in time."""
    others = sorted((k for k in range(band.shape[2]) if k != frame), key=lambda k: abs(k - frame))[:NEAR_FRAMES]
    smooth = {k: ndimage.gaussian_filter(band[:, :, k], 1.0, truncate=3) for k in (frame, *others)}
    return [smooth[frame] - smooth[k] for k in sorted(others)]


def _line_responses(image: "Array", across: float) -> "Array":
    """Response to a line through each pixel in each direction, (directions, height, width)."""
    padded = np.pad(image - image.mean(), PAD, mode="symmetric").astype(np.float32)
    spectrum = fft.rfft2(padded)
    responses = fft.irfft2(spectrum[None] * _line_filters(padded.shape, across), s=padded.shape)
    return np.asarray(responses[:, PAD:-PAD, PAD:-PAD])


@lru_cache(maxsize=8)
def _line_filters(shape: tuple[int, int], across: float) -> "Array":
    """Filters in the frequency domain, (directions, height, width // 2 + 1) float32."""
    rows = 2 * np.pi * np.fft.fftfreq(shape[0])[:, None]
    cols = 2 * np.pi * np.fft.rfftfreq(shape[1])[None]
    filters = []
    for angle in np.pi * np.arange(DIRECTIONS) / DIRECTIONS:
        u = cols * np.cos(angle) + rows * np.sin(angle)
        v = rows * np.cos(angle) - cols * np.sin(angle)
        filters.append((across * v) ** 2 * np.exp(-0.5 * (ALONG * u) ** 2 - 0.5 * (across * v) ** 2))
    return np.array(filters, dtype=np.float32)
