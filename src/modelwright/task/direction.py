"""Whether a text says that higher or lower scores are better, and whether it turns the metric's own sense round."""

import re
from dataclasses import dataclass

from .prose import Prose

_NOUN = r"(?: (?:scores?|values?|numbers?|results?|figures?|ones?))?"
_WINS = r"(?:wins?|is best|is better|are better|is the winner|takes|comes first|leads)"
LOWER = re.compile(
    rf"\b(?:lower|smaller|less){_NOUN}(?: (?:is|are|means?|being|=))*(?: always)? better\b|\b(?:the )?(?:lower|smaller)"
    rf"(?: [\w' ]{{1,40}})?,? the better\b|\b(?:lowest|smallest)(?: \w+){{0,3}} {_WINS}\b|\bto be minimi[sz]ed\b|"
    r"\bminimi[sz]e (?:the |this |your )?(?:score|metric|measure|error|loss|figure)\b|\bas (?:low|small) as possible\b"
)
HIGHER = re.compile(
    rf"\b(?:higher|larger|greater|bigger|more){_NOUN}(?: (?:is|are|means?|being|=))*(?: always)? better\b|\b(?:the )?"
    rf"(?:higher|larger|greater)(?: [\w' ]{{1,40}})?,? the better\b|\b(?:highest|largest|greatest)(?: \w+){{0,3}} "
    rf"{_WINS}\b|\b(?:higher|highest) wins?\b|\bto be maximi[sz]ed\b|"
    r"\bmaximi[sz]e (?:the |this |your )?(?:score|metric|measure|figure)\b|\bas (?:high|large) as possible\b"
)
TURNED = re.compile(
    r"\bnegat(?:ed|e|es|ive of)\b|\bminus (?:sign|the|one times)\b|\b(?:1|one) ?(?:minus|-|less)\b|"
    r"\bsign (?:is |was )?(?:flipped|changed|turned|reversed)\b|\bflip\w* (?:the |its )?sign\b|\bneg [a-z]"
)


@dataclass(frozen=True)
class Direction:
    """What a text says of which scores are better."""

    higher: bool
    turned: bool  # it says that the metric is negated, or taken from one
    quote: str


def read_direction(prose: Prose) -> Direction | None:
    """The clearest statement of the direction; None where there is none, or where statements contradict each other."""
    found: list[Direction] = []
    for i, sentence in enumerate(prose.sentences):
        plain = sentence.plain
        lower, higher = LOWER.search(plain), HIGHER.search(plain)
        if bool(lower) == bool(higher):
            continue
        around = " ".join(s.plain for s in prose.sentences[max(0, i - 1) : i + 2])
        found.append(Direction(bool(higher), TURNED.search(around) is not None, sentence.quote))
    if len({d.higher for d in found}) != 1:
        return None
    return next((d for d in found if d.turned), found[0])
