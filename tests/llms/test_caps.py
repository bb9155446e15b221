"""Caps are read as people write them, and the purse never lets a call go that could break one."""

import threading
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.errors import SettingsError
from modelwright.llms.caps import CapReached, Caps, Purse
from modelwright.records.call import Call, CallStatus


def a_call(**changed: object) -> Call:
    fields = {"at": 0.0, "model": "m", "purpose": "p", "status": CallStatus.OK} | changed
    return Call.model_validate(fields)


@pytest.mark.parametrize(
    ("text", "caps"),
    [
        ("5usd", Caps(usd=5)),
        ("$5", Caps(usd=5)),
        ("0.50 USD", Caps(usd=0.5)),
        ("5$", Caps(usd=5)),
        ("3 dollars", Caps(usd=3)),
        ("2usd, 300k tokens, 40 calls", Caps(usd=2, tokens=300_000, calls=40)),
        ("2.3k tokens", Caps(tokens=2300)),
        ("1.5M tokens,1 call", Caps(tokens=1_500_000, calls=1)),
    ],
)
def test_caps_are_read_as_people_write_them(text: str, caps: Caps) -> None:
    assert Caps.parse(text) == caps


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "300k",
        "5 eur",
        "€5",
        "5usd tokens",
        "$5 tokens",
        "5k usd",
        "-5usd",
        "5usd,",
        "nan usd",
        "1e3 tokens",
        "1,000 calls",
    ],
)
def test_what_is_no_cap_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(SettingsError, match="write it like 5usd, or '2usd, 300k tokens, 40 calls'") as error:
        Caps.parse(text)
    assert repr(text) in str(error.value)


@pytest.mark.parametrize("text", ["0usd", "2usd, 0 calls"])
def test_a_cap_of_nothing_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="allows nothing to be asked"):
        Caps.parse(text)


def test_a_cap_that_is_named_twice_is_refused() -> None:
    with pytest.raises(SettingsError, match="names usd twice"):
        Caps.parse("5usd, $6")


def test_a_broken_number_of_calls_is_refused() -> None:
    with pytest.raises(SettingsError, match="broken number of calls"):
        Caps.parse("2.5 calls")


def test_caps_read_back_what_they_write() -> None:
    caps = Caps(usd=2.5, tokens=300_000, calls=40)
    assert Caps.parse(str(caps)) == caps


@pytest.mark.parametrize(
    ("caps", "told"),
    [
        (Caps(usd=1), "left of 1 usd"),
        (Caps(tokens=100), "left of 100"),
        (Caps(calls=1), "the limit of 1 calls is reached"),
    ],
)
def test_a_call_in_flight_counts_with_its_worst_case(caps: Caps, told: str) -> None:
    purse = Purse(caps)
    purse.reserve(60, 0.6)
    assert not purse.fits(60, 0.6)
    with pytest.raises(CapReached, match=told):
        purse.reserve(60, 0.6)


def test_what_a_call_did_not_use_is_free_again() -> None:
    purse = Purse(Caps(usd=1, tokens=100))
    purse.settle(purse.reserve(60, 0.6), 10, 0.1)
    assert purse.fits(90, 0.9)
    assert not purse.fits(91, 0.9)
    assert not purse.fits(90, 0.91)


def test_a_purse_may_be_spent_to_the_last_cent() -> None:
    purse = Purse(Caps(usd=0.3))
    for _ in range(3):
        purse.settle(purse.reserve(1, 0.1), 1, 0.1)  # 0.1 three times is more than 0.3 for a float
    assert not purse.fits(1, 0.0001)


def test_an_earlier_part_of_the_run_is_already_paid() -> None:
    earlier = [a_call(usd=0.4, tokens_in=50, tokens_out=10), a_call(usd=None, tokens_in=5, status="failed")]
    spent = Purse(Caps(), earlier).spent
    assert (spent.usd, spent.tokens, spent.calls) == (0.4, 65, 2)


def test_a_call_that_was_denied_has_cost_nothing() -> None:
    assert Purse(Caps(calls=1), [a_call(status="denied", usd=0.0)]).fits(1, 1.0)


def test_further_attempts_are_no_further_calls() -> None:
    purse = Purse(Caps(calls=1))
    purse.reserve(1, None)
    purse.reserve(1, None, calls=0)
    assert purse.spent.calls == 1


def test_money_nobody_knows_is_held_back_by_the_other_caps_only() -> None:
    purse = Purse(Caps(usd=0.01, tokens=10))
    purse.reserve(6, None)
    with pytest.raises(CapReached, match="6 tokens do not fit into the 4 left"):
        purse.reserve(6, None)


def test_a_call_that_cost_more_than_its_worst_case_ends_the_spending() -> None:
    purse = Purse(Caps(tokens=100))
    purse.settle(purse.reserve(10, None), 500, None)
    with pytest.raises(CapReached, match="0 left of 100"):
        purse.reserve(1, None)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 50), st.floats(0, 1)), max_size=30))
def test_no_order_of_calls_breaks_a_cap(calls: list[tuple[int, float]]) -> None:
    purse, holds, used = Purse(Caps(tokens=100)), [], 0
    for tokens, share in calls:
        try:
            holds.append(purse.reserve(tokens, None))
        except CapReached:
            if holds:
                hold = holds.pop(0)
                used += int(hold.tokens * share)
                purse.settle(hold, int(hold.tokens * share), None)
        assert used + sum(hold.tokens for hold in holds) <= 100


def test_threads_that_reserve_at_once_do_not_break_a_cap() -> None:
    purse, gate, taken = Purse(Caps(tokens=100, calls=1000)), threading.Barrier(8), []

    def take() -> None:
        gate.wait()
        for _ in range(50):
            try:
                taken.append(purse.reserve(1, None).number)
            except CapReached:
                return

    run_together(take, 8)
    assert len(taken) == len(set(taken)) == 100


def run_together(work: Callable[[], None], number: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
