"""The model that is handed over: a folder that predicts on new rows, here or on another machine.

    bundle.json              what is asked, the columns, the rule, the weights, library versions (`contents.py`)
    members/01/script.py     the source of a member that is code a language model wrote; it answers behind a wall only
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

import os
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import plugins
from ..errors import RunError, TableError
from ..joins import Read, look_up_all, with_joins
from ..kinds.mixing import beside, columns, mix
from ..records.problem import Problem, Relation
from ..records.profile import Schema
from .contents import Contents, Member, Table, checked, compare_versions, read
from .pictured import table_of, with_paths

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ..interfaces import Array, Kind, Metric, Related
    from .shut_models import ShutModel

    Source = pd.DataFrame | str | os.PathLike[str]

TABLE = "the table"  # what a DataFrame is called in errors


@dataclass(frozen=True)
class Bundle:
    """A loaded bundle."""

    root: Path
    contents: Contents
    sandbox: str = "auto"  # what shuts in code that a model wrote, as settings name it
    allow_unsandboxed: bool = False  # whether code that a model wrote may answer from behind a weak wall too

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
        return {member.file: _open_model(self.root, member) for member in self.contents.members if not member.script}

    @cached_property
    def _shut(self) -> "dict[str, ShutModel]":
        """By file: members that are code somebody wrote."""
        from .shut_models import ShutModel

        weak = self.allow_unsandboxed
        return {
            member.file: ShutModel(self.root, member, self.problem, self.schema, sandbox=self.sandbox, unsandboxed=weak)
            for member in self.contents.members
            if member.script
        }

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
                working directory for a DataFrame; where the column of paths is missing, pictures are found there by
                the id. For a model of pictures also a folder of them, whose names are the ids then.
            tables: fresh versions of other tables, by the name of their relation or of their file, in place of the
                bundle's copies; whole ones, as a table given here hides the older rows.

        Returns:
            One row per row of the table, in its order and with its index; of masks of several classes, one for each
            class, with the index repeated.

        Raises:
            TableError: a table cannot be read, has no rows, lacks a column, or is not one that the model reads.
            RunError: a model file is missing or damaged.
        """
        table, prediction = self._raw(data, tables)
        ids = table[[self.problem.id] if self.problem.id in table.columns else []]
        answer = self._kind.submission(prediction, ids, self.problem, self._metric, self.contents.rule)
        return with_index(answer, table.index)

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

        table, source, root = self._table(data)
        if not len(table):
            raise TableError(f"{source} has no rows to predict.")
        read = self._reader(tables or {})
        try:
            pictured = with_paths(table.reset_index(drop=True), root, self.schema, self.problem.id)
            whole = look_up_all(pictured, self.problem.relations, read)
            prepared = prepare.apply(whole, self.schema, root)
            related = self._related(whole, read)
        except TableError as error:
            if source == TABLE:
                raise
            raise TableError(f"{source}: {error}") from error  # it knows the column, but not the file
        answers: dict[str, Array] = {}
        made: dict[str, pd.DataFrame] = {}
        for member in self.contents.members:
            self._answer(member, prepared, related, answers, made)
        return table, self._mixed(answers)

    def _table(self, data: "Source") -> "tuple[pd.DataFrame, str, Path]":
        """The rows to answer, what to call them in an error, and the folder that paths in them are relative to."""
        if isinstance(data, str | os.PathLike) and Path(data).is_dir():
            folder = Path(data)
            return table_of(folder, self.schema, self.problem.id), str(folder), folder.resolve()
        return _table(data)

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

        binds = any(hasattr(step, "bind") for model in self._models.values() for step in model["steps"])
        if not binds and not (self._shut and self.problem.relations):
            return None
        return Related(self.problem.relations, rows_of(rows, self.problem.relations), read)

    def _answer(
        self,
        member: Member,
        table: "pd.DataFrame",
        related: "Related | None",
        answers: "dict[str, Array]",
        made: "dict[str, pd.DataFrame]",
    ) -> "Array":
        """What a member predicts, put into `answers` by its file, with what those predict that it is stacked on."""
        if member.file in answers:
            return answers[member.file]
        if member.script:
            answers[member.file] = self._shut[member.file].predict(table, related, self._kind)
            return answers[member.file]
        model, known = self._models[member.file], {m.file: m for m in self.contents.members}
        below = [
            columns(self._kind, self._answer(known[file], table, related, answers, made), known[file].experiment)
            for file in member.stack
        ]
        table = self._stepped(member, table, related, made)
        for one in below:
            table = beside(table, one)
        answers[member.file] = self._kind.predict(model["estimator"], table, self.problem)
        return answers[member.file]

    def _stepped(
        self, member: Member, table: "pd.DataFrame", related: "Related | None", made: "dict[str, pd.DataFrame]"
    ) -> "pd.DataFrame":
        """The table with the columns of the member's steps; what other members' first steps make too is made once."""
        for step, begun in zip(self._models[member.file]["steps"], self._begun[member.file], strict=True):
            if begun in made:
                table = made[begun]
                continue
            if hasattr(step, "bind"):
                step.bind(related)
            table = step.transform(table)
            if self._shared[begun] > 1:
                made[begun] = table
        return table

    @cached_property
    def _begun(self) -> dict[str, list[str]]:
        """By file, after each step of its member: what names the steps so far, as they were fitted."""
        import joblib

        found: dict[str, list[str]] = {}
        for file, model in self._models.items():
            names = found[file] = []
            for step in model["steps"]:
                names.append(str(joblib.hash((names[-1:], type(step).__name__, step))))
        return found

    @cached_property
    def _shared(self) -> Counter[str]:
        """How many members begin with the same steps."""
        return Counter(name for names in self._begun.values() for name in names)


def load(path: str | os.PathLike[str], *, sandbox: str = "auto", allow_unsandboxed: bool = False) -> Bundle:
    """Open a bundle: its folder, or the folder of the run that holds it. Load only bundles you trust.

    Members that are code a language model wrote answer from behind a wall, by default the strongest that works here;
    where that is not strong enough, `predict` raises RunError, unless `allow_unsandboxed`.

    Raises RunError when there is none, or one that this version cannot read. Warns when a library has another major
    version than the one that fitted the models.
    """
    root = Path(path)
    if not (root / "bundle.json").exists() and (root / "bundle" / "bundle.json").exists():
        root = root / "bundle"
    file = root / "bundle.json"
    if not file.exists():
        raise RunError(f"{path} holds no model bundle (no bundle.json): name a bundle, or a run that has finished.")
    contents = read(file)
    compare_versions(contents.versions, root)
    return Bundle(root.resolve(), contents, sandbox, allow_unsandboxed)


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

    model: dict[str, Any] = joblib.load(checked(root, member.file, member.sha256))
    return model


def with_index(answer: "pd.DataFrame", index: "pd.Index[Any]") -> "pd.DataFrame":
    """An answer with the index of the rows that it is for, each repeated where it has several rows for each."""
    return answer.set_axis(index.repeat(len(answer) // len(index)), axis=0)


def _read_feather(root: Path, table: Table) -> "pd.DataFrame":
    from pyarrow import feather

    found: pd.DataFrame = feather.read_table(checked(root, table.file, table.sha256)).to_pandas()
    return found


def _names_of(relation: Relation) -> set[str]:
    """What people may call another table: its relation, the table as it was read, its file with and without ending."""
    path = Path(relation.table)
    return {relation.name, relation.table, path.name, path.name.split(".")[0]}
