"""Before the search: read the task, choose how to judge, seal, describe, fold, and write the run folder."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import plugins, wrong_labels
from ..errors import SettingsError, TaskError
from ..journal.journal import Journal
from ..metrics import catalogue
from ..records.base import JsonValue
from ..records.plan import ValidationPlan
from ..records.problem import Problem
from ..records.profile import Profile, Schema
from ..settings import Settings
from ..task import folder as task_folder
from ..task import interpret, looked, noise, prepare, profiling, remarks, sides, taskfile, tidy
from ..validation import adversarial, choose, entities, folds, leaks, seal
from ..workspace import FORMAT, Workspace, write_json, write_whole
from .asking import Asker, settle
from .machine import facts_of_run
from .pretrained import with_checkpoints
from .second_reading import SecondReader

if TYPE_CHECKING:
    from ..interfaces import Array


@dataclass(frozen=True)
class Asked:
    """What the user said beyond the task itself; it wins over anything inferred."""

    target: str | Sequence[str] | None = None
    metric: str | None = None
    about: str | None = None
    task_file: Path | None = None
    test: pd.DataFrame | None = None
    ask: Asker | None = None  # to whom close readings of a folder are put
    second: SecondReader | None = None  # a language model that is asked where nobody else can be


def understand(source: "Path | str | pd.DataFrame", asked: Asked) -> interpret.Understanding:
    """Read a task folder, a table or a DataFrame into a problem and its tables.

    Close readings are put to whoever can be asked, and the task is read again with the answer.
    """
    metrics = list(catalogue.ALL.values())
    if isinstance(source, pd.DataFrame):
        if asked.target is None:
            raise SettingsError("a DataFrame does not say what to predict: give target=..., the name of a column.")
        return interpret.interpret_frame(
            source, asked.target, metrics, test=asked.test, metric=asked.metric, about=asked.about
        )
    fixed = taskfile.read(asked.task_file) if asked.task_file else {}
    folder = task_folder.scan(source)

    def read(answers: Mapping[str, Any]) -> interpret.Understanding:
        return interpret.interpret(
            folder, metrics, target=asked.target, metric=asked.metric, about=asked.about, overrides={**fixed, **answers}
        )

    return asked.second.settle(read) if asked.second is not None else settle(read, asked.ask)


@dataclass(frozen=True)
class Divided:
    """The tables, sealed, profiled and folded; rows of `features` are [visible | holdout | test]."""

    plan: ValidationPlan
    profile: Profile
    schema: Schema
    features: pd.DataFrame
    labels: pd.DataFrame  # of all training rows, in the order of the table
    target: "Array"
    sealed: "Array"  # one bool for each training row
    folds: "Array"  # of each place: of the visible rows, once for each repeat
    groups: "Array | None"  # of the visible rows, as codes
    sealed_groups: "Array | None"
    rows: pd.DataFrame  # keys and times by which the rows of `features` find theirs in other tables
    findings: tuple[str, ...]
    pictures: dict[str, JsonValue]  # median height and width, where rows are pictures


def plan(source: "Path | str | pd.DataFrame", asked: Asked, seed: int) -> tuple[interpret.Understanding, Divided]:
    """Everything before the search, in memory: what was understood, and how a run of usual length would judge it."""
    understood = understand(source, asked)
    return understood, with_noise(understood, divide(understood, seed, Settings().budget))


def divide(understood: interpret.Understanding, seed: int, budget: float | None = None) -> Divided:
    """Put the holdout away, describe the rest, and fold it; `budget` is the time the run may take, in seconds."""
    problem, train, test = understood.problem, understood.train, understood.test
    seen = looked.look(problem, train, test)
    if seen.cells is not None:
        train = train.assign(**{problem.targets[0]: seen.cells})
    train = train[seen.usable].reset_index(drop=True) if not seen.usable.all() else train
    drift = adversarial.measure(problem, train, test)
    known = entities.find(problem, train, test)
    plan = choose.choose(problem, train, test, budget=budget, drift=drift, entities=known)
    plan = plan.model_copy(update={"seed": seed})
    members = folds.groups_of(plan, train)  # of the whole table, so that a cluster of texts is one on either side
    kind, metric = plugins.load("kinds", problem.kind), catalogue.get(problem.metric)
    labels = tidy_labels(train[list(problem.targets)])
    target = kind.target(labels, problem, metric)
    strata = kind.strata(target)
    sealed = seal.seal(plan, train, strata, members)
    visible = train[~sealed].reset_index(drop=True)
    profile = profiling.profile(visible, test, problem, drift=drift, entities=known, sampled=understood.sampled)
    schema = prepare.schema(train, test, profile, problem.root)
    parts = [visible, train[sealed], *([test] if test is not None else [])]
    names = [f.name for f in schema.fields]
    table = pd.concat([part[[n for n in names if n in part]] for part in parts], ignore_index=True)
    features = prepare.apply(table, schema, Path(problem.root) if problem.root else None)
    fold = folds.assign(
        plan,
        visible,
        None if strata is None else strata[~sealed],
        None if members is None else members[~sealed],
    )
    found = leaks.find(
        features.iloc[: len(visible)],
        target[~sealed],
        problem,
        profile,
        asked=None if test is None else features.iloc[len(train) :],
        raw=visible,
        plan=plan,
        folds=fold,
        members=None if members is None else members[~sealed],
    )
    profile = remarks.suspects(profile.model_copy(update={"findings": (*found, *seen.findings, *profile.findings)}))
    profile = profile.model_copy(update={"tables": understood.summaries})
    return Divided(
        plan=plan,
        profile=profile,
        schema=schema,
        features=features,
        labels=labels,
        target=target,
        sealed=sealed,
        folds=fold,
        groups=None if members is None else pd.factorize(members[~sealed])[0],
        sealed_groups=None if members is None else pd.factorize(members[sealed])[0],
        rows=sides.rows_of(pd.concat(parts, ignore_index=True), problem.relations),
        findings=tuple(map(str, profile.findings)),
        pictures=seen.size,
    )


def with_noise(understood: interpret.Understanding, divided: Divided) -> Divided:
    """The same with an estimate of wrong labels in its profile; a run makes a better one of its own predictions."""
    if understood.problem.kind not in wrong_labels.KINDS:
        return divided
    visible = divided.features.iloc[: divided.profile.rows]
    found = noise.quick(visible, divided.target[~divided.sealed], len(understood.problem.classes), divided.plan.seed)
    return replace(divided, profile=divided.profile.model_copy(update={"noise": found}))


def refuse_unanswerable(problem: Problem, profile: Profile) -> None:
    """Raise TaskError where no recipe can answer what is asked, saying what was understood."""
    if any(plugins.load("recipes", name).applies(problem, profile) is None for name in plugins.names("recipes")):
        return
    classes = f" of {len(problem.classes)} classes" if problem.classes else ""
    raise TaskError(
        f"the task is understood as {problem.kind}{classes}, judged by {problem.metric}, but there is no recipe that "
        "learns it yet: `modelwright plan` tells all that is understood; a recipe of your own may do it "
        "(docs/extend.md)."
    )


def set_up(workspace: Workspace, settings: Settings, understood: interpret.Understanding, divided: Divided) -> str:
    """Write the run folder: beside its place first, then renamed, so that it is there whole or not at all.

    Returns what a person should know of it, "" for nothing.

    Raises TaskError, before anything is written, where no recipe can answer what is asked.
    """
    refuse_unanswerable(understood.problem, divided.profile)
    problem, told = with_checkpoints(understood.problem, divided.profile, settings)
    if divided.pictures:
        problem = problem.model_copy(update={"options": {**problem.options, "pictures": divided.pictures}})
    building = Workspace(workspace.root.with_name(f".{workspace.root.name}.partial"))
    shutil.rmtree(building.root, ignore_errors=True)
    try:
        building.create()
        write_data(building, settings, replace(understood, problem=problem), divided)
        taskfile.write(building.task_file, understood.problem)  # what belongs to this machine stays out of it
        with Journal(building.journal, create=True) as journal:
            journal.fact("run", facts_of_run(settings))
            journal.fact("doubts", list(understood.doubts))
            journal.fact("findings", list(divided.findings))
            if told:
                journal.note(told)
        building.root.rename(workspace.root)
        return told
    except BaseException:
        shutil.rmtree(building.root, ignore_errors=True)
        raise


def write_data(workspace: Workspace, settings: Settings, understood: interpret.Understanding, divided: Divided) -> None:
    """The records and tables of `data/`, the labels of `sealed/`, and task.toml."""
    problem, test, sealed = understood.problem, understood.test, divided.sealed
    kind, data = plugins.load("kinds", problem.kind), workspace.data
    records = {"problem": problem, "profile": divided.profile, "plan": divided.plan, "schema": divided.schema}
    for name, record in {**records, "settings": settings}.items():
        write_whole(data / f"{name}.json", record.model_dump_json(indent=1))
    divided.features.to_feather(data / "features.feather", compression="uncompressed")
    divided.labels[~sealed].reset_index(drop=True).to_feather(data / "labels.feather")
    divided.labels[sealed].reset_index(drop=True).to_feather(workspace.sealed / "labels.feather")
    kind.save(data / "target.npz", divided.target[~sealed])
    np.save(data / "folds.npy", divided.folds)
    for folder, groups in ((data, divided.groups), (workspace.sealed, divided.sealed_groups)):
        if groups is not None:
            np.save(folder / "groups.npy", groups)
    if problem.relations:
        (data / "tables").mkdir()
        write_table(data / "rows.feather", divided.rows)
        for name, table in understood.tables.items():
            write_table(data / "tables" / f"{name}.feather", table)
    if test is not None:
        write_frame(data / "ids.feather", test[[problem.id]] if problem.id in test else test[[]])
    if understood.sample is not None:
        write_frame(data / "sample.feather", understood.sample)
    layout = {"visible": int((~sealed).sum()), "holdout": int(sealed.sum()), "test": 0 if test is None else len(test)}
    write_json(data / "layout.json", {"format": FORMAT, **layout})


def tidy_labels(labels: pd.DataFrame) -> pd.DataFrame:
    """Labels that a column store can hold: columns of mixed types become text."""
    mixed = [str(c) for c in labels if pd.api.types.infer_dtype(labels[c], skipna=True).startswith("mixed")]
    return labels.assign(**{c: labels[c].astype(str) for c in mixed})


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """A table as it was read, columns of mixed types as text."""
    frame = tidy_labels(frame.reset_index(drop=True))
    frame.columns = frame.columns.astype(str)
    frame.to_feather(path)


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Another table, or keys, so that workers share one copy: uncompressed; mixed types become text, gaps stay."""
    tidy.storable(table).to_feather(path, compression="uncompressed")
