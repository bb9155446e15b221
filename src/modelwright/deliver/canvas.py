"""How the report's pictures are made: colours, axes to draw on, and inline SVG whose text stays text.

matplotlib is imported inside, and its global state is left alone.
"""

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Colours that people with any colour vision can tell apart (Okabe and Ito, 2008), darkened for white paper
PALETTE = ("#0b6e8a", "#c8590a", "#2e8b57", "#a0467e", "#8a6d00", "#3b5bb5", "#7a4a2b", "#55606b")
INK, SOFT, GRID, BAD = "#1d2730", "#66727d", "#e3e8ec", "#b3261e"
PALE = "#9aa5ae"  # for what is there to compare with only


@dataclass(frozen=True)
class Plot:
    """One picture with what to see in it."""

    title: str
    svg: str
    caption: str


STYLE = {
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "axes.edgecolor": "#9aa5ae",
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.linewidth": 0.8,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "text.parse_math": False,  # a dollar in a name is a dollar
}


@contextmanager
def canvas(width: float = 4.4, height: float = 3.5) -> "Iterator[tuple[Any, Callable[[str, str], str]]]":
    """Axes to draw on, and a function that gives the SVG: (name that is unique on the page, text for the blind)."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")

        def svg(name: str, label: str) -> str:
            return _svg(figure, name, label)

        yield figure.subplots(), svg


def _svg(figure: Any, name: str, label: str) -> str:
    """The figure as an SVG element that scales with the page and whose ids clash with no other picture's."""
    import io

    import matplotlib as mpl
    from markupsafe import escape

    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", transparent=True, dpi=150, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'href="#', f'href="#{name}-', text)
    text = re.sub(r"url\(#", f"url(#{name}-", text)
    text = re.sub(r"'DejaVu Sans'[^;\"]*", "var(--sans)", text)
    return re.sub(
        r'^<svg [^>]*?viewBox="([^"]*)"[^>]*>',
        lambda m: (
            f'<svg xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="{m[1]}" role="img" aria-label="{escape(label)}">'
        ),
        text,
        count=1,
        flags=re.DOTALL,
    )
