"""Pretrained transformers, fine-tuned on the texts of a table: where a checkpoint is at hand and torch is installed."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

from .. import checkpoints
from ..records.problem import Modality
from ..records.space import Choice, Real, Space
from .base import ABSOLUTE, classifies, marks, number, threads
from .text import read, why_no_text

if TYPE_CHECKING:
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile

NEEDS = ("torch", "transformers")
MISSING = "it needs torch and transformers: install modelwright[text]"
NONE = "no pretrained model is at hand: give --checkpoint FOLDER, or --hub"
TOKENS = 256  # of a row that are read, at most, unless told


class Transformer:
    """An encoder with a new head, all of it trained for a few epochs; two texts of a pair are read together."""

    name = "transformer"
    family = "transformer"
    imports: ClassVar[tuple[str, ...]] = NEEDS
    patient = True  # one fold of it may take long: it is few experiments that count
    sure = True  # what it guesses of its time is counted, not felt

    meanings: ClassVar[dict[str, str]] = {
        "steps True": "the steps of the target as classes, not as numbers",
        "pooling attention": "tokens weighed by learned attention, not their mean",
        "pooling cls": "the first token alone, not the mean of all",
    }

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:
        """A table with text, and a checkpoint."""
        reason = why_no_text(problem, profile)
        if reason is not None:
            return reason
        if not checkpoints.named(problem):
            return NONE
        return None if all(find_spec(name) for name in NEEDS) else MISSING

    def build(self, problem: "Problem", params: "Params") -> Any:
        """Params: those of `finetuned.FineTuned`."""
        from .finetuned import FineTunedClassifier, FineTunedLabels, FineTunedRegressor

        pair = problem.modality is Modality.TEXT_PAIR
        found = checkpoints.named(problem)
        known: Any = {
            "checkpoint": found[0] if found else "",
            "columns": list(problem.inputs) if pair else None,
            **params,
        }
        if classifies(problem):
            return FineTunedClassifier(**known)
        if marks(problem):
            return FineTunedLabels(**known)
        return FineTunedRegressor(**{"loss": "absolute" if problem.metric in ABSOLUTE else "squared", **known})

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """What usually matters."""
        return {
            "learning_rate": Real(low=1e-5, high=2e-4, log=True),
            "pooling": Choice(values=("mean", "attention", "cls")),
            "decay": Choice(values=(0.9, 0.8, 1.0)),
            "cycle": Choice(values=(3, 2, 4)),
        }

    def presets(self, problem: "Problem", profile: "Profile") -> "list[Params]":
        """Steps of a scale as classes, another pooling, the second checkpoint."""
        found: list[Params] = [{"pooling": "attention"}, {"pooling": "cls"}]
        target = next((c for c in profile.columns if c.name in problem.targets), None)
        if not (classifies(problem) or marks(problem)) and (target is None or target.distinct <= 12):
            found.insert(0, {"steps": True})
        others: list[Params] = [{"checkpoint": folder} for folder in checkpoints.named(problem)[1:]]
        return [*found, *others]

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:
        """By weights and tokens, on this machine's device."""
        found = checkpoints.named(problem)
        folder = str(params.get("checkpoint") or (found[0] if found else ""))
        tokens = min(
            number(params, "longest", TOKENS), sum(c.length for c in read(profile)) / checkpoints.CHARACTERS + 4
        )
        epochs = number(params, "epochs", number(params, "cycle", cycle(rows)))
        work = rows * (epochs + 0.4) * tokens * checkpoints.weights(folder) * checkpoints.PER_TOKEN
        return 3.0 + work / checkpoints.speed(threads())


def cycle(rows: int) -> int:
    """Epochs for so many rows."""
    return 3 if rows > 3000 else 5 if rows > 800 else 8
