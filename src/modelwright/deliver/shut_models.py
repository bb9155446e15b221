"""Members of a bundle that are code somebody wrote: they answer from behind a wall, and are never loaded by us.

The process behind the wall stays as long as the bundle is in use, so that only the first answer waits for its start.
"""

import io
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RunError
from ..joins import Read, with_joins
from ..sandboxes import choose
from ..sandboxes.cell import Cell, CellError
from ..sandboxes.walls import Limits
from .contents import Member, checked

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array, Kind, Related
    from ..records.problem import Problem
    from ..records.profile import Schema

PATH = "path"  # the role of columns that name files


class ShutModel:
    """One such member at work.

    Args:
        root: the bundle.
        member: which one.
        problem: what is predicted.
        schema: its columns, of which some may name files.
        sandbox: what shuts it in, as settings name it.
        unsandboxed: whether a weak wall will do.

    Raises:
        SettingsError: no level has that name, or it does not work here.
        RunError: no wall here is strong enough, or the code cannot be brought back to life.
    """

    def __init__(
        self,
        root: Path,
        member: Member,
        problem: "Problem",
        schema: "Schema",
        *,
        sandbox: str,
        unsandboxed: bool,
    ) -> None:
        self.member, self.problem = member, problem
        self.paths = [f.name for f in schema.fields if f.role == PATH]
        shut = choose.decide(sandbox, unsandboxed, Limits())
        if not shut.allowed:
            raise RunError(
                f"{root} holds code that a language model wrote ({member.script}), and no wall here is strong enough "
                f"({shut.why}): install bubblewrap, name a container (sandbox), or read the code and allow_unsandboxed."
            )
        self.place = Path(tempfile.mkdtemp(prefix="modelwright-answers-")).resolve()
        self.place.chmod(0o755)
        self.cell = Cell(choose.wall(shut.wall), shut.limits, read=[self.place], hidden=[root])
        self._end = weakref.finalize(self, _clean, self.cell, self.place)
        code = checked(root, member.script, member.script_sha256).read_text()
        model = checked(root, member.file, member.sha256).read_bytes()
        tables = str(self.place) if problem.relations else ""
        self._tables = tables
        self.cell.send({"do": "load", "problem": problem.model_dump(mode="json"), "code": code}, model)
        self._receive()

    def predict(self, table: "pd.DataFrame", related: "Related | None", kind: "Kind") -> "Array":
        """The member's prediction for a prepared table. Raises RunError for a failure inside."""
        if related is not None:
            self._lay_out(related.rows, related.read)
        table = self._with_pictures(table).reset_index(drop=True)
        body = io.BytesIO()
        table.to_feather(body, compression="uncompressed")
        self.cell.send({"do": "answer", "tables": self._tables if related is not None else ""}, body.getvalue())
        path = self.place / "answer.npz"
        path.write_bytes(self._receive())
        try:
            prediction = kind.load(path)
            flaw = kind.check(prediction, len(table), self.problem)
        except Exception as error:  # any bytes may come from foreign code
            raise RunError(f"the answer of {self.member.script} cannot be read: {error}") from error
        if flaw:
            raise RunError(f"the answer of {self.member.script} is none: {flaw}")
        return prediction

    def _receive(self) -> bytes:
        try:
            header, body = self.cell.receive()
        except CellError as error:
            raise RunError(f"{self.member.script}: {error}") from error
        if "error" in header:
            raise RunError(f"{self.member.script} failed: {str(header['error'])[:300]}")
        return body

    def _lay_out(self, rows: "pd.DataFrame", read: Read) -> None:
        """Other tables, as they are for these rows."""
        rows.reset_index(drop=True).to_feather(self.place / "rows.feather", compression="uncompressed")
        (self.place / "tables").mkdir(exist_ok=True)
        for relation in with_joins(self.problem.relations):
            read(relation.name).to_feather(
                self.place / "tables" / f"{relation.name}.feather", compression="uncompressed"
            )

    def _with_pictures(self, table: "pd.DataFrame") -> "pd.DataFrame":
        """Files that cells name, under names that can be seen inside."""
        columns = [name for name in self.paths if name in table]
        if not columns:
            return table
        place = self.place / "files"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        names: dict[str, str] = {}
        for name in columns:
            for path in map(Path, table[name].dropna().unique()):
                target = place / f"{len(names):07d}{path.suffix}"
                (shutil.copytree if path.is_dir() else shutil.copyfile)(path, target)
                names[str(path)] = str(target)
        changed: dict[str, Any] = {name: table[name].map(lambda p: names.get(str(p))) for name in columns}
        return table.assign(**changed)


def _clean(cell: Cell, place: Path) -> None:
    """When the bundle is no longer in use."""
    cell.end()
    shutil.rmtree(place, ignore_errors=True)
