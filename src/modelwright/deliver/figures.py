"""Numbers and durations as people read them."""

import math

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"


def number(value: float | None, digits: int = 4) -> str:
    """A number with so many significant digits: 0.8123, 1,234, 0.001235, 1.235e-07; a dash for None and NaN."""
    if value is None or math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return "\N{INFINITY}" if value > 0 else f"{MINUS}\N{INFINITY}"
    return _fixed(value, _places(value, digits), digits)


def plain(value: float | None) -> str:
    """A number with up to four significant digits and no zeros behind: 0.05, 79.5, 12,000."""
    text = number(value)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def with_error(value: float | None, error: float | None) -> str:
    """`value ± error`: four significant digits, or as many places as the error needs to show; never fewer than it."""
    if value is None or math.isnan(value):
        return NOTHING
    if error is None or not math.isfinite(error) or not math.isfinite(value):
        return number(value)
    places = _places(value, 4)
    if error > 0 and 1e-9 < error < 0.5 * 10.0**-places:
        places = _places(error, 1)
    return f"{_fixed(value, places)} ± {_fixed(error, places)}"


def change(gain: float, error: float) -> str:
    """A difference with its sign, `+0.0041 ± 0.0012`: as many places as the error needs to show."""
    if not math.isfinite(gain):
        return NOTHING
    sign = "+" if gain > 0 else ""
    if not (math.isfinite(error) and error > 0):
        return sign + number(gain, 2)
    places = _places(error, 2)
    return f"{sign}{_fixed(gain, places)} ± {_fixed(error, places)}"


def _places(value: float, digits: int) -> int:
    """Decimal places that show so many significant digits."""
    return max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else digits - 1


def _fixed(value: float, places: int, digits: int = 4) -> str:
    size = abs(value)
    text = f"{size:.{digits - 1}e}" if size and (size < 1e-5 or size >= 1e9) and places != 0 else f"{size:,.{places}f}"
    return f"{MINUS}{text}" if value < 0 and any(c in "123456789" for c in text) else text


def count(value: float | None) -> str:
    """A whole number with thousands separators."""
    return NOTHING if value is None else f"{int(value):,}"


def percent(share: float | None) -> str:
    """A share as a percentage: 0 %, < 0.1 %, 2.5 %, 37 %."""
    if share is None or math.isnan(share):
        return NOTHING
    if 0 < share < 0.001:
        return "< 0.1 %"
    if 0.999 < share < 1:
        return "> 99.9 %"
    return f"{share * 100:.0f} %" if share in (0, 1) or share >= 0.1 else f"{share * 100:.1f} %"


def duration(seconds: float | None) -> str:
    """Seconds in words: 0.4 s, 12 s, 2 min 5 s, 1 h 03 min."""
    if seconds is None:
        return NOTHING
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
