"""modelwright: an autonomous machine-learning engineer.

    import modelwright as mw

    run = mw.run("task/", budget="2m")                      # a folder with a description and tables
    run = mw.run(frame, target="churn", metric="auc")       # or a DataFrame
    run.best, run.history(), run.predict(frame), run.report()

Importing this package imports next to nothing; what is needed is imported when it is used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import Run, Understood, open_run, plan, resume, run, runs
    from .errors import ModelwrightError

__all__ = ["ModelwrightError", "Run", "Understood", "open_run", "plan", "resume", "run", "runs"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import api, errors

    return getattr(errors if name == "ModelwrightError" else api, name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
