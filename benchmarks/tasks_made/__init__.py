"""Made task folders with the right answer beside each: what `benchmarks/formulation.py` asks `plan` about.

Two suites. `open` may be read by those who mend what it finds. `sealed` is for measuring only: it was written by
somebody who did not know the vocabulary that reads descriptions, and nobody looks at it while mending.
"""

from .case import Case, Suite


def suites(which: str) -> list[Case]:
    """The cases of `open`, `sealed` or `all`, in the order in which they are written down."""
    from .open import SUITE as OPEN
    from .sealed import SUITE as SEALED

    chosen: dict[str, list[Suite]] = {"open": [OPEN], "sealed": [SEALED], "all": [OPEN, SEALED]}
    return [case for suite in chosen[which] for case in suite.cases]
