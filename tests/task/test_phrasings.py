"""The two sets of wordings: every one of those the vocabulary was written with, and a share of those it was not."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.interfaces import Metric
from modelwright.metrics.catalogue import ALL
from modelwright.task.phrases import Reading, read_metric
from modelwright.task.prose import parse

from . import phrasings_check, phrasings_dev

METRICS = tuple(ALL.values())
EATEN = {"classes": {"labels", "probabilities", "scores"}, "numbers": {"values"}, "masks": {"masks"}}
NEUTRAL = (
    "The tables were exported on a Monday.",
    "Please write to Anna if something is missing.",
    "We look forward to hearing from you.",
    "The files are in this folder.",
)


def reading(answers: str, text: str) -> Reading | None:
    found = read_metric(parse(text), METRICS)
    fit = (r for r in found if r.score >= 1 and not r.missing and _judges(ALL[r.metric], answers))
    return next(fit, None)


def _judges(metric: Metric, answers: str) -> bool:
    if answers == "sets":
        return metric.sets != "no"
    return metric.eats in EATEN[answers] and metric.sets != "only"


@pytest.mark.parametrize(("answers", "meant", "params", "text"), phrasings_dev.PHRASINGS)
def test_a_wording_that_the_vocabulary_was_written_with_is_read(
    answers: str, meant: str | None, params: dict[str, Any], text: str
) -> None:
    found = reading(answers, text)
    assert (found.metric if found else None, found.params if found else {}) == (meant, params)


def test_nine_of_ten_wordings_that_the_vocabulary_was_not_tuned_to_are_read_and_none_in_the_wrong_direction() -> None:
    right = 0
    for answers, meant, params, text in phrasings_check.PHRASINGS:
        found = reading(answers, text)
        right += (found.metric if found else None, found.params if found else {}) == (meant, params)
        if found and meant:
            assert ALL[found.metric].higher_is_better == ALL[meant].higher_is_better, text
    assert right >= 0.9 * len(phrasings_check.PHRASINGS)


def test_every_metric_is_meant_by_a_wording() -> None:
    from .test_phrases import WORDINGS

    meant = {m for _, m, *_ in (*phrasings_dev.PHRASINGS, *phrasings_check.PHRASINGS, *WORDINGS)}
    assert set(ALL) - meant <= KNOWN_BY_NAME_ALONE


KNOWN_BY_NAME_ALONE = {
    "recall-at-precision",
    *(
        "iou-classes",
        "dice-classes",
        "mask-hits",
        "map50",
        "map50-95",
        "box-hits",
    ),  # what other names mean for classes of pixels, for boxes
}


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(phrasings_dev.PHRASINGS),
    st.sampled_from(NEUTRAL),
    st.sampled_from(NEUTRAL),
    st.sampled_from(["as it is", "upper case", "wrapped", "emphasis"]),
)
def test_neutral_sentences_case_wrapping_and_emphasis_do_not_change_the_reading(
    phrasing: tuple[str, str | None, dict[str, Any], str], before: str, after: str, change: str
) -> None:
    answers, _, _, text = phrasing
    signs = "$" in text or "_" in text or "(" in text
    changed = text
    if change == "upper case" and not signs:
        changed = text.upper()
    elif change == "wrapped" and "\n" not in text:
        changed = text.replace(", ", ",\n")
    elif change == "emphasis" and not signs and text[0].isalpha():
        changed = f"**{text}**" if len(text) > 60 else f"_{text}_"
    plain, told = reading(answers, text), reading(answers, f"{before} {changed}\n\n{after}")
    assert (plain.metric if plain else None) == (told.metric if told else None)
    assert (plain.params if plain else {}) == (told.params if told else {})
