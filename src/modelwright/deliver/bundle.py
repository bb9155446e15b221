"""The model that is handed over: a folder that predicts on new rows, here or on another machine.

    bundle.json              what is asked, the columns, the rule, the weights, library versions (read by `load`)
    members/01/model.joblib  one fitted estimator with its feature steps, for each member of the blend, and for each
                             model that a member is stacked on
    tables/orders.feather    another table that the rows find theirs in, where the task has some
    schema.json              JSON Schema of one input row, for those who feed it
    card.md, README.md       what it is, what it can and cannot do; how to predict

A bundle is code: unpickling a model can run anything. Load only bundles you trust. `load` itself reads JSON only;
models are unpickled at the first prediction, from inside the bundle and nowhere else, after their checksum was compared
(which finds a damaged file, not a forged one). Not covered: the files that PATH columns name travel with the table, not
with the bundle.
"""

import hashlib
import os
import platform
import shutil
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from .. import plugins
from ..errors import RunError, TableError
from ..joins import Read, look_up_all, with_joins
from ..kinds.mixing import beside, columns, mix
from ..records.answer import Mixing
from ..records.base import Record
from ..records.experiment import Job, Rule
from ..records.problem import Problem, Relation
from ..records.profile import Schema
from ..workspace import Workspace, write_json, write_whole
from . import card, row_schema
from .pages import render

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array, Kind, Metric, Related

    Source = pd.DataFrame | str | os.PathLike[str]

FORMAT = 2  # since 2 members may be stacked on others
READABLE = (1, FORMAT)
TABLE = "the table"  # what a DataFrame is called in errors
LIBRARIES = ("modelwright", "numpy", "pandas", "scipy", "scikit-learn", "lightgbm", "catboost", "xgboost-cpu", "joblib")


class Member(Record):
    """One model of the blend."""

    file: str  # relative to the bundle
    weight: float  # 0: it is there only because another one is stacked on it
    sha256: str
    recipe: str = ""
    experiment: int = 0  # whose model it is; columns made of its predictions are named after it
    stack: tuple[str, ...] = ()  # files of the members whose predictions are columns for this one


class Table(Record):
    """Another table that rows find theirs in."""

    name: str  # of its relation
    file: str  # relative to the bundle
    sha256: str


class Contents(Record):
    """What `bundle.json` holds."""

    format: int = FORMAT
    problem: Problem
    columns: Schema
    mixing: Mixing = Mixing()
    rule: Rule
    metric: str
    members: tuple[Member, ...]
    tables: tuple[Table, ...] = ()
    versions: dict[str, str]


@dataclass(frozen=True)
class Bundle:
    """A loaded bundle."""

    root: Path
    contents: Contents

    @property
    def problem(self) -> Problem:
        """What is predicted. Its paths are those of the machine it was trained on, without their root."""
        return self.contents.problem

    @property
    def schema(self) -> Schema:
        """The columns a table must have."""
        return self.contents.columns

    @cached_property
    def _kind(self) -> "Kind":
        kind: Kind = plugins.load("kinds", self.problem.kind)
        return kind

    @cached_property
    def _metric(self) -> "Metric":
        from ..metrics import catalogue

        metric: Metric = catalogue.get(self.contents.metric)
        return metric

    @cached_property
    def _models(self) -> "dict[str, dict[str, Any]]":
        """By file."""
        return {member.file: _open_model(self.root, member) for member in self.contents.members}

    @cached_property
    def _tables(self) -> "dict[str, pd.DataFrame]":
        return {table.name: _read_feather(self.root, table) for table in self.contents.tables}

    def predict(self, data: "Source", tables: "Mapping[str, Source] | None" = None) -> "pd.DataFrame":
        """Answers for new rows, as a submission has them; the id column is there if the table has one.

        Where the task had other tables, the rows find theirs in the bundle's copies by their keys, or in fresh ones. A
        row that has the columns of a joined table already is taken as it is; one whose key is unknown gets gaps.

        Args:
            data: a table with the columns of `schema`, or the path of one (any format that a task may have). Columns
                that are not in the schema are ignored. Paths in cells are relative to the table's file, or to the
                working directory for a DataFrame.
            tables: fresh versions of other tables, by the name of their relation or of their file, in place of the
                bundle's copies; whole ones, as a table given here hides the older rows.

        Returns:
            One row per row of the table, in its order and with its index.

        Raises:
            TableError: a table cannot be read, has no rows, lacks a column, or is not one that the model reads.
            RunError: a model file is missing or damaged.
        """
        table, prediction = self._raw(data, tables)
        ids = table[[self.problem.id] if self.problem.id in table.columns else []]
        answer = self._kind.submission(prediction, ids, self.problem, self._metric, self.contents.rule)
        return answer.set_axis(table.index, axis=0)

    def predict_proba(self, data: "Source", tables: "Mapping[str, Source] | None" = None) -> "pd.DataFrame":
        """The probability of each class, one column per class; for kinds whose predictions are such.

        Raises RunError where they are not, otherwise as `predict`.
        """
        import numpy as np
        import pandas as pd

        if not self.problem.classes:
            raise RunError(f"{self.root} predicts {self.problem.kind}, which has no classes: use predict.")
        table, prediction = self._raw(data, tables)
        if prediction.ndim == 1 and len(self.problem.classes) == 2:
            prediction = np.column_stack([1 - prediction, prediction])
        if prediction.ndim != 2 or prediction.shape[1] != len(self.problem.classes):
            raise RunError(f"{self.root} predicts {self.problem.kind} without a probability per class: use predict.")
        return pd.DataFrame(prediction, index=table.index, columns=pd.Index(list(self.problem.classes), dtype=object))

    def _raw(self, data: "Source", tables: "Mapping[str, Source] | None") -> "tuple[pd.DataFrame, Array]":
        """The table as read, and the blend's prediction for its rows."""
        from ..task import prepare

        table, source, root = _table(data)
        if not len(table):
            raise TableError(f"{source} has no rows to predict.")
        read = self._reader(tables or {})
        try:
            whole = look_up_all(table.reset_index(drop=True), self.problem.relations, read)
            prepared = prepare.apply(whole, self.schema, root)
            related = self._related(whole, read)
        except TableError as error:
            if source == TABLE:
                raise
            raise TableError(f"{source}: {error}") from error  # it knows the column, but not the file
        answers: dict[str, Array] = {}
        for member in self.contents.members:
            self._answer(member, prepared, related, answers)
        return table, self._mixed(answers)

    def _mixed(self, answers: "Mapping[str, Array]") -> "Array":
        """The blend of what the members predict; refits of one model are averaged before they are mixed with others."""
        together: dict[int, list[Member]] = {}
        for place, member in enumerate(self.contents.members):
            if member.weight:
                together.setdefault(member.experiment or -place, []).append(member)
        means = [
            self._kind.mix([answers[m.file] for m in one], [1 / len(one)] * len(one), self.problem)
            for one in together.values()
        ]
        weights = [sum(m.weight for m in one) for one in together.values()]
        return mix(self._kind, means, weights, self.problem, self.contents.mixing, list(together))

    def _reader(self, fresh: "Mapping[str, Source]") -> Read:
        """How other tables are read: those given, else the bundle's."""
        from ..task.sides import tidied

        needed = with_joins(self.problem.relations)
        given: dict[str, pd.DataFrame] = {}
        for name, source in fresh.items():
            found = [r for r in needed if name in _names_of(r)]
            if not found:
                known = ", ".join(sorted({r.name for r in needed})) or "none"
                raise TableError(f"the model reads no other table {name!r}: those it reads are {known}.")
            given |= {r.name: _table(source)[0] for r in found}
        joined = {r.name for r in self.problem.relations if not r.many}
        ready = {name: frame for name, frame in given.items() if name in joined}
        ready |= tidied({n: f for n, f in given.items() if n not in joined}, self.problem.relations)
        return lambda name: ready[name] if name in ready else self._tables[name]

    def _related(self, rows: "pd.DataFrame", read: Read) -> "Related | None":
        """What steps that read other tables are handed; None where no model has such a step."""
        from ..interfaces import Related
        from ..task.sides import rows_of

        if not any(hasattr(step, "bind") for model in self._models.values() for step in model["steps"]):
            return None
        return Related(self.problem.relations, rows_of(rows, self.problem.relations), read)

    def _answer(
        self, member: Member, table: "pd.DataFrame", related: "Related | None", answers: "dict[str, Array]"
    ) -> "Array":
        """What a member predicts, put into `answers` by its file, with what those predict that it is stacked on."""
        if member.file in answers:
            return answers[member.file]
        model, known = self._models[member.file], {m.file: m for m in self.contents.members}
        below = [
            columns(self._kind, self._answer(known[file], table, related, answers), known[file].experiment)
            for file in member.stack
        ]
        for step in model["steps"]:
            if hasattr(step, "bind"):
                step.bind(related)
            table = step.transform(table)
        for one in below:
            table = beside(table, one)
        answers[member.file] = self._kind.predict(model["estimator"], table, self.problem)
        return answers[member.file]


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
    portable = problem.model_copy(update={"root": ""})
    contents = Contents(
        problem=portable,
        columns=schema,
        mixing=mixing,
        rule=rule,
        metric=problem.metric,
        members=kept,
        tables=tuple(_add_table(partial, workspace, relation) for relation in with_joins(problem.relations)),
        versions=_versions(),
    )
    write_whole(partial / "bundle.json", contents.model_dump_json(indent=1) + "\n")
    write_json(partial / "schema.json", row_schema.json_schema(schema, problem))
    write_whole(partial / "card.md", card.text(workspace, problem, schema, kept, contents.versions))
    write_whole(partial / "README.md", render("readme.md.j2", run=workspace.root.name, problem=problem))
    _replace(partial, workspace.bundle)
    return Path(workspace.bundle)


def load(path: str | os.PathLike[str]) -> Bundle:
    """Open a bundle: its folder, or the folder of the run that holds it. Load only bundles you trust.

    Raises RunError when there is none, or one that this version cannot read. Warns when a library has another major
    version than the one that fitted the models.
    """
    root = Path(path)
    if not (root / "bundle.json").exists() and (root / "bundle" / "bundle.json").exists():
        root = root / "bundle"
    file = root / "bundle.json"
    if not file.exists():
        raise RunError(f"{path} holds no model bundle (no bundle.json): name a bundle, or a run that has finished.")
    try:
        head = _Head.model_validate_json(file.read_text())
        if head.format not in READABLE:
            raise RunError(
                f"{file} has bundle format {head.format}, this version reads format {FORMAT}: "
                "open it with the version of modelwright that wrote it."
            )
        contents = Contents.model_validate_json(file.read_text())
    except (ValidationError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise RunError(f"{file} is not a bundle's table of contents ({reason}): copy the bundle again.") from error
    _compare_versions(contents.versions, root)
    return Bundle(root.resolve(), contents)


# -- files and folders -------------------------------------------------------------------------------------------------


class _Head(Record):
    """The part of `bundle.json` that every format has."""

    model_config = {"extra": "ignore"}

    format: int


def _table(data: "Source") -> "tuple[pd.DataFrame, str, Path]":
    """The table, what to call it in an error, and the folder that paths in it are relative to."""
    if isinstance(data, str | os.PathLike):
        from ..task import tables

        path = Path(data)
        return tables.read_table(path), str(path), path.resolve().parent
    return data, TABLE, Path.cwd()


def _open_model(root: Path, member: Member) -> dict[str, Any]:
    """Unpickle one member, from inside the bundle only."""
    import joblib

    model: dict[str, Any] = joblib.load(_checked(root, member.file, member.sha256))
    return model


def _checked(root: Path, name: str, sha256: str) -> Path:
    """A file of a bundle. Raises RunError when it is not inside, not there, or not as it was written."""
    file = (root / name).resolve()
    what = "model" if name.startswith("members/") else "table"
    if not file.is_relative_to(root.resolve()):
        raise RunError(f"{root} names a {what} outside itself ({name}): do not use this bundle.")
    if not file.exists():
        raise RunError(f"{root} lacks its {what} {name}: copy the bundle again, whole.")
    if _checksum(file) != sha256:
        raise RunError(f"{file} is damaged or was changed (its checksum differs): copy the bundle again.")
    return file


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
    return Member(
        file=name,
        weight=weight,
        sha256=_checksum(source),
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
    return Table(name=relation.name, file=name, sha256=_checksum(bundle / name))


def _read_feather(root: Path, table: Table) -> "pd.DataFrame":
    from pyarrow import feather

    found: pd.DataFrame = feather.read_table(_checked(root, table.file, table.sha256)).to_pandas()
    return found


def _names_of(relation: Relation) -> set[str]:
    """What people may call another table: its relation, the table as it was read, its file with and without ending."""
    path = Path(relation.table)
    return {relation.name, relation.table, path.name, path.name.split(".")[0]}


def _checksum(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


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


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue  # not installed, so no model can need it
    return found


def _compare_versions(fitted: dict[str, str], root: Path) -> None:
    """Warn of libraries whose versions are too far from those the models were fitted with."""
    here = _versions()
    for name, version in fitted.items():
        if _series(name, version) != _series(name, here.get(name, "none")):
            warnings.warn(
                f"{root} was made with {name} {version} and is read with {here.get(name, 'none')}: "
                "compare a few predictions before you rely on it.",
                RuntimeWarning,
                stacklevel=3,
            )


def _series(name: str, version: str) -> list[str]:
    """The part of a version within which models are expected to keep working."""
    parts = version.split(".")
    return parts[: 2 if name == "python" or parts[0] == "0" else 1]
