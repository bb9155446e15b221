from copy import deepcopy

import pytest

torch = pytest.importorskip("torch", reason="the extra images is not installed")

from modelwright.recipes.descent import EVERY, Average, cycle  # noqa: E402


def network() -> "torch.nn.Module":
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2))


def test_what_is_kept_is_the_moving_average_of_what_was_trained() -> None:
    module = network()
    average, expected = Average(module, 0.9), deepcopy(module.state_dict())
    optimizer = torch.optim.SGD(module.parameters(), lr=0.01)
    for done in range(EVERY, 20, EVERY):
        module(torch.randn(8, 3)).square().sum().backward()
        optimizer.step()
        optimizer.zero_grad()
        average.look(done)
        stays = min(0.9, 1 - 10 / (done + 10)) ** EVERY
        for name, value in module.state_dict().items():
            expected[name] = (
                stays * expected[name] + (1 - stays) * value if value.is_floating_point() else value.clone()
            )
    trained = deepcopy(module.state_dict())
    average.give(module)
    for name, value in module.state_dict().items():
        torch.testing.assert_close(value, expected[name])
    assert not torch.equal(trained["0.weight"], module.state_dict()["0.weight"])


def test_the_learning_rate_rises_and_falls_once() -> None:
    rates = [cycle(k / 100, 0.2) for k in range(101)]
    top = rates.index(max(rates))
    assert top == 20
    assert rates[:21] == sorted(rates[:21])
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert rates[-1] == pytest.approx(0.0)
