"""What was recorded plays back, exactly that, and nothing else."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from modelwright.errors import SettingsError
from modelwright.llms.cassette import Recording, Replaying
from modelwright.llms.client import Unanswered
from modelwright.records.call import Answer, Call, CallStatus, Message


class Fake:
    """Answers with a number, or not at all."""

    def __init__(self, model: str = "a-model", *, answers: bool = True) -> None:
        self.model, self.answers, self.asked = model, answers, 0

    def ask(self, messages: Sequence[Message], purpose: str) -> Answer:
        self.asked += 1
        status = CallStatus.OK if self.answers else CallStatus.FAILED
        text = f"answer {self.asked} of {self.model}\nmit Ümläuten"
        call = Call(at=1.0, model=self.model, purpose=purpose, status=status, usd=0.5, tokens_in=9, answer=text)
        if not self.answers:
            raise Unanswered(call)
        return Answer(text=text, model=self.model, call=call)


def say(text: str, role: str = "user") -> tuple[Message, ...]:
    return (Message.model_validate({"role": role, "text": text}),)


def test_an_answer_plays_back_and_costs_nothing(tmp_path: Path) -> None:
    recorded = Recording(Fake(), tmp_path / "new" / "cassette.jsonl").ask(say("a"), "why")
    calls: list[Call] = []
    played = Replaying(tmp_path / "new" / "cassette.jsonl", record=calls.append).ask(say("a"), "another reason")
    assert (played.text, played.model) == (recorded.text, "a-model")
    assert calls == [played.call]
    assert (played.call.usd, played.call.tokens_in, played.call.purpose) == (0.0, 0, "another reason")


@pytest.mark.parametrize("changed", [say("a "), say("a", "assistant"), (*say("a"), *say("a"))])
def test_an_unknown_prompt_is_unanswered(changed: tuple[Message, ...], tmp_path: Path) -> None:
    Recording(Fake(), tmp_path / "c").ask(say("a"), "")
    calls: list[Call] = []
    with pytest.raises(Unanswered, match="holds no answer to this prompt") as raised:
        Replaying(tmp_path / "c", record=calls.append).ask(changed, "")
    assert calls == [raised.value.call]


def test_what_was_not_answered_is_not_recorded(tmp_path: Path) -> None:
    recording = Recording(Fake(), tmp_path / "c")
    recording.ask(say("a"), "")
    recording.client = Fake(answers=False)
    with pytest.raises(Unanswered):
        recording.ask(say("b"), "")
    with pytest.raises(Unanswered, match="holds no answer"):
        Replaying(tmp_path / "c").ask(say("b"), "")


def test_answers_to_the_same_prompt_come_in_their_order_and_the_last_one_again(tmp_path: Path) -> None:
    recording = Recording(Fake(), tmp_path / "c")
    texts = [recording.ask(say("a"), "").text for _ in range(2)]
    replaying = Replaying(tmp_path / "c")
    assert [replaying.ask(say("a"), "").text for _ in range(3)] == [*texts, texts[-1]]


def test_a_cassette_of_several_models_asks_whose_answers_to_play(tmp_path: Path) -> None:
    for model in ("b", "a"):
        Recording(Fake(model), tmp_path / "c").ask(say("x"), "")
    with pytest.raises(SettingsError, match="holds answers of a, b: say whose to play"):
        Replaying(tmp_path / "c")
    assert Replaying(tmp_path / "c", "b").ask(say("x"), "").text.startswith("answer 1 of b")


def test_recording_goes_on_where_it_ended(tmp_path: Path) -> None:
    Recording(Fake(), tmp_path / "c").ask(say("a"), "")
    Recording(Fake(), tmp_path / "c").ask(say("b"), "")
    replaying = Replaying(tmp_path / "c")
    assert replaying.ask(say("a"), "").text == replaying.ask(say("b"), "").text


def test_a_line_that_was_never_finished_hurts_neither_playing_nor_recording(tmp_path: Path) -> None:
    path = tmp_path / "c"
    Recording(Fake(), path).ask(say("a"), "")
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])
    assert Replaying(path).ask(say("a"), "")
    Recording(Fake(), path).ask(say("b"), "")
    assert Replaying(path).ask(say("b"), "")


def test_a_last_line_without_its_end_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "c"
    Recording(Fake(), path).ask(say("a"), "")
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert Replaying(path).ask(say("a"), "")
    Recording(Fake(), path).ask(say("b"), "")
    replaying = Replaying(path)
    assert replaying.ask(say("a"), "").text == replaying.ask(say("b"), "").text


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"{}\n", "line 1 of .* is none of a cassette"), (b"", "holds no answers"), (b"\xff\xfe\n", "cannot be read")],
)
def test_what_is_no_cassette_is_refused(content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "c").write_bytes(content)
    with pytest.raises(SettingsError, match=told):
        Replaying(tmp_path / "c")


def test_a_cassette_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        Replaying(tmp_path / "nowhere")
