from hypothesis import given
from hypothesis import strategies as st

from modelwright.task.prose import normalise, parse


def test_wrapped_lines_are_one_sentence() -> None:
    assert [s.text for s in parse("We look at\nthe error. It is\nsmall.").sentences] == [
        "We look at the error.",
        "It is small.",
    ]


def test_sentences_know_their_heading_in_any_style() -> None:
    for text in ("## Scoring\n\nBy AUC.", "Scoring\n-------\n\nBy AUC.", "**Scoring.** By AUC."):
        assert parse(text).sentences[-1].heading.startswith("scoring")


def test_list_items_are_sentences_of_their_own() -> None:
    assert [s.text for s in parse("- one\n- two\n  more\n").sentences] == ["one", "two more"]


def test_blocks_are_kept_apart() -> None:
    prose = parse("Form:\n\n    id,x\n    1,2\n\nThanks.\n\n```\na;b\n```\n")
    assert prose.blocks == (("id,x", "1,2"), ("a;b",))
    assert [s.text for s in prose.sentences] == ["Form:", "Thanks."]


def test_abbreviations_do_not_end_sentences() -> None:
    assert len(parse("Good ones, e.g. Berlin, count. H. P. Lovecraft too.").sentences) == 2


def test_typography_is_flattened() -> None:
    assert normalise("the `log-loss`, **R²** and ROC_AUC") == "the log loss, r^2 and roc auc"


@given(st.text())
def test_any_text_can_be_taken_apart(text: str) -> None:
    assert parse(text) is not None
