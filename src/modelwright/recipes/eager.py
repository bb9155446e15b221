"""Training without torch's compiler, whose import takes longer than that of torch itself and of which nothing is used.

torch's optimisers import it at their first step, to tell it to keep out of the way. Here something stands in its place
that has nothing to keep out; where more than that is asked of it, the compiler is imported after all.
"""

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch

COMPILER = "torch._dynamo"


class _Aside(ModuleType):
    """What optimisers ask of the compiler when nothing is compiled."""

    @staticmethod
    def disable(fn: Callable[..., Any] | None = None, *_: Any, **__: Any) -> Callable[..., Any]:
        """The function as it is; without one, a decorator that returns it so."""
        return (lambda given: given) if fn is None else fn

    @staticmethod
    def graph_break(*_: Any, **__: Any) -> None:
        """There is no graph."""

    def __getattr__(self, name: str) -> Any:
        _clear(self)
        return getattr(importlib.import_module(COMPILER), name)


@contextmanager
def uncompiled() -> Iterator[None]:
    """Within, optimisers do not import the compiler. Nothing changes where it is imported already."""
    if COMPILER in sys.modules:
        yield
        return
    aside = _Aside(COMPILER)
    sys.modules[COMPILER] = aside
    torch._dynamo = aside
    try:
        yield
    finally:
        _clear(aside)


def _clear(aside: ModuleType) -> None:
    """Take it away, if it is still there."""
    if sys.modules.get(COMPILER) is aside:
        del sys.modules[COMPILER]
    if vars(torch).get("_dynamo") is aside:
        del torch._dynamo
