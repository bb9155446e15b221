"""Which table is which: the one to learn from, the one with the rows wanted, the sample of an answer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import SettingsError, TaskError
from ..records.problem import Evidence
from .answers import ANSWER_WORDS, table_with_answers
from .catalog import Tables
from .folder import Folder, container_of
from .prose import Prose

SAMPLE_WORDS = {"sample", "submission", "submit", "submissions", "template", "example", "answerform", "form"}
TRAIN_WORDS = frozenset(
    [
        "development",
        "fit",
        "historical",
        "history",
        "known",
        "labeled",
        "labelled",
        "learn",
        "learning",
        "past",
        "train",
        "training",
    ]
)
TEST_WORDS = frozenset(
    [
        "apply",
        "eval",
        "evaluation",
        "future",
        "heldout",
        "holdout",
        "new",
        "predict",
        "prediction",
        "questions",
        "score",
        "scoring",
        "test",
        "testing",
        "todo",
        "unknown",
        "unlabeled",
        "unlabelled",
        "wanted",
    ]
)
LEARN_FROM = re.compile(
    r"\b(?:learn\w*|train\w*|labell?ed|histor\w+|past|known|with the (?:answer|label|outcome|target)s?|so far)\b"
)
WANTED = re.compile(
    r"\b(?:test\w*|predict\w*|forecast\w*|unknown|without|need|want\w*|to be (?:scored|predicted)|new|score|fill)\b"
)


@dataclass
class Layout:
    """Paths of the tables by their part, with the reasons; None where there is none."""

    train: Path | None = None
    test: Path | None = None
    sample: Path | None = None
    evidence: list[Evidence] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def name_words(path: Path) -> list[str]:
    """Words of a file name without its endings, lower case: "gender_submission.csv" -> gender, submission."""
    stem = path.name.split(".")[0] if path.is_file() or "." in path.name else path.name
    stem = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", stem).lower()
    return [w for w in re.split(r"[^a-z]+", stem) if w]


def _part_by_name(path: Path) -> str:
    words = set(name_words(path))
    if words & SAMPLE_WORDS:
        return "sample"
    if words & TRAIN_WORDS and not words & TEST_WORDS:
        return "train"
    if words & TEST_WORDS and not words & TRAIN_WORDS:
        return "test"
    if words & TRAIN_WORDS:
        return "train"
    return ""


def assign(
    folder: Folder, tables: Tables, prose: Prose, overrides: Mapping[str, Any], targets: Sequence[str] = ()
) -> Layout:
    """Give each part its table: as told, else by file name, else by columns, else by what the text says of a file.

    Raises TaskError when two tables could both be the training table, or none can.
    """
    layout = Layout()
    told = {part: _told(folder, overrides, part) for part in ("train", "test", "sample") if part in overrides}
    free = [t for t in folder.tables if t not in told.values()]
    by_name: dict[str, list[Path]] = {"train": [], "test": [], "sample": [], "": []}
    for table in free:
        by_name[_part_by_name(table)].append(table)
    layout.sample = told["sample"] if "sample" in told else _pick_sample(by_name["sample"], layout)
    _pick_train_and_test(layout, tables, prose, by_name, told, list(targets))
    if layout.sample is None and "sample" not in told:
        layout.sample = _sample_by_content(layout, tables, by_name[""])
    for part in ("train", "test", "sample"):
        path = getattr(layout, part)
        if path is not None and not any(e.field == part for e in layout.evidence):
            reason = "said so by the user" if part in told else f"the name of {path.name}"
            layout.evidence.append(Evidence(field=part, because=reason))
    return layout


def _told(folder: Folder, overrides: Mapping[str, Any], part: str) -> Path | None:
    name = overrides[part]
    if not name:
        return None
    path = Path(name) if folder.database is not None else folder.root / str(name)
    if path in folder.tables:
        return path
    path = path.resolve()
    if path in folder.tables or path.exists() or container_of(path) is not None:
        return path
    names = ", ".join(_relative(t, folder) for t in folder.tables)
    raise SettingsError(f"{part} = {name!r} is not in {folder.place}: the tables there are {names}.")


def _relative(path: Path, folder: Folder) -> str:
    return path.relative_to(folder.root).as_posix() if path.is_relative_to(folder.root) else path.name


def _pick_sample(named: list[Path], layout: Layout) -> Path | None:
    if len(named) > 1:
        named = sorted(named, key=lambda p: (not {"sample", "submission"} <= set(name_words(p)), p.name))
        others = ", ".join(p.name for p in named[1:])
        layout.doubts.append(f"{named[0].name} is taken as the sample submission rather than {others}.")
    return named[0] if named else None


def _pick_train_and_test(
    layout: Layout,
    tables: Tables,
    prose: Prose,
    by_name: dict[str, list[Path]],
    told: dict[str, Path | None],
    targets: list[str],
) -> None:
    trains, tests, unnamed = by_name["train"], by_name["test"], by_name[""]
    answers = targets or (list(tables[layout.sample].columns[1:]) if layout.sample is not None else [])
    layout.train, layout.test = told.get("train"), told.get("test")
    if layout.train is None:
        layout.train = _pick_train(trains, tables, layout, answers)
    if layout.test is None and "test" not in told:
        layout.test = _pick_test(tests, tables, layout)
    if layout.train is not None and (layout.test is not None or "test" in told or not unnamed):
        return
    if layout.train is not None:
        layout.test = _test_beside(layout.train, unnamed, tables, layout)
    elif layout.test is not None:
        layout.train = _train_beside(layout.test, unnamed, tables, layout, targets, prose, answers)
    elif unnamed:
        layout.train, layout.test = _both_by_columns(unnamed, tables, prose, layout, targets, "test" in told, answers)


def _pick_train(named: list[Path], tables: Tables, layout: Layout, targets: list[str]) -> Path | None:
    if len(named) > 1 and targets:
        named = [p for p in named if set(targets) <= tables.columns(p)] or named
    answers = [p for p in named if set(name_words(p)) & ANSWER_WORDS]
    if len(named) > 1 and len(answers) == 1:
        named = answers
    if len(named) < 2:
        return named[0] if named else None
    exact = [p for p in named if name_words(p) in (["train"], ["training"])]
    rivals = exact if len(exact) > 1 else named
    first = exact[0] if exact else named[0]
    alike = [p for p in rivals if p != first and _overlap(tables.columns(p), tables.columns(first)) > 0.8]
    if alike or not exact:
        _both_could_be_train(first, alike[0] if alike else named[1])
    layout.doubts.append(
        f"{first.name} is taken as the training table; {len(named) - 1} other table(s) named alike are not."
    )
    return first


def _both_could_be_train(first: Path, second: Path) -> None:
    raise TaskError(
        f"{first.name} and {second.name} could both be the training table: remove or rename one of them, "
        f'or say which with `train = "{first.name}"` in a task file.'
    )


def _overlap(first: set[str], second: set[str]) -> float:
    return len(first & second) / max(1, len(first | second))


def _pick_test(named: list[Path], tables: Tables, layout: Layout) -> Path | None:
    if len(named) < 2:
        return named[0] if named else None
    exact = [p for p in named if name_words(p) in (["test"], ["testing"])]
    if layout.train is not None and len(exact) != 1:
        train = tables.columns(layout.train)
        exact = sorted(named, key=lambda p: -len(tables.columns(p) & train))[:1]
    if len(exact) != 1:
        raise TaskError(
            f"{named[0].name} and {named[1].name} could both be the table of rows wanted: remove one of them, "
            f'or say which with `test = "{named[0].name}"` in a task file.'
        )
    layout.doubts.append(f"{exact[0].name} is taken as the table of rows wanted, of {len(named)} that are named so.")
    return exact[0]


def _test_beside(train: Path, unnamed: list[Path], tables: Tables, layout: Layout) -> Path | None:
    """The table whose columns are nearly all in train, while train has more."""
    columns = tables.columns(train)
    fitting = [
        p
        for p in unnamed
        if len(tables.columns(p)) > 1
        and len(columns & tables.columns(p)) >= 0.9 * len(tables.columns(p))
        and len(tables.columns(p)) >= 0.5 * len(columns)
        and tables.columns(p) != columns
    ]
    if not fitting:
        return None
    found = max(fitting, key=lambda p: len(tables.columns(p)))
    because = f"{found.name} has the columns of {train.name} without {_some(columns - tables.columns(found))}"
    layout.evidence.append(Evidence(field="test", because=because, confidence=0.8))
    return found


def _train_beside(
    test: Path,
    unnamed: list[Path],
    tables: Tables,
    layout: Layout,
    targets: list[str],
    prose: Prose,
    answers: Sequence[str],
) -> Path | None:
    wanted = tables.columns(test)
    fitting = [
        p
        for p in unnamed
        if len(tables.columns(p) & wanted) >= 0.5 * len(wanted) and (tables.columns(p) - wanted) >= set(targets)
        and tables.columns(p) - wanted
    ]  # fmt: skip
    if not fitting:
        return None
    if len(fitting) > 1 and (known := table_with_answers(fitting, tables, prose, answers)) is not None:
        layout.evidence.append(Evidence(field="train", because=known[1], confidence=0.8))
        return known[0]
    if len(fitting) > 1:
        fitting.sort(key=lambda p: -len(tables.columns(p) & wanted))
        if len(tables.columns(fitting[0]) & wanted) == len(tables.columns(fitting[1]) & wanted):
            _both_could_be_train(fitting[0], fitting[1])
    found = fitting[0]
    because = f"{found.name} has the columns of {test.name} and {_some(tables.columns(found) - wanted)} besides"
    layout.evidence.append(Evidence(field="train", because=because, confidence=0.8))
    return found


def _both_by_columns(
    unnamed: list[Path],
    tables: Tables,
    prose: Prose,
    layout: Layout,
    targets: list[str],
    no_test: bool,
    answers: Sequence[str],
) -> tuple[Path | None, Path | None]:
    """Train has the answers that test lacks; where columns do not tell, what the text says of the files may."""
    if targets:
        having = [p for p in unnamed if set(targets) <= tables.columns(p)]
        rest = [p for p in unnamed if p not in having]
    else:
        having, rest = unnamed, unnamed
    if len(having) == 1:
        test = None if no_test else _test_beside(having[0], [p for p in rest if p != having[0]], tables, layout)
        return having[0], test
    pairs = [
        (a, b)
        for a in having
        for b in rest
        if a != b and tables.columns(b) < tables.columns(a) and len(tables.columns(b)) >= 0.5 * len(tables.columns(a))
    ]
    trains = sorted({a for a, _ in pairs})
    if len(trains) == 1:
        train, test = max(pairs, key=lambda pair: len(tables.columns(pair[1])))
        because = f"{train.name} has {_some(tables.columns(train) - tables.columns(test))}, which {test.name} lacks"
        layout.evidence.append(Evidence(field="train", because=because, confidence=0.8))
        layout.evidence.append(Evidence(field="test", because=because, confidence=0.8))
        return train, None if no_test else test
    known = table_with_answers(having or unnamed, tables, prose, answers) if not trains else None
    if known is not None:
        layout.evidence.append(Evidence(field="train", because=known[1], confidence=0.8))
        return known[0], None
    told = _told_by_text(having or unnamed, prose)
    if told is not None:
        layout.evidence.append(
            Evidence(field="train", because=f"the text says to learn from {told.name}", confidence=0.7)
        )
        return told, None if no_test else _test_beside(told, [p for p in unnamed if p != told], tables, layout)
    candidates = trains or having
    if not candidates:
        names = ", ".join(p.name for p in unnamed)
        raise TaskError(
            f"no table has the column {targets[0]!r}: the tables are {names}; check the spelling of the target."
        )
    _both_could_be_train(candidates[0], candidates[1])
    return None, None


def _told_by_text(candidates: list[Path], prose: Prose) -> Path | None:
    scores = dict.fromkeys(candidates, 0)
    for sentence in prose.sentences:
        for path in candidates:
            at = sentence.text.lower().find(path.name.lower())
            if at >= 0:
                around = sentence.plain
                scores[path] += bool(LEARN_FROM.search(around)) - bool(WANTED.search(around))
    ranked = sorted(candidates, key=lambda p: -scores[p])
    return ranked[0] if len(ranked) > 1 and scores[ranked[0]] > max(0, scores[ranked[1]]) else None


def _sample_by_content(layout: Layout, tables: Tables, unnamed: list[Path]) -> Path | None:
    """A table that has the rows of test by id, and answers that are all the same."""
    if layout.test is None:
        return None
    test = tables[layout.test]
    for path in unnamed:
        if path in (layout.train, layout.test):
            continue
        table = tables[path]
        first = table.columns[0]
        if len(table) != len(test) or first not in test.columns or not 2 <= table.shape[1] <= 200:
            continue
        answers = [c for c in table.columns if c not in test.columns]
        if answers and set(table[first].astype(str)) == set(test[first].astype(str)):
            because = f"{path.name} has the ids of {layout.test.name} and {_some(set(answers))}"
            layout.evidence.append(Evidence(field="sample", because=because, confidence=0.8))
            return path
    return None


def _some(names: set[str]) -> str:
    listed = sorted(names)
    return ", ".join(repr(n) for n in listed[:3]) + (" and more" if len(listed) > 3 else "")
