"""Description and tables become a Problem, each field with its evidence; without any language model.

The order: which table is which (`layout`), what is asked for (`asked`, with `submission_form` where there is no
sample), of which kind and judged by which metric (`nature`, with `phrases`), then checks of the tables against that.
What a person says (arguments, task.toml) wins over what was found, and is checked like it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..errors import SettingsError, TaskError
from ..grids import OPTION
from ..records.base import JsonValue
from ..records.problem import Evidence, Modality, Problem
from ..wrong_labels import KINDS
from . import checks, dates, entity, gridded, masks, mentions, pictures, runs, wanted, warned
from .asked import Asked, Sources, find_asked
from .catalog import ForeignKey, Tables
from .detection import find_detection, interpret_boxes
from .folder import Folder
from .layout import Layout, assign
from .modality import Matter, find_matter
from .nature import Nature, find_nature
from .prose import Prose, parse
from .relations import relate
from .scenes import interpret_scenes
from .series import Series, find_series
from .sides import Found, Side
from .submission_form import Form, read_form
from .tables import plain
from .understanding import LONGEST_DESCRIPTION, Understanding, conclude, relative
from .yardstick import Wishes

if TYPE_CHECKING:
    from ..interfaces import Metric

EDITABLE = ("kind", "modality", "inputs", "series", "targets", "id", "metric", "metric_params", "classes",
            "class_columns", "output", "header", "time", "dropped", "train", "test", "sample", "relations",
            "options")  # fmt: skip


def interpret(
    folder: Folder,
    metrics: Sequence["Metric"],
    *,
    target: str | Sequence[str] | None = None,
    metric: str | None = None,
    about: str | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Understanding:
    """Read a task folder.

    Args:
        folder: what `scan` found.
        metrics: the catalogue.
        target: column or columns to predict, when the user names them.
        metric: name, alias or description of the metric, when the user names it.
        about: a sentence that says what no file says; it counts like the first of the description.
        overrides: fields of Problem that a person fixed (see `taskfile.read`).

    Raises:
        TaskError: where the folder does not say what is asked, or its tables contradict each other.
        SettingsError: where what the user said fits nothing.
    """
    told = _told(target, metric, overrides)
    prose = parse(f"{about}\n\n{folder.description}" if about else folder.description)
    tables = Tables(folder)
    targets = told.get("targets", ())
    scenes = masks.find_scenes(folder, prose)
    layout = assign(folder, tables, prose, told, [] if scenes else targets)
    if scenes is None and told.get("kind") in (None, "segmentation"):
        scenes = runs.find_drawn(folder, layout, tables, targets)
    if scenes is not None:
        return interpret_scenes(folder, scenes, layout, tables, prose, metrics, told)
    drawn = find_detection(folder, tables, layout, told)
    if drawn is not None:
        return interpret_boxes(folder, drawn, layout, tables, prose, metrics, told)
    if layout.train is None:
        names = ", ".join(t.name for t in folder.tables)
        raise TaskError(
            f"{folder.place} has no training table among {names}: add one that has the answers, as train.csv."
        )
    sources = Sources(
        tables[layout.train],
        tables.whole(layout.test) if layout.test else None,
        tables.whole(layout.sample) if layout.sample else None,
        prose,
        tables.called(layout.train),
        tables.called(layout.test) if layout.test else "",
        tables.called(layout.sample) if layout.sample else "",
        partial(tables.unanswered, layout.train) if "rows" in tables[layout.train].attrs else None,
    )
    layout.doubts.extend(tables.notes(layout.train, layout.test))
    sources, sides = entity.whole_rows(sources, layout, tables)
    return _interpret_tables(folder, sources, layout, metrics, told, sides, tables.foreign_keys())


def interpret_frame(
    frame: pd.DataFrame,
    target: str | Sequence[str],
    metrics: Sequence["Metric"],
    *,
    test: pd.DataFrame | None = None,
    metric: str | None = None,
    about: str | None = None,
    name: str = "frame",
) -> Understanding:
    """Read a DataFrame from Python. Rows without a target are the rows wanted, when no `test` is given."""
    folder = Folder(Path(), name, about or "", "", (), ())
    told = _told(target, metric, None)
    frames = [checks.named_columns(plain(f.reset_index(drop=True))) for f in (frame, test) if f is not None]
    rows = frames[1] if test is not None else None
    sources = Sources(frames[0], rows, None, parse(about or ""), "the DataFrame", "the test DataFrame", "")
    return _interpret_tables(folder, sources, Layout(), metrics, told)


def _told(
    target: str | Sequence[str] | None, metric: str | None, overrides: Mapping[str, Any] | None
) -> dict[str, Any]:
    """What the user fixed; arguments win over the task file."""
    told = dict(overrides or {})
    unknown = next((k for k in told if k not in EDITABLE), None)
    if unknown is not None:
        raise SettingsError(f"{unknown!r} is no field that can be set: those are {', '.join(EDITABLE)}.")
    if target is not None:
        told["targets"] = (target,) if isinstance(target, str) else tuple(target)
    if metric is not None and metric != told.get("metric"):
        told["metric"] = metric
        told.pop("metric_params", None)
    if "targets" in told:
        told["targets"] = tuple(told["targets"])
        if not told["targets"]:
            raise SettingsError("targets is empty: name at least one column to predict.")
    return told


# --- tables ---------------------------------------------------------------------------------------------------------


def _interpret_tables(
    folder: Folder,
    sources: Sources,
    layout: Layout,
    metrics: Sequence["Metric"],
    told: dict[str, Any],
    sides: Sequence[Side] = (),
    foreign_keys: Sequence[ForeignKey] = (),
) -> Understanding:
    told["targets"] = _split_names(told.get("targets", ()), sources.train)
    sources = wanted.complete(folder, sources, layout, told["targets"])
    form = None if sources.sample is not None else _form(sources)
    asked = find_asked(sources, form, told["targets"], told.get("id"), told.get("header", ()))
    asked.evidence[:0] = layout.evidence
    asked.doubts[:0] = layout.doubts
    sources = wanted.rows_by_target(wanted.filled_sets(sources, asked), asked)
    _doubt_absent_columns(sources, asked)
    train = checks.with_targets(sources, asked)
    sample, test = sources.sample, checks.rows_wanted(sources, asked, form)
    dropped = checks.compare_columns(sources, asked, told)
    found = _with_other_tables(train, test, sources, layout, asked, dropped, told, sides, foreign_keys)
    train, test, sampled = found.train, found.test, sources.train.attrs.get("rows")
    sources = replace(sources, train=train, test=test)
    labels = train[list(asked.targets)]
    nature = find_nature(labels, asked, sample, sources.prose, metrics, _wishes(told, asked))
    train = checks.whole_labels(train, asked, nature.classes)
    classes = checks.whole_classes(train, asked, nature.classes)
    kept = [c for c in train.columns if c not in dropped]
    shown = pictures.show(folder, train[kept], test, (sources.train_name, sources.test_name), asked.targets, asked.id)
    if shown is not None:
        train, test = shown.train, shown.test
        _pictures_name_rows(asked, shown, sources)
    features = [
        c for c in train.columns if c not in (*asked.targets, *dropped, asked.id) and (test is None or c in test)
    ]
    if shown is None and not any(relation.many for relation in found.relations):
        checks.something_to_learn_from(features, sources, folder)
    time = _time(train, test, asked, dropped, told)
    continued = nature.kind in ("regression", "forecast") and told.get("kind") in (None, "forecast")
    series = find_series(train, test, time, features, sources.prose) if continued else None
    kind, options = _kind_of_numbers(nature, series, asked)
    options = {**options, **_warnings(kind, sources.prose, asked, told.get("options"))}
    matter = _matter(kind, series, shown, train, features, sources.prose)
    if matter.modality is Modality.TABLE and told.get("modality") in (None, Modality.IMAGE):
        grid = gridded.find_grid(train, features, sources.prose)
        if grid is not None:
            because = f"the columns {grid.names[0]!r} to {grid.names[-1]!r} are the pixels of a picture"
            matter = Matter(Modality.IMAGE, (), because, 0.9, "table")
            options |= {OPTION: grid.told(), "pictures": {"height": grid.height, "width": grid.width}}
    asked.note("modality", matter.because, matter.confidence, matter.runner_up)
    problem = Problem(
        name=folder.name,
        root="" if folder.root == Path() else str(folder.root),
        kind=kind,
        modality=told.get("modality") or matter.modality,
        inputs=told.get("inputs", matter.inputs),
        series=told.get("series", series.keys if series else ()),
        relations=found.relations,
        targets=asked.targets,
        id=asked.id,
        metric=nature.metric.name,
        metric_params=nature.params,
        higher_is_better=nature.metric.higher_is_better,
        classes=classes,
        train=relative(layout.train, folder),
        test=relative(layout.test, folder) or None,
        sample=relative(layout.sample, folder) or None,
        header=asked.header,
        output=nature.output,
        class_columns=asked.class_columns,
        dropped=tuple(dropped),
        time=series.time if series else time,
        description=folder.description[:LONGEST_DESCRIPTION],
        options=told.get("options") or options,
        evidence=tuple(asked.evidence),
    )
    return conclude(problem, asked, train, test, sample, sampled, found)


def _with_other_tables(
    train: pd.DataFrame,
    test: pd.DataFrame | None,
    sources: Sources,
    layout: Layout,
    asked: Asked,
    dropped: Sequence[str],
    told: Mapping[str, Any],
    sides: Sequence[Side],
    foreign_keys: Sequence[ForeignKey],
) -> Found:
    """The rows with what other tables say of them, one row each; the others are kept for aggregates."""
    if not sides:
        return Found(train, test)
    found = relate(
        train,
        test,
        sides,
        name=sources.train_name,
        paths=[p for p in (layout.train, layout.test) if p is not None],
        targets=asked.targets,
        dropped=dropped,
        foreign_keys=foreign_keys,
        time_of=lambda rows, asked_for: _time(rows, asked_for, asked, dropped, told),
        told=told.get("relations"),
    )
    if found.relations:
        asked.note("relations", found.because, min(r.confidence for r in found.relations))
    elif "relations" in told:
        asked.note("relations", "the user said there are none")
    asked.doubts.extend(found.doubts)
    return found


def _pictures_name_rows(asked: Asked, shown: pictures.Shown, sources: Sources) -> None:
    """Without an id and a form of the answer, rows are named as their pictures are."""
    bare = asked.id is None and sources.sample is None and asked.header == asked.targets
    if bare and (shown.column != shown.named_by or shown.train[shown.named_by].is_unique):
        asked.id, asked.header = shown.named_by, (shown.named_by, *asked.header)
        asked.note("id", f"{shown.named_by!r} names a picture of its own in each row", 0.8)


def _kind_of_numbers(nature: Nature, series: Series | None, asked: Asked) -> tuple[str, dict[str, JsonValue]]:
    """Numbers that continue series are a forecast; the kind and its options."""
    if series is None:
        return nature.kind, nature.options
    asked.note("series", ", ".join(series.keys) or "one series", series.confidence)
    if nature.kind != "forecast":
        asked.note("kind", series.because, series.confidence, "regression")
    asked.note("time", series.because, series.confidence)
    return "forecast", {**nature.options, "step": series.step, "horizon": series.horizon}


def _warnings(kind: str, prose: Prose, asked: Asked, fixed: Mapping[str, JsonValue] | None) -> dict[str, JsonValue]:
    """What the text says of wrong labels, as an option of the problem; options that the user fixed win."""
    if kind not in KINDS:
        return {}
    quote = fixed.get("wrong_labels") if fixed is not None else warned.wrong_labels(prose)
    if not quote:
        return {}
    asked.doubts.append(
        f"The description warns that labels may be wrong ({quote!r}): the report says how many seem so, and recipes "
        "that can doubt labels do."
    )
    return {"wrong_labels": quote}


def _matter(
    kind: str,
    series: Series | None,
    shown: pictures.Shown | None,
    train: pd.DataFrame,
    features: Sequence[str],
    prose: Prose,
) -> Matter:
    """What a row is made of."""
    if shown is not None:
        return Matter(Modality.IMAGE, (shown.column,), shown.because)
    if series is not None or kind == "forecast":
        return Matter(Modality.SERIES, (), series.because if series else "a forecast, as the user said")
    return find_matter(train, features, prose)


def _doubt_absent_columns(sources: Sources, asked: Asked) -> None:
    """Say which columns the text speaks of and no table has; the target among them was refused before."""
    tables = [t for t in (sources.train, sources.test, sources.sample) if t is not None]
    known = {
        *(str(c) for t in tables for c in t.columns),
        *asked.header,
        *asked.class_columns,
        *map(str, asked.classes),
    }
    for name, quote in mentions.columns_named(sources.prose, known):
        asked.doubts.append(
            f"The description speaks of a column {name!r} ({quote!r}), which no table has: "
            + checks.near(name, [str(c) for c in sources.train.columns])
        )


def _split_names(names: Sequence[str], train: pd.DataFrame) -> tuple[str, ...]:
    """`--target a,b` means two columns, unless one column is called so."""
    if len(names) == 1 and names[0] not in train.columns and "," in names[0]:
        return tuple(n.strip() for n in names[0].split(","))
    return tuple(names)


def _form(sources: Sources) -> Form | None:
    rows = list(sources.test.columns) if sources.test is not None else []
    few = [c for c in sources.train.columns if sources.train[c].nunique() <= 100 and c in sources.train_only]
    values = [str(v) for c in few for v in sources.train[c].dropna().unique()]
    return read_form(sources.prose, rows, sources.train_only, values)


def _wishes(told: Mapping[str, Any], asked: Asked) -> Wishes:
    if told.get("class_columns"):
        asked.class_columns = tuple(told["class_columns"])
        if told.get("classes"):
            asked.classes = tuple(told["classes"])
    return Wishes(
        kind=told.get("kind"),
        metric=told.get("metric"),
        params=told.get("metric_params"),
        classes=tuple(told["classes"]) if told.get("classes") else None,
        output=told.get("output"),
    )


def _time(
    train: pd.DataFrame, test: pd.DataFrame | None, asked: Asked, dropped: Sequence[str], told: Mapping[str, Any]
) -> str | None:
    """The column with the time of a row: a date column named so, or in which all test rows come later."""
    if "time" in told:
        name = told["time"] or None
        if name is not None and name not in train.columns:
            raise SettingsError(
                f"time = {name!r} is no column of the training table: {checks.near(name, list(train.columns))}"
            )
        asked.note("time", "named by the user" if name else "the user said there is none")
        return name
    found: list[tuple[int, str, str]] = []
    for name in train.columns:
        if name in asked.targets or name in dropped or (test is not None and name not in test.columns):
            continue
        how = dates.EPOCH if dates.looks_like_epoch(name, train[name]) else dates.find_format(train[name])
        if how is None and train[name].dtype.kind != "M":
            continue
        known = dates.read_dates(train[name], how or dates.ISO)
        later = test is not None and dates.read_dates(test[name], how or dates.ISO).min() > known.max()
        said = dates.orders_rows(name)
        if later or said:
            because = f"{name!r} holds dates from {known.min()} to {known.max()}"
            found.append((2 * later + said, name, because + (", and all rows wanted are later" if later else "")))
    if not found:
        return None
    best = max(found, key=lambda f: f[0])
    runner_up = next((n for _, n, _ in found if n != best[1]), None)
    asked.note("time", best[2], 0.95 if best[0] > 1 else 0.7, runner_up)
    return best[1]


__all__ = ["EDITABLE", "Evidence", "Understanding", "interpret", "interpret_frame"]
