import json
import time
from pathlib import Path

import pytest

from modelwright import checkpoints
from modelwright.checkpoints import KNOWN, Task, at_hand, fitting, given, size
from modelwright.errors import SettingsError

CONFIG = {"model_type": "bert", "hidden_size": 768, "num_hidden_layers": 12, "intermediate_size": 3072}


def folder(path: Path, **config: object) -> Path:
    path.mkdir(parents=True)
    (path / "config.json").write_text(json.dumps({**CONFIG, **config}))
    (path / "model.safetensors").write_bytes(b"")
    return path


def task(**changes: object) -> Task:
    known = {
        "description": "Tell the author.",
        "characters": 150.0,
        "rows": 5000,
        "english": True,
        "budget": 3600.0,
        "device": "cuda",
        "threads": 2,
    }
    return Task(**{**known, **changes})  # type: ignore[arg-type]


def cache(root: Path, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(root))
    for name in names:
        folder(root / f"models--{name.replace('/', '--')}" / "snapshots" / "abc")


def test_a_named_folder_is_taken_with_its_size(tmp_path: Path) -> None:
    (found,) = given([str(folder(tmp_path / "mine"))])
    assert (found.name, found.folder) == ("mine", str(tmp_path / "mine"))
    assert found.millions == pytest.approx(85, abs=1)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda f: f.joinpath("config.json").unlink(), "it has no config.json"),
        (lambda f: f.joinpath("config.json").write_text("{"), "cannot be read"),
        (lambda f: f.joinpath("config.json").write_text("{}"), "names no model_type"),
        (lambda f: f.joinpath("model.safetensors").unlink(), "it has no weights"),
        (lambda f: f.rename(f.with_name("elsewhere")), "no such folder"),
    ],
)
def test_what_a_folder_lacks_is_told_in_a_sentence(tmp_path: Path, spoil: object, told: str) -> None:
    path = folder(tmp_path / "mine")
    spoil(path)  # type: ignore[operator]
    with pytest.raises(SettingsError, match=told) as caught:
        given([str(path)])
    assert str(path) in str(caught.value)


def test_nothing_at_hand_is_found_out_in_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache(tmp_path / "empty", monkeypatch)
    began = time.monotonic()
    assert at_hand(task()) == []
    assert time.monotonic() - began < 1.0


def test_only_whole_and_known_checkpoints_of_the_cache_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache(tmp_path, monkeypatch, "microsoft/deberta-v3-base", "somebody/unheard-of", "FacebookAI/roberta-base")
    (tmp_path / "models--FacebookAI--roberta-base" / "snapshots" / "abc" / "config.json").unlink()
    assert [c.name for c in at_hand(task())] == ["microsoft/deberta-v3-base"]


def test_a_large_model_is_for_those_who_have_the_time() -> None:
    quick, slow = (fitting(task(budget=b, device="cpu")) for b in (600.0, 10 * 86400.0))
    assert max(known.millions for known, _ in slow) > 300
    assert max((known.millions for known, _ in quick), default=0.0) < 50
    assert slow[0][0].rank > max((known.rank for known, _ in quick), default=0)


def test_the_language_and_the_domain_count() -> None:
    assert all("many" in known.languages for known, _ in fitting(task(english=False)))
    plain, patents = (
        [known.name for known, _ in fitting(task(description=d))] for d in ("Tell the author.", "Phrases of patents.")
    )
    assert "anferico/bert-for-patents" not in plain
    assert patents[0] == "anferico/bert-for-patents"


def test_every_choice_has_its_reason() -> None:
    assert len({known.name for known in KNOWN}) == len(KNOWN)
    for known, reason in fitting(task(budget=1e9)):
        assert known.because
        assert "million weights" in reason


def test_sizes_are_about_those_that_are_published(tmp_path: Path) -> None:
    large = folder(tmp_path / "large", hidden_size=1024, num_hidden_layers=24, intermediate_size=4096)
    assert size(large) == pytest.approx(303, rel=0.02)
    small = folder(tmp_path / "small", hidden_size=384, num_hidden_layers=6, intermediate_size=1536)
    assert size(small) == pytest.approx(10.6, rel=0.02)


def test_the_hub_that_cannot_be_reached_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("huggingface_hub", reason="the extra text is not installed")
    monkeypatch.setattr("huggingface_hub.snapshot_download", _no_network)
    with pytest.raises(SettingsError, match=r"deberta.* could not be had from the hub \(OSError: no route"):
        checkpoints.download("microsoft/deberta-v3-base")


def _no_network(*_args: object, **_more: object) -> str:
    raise OSError("no route to host")
