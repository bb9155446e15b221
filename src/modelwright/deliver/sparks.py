"""Pictures the size of a word: a histogram, or the commonest values as bars, as inline SVG with its text in a title.

By hand rather than with matplotlib, which takes longer for one of them than this for a thousand columns.
"""

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, GAP = 96, 22, 1
PICTURE = Markup(
    '<svg class="{}" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}"><title>{}</title>{}</svg>'
)


def histogram(counts: Sequence[int], title: str) -> Markup:
    """Bars side by side, the highest as high as the picture; empty where there is nothing to draw."""
    return _bars(counts, title, "spark")


def shares(top: Sequence[tuple[str, int]], rows: int) -> Markup:
    """The commonest values as bars, what is left of `rows` as a paler one behind them."""
    rest = max(0, rows - sum(count for _, count in top))
    title = ", ".join(f"{value}: {count:,}" for value, count in top) + (f", others: {rest:,}" if rest else "")
    return _bars([*(count for _, count in top), *([rest] if rest else [])], title, "spark" + (" rest" if rest else ""))


def _bars(counts: Sequence[int], title: str, style: str) -> Markup:
    most = max(counts, default=0)
    if most <= 0:
        return Markup("")
    width = WIDTH / max(len(counts), 6)
    bars = Markup("").join(
        Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
            k * width, HEIGHT - _height(count, most), max(1.0, width - GAP), _height(count, most)
        )
        for k, count in enumerate(counts)
    )
    return PICTURE.format(style, WIDTH, HEIGHT, WIDTH, HEIGHT, title, title, bars)


def _height(count: int, most: int) -> float:
    """A bar that is there is seen, however low."""
    return 0.0 if not count else max(1.0, HEIGHT * count / most)
