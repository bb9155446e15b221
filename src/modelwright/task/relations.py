"""The other tables of a task: joined where they have one row for each key, kept for aggregates where they have more.

Tables are linked to the rows of the problem first, then to each other: a table of products belongs to the items, the
items to the orders, the orders to the customers that are asked about.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from ..errors import SettingsError, TableError
from ..joins import assemble, check_columns, look_up, reading, with_joins
from ..records.problem import Relation
from ..records.profile import TableSummary
from .asked import near
from .catalog import ForeignKey
from .keys import Candidates, Link, best_link, measure, words
from .sides import Found, Side, lookup, short_name
from .suspects import Suspect, not_yet, only_some, target_copy
from .tidy import NUMBER, formats_of, tidy, time_format

PASSES = 3  # how far from the rows of the problem a table may lie
FOUND_AT_ONCE = 8  # tables of several rows for one row, at most; more would be more columns than anybody looks through

TimeOf = Callable[[pd.DataFrame, pd.DataFrame | None], str | None]


def relate(
    train: pd.DataFrame,
    test: pd.DataFrame | None,
    sides: Sequence[Side],
    *,
    name: str,
    paths: Sequence[Path] = (),
    targets: Sequence[str] = (),
    dropped: Sequence[str] = (),
    foreign_keys: Sequence[ForeignKey] = (),
    time_of: TimeOf = lambda _train, _test: None,
    told: Sequence[Relation] | None = None,
) -> Found:
    """Find how other tables belong to the rows of the problem, and join those that have one row for each of them.

    Args:
        train: rows with a target.
        test: rows wanted, or None.
        sides: the other tables.
        name: what the table of the rows is called.
        paths: where it was read, for declared keys.
        targets: columns that are never keys, and whose values must not stand in another table.
        dropped: columns that are not used, so no keys either.
        foreign_keys: keys that a database declares.
        time_of: the column with the time of a row, asked once everything is joined.
        told: relations that a person fixed; () for none.

    Raises:
        SettingsError: where what the person fixed fits no table.
    """
    finder = _Finder(train, test, sides, name, paths, targets, dropped, foreign_keys)
    if told is None:
        finder.join_lookups()
        time = time_of(finder.train, finder.test)
        finder.gather_many(time)
        finder.follow_chains(time)
    else:
        finder.take_told(told, time_of)
    return finder.finish()


class _Finder:
    """The search for relations under way."""

    def __init__(
        self,
        train: pd.DataFrame,
        test: pd.DataFrame | None,
        sides: Sequence[Side],
        name: str,
        paths: Sequence[Path],
        targets: Sequence[str],
        dropped: Sequence[str],
        foreign_keys: Sequence[ForeignKey],
    ) -> None:
        self.train, self.test, self.name = train, test, name
        self.targets, self.foreign_keys = list(targets), foreign_keys
        self.left_out = {*targets, *dropped}
        self.sides = list(sides)
        self.open = [s for s in sides if len(s.frame) and s.frame.shape[1] > 1]
        self.candidates = {s.name: Candidates(s.frame, s.label) for s in self.open}
        self.relations: list[Relation] = []
        self.tables: dict[str, pd.DataFrame] = {}
        self.notes: dict[str, str] = {s.name: "not used: it is empty or has one column" for s in sides}
        self.notes |= {s.name: "not used: no key leads there" for s in self.open}
        self.suspects: list[str] = []
        # tables that stand in the rows by now: where they were read, and the names of their columns there
        self.origins: list[tuple[tuple[Path, ...], dict[str, str]]] = [
            (tuple(paths), {str(c): str(c) for c in train.columns})
        ]
        self._main: Candidates | None = None

    # --- one row for each key ---------------------------------------------------------------------------------------

    @property
    def main(self) -> Candidates:
        """The keys of the rows, train and test together."""
        if self._main is None:
            names = [c for c in self.train if c not in self.left_out and (self.test is None or c in self.test)]
            parts = [t[names] for t in (self.train, self.test) if t is not None]
            rows = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
            self._main = Candidates(rows, self.name)
        return self._main

    def join_lookups(self) -> None:
        """Join every table that has at most one row for each key, and then those that the joined columns lead to."""
        for _ in range(PASSES):
            found = [(side, link) for side in self.open if (link := self._link_to_rows(side)) and not link.many]
            found.sort(key=lambda pair: -pair[1].confidence)
            joined = [side for side, link in found if self._join(side, link)]
            if not joined:
                return

    def _join(self, side: Side, link: Link) -> bool:
        if self._suspicious(side, link):
            return False
        relation = lookup(side, link.keys, list(self.train.columns), link.because(self.name, side.label))
        relation = relation.model_copy(update={"confidence": link.confidence})
        self._take_in(side, relation)
        return True

    def _take_in(self, side: Side, relation: Relation) -> None:
        wanted = [*(k for _, k in relation.keys), *(theirs for theirs, _ in relation.columns)]
        self.tables[relation.name] = side.frame[wanted].reset_index(drop=True)
        self.train = look_up(self.train, self.tables[relation.name], relation)
        if self.test is not None:
            self.test = look_up(self.test, self.tables[relation.name], relation)
        self.relations.append(relation)
        back = {theirs: ours for ours, theirs in relation.keys}
        self.origins.append((side.paths, {**dict(relation.columns), **back}))
        self._main = None
        self._done(side, f"joined to the rows: {relation.because}")

    # --- several rows for each key ----------------------------------------------------------------------------------

    def gather_many(self, time: str | None) -> None:
        """Keep the tables that have several rows for one row of the problem."""
        for side in list(self.open):
            link = self._link_to_rows(side)
            if link is not None and link.many and not self._suspicious(side, link):
                self._keep(side, link.keys, (), link.because(self.name, side.label), link.confidence, time)

    def _keep(
        self,
        side: Side,
        keys: tuple[tuple[str, str], ...],
        joins: tuple[Relation, ...],
        because: str,
        confidence: float,
        time: str | None,
    ) -> None:
        if sum(r.many for r in self.relations) >= FOUND_AT_ONCE:
            self.notes[side.name] = f"not used: {FOUND_AT_ONCE} other tables are aggregated already"
            return
        relation = Relation(
            name=side.name,
            table=side.label,
            keys=keys,
            many=True,
            joins=joins,
            rows=side.rows,
            because=because,
            confidence=confidence,
        )
        relation = relation.model_copy(update={"formats": formats_of(side.frame, relation)})
        self.tables[side.name] = tidy(side.frame, relation)
        relation = self._timed(relation, time)
        if relation.time is not None and (suspect := not_yet(self._rows(), self._assembled(relation), relation)):
            self._refuse(side, suspect)
            del self.tables[side.name]
            return
        self.relations.append(relation)
        self._done(side, f"aggregated: {relation.because}")

    def _timed(self, relation: Relation, time: str | None) -> Relation:
        """With the times by which its rows are earlier than a row of the problem, where both have one."""
        if time is None or time in (ours for ours, _ in relation.keys):
            return relation
        how = time_format(time, self._rows()[time])
        if how is None:
            return relation
        other = self._assembled(relation)
        names = [c for c in other.columns if c not in (k for _, k in relation.keys)]
        dated = [c for c in names if other[c].dtype.kind == "M"]
        if how == NUMBER:
            dated = [time] if time in names and other[time].dtype.kind in "iuf" else []
        if not dated:
            self.suspects.append(
                f"{relation.table} has no time: rows of it that are later than a row's own `{time}` count as well."
            )
            return relation
        theirs = max(dated, key=lambda c: (c == time, bool({"date", "time", "at", "day"} & set(words(c)))))
        because = f"{relation.because}; only its rows with `{theirs}` before the row's own `{time}` count"
        return relation.model_copy(update={"time": (time, theirs), "row_format": how, "because": because})

    def follow_chains(self, time: str | None) -> None:
        """Tables that belong to those that are aggregated: what their rows have one of, and what has one of them."""
        for _ in range(PASSES - 1):
            before = len(self.open)
            for relation in [r for r in self.relations if r.many]:
                for side in list(self.open):
                    self._follow(relation, side, time)
            if len(self.open) == before:
                return

    def _follow(self, relation: Relation, side: Side, time: str | None) -> None:
        relation = next(r for r in self.relations if r.name == relation.name)  # it may have gained a join
        side_of = next(s for s in self.sides if s.name == relation.name)
        mine, theirs = self.candidates[relation.name], self.candidates[side.name]
        declared = self._declared([(side_of.paths, {str(c): str(c) for c in side_of.frame.columns})], side)
        link = measure(mine, theirs, declared, declared=True) if declared else best_link(mine, theirs)[0]
        if link is None or not link.accepted:
            return
        because = link.because(relation.table, side.label)
        if not link.many:
            join = lookup(side, link.keys, list(self._assembled(relation).columns), because)
            join = join.model_copy(update={"confidence": link.confidence, "formats": formats_of(side.frame, join)})
            self.tables[side.name] = tidy(side.frame, join)
            gained = relation.model_copy(
                update={"joins": (*relation.joins, join), "because": f"{relation.because}; {because}"}
            )
            self.relations[self.relations.index(relation)] = gained
            self._done(side, f"joined to {relation.table}: {because}")
        elif link.mine_unique:
            self._keep_below(relation, side, link, time)

    def _keep_below(self, parent: Relation, side: Side, link: Link, time: str | None) -> None:
        """A table whose rows belong to rows of one that is aggregated: it takes their keys and their time."""
        above = self._assembled(parent)
        columns = [theirs for _, theirs in parent.keys]
        own = formats_of(side.frame, Relation(name="", table="", keys=(), many=True))
        times = [parent.time[1]] if parent.time else [] if own else [c for c, _ in parent.formats][:1]
        columns += [c for c in times if c not in columns]
        back = tuple((theirs, ours) for ours, theirs in link.keys)
        place = dict(link.keys)  # column of the table above -> where its values stand beside the rows below
        needed = [c for c in columns if c not in place]
        place |= {c: c if c not in side.frame.columns else f"{parent.name}.{c}" for c in needed}
        name = short_name(f"{side.name}_{parent.name}", list(self.tables))
        join = Relation(
            name=name,
            table=parent.table,
            keys=back,
            many=False,
            columns=tuple((c, place[c]) for c in needed),
            formats=tuple(pair for pair in parent.formats if pair[0] in needed),
            rows=parent.rows,
            because=link.because(parent.table, side.label),
            confidence=link.confidence,
        )
        self.tables[name] = above[list(dict.fromkeys([*(k for _, k in back), *needed]))]
        keys = tuple((ours, place[theirs]) for ours, theirs in parent.keys)
        self._keep(side, keys, (join,), f"{join.because}; {parent.because.split(';')[0]}", link.confidence, time)
        if side.name not in self.tables:
            del self.tables[name]

    # --- what both share --------------------------------------------------------------------------------------------

    def _rows(self) -> pd.DataFrame:
        parts = [t for t in (self.train, self.test) if t is not None]
        shared = [c for c in self.train if all(c in t for t in parts)]
        return pd.concat([t[shared] for t in parts], ignore_index=True) if len(parts) > 1 else self.train

    def _assembled(self, relation: Relation) -> pd.DataFrame:
        return assemble(relation, reading(self.tables))

    def _link_to_rows(self, side: Side) -> Link | None:
        theirs = self.candidates[side.name]
        declared = self._declared(self.origins, side)
        if declared and all(ours in self.main.names for ours, _ in declared):
            told = measure(self.main, theirs, declared, declared=True)
            if told.accepted:
                return told
        link, rejected = best_link(self.main, theirs)
        if link is None and rejected is not None:
            ours, other = rejected.keys[0]
            self.notes[side.name] = (
                f"not used: no key leads there (nearest: `{other}` holds `{ours}` of {rejected.found:.0%} of the rows)"
            )
        return link

    def _declared(
        self, origins: Sequence[tuple[tuple[Path, ...], dict[str, str]]], side: Side
    ) -> list[tuple[str, str]]:
        """Pairs of columns that a database declares between tables at hand and this one."""
        for paths, names in origins:
            for key in self.foreign_keys:
                if key.table in paths and key.other in side.paths:
                    pairs = list(zip(key.columns, key.other_columns, strict=True))
                elif key.other in paths and key.table in side.paths:
                    pairs = list(zip(key.other_columns, key.columns, strict=True))
                else:
                    continue
                if all(a in names for a, _ in pairs) and {b for _, b in pairs} <= set(side.frame.columns):
                    return [(names[a], b) for a, b in pairs]
        return []

    def _suspicious(self, side: Side, link: Link) -> bool:
        suspect = only_some(self.train, self.test, side.frame, link.keys) or target_copy(
            self.train, self.targets, side.frame, link.keys
        )
        if suspect is not None:
            self._refuse(side, suspect)
        return suspect is not None

    def _refuse(self, side: Side, suspect: Suspect) -> None:
        self.open.remove(side)
        self.notes[side.name] = f"not used: {suspect.why}"
        self.suspects.append(f"{side.label} is not used: {suspect.why}.")

    def _done(self, side: Side, note: str) -> None:
        self.open.remove(side)
        self.notes[side.name] = note
        if side.rows > len(side.frame):
            share = len(side.frame) / side.rows
            self.suspects.append(
                f"{side.label} has {side.rows:,} rows, of which {share:.0%} were read: what it says is said of those."
            )

    # --- what a person fixed ----------------------------------------------------------------------------------------

    def take_told(self, told: Sequence[Relation], time_of: TimeOf) -> None:
        """The relations of a task file, and no others."""
        self.notes |= {s.name: "not used: the task file leaves it out" for s in self.sides}
        for relation in [r for r in told if not r.many]:
            side = self._side(relation)
            named = lookup(side, relation.keys, list(self.train.columns), "said so by the user")
            self._check_keys(relation, self.train, side)
            try:
                self._take_in(side, named)
            except TableError as error:
                raise SettingsError(f"relations: {error}") from error
        time = time_of(self.train, self.test)
        for relation in [r for r in told if r.many]:
            self._keep_told(relation, relation.time[0] if relation.time else time)

    def _keep_told(self, relation: Relation, time: str | None) -> None:
        side, joins = self._side(relation), []
        columns = list(map(str, side.frame.columns))
        for told in relation.joins:
            other = self._side(told)
            wanted = told.columns or lookup(other, told.keys, columns, "").columns
            join = told.model_copy(update={"columns": wanted, "because": "said so by the user"})
            join = join.model_copy(update={"formats": formats_of(other.frame, join)})
            self._check_keys(join, side.frame, other)
            self.tables[join.name] = tidy(other.frame, join)
            columns += [ours for _, ours in join.columns]
            joins.append(join)
        if not relation.joins:
            self._check_keys(relation, self.train, side)
        if side not in self.open:
            raise SettingsError(f"relations: {side.label} is empty or used twice.")
        self._keep(side, relation.keys, tuple(joins), "said so by the user", 1.0, time)

    def _side(self, relation: Relation) -> Side:
        found = next((s for s in self.sides if relation.table in (s.label, s.name)), None)
        if found is None:
            hint = near(relation.table, [s.label for s in self.sides])
            raise SettingsError(f"relations: there is no other table {relation.table!r}: {hint}")
        return found

    def _check_keys(self, relation: Relation, rows: pd.DataFrame, side: Side) -> None:
        for table, names, what in (
            (rows, [k for k, _ in relation.keys], "the table it belongs to"),
            (side.frame, [k for _, k in relation.keys], side.label),
        ):
            try:
                check_columns(table, names, what, "")
            except TableError as error:
                raise SettingsError(f"relations: {error}") from error

    def finish(self) -> Found:
        """Everything that was found."""
        used = {r.name for r in with_joins(self.relations)}
        tables = {name: frame for name, frame in self.tables.items() if name in used}
        unused = [f"{s.label} is {self.notes[s.name]}." for s in self.open]
        unused += [f"{s.label} is {self.notes[s.name]}." for s in self.sides if s.name not in self.candidates]
        summaries = tuple(
            TableSummary(name=s.label, rows=s.rows, columns=s.frame.shape[1], note=self.notes[s.name])
            for s in self.sides
        )
        return Found(self.train, self.test, tuple(self.relations), tables, summaries, [*self.suspects, *unused])
