"""Each test in a process of its own: what has been imported stays."""

import subprocess
import sys

import pytest

pytest.importorskip("torch", reason="the extra neural is not installed")

TRAINED = """
import sys, torch
from modelwright.recipes import training
def step(kind, **more):
    layer = torch.nn.Linear(3, 2)
    before = layer.weight.detach().clone()
    optimizer = kind(layer.parameters(), **more)
    optimizer.zero_grad()
    layer(torch.ones(4, 3)).sum().backward()
    optimizer.step()
    assert not torch.equal(before, layer.weight)
    return layer.weight.detach()
"""


def run(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", TRAINED + code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_training_does_not_import_the_compiler() -> None:
    run("""
with training.quiet(0):
    step(torch.optim.AdamW)
    step(torch.optim.SGD, lr=0.1, momentum=0.9)
assert not any(name.startswith("torch._inductor") for name in sys.modules)
assert "torch._dynamo" not in sys.modules
""")


def test_a_step_is_the_same_with_and_without_it() -> None:
    run("""
with training.quiet(0):
    without = step(torch.optim.AdamW)
import torch._dynamo
with training.quiet(0):
    assert torch.equal(without, step(torch.optim.AdamW))
""")


def test_the_compiler_is_there_for_whoever_asks_for_more() -> None:
    run("""
with training.quiet(0):
    step(torch.optim.AdamW)
    assert not torch._dynamo.is_compiling()
    assert "torch._dynamo.config" in sys.modules
import torch._dynamo
assert torch._dynamo.config.verbose is False
""")


def test_nothing_of_it_stays_behind() -> None:
    run("""
with training.quiet(0):
    step(torch.optim.AdamW)
import torch._dynamo
assert torch._dynamo.__spec__ is not None and hasattr(torch._dynamo, "optimize")
""")
