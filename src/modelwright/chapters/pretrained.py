"""Which pretrained models a run may use: those that the user names, those at hand, or one from the hub."""

from .. import backbones, checkpoints
from ..errors import SettingsError
from ..records.problem import Modality, Problem
from ..records.profile import Profile, Role
from ..settings import Settings
from ..task import tongues
from .machine import shares

MOST_CHECKPOINTS = 2  # that a run tries


def with_checkpoints(problem: Problem, profile: Profile, settings: Settings) -> tuple[Problem, str]:
    """The problem with the pretrained models that a run may use, and what to tell of them; else as it was.

    Raises SettingsError for a folder that holds none, and where the hub was allowed and cannot be reached.
    """
    named = checkpoints.given(settings.checkpoint)
    of_pictures = problem.modality is Modality.IMAGE and bool(profile.names(Role.PATH))
    if not of_pictures and not profile.names(Role.TEXT):
        return problem, "no column holds text or names pictures: --checkpoint is not used" if named else ""
    what = "pictures" if of_pictures else "text"
    other = [c for c in named if backbones.is_backbone(c.folder) is not of_pictures]
    if other:
        raise SettingsError(
            f"--checkpoint {other[0].folder} is no pretrained model of {what}, which the task is about."
        )
    found = named or (_backbones(profile, settings) if of_pictures else _encoders(problem, profile, settings))
    if not found:
        return problem, (
            f"no pretrained model of {what} is at hand: it is learnt from nothing. --checkpoint FOLDER names one, "
            "--hub allows one to be fetched."
        )
    folders = [c.folder for c in found[:MOST_CHECKPOINTS]]
    told = "; ".join(f"{c.name} ({c.because})" for c in found[:MOST_CHECKPOINTS])
    options = {**problem.options, "checkpoints": folders}
    return problem.model_copy(update={"options": options}), f"pretrained models of {what}: {told}."


def _encoders(problem: Problem, profile: Profile, settings: Settings) -> list[checkpoints.Checkpoint]:
    """Models of text in the cache, or from the hub where that is allowed."""
    jobs, threads, _ = shares(settings)
    read = [c for c in profile.columns if c.role is Role.TEXT and c.in_test]
    task = checkpoints.Task(
        description=problem.description,
        characters=sum(c.length for c in read),
        rows=profile.rows,
        english=all(tongues.looks_english(" ".join(c.examples)) for c in read),
        budget=settings.budget,
        device=checkpoints.device(),
        threads=jobs * threads,
    )
    fetched = checkpoints.fitting(task)[:1] if settings.hub else []
    return checkpoints.at_hand(task) or [
        checkpoints.Checkpoint(known.name, str(checkpoints.download(known.name)), known.millions, because)
        for known, because in fetched
    ]


def _backbones(profile: Profile, settings: Settings) -> list[checkpoints.Checkpoint]:
    """Models of pictures in the cache, or from the hub where that is allowed."""
    jobs, threads, _ = shares(settings)
    task = backbones.Task(profile.rows, settings.budget, checkpoints.device(), jobs * threads)
    fetched = backbones.fitting(task)[:1] if settings.hub else []
    return backbones.at_hand(task) or [
        checkpoints.Checkpoint(known.name, str(checkpoints.download(known.name)), known.giga, because)
        for known, because in fetched
    ]
