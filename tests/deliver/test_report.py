"""The report is whole, self-contained, true to the record, and there whatever happened to the run."""

import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from modelwright.deliver import dossier, figures, report
from modelwright.journal.journal import Journal
from modelwright.metrics.replay import CEILING
from modelwright.records.experiment import Outcome, Proposal, Score, Status, Step
from modelwright.records.finding import Finding, Severity
from modelwright.records.problem import Evidence, Option, Output, Problem, Question
from modelwright.records.profile import Column, Profile, Role
from modelwright.workspace import Workspace

VOID = {"meta", "br", "link", "img", "hr", "input"}


class Page(HTMLParser):
    """Checks that tags are balanced, and collects the text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(source)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "link", "iframe", "img")
        if tag not in VOID:
            self.open.append(tag)
        self.links += [v or "" for k, v in attrs if k in ("href", "src", "xlink:href")]
        self.ids += [v or "" for k, v in attrs if k == "id"]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [v or "" for k, v in attrs if k in ("href", "src", "xlink:href")]
        self.ids += [v or "" for k, v in attrs if k == "id"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += " " + data


def page_of(workspace: Workspace) -> Page:
    return Page(report.write(workspace).read_text())


@pytest.fixture(scope="module")
def page(finished: Workspace) -> Page:
    return page_of(finished)


@pytest.mark.parametrize("kind", ["multiclass", "ordinal", "regression", "segmentation"])
def test_a_finished_run_of_each_kind_has_a_report(run_folder: Callable[..., Workspace], kind: str) -> None:
    workspace = run_folder(kind)
    page, beside = page_of(workspace), {path.name for path in workspace.root.iterdir()}
    assert "drawing failed" not in page.text
    assert "This run has not finished" not in page.text
    assert len(page.ids) == len(set(page.ids))
    assert all(link.startswith(("#", "data:image/png;base64,")) or link in beside for link in page.links)
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def test_nothing_is_fetched_from_anywhere(page: Page, finished: Workspace) -> None:
    beside = {path.name for path in finished.root.iterdir()}
    assert all(link.startswith(("#", "data:image/png;base64,")) or link in beside for link in page.links)
    source = finished.report.read_text()
    assert not re.search(r"url\((?!#)", source)
    assert "@import" not in source


def test_every_score_of_the_journal_stands_in_the_table(page: Page, finished: Workspace) -> None:
    found = dossier.read(finished)
    assert len(found.scored) == 12
    for each in found.scored:
        assert each.score
        assert figures.with_error(each.score.value, each.score.error) in page.text


def test_the_headline_holds_both_scores_guessing_and_the_verdict(page: Page, finished: Workspace) -> None:
    text, found = page.text, dossier.read(finished)
    headline = text[: text.index("Nobody was asked")]
    assert found.cv
    assert found.sealed
    for value in (found.cv.value, found.sealed.value, 0.5):
        assert figures.number(value) in headline
    assert "opened once" in headline
    assert "differ by less than one standard error" in headline
    assert "Better than guessing" in headline


def test_doubts_come_before_data_and_the_least_certain_first(page: Page) -> None:
    text = page.text
    places = [
        text.index(t)
        for t in ("names no metric", "the target has few values", 'the text says "judged by it"', "All columns")
    ]
    assert places == sorted(places)
    assert "--task-file" in text


def test_close_readings_come_first_with_the_line_that_changes_them(run_folder: Callable[..., Workspace]) -> None:
    workspace = run_folder("binary")
    path = workspace.data / "problem.json"
    options = (
        Option(value="auc", means="it is about order", confidence=0.55),
        Option(value="f1", means="as it says below", confidence=0.4),
    )
    question = Question(field="metric", text="By which metric is the work judged?", options=options)
    problem = Problem.model_validate_json(path.read_bytes()).model_copy(update={"questions": (question,)})
    path.write_text(problem.model_dump_json())
    text = page_of(workspace).text
    assert text.index("By which metric is the work judged?") < text.index("names no metric")
    assert 'metric = "f1"' in text


def test_failures_are_there_with_their_reason(page: Page) -> None:
    assert page.text.count("Input contains NaN") == 2


def test_an_unfinished_run_says_so(run_folder: Callable[..., Workspace]) -> None:
    text = page_of(run_folder(finished=False)).text
    assert "This run has not finished" in text
    assert "Best experiment so far" in text
    assert "There is no blend" in text


def test_a_run_with_only_failures_says_so(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "run")
    workspace.create()
    with Journal(workspace.journal, create=True) as journal:
        for number in (1, 2):
            journal.open(Proposal(recipe="linear"))
            journal.close(Outcome(number=number, status=Status.MEMORY, error="used 9,000 MB of 8,000 MB"), None)
    text = page_of(workspace).text
    assert "There is no result yet" in text
    assert "ran out of memory" in text
    assert text.count("used 9,000 MB") == 2


def test_a_run_of_which_nothing_is_recorded_yet_has_a_report(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    assert "There is no result yet" in page_of(Workspace(tmp_path / "run")).text


def test_names_with_odd_characters_stay_text(run_folder: Callable[..., Workspace]) -> None:
    odd = '<b onload="x">&\'$\\mu_{1}^%$Ü{{ 7*7 }}\n'
    workspace = run_folder(
        name=odd,
        targets=(odd,),
        classes=(odd, "<i>"),
        description=odd,
        evidence=(Evidence(field="name", because=odd, confidence=0.5, runner_up=odd),),
    )
    with Journal(workspace.journal) as journal:
        journal.note(odd)
        journal.open(Proposal(recipe=odd, reason=odd, params={odd: odd}))
        journal.close(Outcome(number=15, status=Status.FAILED, error=odd), None, odd)
    source = report.write(workspace).read_text()
    page = Page(source)
    assert "<b onload" not in source
    assert "<i>" not in source
    assert "drawing failed" not in page.text
    assert odd.strip() in page.text


def searched_on(workspace: Workspace) -> None:
    """Goes on with the run: a step that helps, one that hurts and notes why, and tuning until the ceiling is hit."""
    dates, codes = Step(name="dates"), Step(name="codes")
    folds = tuple(range(3))
    trials = [("add", (dates,), 0.95, 10), ("add", (dates, codes), 0.90, 15)]
    trials += [("tune", (dates,), 0.90, 15)] * CEILING
    with Journal(workspace.journal) as journal:
        for k, (move, steps, value, parent) in enumerate(trials):
            params = {"k": k} if move == "tune" else {}
            proposal = Proposal(
                recipe="extra-trees", params=params, features=steps, folds=folds, parent=parent, move=move
            )
            number = journal.open(proposal).number
            score = Score(value=value, error=0.01, folds=dict.fromkeys(folds, value), replicates=(value,) * 5)
            notes = ("codes: a & b look like codes, and are none.",) if codes in steps else ()
            journal.close(Outcome(number=number, status=Status.DONE, seconds=6.0, notes=notes), score, "a verdict")


def test_the_search_is_told_family_by_family_with_ceilings_steps_moves_and_notes(
    run_folder: Callable[..., Workspace],
) -> None:
    workspace = run_folder()
    searched_on(workspace)
    page = page_of(workspace)
    text = re.sub(r"\s+", " ", page.text)
    assert "drawing failed" not in text
    for part in (
        "Family by family",
        "trees stopped at 0.9500 ± 0.0100 (experiment 15 )",
        f"{CEILING} changes in a row had brought nothing beyond noise",
        "The search ended there.",
        "2 steps were added: 1 helped, none made no difference beyond noise, 1 made the model worse.",
        "More features can be worse: codes cost trees",
        "What each kind of move brought",
        "a & b look like codes, and are none.",
    ):
        assert part in text
    assert {"#e15", "#e16"} <= set(page.links)
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def test_without_ceilings_the_report_says_so(page: Page) -> None:
    assert f"No family hit a ceiling: none had {CEILING} changes in a row" in page.text


def test_a_picture_that_fails_is_a_sentence(
    run_folder: Callable[..., Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("no such colour")

    monkeypatch.setattr(report.plots, "roc", fail)
    text = page_of(run_folder()).text
    assert "drawing failed: ValueError: no such colour" in text
    assert "Doing it again" in text


def test_a_metric_that_is_not_known_here_does_not_stop_the_report(run_folder: Callable[..., Workspace]) -> None:
    workspace = run_folder()
    record = workspace.data / "problem.json"
    record.write_text(record.read_text().replace('"accuracy"', '"our-own-metric"'))
    assert "our-own-metric" in page_of(workspace).text


def test_experiments_whose_files_are_gone_do_not_stop_the_report(run_folder: Callable[..., Workspace]) -> None:
    workspace = run_folder()
    shutil.rmtree(workspace.experiments)
    text = page_of(workspace).text
    assert "drawing failed" not in text
    assert "How alike" not in text


def test_members_are_compared_by_their_predictions(run_folder: Callable[..., Workspace]) -> None:
    table = report.correlations(dossier.read(run_folder("regression")))
    assert table
    assert table[0][0] == pytest.approx(1)
    assert table[0][1] == pytest.approx(table[1][0])
    assert 0.3 < table[0][1] < 0.999


@pytest.mark.parametrize(
    ("by", "words"), [(0.05, "is better than"), (-0.05, "is worse than"), (0.0, "is within noise of")]
)
def test_what_blending_brought_is_a_sentence(run_folder: Callable[..., Workspace], by: float, words: str) -> None:
    found = dossier.read(run_folder("regression"))
    told = found.facts["final"]["cv"]
    told["value"] -= by  # an error: less is better
    told["folds"] = {fold: each - by for fold, each in told["folds"].items()}
    assert found.best is not None
    sentence = report.blend_gain(found)
    assert sentence.startswith(f"The blend {words} the best experiment alone, number {found.best.number}: ")
    assert ("+0.05" in sentence) is (by > 0)
    del found.facts["final"]["members"][1:]
    assert report.blend_gain(found) == ""


def test_a_result_no_better_than_guessing_is_called_so(finished: Workspace) -> None:
    found = dossier.read(finished)
    found.facts["final"]["cv"]["value"] = 0.51
    assert report.against_guessing(found) == (
        False,
        "This is not clearly better than guessing without looking at the row: do not rely on it.",
    )


@pytest.mark.parametrize(
    ("kind", "changes", "sentence"),
    [
        ("binary", {}, "For each of 9 rows, tell whether Survived is True or False."),
        ("binary", {"output": Output.PROBABILITIES}, "For each of 9 rows, tell the probability that Survived is True."),
        (
            "multiclass",
            {},
            "For each of 9 rows, tell the probability of each of the 3 classes of author: EAP, HPL, MWS.",
        ),
        ("ordinal", {}, "For each of 9 rows, tell quality: a grade in the order 3, 4, 5, 6."),
        ("regression", {}, "For each of 9 rows, tell the numbers energy and gap."),
        ("segmentation", {}, "For each of 9 rows, mark the pixels of mask in an image."),
    ],
)
def test_the_question_is_one_sentence(
    problem_of: Callable[..., Problem], kind: str, changes: dict[str, object], sentence: str
) -> None:
    assert report.question(problem_of(kind, **changes), {"test": 9}) == sentence


def test_a_change_names_what_differs_from_the_parent(finished: Workspace) -> None:
    experiments = dossier.read(finished).experiments
    assert report.change(experiments[9], experiments[4]) == "n_estimators 140 → 190, + missing"


def test_columns_have_pictures_and_marks_and_odd_values_stay_text(
    run_folder: Callable[..., Workspace],
) -> None:
    workspace, odd = run_folder(), "<b onload=x>"
    rich = Profile(
        rows=300,
        test_rows=100,
        columns=(
            Column(name="age", role=Role.NUMBER, distinct=80, low=0, high=9, histogram=(1, 5, 2), drift=0.8),
            Column(name=odd, role=Role.CATEGORY, distinct=2, top=((odd, 200), ("b", 90)), examples=(odd,), suspect=odd),
            Column(name="city", role=Role.CATEGORY, distinct=9, spellings=(("?", 12),), unseen=0.5, examples=("?",)),
        ),
        balance=(("False", 0.75), (odd, 0.25)),
        findings=(Finding(sort="x", evidence=odd, severity=Severity.SERIOUS),),
    )
    (workspace.data / "profile.json").write_text(rich.model_dump_json())
    source = report.write(workspace).read_text()
    page = Page(source)
    assert odd not in source
    assert source.count('<svg class="spark') == 2
    for told in ("0.80", "suspect", "50 % new in test", "may mean missing: '?' 12", "75 %", "225"):
        assert told in page.text


def test_wrong_labels_are_estimated_from_the_blends_own_predictions(run_folder: Callable[..., Workspace]) -> None:
    assert "contradict the blend's predictions" in page_of(run_folder()).text
    assert "contradict the blend" not in page_of(run_folder("regression")).text


def test_long_tables_are_folded(page: Page, finished: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "<details open><summary>14 experiments" in finished.report.read_text()
    monkeypatch.setattr(report, "MANY_EXPERIMENTS", 5)
    assert "<details><summary>14 experiments" in report.html(dossier.read(finished))


def test_a_change_that_the_reason_names_is_not_said_twice(finished: Workspace) -> None:
    child, parent = (dossier.read(finished).experiments[i] for i in (9, 4))
    proposal = child.proposal.model_copy(update={"reason": "would more n_estimators help?"})
    assert report.change(child.model_copy(update={"proposal": proposal}), parent) == "+ missing"


def test_links_to_files_hold_when_the_run_folder_moves(run_folder: Callable[..., Workspace]) -> None:
    workspace = run_folder()
    page = report.write(workspace).read_text()
    assert 'href="journal.db"' in page
    assert f'href="{workspace.root}' not in page
