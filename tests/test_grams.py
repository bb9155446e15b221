import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright import grams
from modelwright.grams import Sort, count

TEXTS = st.lists(st.text(max_size=30), max_size=8)
SORTS = (
    Sort("words", 1, 3),
    Sort("words", 2, 2, keep_case=True),
    Sort("characters", 1, 4, keep_case=True, across=True),
    Sort("characters", 2, 5),
)


def by_hand(text: str, sort: Sort) -> Counter[tuple[str, ...]]:
    """The grams of a text, spelt out slowly."""
    text = " ".join(text.split())
    text = f" {text if sort.keep_case else text.lower()} "
    found: Counter[tuple[str, ...]] = Counter()
    if sort.unit == "words":
        words, word = [], ""
        for character in text:
            if grams._kind(ord(character)) == 1:
                word += character
                continue
            words += [word] if word else []
            word = ""
            words += [] if character.isspace() else [character]
        for n in range(sort.low, sort.high + 1):
            found.update(tuple(words[k : k + n]) for k in range(len(words) - n + 1))
        return found
    for n in range(sort.low, sort.high + 1):
        for k in range(len(text) - n + 1):
            gram = text[k : k + n]
            if gram.strip(" ") and (sort.across or " " not in gram[1:-1]):
                found[(gram,)] += 1
    return found


@pytest.mark.parametrize("sort", SORTS, ids=str)
@given(texts=TEXTS)
def test_counts_are_those_of_grams_spelt_out(sort: Sort, texts: list[str]) -> None:
    found = count(texts, sort)
    assert found.shape == (len(texts), grams.BUCKETS)
    for k, text in enumerate(texts):
        assert sorted(found[k].data) == sorted(by_hand(text, sort).values())


@given(texts=TEXTS)
def test_a_text_has_the_same_grams_in_any_company(texts: list[str]) -> None:
    together = count(texts, SORTS[2])
    for k, text in enumerate(texts):
        assert (count([text], SORTS[2]) != together[k]).nnz == 0


def test_the_same_gram_in_two_texts_has_one_column() -> None:
    found = count(["a red moon", "that Red  Moon!"], Sort("words", 2, 2))
    assert len(set(found[0].indices) & set(found[1].indices)) == 1


def test_words_are_those_of_a_regular_expression() -> None:
    text = "Don't panic, it is 42_times -- isn't it?"
    assert sum(count([text], Sort("words", 1, 1)).data) == len(re.findall(r"\w+|[^\w\s]", text))


def test_pieces_of_work_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"text number {k} of some" for k in range(50)]
    whole = count(texts, SORTS[3])
    monkeypatch.setattr(grams, "PIECE", 60)
    assert (count(texts, SORTS[3]) != whole).nnz == 0


@pytest.mark.parametrize("kept", [10**9, 20_000, 1])
def test_what_is_remembered_is_what_would_be_counted(monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    monkeypatch.setattr(grams, "_memories", {})
    monkeypatch.setattr(grams, "FEW", 0)
    monkeypatch.setattr(grams, "KEPT", kept)
    sort, rng = Sort("characters", 2, 3), np.random.default_rng(0)
    texts = [" ".join(rng.choice(["red", "sea", "moon"], 3)) + str(k % 40) for k in range(80)]
    expected = count(texts, sort)
    grams.remember(sort)
    for _ in range(4):
        chosen = rng.choice(80, 50)
        assert (count([texts[k] for k in chosen], sort) != expected[chosen]).nnz == 0


def test_broken_and_endless_texts_are_counted_too() -> None:
    found = count(["\ud800 lone", "", "   ", "\x00", "x" * 1_000_000, "雪 🌨️"], Sort("characters", 1, 3))
    assert found[1].nnz == found[2].nnz == 0
    assert found[4].nnz == 7  # x, xx and xxx, and with a space before or after
    assert found[5].nnz
