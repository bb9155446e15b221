"""What is asked for: target columns, the column that names the rows, and the columns of the answer table."""

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from ..errors import TaskError
from ..records.problem import Evidence, Question
from .label_sets import LabelSets, find_sets, yes_or_no
from .mentions import target_named
from .prose import Prose, normalise
from .submission_form import Form

ID_NAME = re.compile(
    r"^(?i:id|ids|uid|uuid|guid|key|index|row|row.?(?:id|no|num|number)|record|.*[ _.-](?:id|key|uuid|no))$|"
    r"(?<=[a-z])(?:Id|ID)$|^id[_A-Z]|^ID[_ ]"
)
TARGET_NAME = re.compile(r"(?i)^(?:target|label|labels|y|class|outcome|response|answer|target[ _]?\w*)$")
ASKED = re.compile(
    r"\b(?:predict\w*|forecast\w*|estimat\w*|guess\w*|targets?|labels?|answer|outcome|dependent|find out|"
    r"classify|tell (?:us )?whether|"
    r"want to know|are after|probabilit\w+|likelihood|how (?:many|much)|which|whether|determine|fill in|work out|"
    r"wanted|"
    r"required|is missing|lacks?)\b"
)
MOST_CLASSES = 200  # columns of an answer table that may stand for classes


@dataclass
class Asked:
    """What interpretation found so far; fields as in Problem."""

    targets: tuple[str, ...] = ()
    id: str | None = None
    header: tuple[str, ...] = ()
    class_columns: tuple[str, ...] = ()
    classes: tuple[object, ...] = ()  # label values of `class_columns`
    sets: LabelSets | None = None  # where the one target holds sets of labels
    evidence: list[Evidence] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)  # of fields whose options are known where they are read

    def note(self, name: str, because: str, confidence: float = 1.0, runner_up: str | None = None) -> None:
        """Keep the reason for one field."""
        self.evidence = [e for e in self.evidence if e.field != name]
        self.evidence.append(Evidence(field=name, because=because, confidence=confidence, runner_up=runner_up))


@dataclass(frozen=True)
class Sources:
    """The tables and texts that speak about the answer, with the names they go by in messages."""

    train: pd.DataFrame
    test: pd.DataFrame | None
    sample: pd.DataFrame | None
    prose: Prose
    train_name: str
    test_name: str
    sample_name: str
    # where `train` is a sample of the rows: all rows of its table that have no value in these columns
    unanswered: Callable[[Sequence[str]], pd.DataFrame] | None = None

    @property
    def train_only(self) -> list[str]:
        """Columns of train that test lacks; all of them when there is no test."""
        return [c for c in self.train.columns if self.test is None or c not in self.test.columns]


def near(name: str, known: Sequence[str]) -> str:
    """A hint for a name that is not known: the nearest ones, or the first few."""
    by_lower = {k.lower(): k for k in known}
    close = [by_lower[k] for k in difflib.get_close_matches(name.lower(), list(by_lower), n=3, cutoff=0.5)]
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    listed = ", ".join(map(repr, list(known)[:12]))
    return f"the names there are {listed}{' ...' if len(known) > 12 else ''}."


def find_asked(
    sources: Sources, form: Form | None, told: Sequence[str], told_id: str | None, told_header: Sequence[str]
) -> Asked:
    """Targets, id and answer columns: as told, by the sample's header, by the form in the text, by what test lacks.

    Raises TaskError where nothing says what is asked, or the sample contradicts the tables.
    """
    asked = Asked()
    _check_told(sources, told)
    header = list(told_header) or (list(sources.sample.columns) if sources.sample is not None else [])
    if header:
        where = (
            "header as the user said" if told_header else f"header of {sources.sample_name}: {', '.join(header[:8])}"
        )
        asked.note("header", where)
    elif form is not None:
        header = list(form.header)
        asked.note("header", f"form in the description: {form.quote}", 0.9)
    asked.id = _find_id(sources, asked, header, told, told_id)
    answers = [c for c in header if c != asked.id]
    if told:
        asked.targets = tuple(told)
        asked.note("targets", "named by the user")
        _fit_answers(sources, asked, answers)
    elif answers:
        _targets_from_answers(sources, asked, answers)
    else:
        asked.targets = _targets_without_form(sources, asked)
    if len(asked.targets) == 1 and asked.sets is None and not asked.class_columns:
        asked.sets = find_sets(sources.train[asked.targets[0]], sources.prose)
    if not header or (
        form is not None and sources.sample is None and not told_header and not _accounted(asked, answers)
    ):
        answers = list(asked.targets)
        header = [*([asked.id] if asked.id else []), *answers]
        asked.note("header", "no sample and no form in the text: the id and the target, under their names", 0.6)
    asked.header = tuple(header)
    if asked.id is not None and asked.id in asked.targets:
        raise TaskError(f"the column {asked.id!r} cannot be both the id and the target: name the target with --target.")
    return asked


def _accounted(asked: Asked, answers: Sequence[str]) -> bool:
    return bool(asked.class_columns) or len(answers) == len(asked.targets)


def _check_told(sources: Sources, told: Sequence[str]) -> None:
    for name in told:
        if name not in sources.train.columns:
            raise TaskError(f"{sources.train_name} has no column {name!r}: {near(name, list(sources.train.columns))}")


# --- the column that names the rows ---------------------------------------------------------------------------------


def _find_id(
    sources: Sources, asked: Asked, header: Sequence[str], told: Sequence[str], told_id: str | None
) -> str | None:
    wanted = sources.test if sources.test is not None else sources.train
    if told_id is not None:
        if told_id and told_id not in wanted.columns and told_id not in header:
            raise TaskError(f"there is no column {told_id!r} for the id: {near(told_id, list(wanted.columns))}")
        asked.note("id", "named by the user" if told_id else "the user said there is none")
        return told_id or None
    in_test = [c for c in header if c in wanted.columns and c not in told]
    if sources.test is None:
        in_test = [c for c in in_test if c == header[0] and len(header) > 1]
    if in_test:
        asked.note("id", f"{in_test[0]!r} is in the form of the answer and in the table of rows wanted")
        return in_test[0]
    if len(header) > 1 and sources.test is not None and _names_training_rows(sources, header[0]) and not told:
        asked.note("id", f"{header[0]!r} heads the form of the answer and has another value in each training row", 0.7)
        return header[0]
    if len(header) > 1 and header[0] not in sources.train_only and header[0] not in told:
        asked.note(
            "id", f"{header[0]!r} heads the form of the answer, but is in no table: rows are answered in order", 0.7
        )
        return header[0]
    if header:
        asked.note("id", "the form of the answer has no id", 0.9)
        return None
    return id_without_form(sources, asked, told)


def _names_training_rows(sources: Sources, name: str) -> bool:
    """Whether a column that test lacks is an id all the same: unique in train, and in the sample where there is one."""
    if name not in sources.train_only or name not in sources.train.columns:
        return False
    columns = [t[name] for t in (sources.train, sources.sample) if t is not None and name in t.columns]
    return all(c.is_unique and c.notna().all() and c.dtype.kind in "iuOM" for c in columns)


def id_without_form(sources: Sources, asked: Asked, told: Sequence[str]) -> str | None:
    """The column that names the rows, by its name and values alone; None for none."""
    tables = [t for t in (sources.train, sources.test) if t is not None]
    wanted = tables[-1]
    unique = [
        c
        for c in wanted.columns
        if c not in told and wanted[c].dtype.kind in "iuOM" and wanted[c].notna().all() and wanted[c].is_unique
    ]
    for name in unique:
        if ID_NAME.search(name):
            asked.note("id", f"{name!r} is named like an id and has another value in each row", 0.9)
            return name
    if sources.test is not None and wanted.shape[1] == 1 and unique and not _in_words(wanted[unique[0]]):
        asked.note("id", f"{unique[0]!r} is all that the table of rows wanted has, another value in each row", 0.9)
        return unique[0]
    for name in unique:
        counted = wanted[name].dtype.kind in "iu"
        if sources.test is not None and (counted or name == wanted.columns[0]) and _names_rows(tables, name):
            asked.note("id", f"{name!r} has another value in each row of both tables", 0.6)
            return name
    asked.note("id", "no column is named like an id and has another value in each row", 0.7)
    return None


def _names_rows(tables: Sequence[pd.DataFrame], name: str) -> bool:
    """Another value in each row of every table, none with blanks in it, no value shared."""
    if not all(name in t.columns and t[name].is_unique and t[name].notna().all() for t in tables):
        return False
    values = pd.concat([t[name] for t in tables])
    if values.dtype.kind in "iu":
        return values.is_unique and bool(values.max() - values.min() < 3 * len(values))
    return values.is_unique and not _in_words(values)


def _in_words(values: pd.Series) -> bool:
    """Whether most values have a blank in them, as texts do and names of rows do not."""
    return bool(values.astype(str).str.strip().str.contains(" ").mean() > 0.5)


# --- targets --------------------------------------------------------------------------------------------------------


def _fit_answers(sources: Sources, asked: Asked, answers: Sequence[str]) -> None:
    """The user named the targets; the answer's columns may still be classes of the one target."""
    if not answers or set(answers) == set(asked.targets):
        return
    if len(asked.targets) == 1 and len(answers) > 1:
        classes = match_classes(answers, sources.train[asked.targets[0]], asked.targets[0])
        if classes:
            asked.class_columns, asked.classes = tuple(answers), classes
            return
        if _columns_of_labels(sources, asked, answers, asked.targets[0]):
            return
    if len(answers) != len(asked.targets) and sources.sample is not None:
        raise TaskError(
            f"{sources.sample_name} asks for {', '.join(answers)}, which does not fit the target "
            f"{', '.join(asked.targets)}: name the target that it asks for, or remove the sample."
        )


def _targets_from_answers(sources: Sources, asked: Asked, answers: Sequence[str]) -> None:
    where = sources.sample_name or "the form in the description"
    in_train = [c for c in answers if c in sources.train.columns]
    if len(in_train) == len(answers):
        asked.targets = tuple(answers)
        lacking = sources.test is not None and not set(answers) & set(sources.test.columns)
        more = f", and {sources.test_name} lacks {'it' if len(answers) == 1 else 'them'}" if lacking else ""
        runner_up = next((c for c in sources.train_only if sources.test is not None and c not in answers), None)
        asked.note("targets", f"{', '.join(answers)}: in the answer's header ({where}){more}", 1.0, runner_up)
        return
    if len(answers) > 1 and len(answers) <= MOST_CLASSES:
        for name in sorted(sources.train.columns, key=lambda c: c not in sources.train_only):
            classes = match_classes(answers, sources.train[name], name)
            if classes:
                asked.targets, asked.class_columns, asked.classes = (name,), tuple(answers), classes
                asked.note("targets", f"the answer's columns ({where}) are the values of {name!r}")
                return
        for name in sources.train_only:
            if _columns_of_labels(sources, asked, answers, name):
                asked.targets = (name,)
                asked.note("targets", f"the answer's columns ({where}) are the labels that the cells of {name!r} hold")
                return
    if in_train:
        odd = next(c for c in answers if c not in in_train)
        raise TaskError(
            f"{where} asks for {odd!r}, which {sources.train_name} does not have: "
            + near(odd, list(sources.train.columns))
        )
    asked.targets = _targets_without_form(sources, asked)
    if len(answers) != len(asked.targets):
        raise TaskError(
            f"{where} asks for {', '.join(answers[:6])}, which are neither columns of {sources.train_name} nor values "
            "of one: correct the header, or name the target with --target."
        )
    pairs = ", ".join(f"{a} stands for {t}" for a, t in zip(answers, asked.targets, strict=True))
    asked.doubts.append(f"The answer's columns are not named as in {sources.train_name}: {pairs}.")


def _columns_of_labels(sources: Sources, asked: Asked, answers: Sequence[str], name: str) -> bool:
    """Whether the answer has a column for each label of the sets in a column of train; keeps what was found."""
    for core in _cores(answers, name):
        found = find_sets(sources.train[name], sources.prose, core)
        by_key = {_key(label): label for label in found.labels} if found else {}
        keys = [_key(c) for c in core]
        if found and set(by_key) == set(keys) and len(set(keys)) == len(keys):
            asked.sets, asked.class_columns = found, tuple(answers)
            asked.classes = tuple(by_key[k] for k in keys)
            return True
    return False


def match_classes(columns: Sequence[str], values: pd.Series, name: str) -> tuple[object, ...]:
    """The label value each answer column stands for, in the order of the columns; () when they do not match.

    A column may be named as the value, or as the value with something common before or after it (quality_4, p(yes)).
    """
    found = values.dropna().unique()
    if len(found) < 2 or len(found) > len(columns) or len(found) > MOST_CLASSES:
        return ()
    by_text = {_key(v): v for v in found}
    cores = _cores(columns, name)
    for core in cores:
        keys = [_key(c) for c in core]
        if set(by_text) == set(keys) and len(set(keys)) == len(keys):
            return tuple(_scalar(by_text[k]) for k in keys)
    return ()


def _key(value: object) -> str:
    """A label as text, so that 4, 4.0, "4" and "Class 4" written alike are alike."""
    if isinstance(value, float) and value == int(value):
        value = int(value)
    return re.sub(r"[^a-z0-9<>=+.-]+", "_", str(value).strip().lower()).strip("_")


def _scalar(value: object) -> object:
    return value.item() if hasattr(value, "item") else value


def _cores(columns: Sequence[str], name: str) -> list[list[str]]:
    """Readings of the columns: as they are, without the target's name, without what they begin or end with alike."""
    low = [c.lower() for c in columns]
    readings = [list(columns)]
    prefixes = [
        p + name.lower() for p in ("", "is_", "p_", "prob_") if all(c.startswith(p + name.lower()) for c in low)
    ]
    readings += [[c[len(prefix) :].strip("_ .:-=()[]") for c in columns] for prefix in prefixes]
    before = _common(columns)
    after = _common([c[::-1] for c in columns])
    readings.append([c[before:] for c in columns])
    readings.append([c[: len(c) - after] for c in columns])
    readings.append([c[before : len(c) - after] for c in columns])
    cut = [re.match(r"(?i)^(?:p|prob\w*|pr|class|is|pred\w*|score|label|target)[_ .(:-]+(.*?)\)?$", c) for c in columns]
    if all(cut):
        readings.append([m[1] for m in cut if m])
    # "Status_A" and "Status_AB" share "Status_A": step back to the last separator
    words = before
    while words and columns[0][words - 1] not in "_ .-:(=":
        words -= 1
    readings.append([c[words:] for c in columns])
    return readings


def _common(texts: Sequence[str]) -> int:
    size = 0
    while all(len(t) > size + 1 for t in texts) and len({t[size] for t in texts}) == 1:
        size += 1
    return size


def _targets_without_form(sources: Sources, asked: Asked) -> tuple[str, ...]:
    """No header names the target: what test lacks, what the text asks for, what is named like a target."""
    candidates = [c for c in sources.train_only if c != asked.id]
    spoken = spoken_of(sources.prose, candidates)
    sampled = list(sources.sample.columns) if sources.sample is not None else []
    named = target_named(sources.prose, [*sources.train.columns, *sampled])
    if named is not None and not (sources.test is not None and len(candidates) == 1) and not spoken:
        raise TaskError(
            f"the description asks for {named[0]!r} ({named[1]!r}), which {sources.train_name} does not have: "
            + near(named[0], list(sources.train.columns))
        )
    if sources.test is not None and len(candidates) == 1:
        asked.note("targets", f"{candidates[0]!r} is in {sources.train_name} but not in {sources.test_name}", 0.95)
        return (candidates[0],)
    ranked = sorted(spoken, key=lambda c: -spoken[c][0])
    clear = bool(ranked) and spoken[ranked[0]][0] >= 2
    if (
        sources.test is not None
        and not clear
        and len(candidates) > 1
        and all(yes_or_no(sources.train[c]) is not None for c in candidates)
    ):
        listed = ", ".join(candidates[:6]) + (" ..." if len(candidates) > 6 else "")
        asked.note("targets", f"{listed}: yes or no each, in {sources.train_name} but not in {sources.test_name}", 0.8)
        return tuple(candidates)
    if ranked and spoken[ranked[0]][0] >= 1:
        top, quote = spoken[ranked[0]]
        together = [c for c in ranked if spoken[c] == (top, quote) and sources.train[c].dtype.kind in "iuf"]
        chosen = together if len(together) > 1 and sources.test is not None else ranked[:1]
        runner_up = next((c for c in ranked if c not in chosen), None)
        margin = top - (spoken[runner_up][0] if runner_up else 0.0)
        asked.note("targets", f"{', '.join(chosen)}: {quote}", 0.9 if margin >= 1 else 0.6, runner_up)
        return tuple(c for c in sources.train.columns if c in chosen)
    by_name = [c for c in candidates if TARGET_NAME.match(c)]
    if len(by_name) == 1:
        asked.note("targets", f"{by_name[0]!r} is named like a target", 0.7)
        return (by_name[0],)
    if sources.test is not None and not candidates:
        raise TaskError(
            f"{sources.test_name} has every column of {sources.train_name}, and nothing says which is the target: "
            "name it with --target."
        )
    listed = ", ".join(map(repr, candidates[:8])) + (" ..." if len(candidates) > 8 else "")
    raise TaskError(f"nothing says which column of {sources.train_name} to predict ({listed}): name it with --target.")


def spoken_of(prose: Prose, names: Sequence[str]) -> dict[str, tuple[float, str]]:
    """How strongly the text asks for each column, with the sentence that does; columns not spoken of are left out."""
    found: dict[str, tuple[float, str]] = {}
    for name in names:
        plain_name = re.escape(normalise(name))
        if not plain_name:
            continue
        is_target = re.compile(
            rf"(?<!\w){plain_name}(?!\w)[^.;]{{0,25}}?\b(?:is|as|=|are)?[ (:,-]*(?:the |our |your "
            rf")?(?:\w+ )?(?:targets?|labels?|answer|outcome|response|dependent variable)\b"
            rf"|\b(?:targets?|labels?|answer|outcome|response|dependent)(?: \w+)?(?: column| variable|"
            rf" field)?(?: (?:is|are|called|named|in|stands in|lies in))*[ :,(]+(?:the column "
            rf")?{plain_name}(?!\w)"
            rf"|\b(?:predict|forecast|estimate|guess)(?:ing|s)? (?:the |each |a |an "
            rf")?(?:\w+ ){{0,4}}?{plain_name}(?!\w)"
            rf"|\b{plain_name}(?!\w)[^.;]{{0,40}}\b(?:are after|to be predicted|to predict|want to know|should "
            rf"be predicted|is wanted)"
        )
        mentioned = re.compile(rf"(?<!\w){plain_name}(?!\w)")
        total, best, quote = 0.0, 0.0, ""
        for sentence in prose.sentences:
            plain = sentence.plain
            if not mentioned.search(plain):
                continue
            quoted = f"`{name}`" in sentence.text
            score = 2.0 * bool(is_target.search(plain)) + 0.6 * bool(ASKED.search(plain)) * (1 + quoted)
            total += score
            if score > best:
                best, quote = score, sentence.quote
        if total > 0:
            found[name] = (round(total, 2), quote)
    return found
