"""What makes a box or a mask right, as a description tells: one overlap with the truth, or several in turn."""

import re

from .prose import Prose, Sentence

LEVEL = r"(0?\.\d+|\d{2} ?%)"
ONE = re.compile(
    rf"(?:iou|intersection over union|overlap\w*|threshold)\D{{0,40}}?{LEVEL}|{LEVEL}\D{{0,25}}(?:iou|"
    r"intersection over union)"
)
SPAN = re.compile(  # from 0.5 to 0.95; 0.5:0.05:0.95; 0.5, 0.55, ..., 0.95
    r"(?<![\d.])(0?\.\d+)\s*(?:,\s*(0?\.\d+)\s*,?\s*(?:\.\.+|…)\s*,?|(?:to|-|:|through|up to|\.\.+|…)"
    r"\s*(?:(0?\.\d+)\s*(?::|to|-))?)\s*(0?\.\d+|1\.0)(?!\d)"
)
LIST = re.compile(r"(?<![\d.])0?\.\d+(?:\s*(?:,\s*and|,|and|&)\s*0?\.\d+)+(?!\d)")
STEP = re.compile(r"(?:step|increment|interval)\w*(?: size)?(?: of)?\s*(0?\.\d+)|(0?\.\d+)\s*(?:steps|increments)")
SHORT = re.compile(r"(?<!\d)(?:map|ap)?\s*@?\s*\[?\s*\.?50\s*[-: ]\s*\.?95\b")
SPEAKS = re.compile(r"\biou\b|intersection over union|overlap|threshold|\bm?ap(?:50)?\b|average precision")
COUNTED = re.compile(
    r"tp(?:\(t\))?\}?(?:\{|/|÷|\s|over|divided by|\()*\s*\(?tp(?:\(t\))?\+(?:fp(?:\(t\))?\+fn|fn(?:\(t\))?\+fp)"
)
USUAL = 0.05  # between one overlap and the next
USUAL_RANGE = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)  # that of COCO
LEAST = 0.3  # overlap that makes something right
RANGE = 0.1  # from the first to the last, at least


def levels(prose: Prose) -> tuple[float, ...]:
    """The overlaps that the text names, in order: several where it names a range of them; () where it names none."""
    speaking = [s for s in prose.sentences if SPEAKS.search(s.plain)]
    ranges = [found for s in speaking if (found := _range(s))]
    if ranges:
        return ranges[0]
    for sentence in speaking:
        if hit := ONE.search(sentence.plain):
            return (_level(hit[1] or hit[2]),)
    return ()


def counted(prose: Prose) -> str:
    """Where it is said that what is right is held against all that is right, wrong or missed, tp / (tp + fp + fn).

    "" where it is not.
    """
    texts = [*((s.text, s.quote) for s in prose.sentences), *(("".join(block), block[0]) for block in prose.blocks)]
    marks = re.compile(r"\\(?:d|t)?frac|\\text|\\left|\\right|[\s$\\{}]")
    return next((quote for text, quote in texts if COUNTED.search(marks.sub("", text.lower()))), "")


def _range(sentence: Sentence) -> tuple[float, ...]:
    if SHORT.search(sentence.plain):
        return _steps(0.5, 0.95, USUAL)
    for hit in SPAN.finditer(sentence.plain):
        first, last = _level(hit[1]), _level(hit[4])
        if first >= LEAST and first + RANGE <= last <= 1:
            said = STEP.search(sentence.plain)
            step = float(said[1] or said[2]) if said else USUAL
            step = _level(hit[2]) - first if hit[2] else _level(hit[3]) if hit[3] else step
            return _steps(first, last, step)
    for hit in LIST.finditer(sentence.plain):
        listed = tuple(map(float, re.findall(r"0?\.\d+", hit[0])))
        if listed[0] >= LEAST and list(listed) == sorted(set(listed)):
            return listed
    return ()


def _steps(first: float, last: float, step: float) -> tuple[float, ...]:
    step = step if 0 < step <= last - first else USUAL
    return tuple(round(first + k * step, 4) for k in range(round((last - first) / step) + 1))


def _level(said: str) -> float:
    return float(said.strip(" %")) / (100 if "%" in said else 1)
