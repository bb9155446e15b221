"""Tables, texts and pairs of texts are told apart by what the columns hold and what the description says."""

import numpy as np
import pandas as pd
import pytest

from modelwright.records.problem import Modality
from modelwright.task.modality import find_matter
from modelwright.task.prose import parse

WORDS = [f"{a}{b}" for a in ("ba", "ko", "mi", "ru", "te", "zo") for b in ("lan", "mer", "nis", "pol", "rad")]
RNG = np.random.default_rng(0)


def texts(words: int, rows: int = 200, pool: list[str] = WORDS) -> list[str]:
    return [" ".join(RNG.choice(pool, words)) for _ in range(rows)]


def numbers(columns: int, rows: int = 200) -> dict[str, "np.ndarray"]:
    return {f"n{k}": RNG.normal(size=rows) for k in range(columns)}


def matter(table: dict[str, object], description: str = "") -> tuple[Modality, tuple[str, ...]]:
    frame = pd.DataFrame(table)
    found = find_matter(frame, list(frame), parse(description))
    return found.modality, found.inputs


def test_a_column_of_text_and_little_else_is_text() -> None:
    assert matter({"review": texts(9), **numbers(1)}) == (Modality.TEXT, ("review",))


def test_short_texts_among_many_columns_are_a_table() -> None:
    assert matter({"name": texts(4), **numbers(8)}, "Passengers of a ship.") == (Modality.TABLE, ())


def test_long_texts_are_the_matter_where_the_description_speaks_of_texts() -> None:
    table = {"body": texts(30), **numbers(6)}
    assert matter(table, "Each complaint was written by a customer.") == (Modality.TEXT, ("body",))
    assert matter(table, "Machines and their sensors.") == (Modality.TABLE, ())


def test_numbers_and_categories_are_a_table() -> None:
    assert matter({"city": RNG.choice(["Lyon", "New York"], 200), **numbers(2)}) == (Modality.TABLE, ())


@pytest.mark.parametrize(
    "said", ["How similar are the two?", "Do both questions mean the same?", "Duplicates count 1."]
)
def test_two_texts_alike_are_a_pair_where_the_description_compares(said: str) -> None:
    table = {"first": texts(5), "other": texts(7), "area": RNG.choice(["a", "b"], 200)}
    assert matter(table, said) == (Modality.TEXT_PAIR, ("first", "other"))


def test_columns_named_alike_are_a_pair_without_a_word() -> None:
    assert matter({"question1": texts(8), "question2": texts(8)}) == (Modality.TEXT_PAIR, ("question1", "question2"))


def test_short_phrases_that_repeat_are_a_pair_too() -> None:
    phrases = texts(2, 60)
    table = {"anchor": RNG.choice(phrases, 200), "target": texts(3)}
    assert matter(table, "Rate how similar they are.") == (Modality.TEXT_PAIR, ("anchor", "target"))


def test_two_texts_without_a_common_word_are_no_pair() -> None:
    table = {"title": texts(4), "body": texts(6, pool=[w[::-1] for w in WORDS])}
    assert matter(table, "Match the mood of the article.") == (Modality.TEXT, ("title", "body"))


def test_a_title_and_a_long_text_are_no_pair() -> None:
    assert matter({"title": texts(4), "body": texts(60)}, "Is it related to sport?") == (
        Modality.TEXT,
        ("title", "body"),
    )
