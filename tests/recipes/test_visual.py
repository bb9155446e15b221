import pytest

pytest.importorskip("torch", reason="the extra images is not installed")

import torch

from modelwright.recipes.visual import LABELLED, LEARNT, Criterion, Schedule

EPOCHS = 10


def criterion(noise: str, loss: str, aim: torch.Tensor) -> Criterion:
    schedule = Schedule(EPOCHS, 8, 0.01, 0.0, smoothing=0.0, noise=noise)  # type: ignore[arg-type]
    return Criterion(loss, schedule, aim)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("loss", "aim", "answers"),
    [
        ("classes", torch.tensor([0, 1]), torch.tensor([[8.0, 0.0, 0.0], [8.0, 0.0, 0.0]])),
        ("binary", torch.tensor([[0.0], [1.0]]), torch.tensor([[-8.0], [-8.0]])),
    ],
)
def test_a_label_that_the_network_keeps_contradicting_gives_way_to_what_it_says(
    loss: str, aim: torch.Tensor, answers: torch.Tensor
) -> None:
    places, found = torch.arange(2), criterion("correct", loss, aim)
    first = float(found(answers, places, None, 1.0))
    for epoch in range(EPOCHS):
        found.done = epoch / EPOCHS
        last = float(found(answers, places, None, 1.0))
        if found.done < LEARNT:
            assert last == pytest.approx(first)
    assert last < 0.5 * first
    kept = found.corrected[1, 1] if loss == "classes" else found.corrected[1, 0]
    assert float(kept) == pytest.approx(LABELLED, abs=0.02)  # the wrong label
    right = found.corrected[0, 0] if loss == "classes" else 1 - found.corrected[0, 0]
    assert float(right) == pytest.approx(1.0, abs=0.01)


def test_mixed_pictures_are_held_against_corrected_targets_and_correct_none() -> None:
    places, answers = torch.arange(2), torch.tensor([[8.0, 0.0], [8.0, 0.0]])
    found = criterion("correct", "classes", torch.tensor([0, 1]))
    found.done = 0.9
    plain = float(found(answers, places, places.flip(0), 0.5))
    assert found.corrected is None
    found(answers, places, None, 1.0)
    before = found.corrected.clone()
    assert float(found(answers, places, places.flip(0), 0.5)) < plain
    assert torch.equal(found.corrected, before)


@pytest.mark.parametrize("noise", ["none", "early", "bi-tempered"])
def test_other_losses_leave_targets_as_they_are(noise: str) -> None:
    found = criterion(noise, "classes", torch.tensor([0, 1]))
    found.done = 0.9
    found(torch.tensor([[8.0, 0.0], [8.0, 0.0]]), torch.arange(2), None, 1.0)
    assert found.corrected is None
