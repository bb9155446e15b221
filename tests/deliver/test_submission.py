"""The submission's check lets nothing wrong through and says where it is."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.deliver import submission
from modelwright.errors import SubmissionError
from modelwright.kinds import rle
from modelwright.records.problem import Output, Problem

IDS = pd.DataFrame({"Id": [17, 4, 9]})


@pytest.fixture
def labels(problem_of: Callable[..., Problem]) -> Problem:
    return problem_of("binary")


@pytest.fixture
def probabilities(problem_of: Callable[..., Problem]) -> Problem:
    return problem_of("multiclass")


@pytest.fixture
def values(problem_of: Callable[..., Problem]) -> Problem:
    return problem_of("regression", targets=("energy",), header=("Id", "energy"))


def answers(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"Id": [17, 4, 9], **columns})


def thirds(**changes: float) -> pd.DataFrame:
    return answers(EAP=[0.5, 0.2, 0.1], HPL=[0.25, 0.3, 0.1], MWS=[0.25, 0.5, 0.8]).assign(**changes)


def test_a_right_submission_passes(labels: Problem, probabilities: Problem, values: Problem) -> None:
    submission.check(answers(Survived=[True, False, True]), labels, IDS, None)
    submission.check(thirds(), probabilities, IDS, None)
    submission.check(answers(energy=[1.5, -2.0, 0.0]), values, IDS, answers(energy=0.0))


def test_ids_are_the_same_whether_read_as_whole_numbers_or_as_floats(values: Problem) -> None:
    sample = answers(energy=0.0).astype({"Id": float})
    submission.check(answers(energy=1.0), values, IDS.astype(str), sample)


def test_leading_zeros_make_another_id(values: Problem) -> None:
    table = pd.DataFrame({"Id": ["00012"], "energy": [1.0]})
    submission.check(table, values, pd.DataFrame({"Id": ["00012"]}), None)
    with pytest.raises(SubmissionError, match=r"'00012'.*'12'"):
        submission.check(table, values, pd.DataFrame({"Id": [12]}), None)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (answers(energy=[1.0, np.nan, 2.0]), r"column 'energy'.*row 2 \(id '4'\)"),
        (answers(energy=[1.0, 2.0, np.inf]), r"column 'energy'.*'inf'.*row 3 \(id '9'\).*not a finite number"),
        (answers(energy=["1", "two", "3"]), r"column 'energy'.*'two'.*row 2"),
        (answers(energy=1.0).iloc[:2], "2 rows where the test table has 3"),
        (answers(energy=1.0).iloc[::-1], r"row 1.*id '9' in column 'Id' where the test table has '17'"),
        (answers(other=1.0), r"lacks column 'energy'.*Id,energy"),
        (answers(energy=1.0, more=2.0), r"has column 'more'.*Id,energy"),
    ],
)
def test_what_is_wrong_is_named_with_its_column_and_row(values: Problem, table: pd.DataFrame, message: str) -> None:
    with pytest.raises(SubmissionError, match=message):
        submission.check(table.reset_index(drop=True), values, IDS, None)


def test_a_label_that_is_no_class_is_named(labels: Problem) -> None:
    with pytest.raises(SubmissionError, match=r"column 'Survived'.*'Maybe'.*row 3.*False, True"):
        submission.check(answers(Survived=["True", "False", "Maybe"]), labels, IDS, None)


def test_a_class_that_does_not_exist_is_named_with_its_row(problem_of: Callable[..., Problem]) -> None:
    how: dict[str, str | int] = {"form": "text", "separator": " ", "k": 2}
    problem = problem_of(
        "multiclass",
        classes=("ash", "elm", "oak"),
        class_columns=(),
        output=Output.TOP,
        header=("row", "tree"),
        options={"top": how},
    )
    table = pd.DataFrame({"row": [1, 2], "tree": ["ash elm", "oak yew"]})
    with pytest.raises(SubmissionError, match=r"'yew' in row 2 \(id '2'\)"):
        submission.check(table, problem, table[["row"]], None)


def test_grades_may_be_written_as_floats(problem_of: Callable[..., Problem]) -> None:
    submission.check(answers(quality=[3.0, 4.0, 6.0]), problem_of("ordinal"), IDS, None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"EAP": 1.2}, r"'EAP'.*1\.2.*row 1.*not a probability"),
        ({"EAP": -0.1}, r"'EAP'.*-0\.1.*row 1.*not a probability"),
        ({"MWS": 0.25}, r"EAP, HPL, MWS.*sum to 0\.75 in row 2"),
    ],
)
def test_probabilities_lie_between_0_and_1_and_sum_to_1(
    probabilities: Problem, change: dict[str, float], message: str
) -> None:
    with pytest.raises(SubmissionError, match=message):
        submission.check(thirds(**change), probabilities, IDS, None)


def test_one_probability_per_row_need_not_sum_to_anything(problem_of: Callable[..., Problem]) -> None:
    problem = problem_of("binary", output=Output.PROBABILITIES, metric="auc")
    submission.check(answers(Survived=[0.1, 0.2, 0.3]), problem, IDS, None)


@pytest.mark.parametrize(
    ("text", "fault"),
    [("1 2 3", "pairs"), ("1 2 x 4", "'x'"), ("5 3 6 1", "overlap"), ("9 1 2 1", "backwards"), ("1 0", "pixels")],
)
def test_a_malformed_mask_is_named(problem_of: Callable[..., Problem], text: str, fault: str) -> None:
    with pytest.raises(SubmissionError, match=rf"column 'mask'.*row 2.*{fault}"):
        submission.check(answers(mask=["-", text, "1 2"]), problem_of("segmentation"), IDS, None)


@given(st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=4, max_size=4))
@settings(deadline=None, max_examples=50)
def test_every_mask_that_is_encoded_is_well_formed(mask: list[list[bool]]) -> None:
    text = rle.encode(np.array(mask), empty="-")
    assert text == "-" or submission.mask_fault(text) is None


@given(st.permutations(range(6)))
@settings(deadline=None, max_examples=30)
def test_rows_come_in_the_order_of_the_sample(order: list[int]) -> None:
    problem = Problem(name="t", root="", kind="regression", targets=("y",), metric="rmse", higher_is_better=False)
    table = pd.DataFrame({"y": np.arange(6) * 1.5, "Id": np.arange(6)})
    sample = pd.DataFrame({"Id": [float(i) for i in order], "y": 0.0})
    arranged = submission.arrange(table, problem, sample)
    assert list(arranged.columns) == ["Id", "y"]
    assert arranged["Id"].tolist() == list(order)
    assert arranged["y"].tolist() == [1.5 * i for i in order]
    submission.check(arranged, problem, table[["Id"]], sample)


def test_a_sample_with_another_name_for_the_answer_is_arranged_too(values: Problem) -> None:
    table = pd.DataFrame({"Id": [1, 2], "prediction": [0.1, 0.2]})
    sample = pd.DataFrame({"Id": [2, 1], "prediction": [0.0, 0.0]})
    assert submission.arrange(table, values, sample)["prediction"].tolist() == [0.2, 0.1]


def test_a_sample_of_other_rows_is_refused(values: Problem) -> None:
    sample = pd.DataFrame({"Id": [17, 4, 10], "energy": 0.0})
    with pytest.raises(SubmissionError, match=r"asks for id '10' \(column 'Id'\)"):
        submission.arrange(answers(energy=1.0), values, sample)
    with pytest.raises(SubmissionError, match=r"sample submission's id '10' .* not a row of the test table"):
        submission.check(sample.assign(energy=1.0), values, IDS, sample)


def test_ids_that_repeat_cannot_be_put_into_another_order(values: Problem) -> None:
    table = pd.DataFrame({"Id": [1, 1, 2], "energy": [0.1, 0.2, 0.3]})
    with pytest.raises(SubmissionError, match="id '1' occurs more than once in column 'Id'"):
        submission.arrange(table, values, table.iloc[[2, 0, 1]])


def test_without_ids_the_order_stays(problem_of: Callable[..., Problem]) -> None:
    problem = problem_of("regression", targets=("y",), header=("y",), id=None)
    table = pd.DataFrame({"y": [3.0, 1.0]})
    arranged = submission.arrange(table, problem, pd.DataFrame({"y": [0, 0]}))
    submission.check(arranged, problem, pd.DataFrame(index=range(2)), None)
    assert arranged["y"].tolist() == [3.0, 1.0]


def test_what_is_written_reads_back_exactly(tmp_path: Path) -> None:
    table = pd.DataFrame({"Id": ["a", "b,c"], "y": [0.1 + 0.2, 1e-300], "z": [True, False]})
    submission.write(tmp_path / "submission.csv", table)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "submission.csv", float_precision="round_trip"), table)
    assert (tmp_path / "submission.csv").read_text().splitlines()[1] == "a,0.30000000000000004,True"
    assert [p.name for p in tmp_path.iterdir()] == ["submission.csv"]
