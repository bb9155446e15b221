"""Writing a bundle: the refitted models with what they are stacked on, the tables they read, and the pages beside them.

It is written whole beside its place and renamed, so that a reader finds the older bundle or the newer one.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from ..errors import RunError
from ..joins import with_joins
from ..recipes.script import CODE, SCRIPT
from ..records.answer import Mixing
from ..records.experiment import Job, Rule
from ..records.problem import Problem, Relation
from ..records.profile import Schema
from ..workspace import Workspace, write_json, write_whole
from . import card, row_schema
from .contents import Contents, Member, Table, checksum, versions
from .pages import render


def write(
    workspace: Workspace,
    problem: Problem,
    schema: Schema,
    rule: Rule,
    members: Sequence[tuple[float, Path]],
    mixing: Mixing = Mixing(),  # noqa: B008  # it is frozen
) -> Path:
    """Write `bundle/` of a run, whole; an older one is replaced. Returns its folder.

    Args:
        workspace: the run; the card tells its scores, as far as the journal has them.
        problem: what is predicted.
        schema: the columns of `data/features.feather`.
        rule: how predictions become what the metric eats.
        members: weight (they sum to one) and refit folder with `model.joblib`, for each member of the blend. The
            models that one is stacked on are found through its job.
        mixing: how the members' predictions are put together.

    Raises:
        RunError: there are no members, or one has no model.
    """
    if not members:
        raise RunError(f"{workspace.root} has no fitted model to put into a bundle: let an experiment finish first.")
    _clean(workspace.bundle)
    partial = _sibling(workspace.bundle, "partial")
    partial.mkdir()
    kept = _add_all(partial, members)
    options = {name: value for name, value in problem.options.items() if name != "checkpoints"}  # of this machine
    portable = problem.model_copy(update={"root": "", "options": options})
    contents = Contents(
        problem=portable,
        columns=schema,
        mixing=mixing,
        rule=rule,
        metric=problem.metric,
        members=kept,
        tables=tuple(_add_table(partial, workspace, relation) for relation in with_joins(problem.relations)),
        versions=versions(),
    )
    write_whole(partial / "bundle.json", contents.model_dump_json(indent=1) + "\n")
    write_json(partial / "schema.json", row_schema.json_schema(schema, problem))
    write_whole(partial / "card.md", card.text(workspace, problem, schema, kept, contents.versions))
    write_whole(partial / "README.md", render("readme.md.j2", run=workspace.root.name, problem=problem))
    _replace(partial, workspace.bundle)
    return Path(workspace.bundle)


def _add_all(bundle: Path, members: Sequence[tuple[float, Path]]) -> tuple[Member, ...]:
    """Put the members into the bundle, and behind them those that they are stacked on, each once."""
    weights = {folder.resolve(): weight for weight, folder in members}
    jobs: dict[Path, Job | None] = {}
    waiting = list(weights)
    while waiting:
        folder = waiting.pop(0)
        if folder not in jobs:
            jobs[folder] = _job(folder)
            waiting += _below(folder, jobs[folder])
    files = {folder: f"members/{place:02d}/model.joblib" for place, folder in enumerate(jobs, start=1)}
    return tuple(
        _add(bundle, files[folder], weights.get(folder, 0.0), folder, job, [files[f] for f in _below(folder, job)])
        for folder, job in jobs.items()
    )


def _job(folder: Path) -> Job | None:
    path = folder / "job.json"
    return Job.model_validate_json(path.read_bytes()) if path.exists() else None


def _below(folder: Path, job: Job | None) -> list[Path]:
    """Folders of the refits that this one is stacked on. RunError where they are not there."""
    if job is None or not job.proposal.stack:
        return []
    if len(job.answers) != len(job.proposal.stack):
        raise RunError(f"{folder} is stacked on models that were not refitted: refit them before this one.")
    return [(folder / answer).resolve() for answer in job.answers]


def _add(bundle: Path, name: str, weight: float, folder: Path, job: Job | None, below: Sequence[str]) -> Member:
    """Put one refitted model into the bundle: linked where the file system can, copied elsewhere."""
    source = folder / "model.joblib"
    if not source.exists():
        raise RunError(f"{folder} has no model.joblib: refit this member before it is put into a bundle.")
    (bundle / name).parent.mkdir(parents=True)
    try:
        os.link(source, bundle / name)
    except OSError:  # another file system, or one without hard links
        shutil.copyfile(source, bundle / name)
    code = job.proposal.params.get(CODE) if job and job.proposal.recipe == SCRIPT else None
    script = f"{Path(name).parent}/script.py" if isinstance(code, str) else ""
    if isinstance(code, str):
        write_whole(bundle / script, code)
    return Member(
        script=script,
        script_sha256=checksum(bundle / script) if script else "",
        file=name,
        weight=weight,
        sha256=checksum(source),
        recipe=job.proposal.recipe if job else "",
        experiment=(job.proposal.parent or 0) if job else 0,
        stack=tuple(below),
    )


def _add_table(bundle: Path, workspace: Workspace, relation: Relation) -> Table:
    """Put another table into the bundle, compressed."""
    from pyarrow import feather

    name = f"tables/{relation.name}.feather"
    (bundle / name).parent.mkdir(exist_ok=True)
    feather.write_feather(feather.read_table(workspace.data / name, memory_map=True), bundle / name, compression="zstd")
    return Table(name=relation.name, file=name, sha256=checksum(bundle / name))


def _sibling(bundle: Path, word: str) -> Path:
    return bundle.with_name(f".{bundle.name}.{os.getpid()}.{word}")


def _replace(partial: Path, bundle: Path) -> None:
    """Two renames: between them the older bundle lies beside its place, where `_clean` finds it after a crash."""
    old = _sibling(bundle, "old")
    if bundle.exists():
        bundle.rename(old)
    partial.rename(bundle)
    shutil.rmtree(old, ignore_errors=True)


def _clean(bundle: Path) -> None:
    """Remove what a writer that was killed left behind, and put back the older bundle if that is all there is."""
    for old in sorted(bundle.parent.glob(f".{bundle.name}.*.old")):
        if bundle.exists():
            shutil.rmtree(old)
        else:
            old.rename(bundle)
    for partial in bundle.parent.glob(f".{bundle.name}.*.partial"):
        shutil.rmtree(partial)
