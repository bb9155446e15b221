"""What a network sees of a scene: its bands as they are, scaled, as differences, or as a known composite.

Channels are float32 (height, width, channels). Which view serves best is found by trying.
"""

import re
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from ..interfaces import Array

View = Literal["raw", "scaled", "differences", "ash"]
LOW, HIGH = 1.0, 99.0  # percentiles of a scene between which "scaled" stretches a band
MOST_PAIRS = 6
# Ash-type false colours of geostationary imagers, which ice clouds stand out in: kelvin at the ends of each channel
ASH = ((-4.0, 2.0), (-4.0, 5.0), (243.0, 303.0))  # 12.3 less 11.2 um, 11.2 less 8.4 um, 11.2 um
ASH_BANDS = ("11", "14", "15")  # numbers of the bands at 8.4, 11.2 and 12.3 um in the imagers' own count


def ash_bands(inputs: Sequence[str]) -> tuple[int, int, int] | None:
    """Which inputs are the infrared bands of the ash composite, by the numbers in their names; None: not there."""
    found = []
    for number in ASH_BANDS:
        places = [k for k, name in enumerate(inputs) if re.search(rf"(?<!\d)0*{number}(?!\d)", name)]
        if len(places) != 1:
            return None
        found.append(places[0])
    return found[0], found[1], found[2]


def channels(bands: "Sequence[Array]", view: View, frames: str, ash: tuple[int, int, int] | None) -> "Array":
    """The channels (height, width, channels) of one scene.

    Args:
        bands: arrays (height, width, frames), as `scenes.read` gives them.
        view: see the module.
        frames: "one" (the labelled one, in the middle) or "all".
        ash: places of the bands of the composite.
    """
    count = min(band.shape[2] for band in bands)
    chosen = range(count) if frames == "all" and count > 1 else (count // 2,)
    found: list[Array] = []
    for frame in chosen:
        now = [band[:, :, min(frame, band.shape[2] - 1)] for band in bands]
        if view == "ash" and ash is not None:
            found += _ash(now, ash)
        elif view == "scaled":
            found += [_stretched(band) for band in now]
        else:
            found += now
        if view == "differences":
            pairs = list(combinations(range(len(now)), 2))[:MOST_PAIRS]
            found += [now[one] - now[other] for one, other in pairs]
    return np.stack(found, axis=-1).astype(np.float32)


def _ash(now: "Sequence[Array]", places: tuple[int, int, int]) -> "list[Array]":
    warm, middle, cold = (now[k] for k in places)  # 8.4, 11.2, 12.3 um
    layers = (cold - middle, middle - warm, middle)
    return [np.clip((layer - low) / (high - low), 0, 1) for layer, (low, high) in zip(layers, ASH, strict=True)]


def _stretched(band: "Array") -> "Array":
    low, high = np.percentile(band, [LOW, HIGH])
    return np.asarray(np.clip((band - low) / max(float(high - low), 1e-6), 0, 1))
