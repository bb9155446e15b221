"""What a description warns of: labels of the training rows that may be wrong."""

import re

from .prose import Prose, Sentence

LABEL = r"(?:labels?|labell?ing|annotations?|tags|classes|ground truth)"
BAD = (
    r"(?:wrong\w*|incorrect\w*|noisy|mislabell?ed|erroneous|unreliable|untrustworthy|inaccurate\w*|mistaken|sloppy"
    r"|careless\w*|imperfect|corrupted|not (?:always |all |entirely |fully )*(?:right|correct|reliable|accurate|clean))"
)
WARNING = re.compile(
    rf"\b{LABEL}\b(?: \w+){{0,6}}? (?:is|are|was|were|be|been|being|seem|seems|as|includes?|contains?|has|have|had)"
    rf"(?: \w+){{0,4}}? {BAD}\b"
    rf"|\b{BAD} (?:\w+ )?{LABEL}\b"
    rf"|\b{LABEL} (?:noise|mistakes)\b|\bmislabell?(?:ed|ings?)\b"
    r"|\blabell?ed (?:\w+ ){0,3}?(?:wrong\w*|incorrectly)\b"
    rf"|\b(?:mistakes|errors|noise) in (?:the |our |some |these )?(?:\w+ )?{LABEL}\b"
)
DENIED = re.compile(
    r"\b(?:no|not|never|none|without|free of|nothing)\b(?: \w+){0,3}? (?:wrong|incorrect|noisy|mislabel|label noise"
    r"|noise|mistakes|errors)|\b(?:correct(?:ed|ing)|remov(?:ed|ing)|clean(?:ed|ing)) (?:all |the |every |of )*"
    r"(?:wrong|noisy|mislabel|label noise|mistakes|errors)"
)
JUDGED = re.compile(
    r"\b(?:judg\w+|scor\w+|evaluat\w+|metrics?|measur\w+|rank\w+|penal\w+|punish\w+|costs?|we (?:count|care|report))\b"
    r"|\b(?:share|fraction|proportion|percentage|rate|number) of (?:the |your )?"
    rf"(?:{BAD} )?(?:\w+ )?{LABEL} (?:that|you|we|which)\b"
)


def warns(sentence: Sentence) -> bool:
    """Whether a sentence says that labels may be wrong, and not that wrong ones are counted or were mended."""
    plain = sentence.plain
    return bool(WARNING.search(plain)) and not DENIED.search(plain) and not JUDGED.search(plain)


def wrong_labels(prose: Prose) -> str | None:
    """The sentence that says labels may be wrong, as it stands there; None where none does."""
    return next((sentence.quote for sentence in prose.sentences if warns(sentence)), None)
