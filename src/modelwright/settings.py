"""Settings of a run: how to work, by flags or defaults. Frozen, with a sentence for each field."""

import re
from typing import Annotated, Literal

from pydantic import Field

from .errors import SettingsError
from .records.base import Record

UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
WORDS = {"a minute": 60.0, "an hour": 3600.0, "half an hour": 1800.0, "a day": 86400.0}


class Settings(Record):
    """How to work, as opposed to what is asked (which is the Problem)."""

    budget: Annotated[float | None, Field(description="Seconds of wall time for the whole run; none: by count.")] = (
        3600.0
    )
    experiments: Annotated[int | None, Field(description="Number of experiments; makes a run repeatable.")] = None
    seed: Annotated[int, Field(description="The seed of folds, models and everything else that is random.")] = 0
    jobs: Annotated[int, Field(description="Experiments that run at the same time; 0: one for each core.")] = 0
    threads: Annotated[int, Field(description="Threads of one experiment; 0: the cores divided among the jobs.")] = 0
    memory_mb: Annotated[
        int, Field(description="Memory one experiment may use in MB; 0: its share of the machine.")
    ] = 0
    strategist: Annotated[
        str,
        Field(
            description="Who proposes experiments: rules, llm, hybrid (rules, and a language model for what they do "
            "not know) or a dotted path; auto: hybrid where a model is named, else rules."
        ),
    ] = "auto"
    checkpoint: Annotated[
        tuple[str, ...], Field(description="Folder of a pretrained model of text to use; repeat it for several.")
    ] = ()
    hub: Annotated[
        bool, Field(description="Allow a pretrained model to be fetched from the Hugging Face hub; never otherwise.")
    ] = False
    llm: Annotated[
        tuple[str, ...],
        Field(description="Language models to ask, as PROVIDER:NAME (anthropic:..., openai:...), separated by commas."),
    ] = ()
    llm_url: Annotated[
        str | None,
        Field(description="Address of an endpoint that speaks the OpenAI protocol, as in http://host:port/v1."),
    ] = None
    llm_budget: Annotated[
        str,
        Field(description="What asking may cost: money, tokens or calls, as in 5usd or '2usd, 300k tokens, 40 calls'."),
    ] = "5usd"
    llm_seconds: Annotated[float, Field(description="Seconds that one answer of a language model may take.")] = 180.0
    llm_privacy: Annotated[
        Literal["schema", "sample", "full"],
        Field(
            description="What a language model sees of the data: columns and statistics (schema), a few rows too "
            "(sample), or many (full)."
        ),
    ] = "schema"
    sandbox: Annotated[
        str,
        Field(
            description="How free code is shut in: bubblewrap, landlock, plain, or container:IMAGE; auto: the "
            "strongest that works here."
        ),
    ] = "auto"
    allow_unsandboxed: Annotated[
        bool, Field(description="Run code that a model wrote even where it can only be shut in weakly.")
    ] = False

    @property
    def who_proposes(self) -> str:
        """The strategist's name, `auto` decided."""
        if self.strategist != "auto":
            return self.strategist
        return "hybrid" if self.llm else "rules"


def seconds(text: str) -> float:
    """A duration as people write it, in seconds: "90", "90s", "2m", "1.5h", "1h30m", "an hour".

    Raises SettingsError for anything else, and for a duration that is not positive.
    """
    cleaned = text.strip().lower()
    if cleaned in WORDS:
        return WORDS[cleaned]
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*(min|[smhd]?)[a-z]*", cleaned)
    rest = re.sub(r"(\d+(?:\.\d+)?)\s*(?:minutes?|mins?|seconds?|secs?|hours?|days?|[smhd])?", "", cleaned)
    if not parts or rest.strip(" ,"):
        raise SettingsError(f"a budget of {text!r} is not a duration: write it like 90s, 2m, 1h30m or 24h.")
    total = sum(float(number) * UNITS[unit] for number, unit in parts)
    if total <= 0:
        raise SettingsError(f"a budget of {text!r} leaves no time to work: give at least a few seconds, as in 30s.")
    return total
