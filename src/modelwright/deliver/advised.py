"""What others than the rules proposed: their ideas with what they foretold, what asking cost, the wall for code."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..metrics.foretold import Foretold, ideas
from ..metrics.replay import State
from ..records.call import Call, CallStatus


@dataclass(frozen=True)
class Adviser:
    """One language model, or another program."""

    name: str
    calls: int
    answered: int
    tokens: int
    usd: float | None  # None where no price is known
    seconds: float
    ideas: int
    failed: int
    won: int  # better than what they were held against, by more than noise
    foretold: tuple[float, float] | None  # means over the ideas with both: the gain foretold, and the one that came


@dataclass(frozen=True)
class Advised:
    """All of them."""

    advisers: tuple[Adviser, ...]
    ideas: tuple[Foretold, ...]
    unanswered: tuple[tuple[str, int], ...]  # sentences with how often each
    wall: dict[str, Any] | None  # the fact `sandbox`


def advised(state: State | None, calls: Sequence[Call], wall: dict[str, Any] | None) -> Advised | None:
    """What there is to tell; None where nobody else proposed anything and no code was to be run."""
    found = ideas(state) if state is not None else []
    names = dict.fromkeys([*(call.model for call in calls), *(idea.first.proposal.by for idea in found)])
    if not names and wall is None:
        return None
    counts: dict[str, int] = {}
    for call in calls:
        if call.status is not CallStatus.OK:
            told = f"{call.model}: {call.status}, {call.error}"
            counts[told] = counts.get(told, 0) + 1
    return Advised(tuple(_adviser(name, calls, found) for name in names), tuple(found), tuple(counts.items()), wall)


def _adviser(name: str, calls: Sequence[Call], found: Sequence[Foretold]) -> Adviser:
    mine = [call for call in calls if call.model == name]
    own = [idea for idea in found if idea.first.proposal.by == name]
    both = [(i.first.proposal.expected, i.found.gain) for i in own if i.first.proposal.expected is not None and i.found]
    known = [call.usd for call in mine if call.usd is not None]
    return Adviser(
        name=name,
        calls=len(mine),
        answered=sum(call.status is CallStatus.OK for call in mine),
        tokens=sum(call.tokens_in + call.tokens_out for call in mine),
        usd=sum(known) if known else None,
        seconds=sum(call.seconds for call in mine),
        ideas=len(own),
        failed=sum(idea.most.status.failed for idea in own),
        won=sum(idea.found is not None and idea.found.verdict == "better" for idea in own),
        foretold=(sum(e for e, _ in both) / len(both), sum(g for _, g in both) / len(both)) if both else None,
    )
