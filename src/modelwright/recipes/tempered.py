"""The bi-tempered logistic loss, which labels that are wrong pull on less than cross-entropy lets them.

Amid, Warmuth, Anil and Koren, "Robust bi-tempered logistic loss based on Bregman divergences" (NeurIPS 2019): a
logarithm that is bounded (temperature below 1) against outliers, and an exponential with a heavy tail (above 1)
against labels mixed up near the border.
"""

from typing import Any

import torch

ROUNDS = 20  # of the search for the normalisation; it converges in about ten


def logarithm(values: Any, temperature: float) -> Any:
    """The tempered logarithm; the usual one at a temperature of 1."""
    if temperature == 1.0:
        return values.log()
    return (values ** (1.0 - temperature) - 1.0) / (1.0 - temperature)


def exponential(values: Any, temperature: float) -> Any:
    """The tempered exponential, its inverse where that is above zero."""
    if temperature == 1.0:
        return values.exp()
    return (1.0 + (1.0 - temperature) * values).clamp(min=0) ** (1.0 / (1.0 - temperature))


def probabilities(activations: Any, temperature: float) -> Any:
    """The tempered softmax (rows, classes), for a temperature of 1 or more."""
    if temperature == 1.0:
        return activations.softmax(-1)
    return exponential(activations - _normalisation(activations, temperature), temperature)


def _normalisation(activations: Any, temperature: float) -> Any:
    """The number for each row by which activations fall so that their exponentials sum to one; fixed-point rounds."""
    with torch.no_grad():
        most = activations.max(-1, keepdim=True).values
        first = activations - most
        current = first
        for _ in range(ROUNDS):
            total = exponential(current, temperature).sum(-1, keepdim=True)
            current = first * total ** (1.0 - temperature)
        total = exponential(current, temperature).sum(-1, keepdim=True)
        guess = -logarithm(1.0 / total, temperature) + most
    # one step of Newton's method gives the gradient that the search has not
    shifted = activations - guess
    value = exponential(shifted, temperature)
    slope = (value**temperature).sum(-1, keepdim=True).detach()
    return guess + (value.sum(-1, keepdim=True) - 1.0) / slope


def bi_tempered(activations: Any, labels: Any, low: float, high: float, smoothing: float = 0.0) -> Any:
    """The loss of each row (rows,).

    Args:
        activations: (rows, classes).
        labels: (rows, classes), rows that sum to one.
        low: temperature of the logarithm, below 1.
        high: temperature of the softmax, 1 or more.
        smoothing: share of a label that is spread over all classes.
    """
    if smoothing:
        classes = labels.shape[-1]
        labels = (1 - smoothing * classes / (classes - 1)) * labels + smoothing / (classes - 1)
    found = probabilities(activations, high)
    matched = labels * (logarithm(labels + 1e-10, low) - logarithm(found.clamp(min=1e-10), low))
    spread = (labels ** (2.0 - low) - found ** (2.0 - low)) / (2.0 - low)
    return (matched - spread).sum(-1)
