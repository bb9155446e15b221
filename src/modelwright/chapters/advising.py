"""What a strategist that asks language models is given: clients within caps, a wall for code, what may be told."""

from typing import TYPE_CHECKING

from ..errors import SettingsError
from ..journal.journal import Journal
from ..llms.caps import Caps, Purse
from ..llms.check import check
from ..llms.client import Client
from ..llms.names import split
from ..sandboxes import choose
from ..sandboxes.walls import Limits
from ..search.budget import Budget
from ..settings import Settings
from ..strategists.counsel import Counsel
from ..strategists.hybrid import Advice
from .machine import shares
from .materials import Materials

if TYPE_CHECKING:
    import pandas as pd

    from ..sandboxes.choose import Shut


def check_models(settings: Settings, *, asks: bool) -> None:
    """Whether all models can be asked, before anything is started and without a call.

    Raises:
        SettingsError: a name, an address, a key, a cap or a package is missing or wrong.
    """
    names = split(settings.llm)
    if asks and not names:
        raise SettingsError(
            f"--strategist {settings.strategist} asks a language model and none is named: "
            "add --llm, as in --llm anthropic:NAME, or --llm NAME --llm-url http://localhost:11434/v1."
        )
    caps = Caps.parse(settings.llm_budget)
    for name in names:
        check(name, settings.llm_url, caps)
    if settings.sandbox != "auto":
        choose.wall(settings.sandbox)


def shut_in(materials: Materials, settings: Settings, journal: Journal) -> "Shut":
    """Try out the walls, and put on record which one free code runs behind; anew when a run is resumed.

    Raises:
        SettingsError: the level that was asked for does not work here.
    """
    limits = Limits(memory_mb=shares(settings)[2])
    shut = choose.decide(settings.sandbox, settings.allow_unsandboxed, limits)
    shut.write(materials.workspace.data)
    journal.fact("sandbox", shut.model_dump(mode="json"))
    journal.note(f"Code that is not ours runs behind {shut.why}." if shut.allowed else f"No code is run: {shut.why}.")
    return shut


def advice(materials: Materials, settings: Settings, journal: Journal, budget: Budget) -> Advice:
    """Everything a strategist needs to ask models."""
    shut = shut_in(materials, settings, journal)
    earlier, caps = journal.calls(), Caps.parse(settings.llm_budget)
    purse = Purse(caps, earlier)
    clients = {
        name: Client(name, url=settings.llm_url, purse=purse, seconds=settings.llm_seconds)
        for name in split(settings.llm)
    }

    def told() -> str:
        spent = purse.spent
        return f"{spent.calls} calls, {spent.tokens} tokens and {spent.usd:.2f} usd spent of {caps}"

    _, threads, memory = shares(settings)
    return Advice(
        counsel=Counsel(clients, told),
        record=journal.call,
        earlier=earlier,
        level=settings.llm_privacy,
        sample=lambda count: some_rows(materials, count),
        code_allowed=shut.allowed,
        threads=threads,
        memory_mb=memory,
        stopped=lambda: budget.interrupted or budget.left() <= 0,
    )


def some_rows(materials: Materials, count: int) -> "pd.DataFrame":
    """Some rows that are not sealed, with their targets; the same ones each time."""
    import pandas as pd

    data = materials.workspace.data
    labels = pd.read_feather(data / "labels.feather")
    table = pd.read_feather(data / "features.feather").iloc[: len(labels)].reset_index(drop=True)
    targets = labels[[t for t in materials.problem.targets if t in labels]]
    whole = pd.concat([table, targets.add_prefix("target ")], axis=1)
    return whole.sample(min(count, len(whole)), random_state=0)
