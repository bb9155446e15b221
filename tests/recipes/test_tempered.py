import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra images is not installed")
import torch

from modelwright.recipes import tempered

LABELS = torch.tensor([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1], [0.2, 0.8, 0.0]], dtype=torch.float64)
ACTIVATIONS = torch.tensor([[-0.5, 0.1, 2.0], [0.1, 1.5, -5.0], [4.0, -3.0, -6.0]], dtype=torch.float64)


def test_the_loss_has_the_values_of_the_reference():
    # those of the authors' own tests, for temperatures of 0.5 and 1.5
    found = tempered.bi_tempered(ACTIVATIONS, LABELS, 0.5, 1.5)
    np.testing.assert_allclose(found.numpy(), [0.02301914, 0.18972909, 0.93874922], atol=1e-4)


def test_at_temperatures_of_one_it_is_cross_entropy():
    found = tempered.bi_tempered(ACTIVATIONS, LABELS, 1.0, 1.0)
    plain = -(LABELS * ACTIVATIONS.log_softmax(-1)).sum(-1)
    entropy = (LABELS * (LABELS + 1e-10).log()).sum(-1)
    np.testing.assert_allclose(found.numpy(), (plain + entropy).numpy(), atol=1e-7)


@pytest.mark.parametrize("temperature", [1.0, 1.2, 1.5, 3.0])
def test_probabilities_sum_to_one(temperature):
    found = tempered.probabilities(ACTIVATIONS * 10, temperature)
    np.testing.assert_allclose(found.sum(-1).numpy(), 1, atol=1e-6)
    assert (found >= 0).all()


@pytest.mark.parametrize(("low", "high", "smoothing"), [(0.8, 1.2, 0.0), (0.5, 1.5, 0.1), (1.0, 1.3, 0.0)])
def test_its_gradient_is_that_of_the_loss(low, high, smoothing):
    activations = ACTIVATIONS.clone().requires_grad_(True)
    assert torch.autograd.gradcheck(lambda a: tempered.bi_tempered(a, LABELS, low, high, smoothing), (activations,))


def test_a_label_far_off_pulls_less_than_cross_entropy_lets_it():
    far = torch.tensor([[12.0, -12.0]], dtype=torch.float64)
    wrong = torch.tensor([[0.0, 1.0]], dtype=torch.float64)
    assert tempered.bi_tempered(far, wrong, 0.8, 1.2).item() < 6 < -(wrong * far.log_softmax(-1)).sum().item()
