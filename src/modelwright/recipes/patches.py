"""Pictures by the patches they are made of, and a linear model: an answer in seconds that needs no label to see."""

from typing import TYPE_CHECKING, Any, ClassVar

from ..grids import OPTION
from ..records.space import Choice, Real, Space
from .base import ABSOLUTE, classifies, marks, number
from .image import column, native, reading, why_no_pictures

if TYPE_CHECKING:
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile

SIDE = 32  # to which pictures are stretched or shrunk by default; smaller ones (down to 16) keep their own
LARGE = 48  # the same, where pictures have more to show
EACH = 0.7e-3, 1.3e-5  # seconds for one look at a picture of that side, and for each filter
MANY = 2000  # rows from which on more filters are worth a try
FIXED = 1.0  # seconds for learning filters and components


class ImagePatches:
    """A linear model of how pictures agree with patches of training pictures (`patching.Patches`)."""

    name = "image-patches"
    family = "patches"
    sure = True  # what it guesses of its time is counted, not felt
    remembers = True  # what it saw of pictures is kept for a run: a first fit takes longest, and so does a refit
    meanings: ClassVar[dict[str, str]] = {"mirrored False": "pictures never mirrored"}

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:
        """Pictures that get a class, labels or values."""
        return why_no_pictures(problem, profile)

    def build(self, problem: "Problem", params: "Params") -> Any:
        """Params: `penalty` of the coefficients; others of `patching.Patches`.

        For values the penalty is chosen on rows left out unless it is given.
        """
        from sklearn.linear_model import LogisticRegression

        from .columns import TableClassifier, TableLabels, TableRegressor
        from .patching import Patches
        from .penalised import PenalisedValues

        known: Any = {"side": min(SIDE, native(problem)), **params}
        penalty, seed = known.pop("penalty", None), known.get("seed", 0)
        grid: Any = problem.options.get(OPTION)
        prepare = Patches(column=column(problem), grid=grid, **known)
        if classifies(problem):
            return TableClassifier(prepare, LogisticRegression(C=1 / (penalty or 1.0), max_iter=300))
        if marks(problem):
            return TableLabels(prepare, LogisticRegression(C=1 / (penalty or 1.0), max_iter=300))
        loss = "absolute" if problem.metric in ABSOLUTE else "squared"
        return TableRegressor(prepare, PenalisedValues(penalty, loss, seed))

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """The penalty first."""
        return {
            "penalty": Real(low=0.03, high=10.0, log=True),
            "components": Choice(values=(0, 50, 100, 200, 400)),
            "filters": Choice(values=(200, 400, 800)),
            "mirrored": Choice(values=(True, False)),
            **({"side": Choice(values=(SIDE, LARGE))} if native(problem) >= LARGE else {}),
        }

    def presets(self, problem: "Problem", profile: "Profile") -> "list[Params]":
        """No mirrors; more filters, as many rows allow; larger pictures, where there are such."""
        found: list[Params] = [{"mirrored": False}]
        if profile.rows > MANY:
            found.append({"filters": 600})
        if native(problem) >= LARGE:
            found.append({"side": LARGE})
        return found

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:
        """By places in pictures, and filters."""
        looks = 1 + bool(params.get("mirrored", True))
        places = (number(params, "side", SIDE) / SIDE) ** 2
        one = looks * places * (EACH[0] + EACH[1] * number(params, "filters", 200))
        fixed = FIXED * number(params, "filters", 200) / 200
        return reading(problem, profile) + fixed + one * (1.3 * rows + profile.test_rows)
