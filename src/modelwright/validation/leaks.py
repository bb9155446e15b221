"""What may give the answer away: columns, ids, an order of rows, copies in other folds. Each is told as a finding.

No column is dropped silently. A doubtful one stays in, and the run compares with and without it; only one that is
broken in the rows asked for (empty, constant, unlike the training rows) is kept from the models of the answer, and then
the run tries with it and says what that would have made of the score.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..records.finding import Finding, Severity
from ..records.plan import Scheme
from ..records.profile import Role
from . import future, groups, suspects
from .structure import spread
from .truth import LEAST, Truth

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from ..records.plan import ValidationPlan
    from ..records.problem import Problem
    from ..records.profile import Profile

    Column = pd.Series[Any]
    Array = np.ndarray[Any, np.dtype[Any]]

GROUPS = 100  # from which one row of each is looked at
ROWS = 20_000  # rows looked at, spread evenly over the table
CODED = 0.5  # the share from which an id, which should tell nothing, is worth a sentence
SORTED = 0.9  # the share from which rows stand in order of the target; series in time stay below
NEARLY = 0.4  # the same where no column of time orders the rows: independent rows stay far below
ACROSS = 0.01  # share of rows with a copy in another fold that is worth a sentence
RANK = {Severity.SERIOUS: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def find(
    table: "pd.DataFrame",
    target: "Array",
    problem: "Problem",
    profile: "Profile",
    *,
    asked: "pd.DataFrame | None" = None,
    raw: "pd.DataFrame | None" = None,
    plan: "ValidationPlan | None" = None,
    folds: "Array | None" = None,
    members: "Array | None" = None,
) -> tuple[Finding, ...]:
    """Findings on what gives the target away, the most serious first; empty where nothing does.

    Args:
        table: the training rows in their own order, as recipes get them; target columns are passed over.
        target: codes (n,) or values (n,) or (n, targets), as the kind gives them; nothing is said about masks.
        problem: what is asked.
        profile: which columns are ids, and which rows asked for repeat training rows.
        asked: the same columns of the rows asked for.
        raw: the training rows as read, for ids and columns that recipes do not get.
        plan: how rows are folded.
        folds: the fold of each place; those of the first repeat are looked at.
        members: the group of each row, where rows are folded by groups.
    """
    if target.dtype.kind not in "biuf" or len(table) < LEAST:
        return ()
    some = _once_each(table, plan, members)
    ids = {column.name for column in profile.columns if column.role is Role.ID} | {problem.id}
    files = set(profile.names(Role.PATH)) - ids  # recipes see what is in a file, and not how it is called
    absent = [column.name for column in profile.columns if not column.in_test and column.name not in problem.targets]
    columns, others = _columns(table, problem, some), {} if raw is None else _columns(raw, problem, some)
    named = {name: column for name, column in {**others, **columns}.items() if name in ids}
    unused = {name: others[name] for name in absent if name in others and name not in named}
    used = {name: column for name, column in columns.items() if name not in {*ids, *files, *unused}}
    timed = plan is not None and plan.scheme is Scheme.ROLLING
    found: list[Finding] = []
    for name, values in zip(problem.targets, np.atleast_2d(target[some].T), strict=False):
        truth = Truth(values, bool(problem.classes))
        if truth.constant:
            continue
        told = {column: truth.told_by(values) for column, values in used.items()}
        found += suspects.find(used, asked, name, truth, told, timed=timed)
        found += future.find(problem, used, {column: share for column, (share, _) in told.items()})
        found += _ids(named, name, truth)
        found += _absent(unused, name, truth)
        found += _order(name, truth, SORTED if problem.time or profile.time else NEARLY)
    if folds is not None:
        found += _copies(table, target, profile, folds[: len(table)])
    return tuple(sorted(_once(found), key=lambda finding: RANK[finding.severity]))


def _once_each(table: "pd.DataFrame", plan: "ValidationPlan | None", members: "Array | None") -> "Array":
    """Some rows, one of each group and of each set of copies: what tells a row from others tells the answer of its kin.

    Stretches of time are no such groups, and where there are few groups all rows are looked at.
    """
    names = [name for name in table.columns if groups.countable(table[name])]
    kin = groups.copies(table[names]) if names else np.arange(len(table))
    if plan is not None and plan.scheme in (Scheme.GROUP, Scheme.STRATIFIED_GROUP) and members is not None:
        kin = members if len(np.unique(members)) >= GROUPS else kin
    order = np.random.default_rng(0).permutation(len(table))
    first = np.sort(order[np.unique(kin[order], return_index=True)[1]])
    return first[spread(len(first), ROWS)] if len(first) >= LEAST else spread(len(table), ROWS)


def _columns(table: "pd.DataFrame", problem: "Problem", some: "Array") -> "dict[Any, Column]":
    """Some rows of the columns that can be counted."""
    names = [name for name in table.columns if name not in problem.targets and groups.countable(table[name])]
    return {name: table[name].iloc[some].reset_index(drop=True) for name in names}


def _once(found: list[Finding]) -> list[Finding]:
    """One finding for each column that a run is to compare: the first."""
    kept: list[Finding] = []
    for finding in found:
        doubted = {name for other in kept if other.compare for name in other.columns}
        if not (finding.compare and doubted & set(finding.columns)):
            kept.append(finding)
    return kept


def _ids(named: "Mapping[Any, Column]", target: str, truth: Truth) -> "Iterator[Finding]":
    """Ids that encode the answer."""
    for name, column in named.items():
        share, how = truth.told_by(column)
        if share >= CODED:
            evidence = f"The id `{name}` tells {share:.0%} of what there is to know about `{target}` ({how})."
            done = "It is not used, but rows may have been numbered after the answer was known."
            yield Finding(
                sort="id-encodes-target", columns=(name,), evidence=evidence, severity=Severity.WARNING, done=done
            )


def _absent(unused: "Mapping[Any, Column]", target: str, truth: Truth) -> "Iterator[Finding]":
    """Columns that the rows asked for do not have."""
    if not unused:
        return
    told = {name: truth.told_by(column)[0] for name, column in unused.items()}
    strong = [f"`{name}` alone would tell {share:.0%} of `{target}`" for name, share in told.items() if share >= CODED]
    listed = ", ".join(f"`{name}`" for name in unused)
    evidence = f"Not in the rows asked for: {listed}{'; ' if strong else ''}{', '.join(strong)}."
    yield Finding(sort="absent", columns=tuple(map(str, unused)), evidence=evidence, done="Not used.")


def _order(target: str, truth: Truth, border: float) -> "Iterator[Finding]":
    """Rows that stand in order of the answer."""
    import pandas as pd

    share, how = truth.told_by_order(pd.Series(np.arange(len(truth.values))))
    if share >= border:
        evidence = f"The rows stand in order of `{target}` ({how})."
        done = "New rows will not, so their order must not be used."
        yield Finding(sort="row-order", evidence=evidence, severity=Severity.WARNING, done=done)


def _copies(table: "pd.DataFrame", target: "Array", profile: "Profile", folds: "Array") -> "Iterator[Finding]":
    """Rows with a copy in another fold, and how many of them have its answer."""
    import pandas as pd

    names = [name for name in table.columns if groups.countable(table[name])]
    scored = np.flatnonzero(folds >= 0)
    if not names or not len(scored) or target.ndim > 1:
        return
    codes = groups.copies(table[names].iloc[scored])
    rows = pd.DataFrame({"code": codes, "fold": folds[scored]})
    rows["answer"] = target[scored]
    by_code = rows.groupby("code")
    across = by_code["fold"].transform("nunique") > 1
    share = float(across.mean())
    if share < ACROSS:
        return
    same = float((by_code["answer"].transform("nunique") == 1)[across].mean())
    evidence = (
        f"{share:.1%} of the rows have a copy in another fold, alike in all features; {same:.0%} of these have the "
        "same answer as all their copies."
    )
    known = next((e for e in profile.entities if e.rule == "copies"), None)
    if known is not None and known.seen is not None and known.expected is not None:
        done = (
            f"{known.seen:.0%} of the rows asked for are copies of training rows too, and a random split would give "
            f"{known.expected:.0%}, so folds mirror it."
        )
        yield Finding(sort="copies", evidence=evidence, done=done)
    else:
        done = "If new rows will be no copies, the score is too good: take copies out, or group by what they share."
        yield Finding(sort="copies", evidence=evidence, severity=Severity.WARNING, done=done)
