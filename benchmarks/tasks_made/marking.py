"""What was understood held against the right answer, field by field."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from modelwright.records.finding import Finding
from modelwright.records.plan import ValidationPlan
from modelwright.records.problem import Problem
from modelwright.records.profile import Profile

from .case import LOWER_IS_BETTER, UNASKED, Expect, Found, Link, Names


@dataclass(frozen=True)
class Answer:
    """What `plan` said: its records, or the line with which it refused."""

    problem: Problem | None = None
    profile: Profile | None = None
    plan: ValidationPlan | None = None
    doubts: tuple[str, ...] = ()
    error: str = ""
    code: int = 0  # exit code; 2 is a refusal, 1 a bug
    seconds: float = 0.0


@dataclass(frozen=True)
class Mark:
    """One field of one case."""

    field: str
    right: bool
    expected: str
    got: str
    evidence: str = ""  # what the program gave for its reading


def marks(expect: Expect, answer: Answer) -> list[Mark]:
    """One mark for each field that the case asks about."""
    if expect.error:
        return _refusal(expect.error, answer)
    if expect.refusal_is_right_too and answer.code == 2:
        words = _several(expect.doubt or "")
        return [Mark("doubt", any(w in answer.error.lower() for w in words), "or ".join(words), answer.error)]
    if answer.problem is None or answer.profile is None or answer.plan is None:
        names = [name for name, _ in _asked(expect, None)]
        return [Mark(name, False, "an answer", answer.error or f"exit code {answer.code}") for name in names]
    return [check() for _, check in _asked(expect, answer)]


def _refusal(words: tuple[str, ...], answer: Answer) -> list[Mark]:
    """The exit code, one line without a traceback, and each of the words in it."""
    got = answer.error or "an answer"
    line = answer.error.strip()
    clear = bool(line) and "\n" not in line and "Traceback" not in line
    missing = [w for w in words if w.lower() not in line.lower()]
    return [
        Mark("refused", answer.code == 2, "exit code 2", f"{answer.code}: {got}"),
        Mark("refused with", clear and not missing, "one line with " + ", ".join(words), got),
    ]


def _several(names: Names) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else names


Check = tuple[str, Callable[[], Mark]]


def _asked(expect: Expect, answer: Answer | None) -> list[Check]:
    """Name and check of every field that is asked; without an answer only the names may be used."""
    return [*_of_problem(expect, answer), *_of_plan(expect, answer), *_of_profile(expect, answer)]


# fields of the problem whose value is one, and how it is made comparable
PLAIN_FIELDS: dict[str, Callable[[Any], object]] = {
    "targets": sorted,
    "id": lambda value: value,
    "header": tuple,
    "class_columns": sorted,
    "classes": lambda values: [_plain(v) for v in values],
    "inputs": tuple,
    "series": sorted,
    "time": lambda value: value,
}


def _of_problem(expect: Expect, answer: Answer | None) -> Iterable[Check]:
    problem: Any = answer.problem if answer else None

    def mark(name: str, right: Callable[[], bool], expected: object, got: Callable[[], object]) -> Check:
        return name, lambda: Mark(name, right(), _text(expected), _text(got()), problem.why(name))

    for name in ("kind", "modality", "metric", "output"):
        if getattr(expect, name) is not None:
            yield _one_of(name, _several(getattr(expect, name)), problem)
    if expect.metric is not None:
        yield "higher_is_better", lambda: _direction(expect, problem)
    for name, comparable in PLAIN_FIELDS.items():
        if getattr(expect, name) not in (None, UNASKED) or (name == "id" and expect.id is None):
            yield _same(name, comparable, getattr(expect, name), problem)
    for name, value in expect.params.items():
        yield _param(name, value, problem)
    if (ratio := expect.cost_ratio) is not None:
        yield mark("cost ratio", lambda: _close(_ratio(problem), ratio), ratio, lambda: problem.metric_params)
    if (positive := expect.positive) is not None:
        yield mark(
            "positive class",
            lambda: bool(problem.classes) and _plain(problem.classes[-1]) == _plain(positive),
            positive,
            lambda: problem.classes,
        )
    for column in expect.dropped:
        yield mark("dropped", lambda c=column: c in problem.dropped, column, lambda: problem.dropped)  # type: ignore[misc]
    for link in expect.relations:
        yield "relations", lambda link=link: _related(link, problem)  # type: ignore[misc]


def _one_of(name: str, values: tuple[str, ...], problem: Any) -> Check:
    return name, lambda: Mark(
        name,
        str(getattr(problem, name)) in values,
        " or ".join(values),
        _text(getattr(problem, name)),
        problem.why(name),
    )


def _same(name: str, comparable: Callable[[Any], object], value: Any, problem: Any) -> Check:
    return name, lambda: Mark(
        name,
        comparable(getattr(problem, name)) == comparable(value),
        _text(value),
        _text(getattr(problem, name)),
        problem.why(name),
    )


def _param(name: str, value: float, problem: Any) -> Check:
    field = f"metric_params.{name}"
    return field, lambda: Mark(
        field, _close(problem.metric_params.get(name), value), str(value), str(problem.metric_params)
    )


def _related(link: Link, problem: Problem) -> Mark:
    got = "; ".join(f"{r.name} ({r.table}) by {list(r.keys)} {'many' if r.many else 'one'}" for r in problem.relations)
    return Mark("relations", any(_is(link, r) for r in problem.relations), _link(link), got or "none")


def _of_plan(expect: Expect, answer: Answer | None) -> Iterable[Check]:
    plan: Any = answer.plan if answer else None

    def mark(name: str, right: Callable[[], bool], expected: object, got: Callable[[], object]) -> Check:
        return name, lambda: Mark(name, right(), _text(expected), _text(got()), plan.why)

    if expect.scheme is not None:
        schemes = _several(expect.scheme)
        yield mark("scheme", lambda: str(plan.scheme) in schemes, " or ".join(schemes), lambda: plan.scheme)
    if expect.group != UNASKED:
        yield mark("group", lambda: plan.group == expect.group, expect.group, lambda: plan.group)
    if expect.group_rule is not None:
        rule = expect.group_rule
        yield mark("group_rule", lambda: plan.group_rule.startswith(rule), rule, lambda: plan.group_rule)
    if expect.plan_time != UNASKED:
        # whole stretches of time are groups of rows too: there the column may be named as either
        yield mark(
            "plan.time",
            lambda: plan.time == expect.plan_time or (plan.scheme == "time-blocks" and plan.group == expect.plan_time),
            expect.plan_time,
            lambda: plan.time,
        )


def _of_profile(expect: Expect, answer: Answer | None) -> Iterable[Check]:
    profile: Any = answer.profile if answer else None

    def mark(name: str, right: Callable[[], bool], expected: object, got: Callable[[], object]) -> Check:
        return name, lambda: Mark(name, right(), _text(expected), _text(got()))

    if expect.rows is not None:
        yield mark("rows wanted", lambda: profile.test_rows == expect.rows, expect.rows, lambda: profile.test_rows)
    for column, roles in expect.roles.items():
        yield mark(
            "role",
            lambda c=column, r=roles: _role(profile, c) in _several(r),  # type: ignore[misc]
            f"{column}: {' or '.join(_several(roles))}",
            lambda c=column: _role(profile, c),  # type: ignore[misc]
        )
    for column, share in expect.missing.items():
        yield mark(
            "missing",
            lambda c=column, s=share: abs(_missing(profile, c) - s) <= 0.03,  # type: ignore[misc]
            f"{column}: {share:.2f}",
            lambda c=column: f"{_missing(profile, c):.2f}",  # type: ignore[misc]
        )
    for found in expect.findings:
        yield mark(
            f"finding {found.sorts[0]}",
            lambda f=found: any(_matches(f, x) for x in _findings(profile)),  # type: ignore[misc]
            f"{' or '.join(found.sorts)} about {found.column or 'anything'}",
            lambda: _told(profile),
        )
    for found in expect.not_findings:
        yield mark(
            f"no finding {found.sorts[0]}",
            lambda f=found: not any(_matches(f, x) for x in _findings(profile)),  # type: ignore[misc]
            f"no {' or '.join(found.severities)} {' or '.join(found.sorts)} about {found.column or 'anything'}",
            lambda: _told(profile),
        )
    if expect.doubt is not None:
        words = _several(expect.doubt)
        yield mark(
            "doubt", lambda: _doubts(words, answer), f"a doubt about {' or '.join(words)}", lambda: _asks(answer)
        )


def _direction(expect: Expect, problem: Problem) -> Mark:
    """Whether more is better: of the metric taken where it is a right one, else of the best of the right ones.

    Error rate and accuracy are both right for one sentence, so the direction follows the name that was taken.
    """
    metrics = _several(expect.metric or "")
    judged = problem.metric if problem.metric in metrics else metrics[0]
    lower = judged in LOWER_IS_BETTER if expect.lower_is_better is None else expect.lower_is_better
    right = not lower
    got = problem.higher_is_better
    return Mark("higher_is_better", got == right, str(right), f"{got} ({problem.metric})", problem.why("metric"))


def _ratio(problem: Problem) -> float | None:
    prices = [problem.metric_params.get(n, 1.0) for n in ("false_negative", "false_positive")]
    match problem.metric_params.get("matrix"):  # rows are the truth, columns the answers
        case [[_, false_positive], [false_negative, _]]:
            prices = [false_negative, false_positive]
    if not all(isinstance(p, int | float) and p > 0 for p in prices):
        return None
    return float(prices[0]) / float(prices[1])  # type: ignore[arg-type]


def _close(got: object, expected: float) -> bool:
    return isinstance(got, int | float) and abs(got - expected) <= 1e-6 * max(1.0, abs(expected))


def _plain(value: object) -> str:
    """A class as text: 1, 1.0 and "1" are the same answer."""
    text = str(value)
    return text[:-2] if text.endswith(".0") else text


def _is(link: Link, relation: Any) -> bool:
    named = link.table.lower() in relation.table.lower() or link.table.lower() in relation.name.lower()
    return bool(named and set(relation.keys) == set(link.keys) and relation.many == link.many)


def _link(link: Link) -> str:
    return f"{link.table} by {list(link.keys)} {'many' if link.many else 'one'}"


def _role(profile: Profile, column: str) -> str:
    found = [c for c in profile.columns if c.name == column]
    return str(found[0].role) if found else "no such column"


def _missing(profile: Profile, column: str) -> float:
    """The share of rows without a value; a word for it that stays a category of its own is told as a spelling."""
    found = next((c for c in profile.columns if c.name == column), None)
    if found is None:
        return -1.0
    spelled = sum(count for _, count in found.spellings) / (profile.rows + profile.test_rows)
    return max(found.missing, spelled)


def _findings(profile: Profile) -> list[Finding]:
    return [f for f in profile.findings if isinstance(f, Finding)]


def _matches(wanted: Found, finding: Finding) -> bool:
    return (
        finding.sort in wanted.sorts
        and (wanted.column is None or wanted.column in finding.columns)
        and str(finding.severity) in wanted.severities
    )


def _told(profile: Profile) -> str:
    return "; ".join(f"{f.severity} {f.sort} {list(f.columns)}" for f in _findings(profile)) or "none"


def _asks(answer: Answer | None) -> str:
    if answer is None or answer.problem is None:
        return ""
    return "; ".join([*answer.doubts, *(f"[{q.field}] {q.text}" for q in answer.problem.questions)]) or "none"


def _doubts(words: tuple[str, ...], answer: Answer | None) -> bool:
    if answer is None or answer.problem is None:
        return False
    asked = any(q.field in words for q in answer.problem.questions)
    return asked or any(w.lower() in d.lower() for w in words for d in answer.doubts)


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "()"
    return str(value)
