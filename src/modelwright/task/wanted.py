"""The rows wanted where no table of its own holds them: marked in a column, listed by the sample, or files of a folder.

Rows whose target is missing are told apart later, once the target is known (`rows_by_target`).
"""

import re
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from ..records.problem import Evidence
from . import checks, pictures
from .asked import Asked, Sources, id_without_form, spoken_of
from .folder import Folder
from .layout import Layout

SPLIT_NAME = re.compile(
    r"^(?:(?:data_?)?(?:split|set|subset|part(?:ition)?|portion|fold|usage|sample|phase|role|purpose|type)|is_?(?:train\w*|"
    r"test\w*)|train_?or_?test|train|test)$",
    re.IGNORECASE,
)
LEARN = frozenset(
    ["train", "training", "learn", "learning", "fit", "labeled", "labelled", "known", "dev", "development"]
)
CHECK = frozenset(["valid", "validation", "val"])
WANTED = frozenset(["test", "testing", "holdout", "hold-out", "eval", "evaluation", "predict", "score", "unlabeled",
                    "unlabelled", "wanted", "unknown", "submission", "private", "public"])  # fmt: skip


def complete(folder: Folder, sources: Sources, layout: Layout, told: Sequence[str]) -> Sources:
    """The sources with the rows wanted as a table of their own, where the training table or a folder has them."""
    if sources.test is not None:
        return sources
    return (
        _by_column(sources, layout, told)
        or _by_sample(sources, layout, told)
        or _by_folder(folder, sources, layout)
        or sources
    )


def _by_column(sources: Sources, layout: Layout, told: Sequence[str]) -> Sources | None:
    """A column that says of each row whether it is for learning or wanted."""
    for name in sources.train.columns:
        parts = _parts(name, sources.train[name]) if name not in told else None
        if parts is None:
            continue
        asked, rest = sources.train[parts].drop(columns=name), sources.train[~parts].drop(columns=name)
        if sources.sample is not None and len(sources.sample) != len(asked):
            continue
        because = f"{name!r} marks {len(asked)} rows of {sources.train_name} as wanted and {len(rest)} for learning"
        return _divided(sources, rest, asked, layout, because, told)
    return None


def _parts(name: str, values: pd.Series) -> pd.Series | None:
    """True for rows wanted; None where the column does not tell the parts apart."""
    if not SPLIT_NAME.match(name) or values.isna().any() or not 2 <= values.nunique() <= 4:
        return None
    texts = values.astype(str).str.strip().str.lower()
    found = set(texts)
    if found <= LEARN | CHECK | WANTED and found & LEARN and found & WANTED:
        return texts.isin(WANTED)
    marks = {"1", "true", "yes"} if "test" in name.lower() else {"0", "false", "no"}
    one_sided = re.match(r"^is_?(?:train|test)|^(?:train|test)$", name, re.IGNORECASE)
    if one_sided and found <= {"0", "1", "true", "false", "yes", "no"}:
        return texts.isin(marks)
    return None


def _by_sample(sources: Sources, layout: Layout, told: Sequence[str]) -> Sources | None:
    """A sample whose ids are some of the rows of the training table."""
    sample = sources.sample
    if sample is None or not len(sample) or len(sample) >= len(sources.train):
        return None
    name = sample.columns[0]
    if name not in sources.train.columns or not sources.train[name].is_unique:
        return None
    ids = checks.id_text(sources.train[name])
    chosen = ids.isin(set(checks.id_text(sample[name])))
    if int(chosen.sum()) != len(sample):
        return None
    because = f"the {len(sample)} ids of {sources.sample_name} are rows of {sources.train_name}"
    asked, rest = sources.train[chosen], sources.train[~chosen]
    answers = [c for c in sample.columns[1:] if c in sources.train.columns]
    return _divided(sources, rest, asked, layout, because, [*told, *answers])


def _divided(
    sources: Sources, rest: pd.DataFrame, asked: pd.DataFrame, layout: Layout, because: str, told: Sequence[str]
) -> Sources:
    """Two tables of one. Columns that are empty in the rows wanted are not theirs, nor is the target."""
    rest, asked = rest.reset_index(drop=True), asked.reset_index(drop=True)
    empty = [c for c in asked.columns if asked[c].isna().all() and rest[c].notna().any()]
    targets = [c for c in told if c in asked.columns]
    if not empty and not targets:
        spoken = spoken_of(sources.prose, [str(c) for c in asked.columns])
        ranked = sorted(spoken, key=lambda c: -spoken[c][0])
        targets = ranked[:1] if ranked and spoken[ranked[0]][0] >= 2 else []
    layout.evidence.append(Evidence(field="test", because=because, confidence=0.9))
    layout.doubts.append(f"There is no test table: {because}.")
    kept = asked.drop(columns=list(dict.fromkeys([*empty, *targets])))
    rest.attrs.update(sources.train.attrs)
    kept.attrs.pop("missing", None)  # those counts are of the whole table, and told by the other part
    return replace(sources, train=rest, test=kept, test_name=f"{sources.train_name} (rows wanted)")


def _by_folder(folder: Folder, sources: Sources, layout: Layout) -> Sources | None:
    """Pictures that the sample lists, or that lie in a folder of the test part, where rows of train are pictures."""
    files = next((f for f in pictures.list_files(folder) if f.sort == "pictures"), None)
    if files is None:
        return None
    column = pictures.naming_column(files, sources.train, list(sources.train.columns), "train")
    if column is None:
        return None
    sample = sources.sample
    if sample is not None:
        name = sample.columns[0]
        if pictures.naming_column(files, sample, [name], "test") is None:
            return None
        because = f"{sources.sample_name} lists {len(sample)} pictures"
        table = sample[[name]].rename(columns={name: name if name in sources.train.columns else column})
    else:
        known = {files.find(v, "train") for v in sources.train[column]}
        paths = sorted({p for p in files.by_path.values() if p not in known and pictures.TEST_PART.search(p.lower())})
        if not paths:
            return None
        ended = bool(re.search(r"\.\w{3,4}$", str(sources.train[column].iloc[0])))
        names = [p.rpartition("/")[2] for p in paths]
        table = pd.DataFrame({column: names if ended else [n.rpartition(".")[0] for n in names]})
        because = f"{len(paths)} pictures in a folder of the test part have no row in {sources.train_name}"
    layout.evidence.append(Evidence(field="test", because=because, confidence=0.8))
    layout.doubts.append(f"There is no test table: {because}; these are the rows wanted.")
    return replace(sources, test=table.reset_index(drop=True), test_name="the pictures wanted")


def rows_by_target(sources: Sources, asked: Asked) -> Sources:
    """Without a test table, rows whose target is missing are the rows wanted."""
    lacks = sources.train[list(asked.targets)].isna().all(axis=1)
    if sources.test is not None or not lacks.any() or lacks.sum() > len(lacks) - checks.FEWEST_ROWS:
        return sources
    wanted = sources.train[lacks] if sources.unanswered is None else sources.unanswered(asked.targets)
    if sources.sample is not None and len(sources.sample) != len(wanted):
        return sources
    test = wanted.drop(columns=list(asked.targets)).reset_index(drop=True)
    train = sources.train[~lacks].reset_index(drop=True)
    train.attrs.update(sources.train.attrs)
    asked.note("test", f"the {len(test)} rows of {sources.train_name} without a target are the rows wanted", 0.8)
    asked.doubts.append(
        f"There is no test table: the {len(test)} rows of {sources.train_name} without a target are predicted."
    )
    found = replace(sources, train=train, test=test, test_name=f"{sources.train_name} (rows without a target)")
    if (
        asked.id is None
        and asked.header == asked.targets
        and not any(e.because.endswith("said there is none") for e in asked.evidence)
    ):
        asked.id = id_without_form(found, asked, asked.targets)
        asked.header = (*([asked.id] if asked.id else []), *asked.targets)
    return found


def filled_sets(sources: Sources, asked: Asked) -> Sources:
    """Beside a test table, a row of train whose cell of labels is empty has none of them."""
    if asked.sets is None or sources.test is None:
        return sources
    name = asked.targets[0]
    empty = sources.train[name].isna()
    if not empty.any():
        return sources
    asked.doubts.append(
        f"{int(empty.sum())} rows of {sources.train_name} have no {name}: read as rows without a label."
    )
    return replace(sources, train=sources.train.assign(**{name: sources.train[name].fillna("")}))
