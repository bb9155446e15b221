"""Whole folders: what is asked is found in varied wording and form, and each bad input ends in one sentence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from modelwright.errors import SettingsError, TaskError
from modelwright.records.problem import Output
from modelwright.task.interpret import Understanding, interpret_frame

Write = Callable[..., Path]
Understand = Callable[..., Understanding]


def split(table: pd.DataFrame, target: str | list[str], id_name: str = "client") -> dict[str, pd.DataFrame]:
    """Train, test without the target, and a sample."""
    names = [target] if isinstance(target, str) else target
    train, test = table.iloc[:40], table.iloc[40:].drop(columns=names)
    sample = test[[id_name]].assign(**dict.fromkeys(names, 0))
    return {"train": train, "test": test, "sample_submission": sample}


def numbers(rows: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "parcel": [f"P{i:04d}" for i in range(rows)],
            "weight": rng.gamma(2, 3, rows).round(3),
            "distance": rng.integers(1, 900, rows),
            "depot": rng.choice(["A", "B"], rows),
            "hours": rng.gamma(3, 9, rows).round(2),
        }
    )


# --- what is found --------------------------------------------------------------------------------------------------


def test_sample_and_description_give_the_whole_problem(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    path = write("# Closing\n\n## Scoring\n\nEntries are compared by ROC AUC.\n", **split(table, "closed"))
    problem = understand(path).problem
    assert (problem.kind, problem.targets, problem.id, problem.metric) == ("binary", ("closed",), "client", "auc")
    assert (problem.output, problem.header, problem.classes) == (Output.PROBABILITIES, ("client", "closed"), (0, 1))
    assert (problem.train, problem.test, problem.sample) == ("train.csv", "test.csv", "sample_submission.csv")
    assert problem.higher_is_better
    assert problem.dropped == ()


def test_every_found_field_has_its_reason(write: Write, understand: Understand, table: pd.DataFrame) -> None:
    problem = understand(write("We report accuracy.", **split(table, "closed"))).problem
    fields = {e.field for e in problem.evidence}
    assert {"kind", "targets", "id", "metric", "output", "header", "train", "test", "sample", "classes"} <= fields
    assert "accuracy" in problem.why("metric")


def test_without_a_sample_the_target_is_what_test_lacks(write: Write, understand: Understand) -> None:
    tables = split(numbers(), "hours", "parcel")
    tables.pop("sample_submission")
    problem = understand(write("How long will a parcel take? Mean absolute error.", **tables)).problem
    assert (problem.targets, problem.kind, problem.metric) == (("hours",), "regression", "mae")
    assert problem.header == ("parcel", "hours")
    assert problem.id == "parcel"


def test_without_a_sample_the_form_in_the_description_counts(write: Write, understand: Understand) -> None:
    tables = split(numbers(), "hours", "parcel")
    tables.pop("sample_submission")
    text = "Judged by RMSE. Send a file like this:\n\n    parcel,estimate\n    P0040,12.5\n"
    problem = understand(write(text, **tables)).problem
    assert problem.header == ("parcel", "estimate")
    assert problem.targets == ("hours",)


def test_columns_of_class_probabilities_are_the_values_of_one_column(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    tables = split(table, "region")
    sample = tables["test"][["client"]].assign(east=0.3, north=0.3, south=0.4)
    tables["sample_submission"] = sample
    problem = understand(write("Multi-class log loss decides.", **tables)).problem
    assert (problem.kind, problem.targets, problem.metric) == ("multiclass", ("region",), "log-loss")
    assert problem.class_columns == ("east", "north", "south") == problem.classes
    assert problem.output is Output.PROBABILITIES


@pytest.mark.parametrize("stem", ["grade_", "p_", "Prob ", "class"])
def test_class_columns_may_carry_a_stem(write: Write, understand: Understand, table: pd.DataFrame, stem: str) -> None:
    table["grade"] = np.arange(len(table)) % 3 + 4
    tables = split(table, "grade")
    tables["sample_submission"] = tables["test"][["client"]].assign(**{f"{stem}{g}": 0.3 for g in (6, 4, 5)})
    problem = understand(write("Average log loss over the classes.", **tables)).problem
    assert problem.classes == (6, 4, 5)
    assert problem.targets == ("grade",)


def test_class_columns_are_read_out_of_a_sentence(write: Write, understand: Understand, table: pd.DataFrame) -> None:
    table["grade"] = np.arange(len(table)) % 3 + 4
    tables = split(table, "grade")
    tables.pop("sample_submission")
    text = "We take the log loss.\n\nHand in a CSV with `client` and then `grade_4` to `grade_6`, a probability each."
    problem = understand(write(text, **tables)).problem
    assert problem.header == ("client", "grade_4", "grade_5", "grade_6")
    assert problem.classes == (4, 5, 6)


def test_several_targets_are_a_regression_judged_over_the_columns(write: Write, understand: Understand) -> None:
    table = numbers().assign(cost=lambda t: t["weight"] * 3 + 1)
    path = write(
        "Mean over both columns of the root mean squared log error.", **split(table, ["hours", "cost"], "parcel")
    )
    problem = understand(path).problem
    assert problem.targets == ("hours", "cost")
    assert problem.kind == "regression"
    assert problem.metric == "mean-column-rmsle"


def test_whole_grades_judged_by_weighted_kappa_are_ordinal(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    table["stars"] = np.arange(len(table)) % 5 + 1
    problem = understand(write("Quadratic weighted kappa.", **split(table, "stars"))).problem
    assert (problem.kind, problem.metric, problem.classes) == ("ordinal", "qwk", (1, 2, 3, 4, 5))
    assert problem.output is Output.LABELS


def test_the_same_grades_judged_by_rmse_are_numbers(write: Write, understand: Understand, table: pd.DataFrame) -> None:
    table["stars"] = np.arange(len(table)) % 5 + 1
    problem = understand(write("Root mean squared error.", **split(table, "stars"))).problem
    assert (problem.kind, problem.classes) == ("regression", ())


def test_f1_of_several_classes_is_the_mean_over_them(write: Write, understand: Understand, table: pd.DataFrame) -> None:
    tables = split(table, "region")
    tables["sample_submission"]["region"] = "north"
    assert understand(write("The F1 score is used.", **tables)).problem.metric == "f1-macro"


def test_the_positive_class_is_the_one_whose_probability_is_wanted(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    table["state"] = np.where(table["closed"] == 1, "kept", "withdrawn")
    path = write("AUC. Give the probability that an offer is kept.", **split(table.drop(columns="closed"), "state"))
    assert understand(path).problem.classes == ("withdrawn", "kept")


def test_yes_is_positive_and_no_is_not(write: Write, understand: Understand, table: pd.DataFrame) -> None:
    table["closed"] = np.where(table["closed"] == 1, "yes", "no")
    assert understand(write("AUC.", **split(table, "closed"))).problem.classes == ("no", "yes")


def test_a_date_can_be_the_id_and_the_time(write: Write, understand: Understand) -> None:
    table = numbers().drop(columns="parcel")
    table.insert(0, "moment", pd.date_range("2020-01-01", periods=len(table), freq="h").astype(str))
    problem = understand(write("RMSE of `hours`.", **split(table, "hours", "moment"))).problem
    assert (problem.id, problem.time) == ("moment", "moment")


def test_a_date_of_birth_is_not_the_time_of_a_row(write: Write, understand: Understand, table: pd.DataFrame) -> None:
    table["date_of_birth"] = pd.date_range("1950-01-01", periods=len(table), freq="97D").astype(str)
    table = table.sample(frac=1, random_state=0)
    assert understand(write("AUC.", **split(table, "closed"))).problem.time is None


def test_columns_that_the_text_says_only_train_has_are_dropped(write: Write, understand: Understand) -> None:
    table = numbers().assign(driver=lambda t: t.index % 3)
    tables = split(table, "hours", "parcel")
    tables["test"] = tables["test"].drop(columns="driver")
    problem = understand(write("RMSE. The column `driver` is only in the training table.", **tables)).problem
    assert problem.dropped == ("driver",)


def test_parts_of_the_target_are_dropped_without_a_word(write: Write, understand: Understand) -> None:
    table = numbers().assign(minutes=lambda t: t["hours"] * 60)
    tables = split(table, "hours", "parcel")
    tables["test"] = tables["test"].drop(columns="minutes")
    assert understand(write("RMSE.", **tables)).problem.dropped == ("minutes",)


def test_tables_are_told_apart_by_their_columns_when_names_say_nothing(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    tables = split(table, "closed")
    path = write("AUC.", alpha=tables["test"], beta=tables["train"], gamma=tables["sample_submission"])
    problem = understand(path).problem
    assert (problem.train, problem.test, problem.sample) == ("beta.csv", "alpha.csv", "gamma.csv")


def test_rows_of_test_come_in_the_order_of_the_sample(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    tables = split(table, "closed")
    tables["sample_submission"] = tables["sample_submission"].iloc[::-1]
    found = understand(write("AUC.", **tables))
    assert found.test is not None
    assert found.test["client"].tolist() == tables["sample_submission"]["client"].tolist()


def test_an_id_that_only_the_sample_has_is_put_beside_the_test_rows(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    tables = split(table, "closed")
    sample = tables["sample_submission"].rename(columns={"client": "row"}).assign(row=range(20))
    tables = {k: v.drop(columns="client", errors="ignore") for k, v in tables.items()} | {"sample_submission": sample}
    found = understand(write("AUC.", **tables))
    assert found.problem.id == "row"
    assert found.test is not None
    assert found.test["row"].tolist() == list(range(20))


def test_ids_that_test_lacks_are_taken_from_the_sample_with_a_doubt(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    tables = split(table, "closed")
    tables["test"] = tables["test"].drop(columns="client")
    found = understand(write("AUC.", **tables))
    assert found.problem.targets == ("closed",)
    assert found.test is not None
    assert found.test["client"].tolist() == list(range(1040, 1060))
    assert any("row by row" in d for d in found.doubts)


def test_rows_without_a_target_are_left_out_with_a_doubt(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    tables = split(table, "closed")
    tables["train"] = tables["train"].assign(closed=tables["train"]["closed"].where(tables["train"].index > 4))
    found = understand(write("AUC.", **tables))
    assert len(found.train) == 35
    assert found.problem.classes == (0, 1)
    assert found.train["closed"].dtype.kind == "i"
    assert any("5 rows" in d for d in found.doubts)


def test_nothing_named_takes_the_usual_metric_with_a_doubt(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    found = understand(write(None, **split(table, "closed")))
    assert found.problem.metric == "auc"
    assert any("metric" in d for d in found.doubts)
    evidence = next(e for e in found.problem.evidence if e.field == "metric")
    assert evidence.confidence < 0.5


def test_labels_in_the_sample_speak_for_accuracy_when_nothing_else_does(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    tables = split(table, "region")
    tables["sample_submission"]["region"] = "north"
    problem = understand(write(None, **tables)).problem
    assert (problem.metric, problem.output) == ("accuracy", Output.LABELS)


def test_a_metric_that_cannot_judge_the_target_is_doubted(write: Write, understand: Understand) -> None:
    found = understand(write("We measure accuracy.", **split(numbers(), "hours", "parcel")))
    assert found.problem.metric == "rmse"
    assert any("accuracy" in d for d in found.doubts)


def test_a_close_second_metric_is_doubted(write: Write, understand: Understand, table: pd.DataFrame) -> None:
    found = understand(write("We evaluate by AUC.\n\nEvaluation uses log loss.", **split(table, "closed")))
    (question,) = found.problem.questions
    assert {o.value for o in question.options} == {"auc", "log-loss"}
    assert any("names two metrics" in d for d in found.doubts)


def test_a_warning_of_wrong_labels_is_doubted_and_kept_for_recipes(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    found = understand(write("We report accuracy of `closed`. Labels are noisy.", **split(table, "closed")))
    assert found.problem.options["wrong_labels"] == "Labels are noisy."
    assert any("warns that labels may be wrong ('Labels are noisy.')" in d for d in found.doubts)
    path = write("We report accuracy of `closed`. Labels are noisy.", **split(table, "closed"))
    taken_out = understand(path, overrides={"options": {"wrong_labels": ""}})
    assert not taken_out.problem.options["wrong_labels"]
    assert not any("warns that labels" in d for d in taken_out.doubts)
    numbers = understand(write("Mean absolute error of `balance`. Labels are noisy.", **split(table, "balance")))
    assert "wrong_labels" not in numbers.problem.options


# --- what the user says ---------------------------------------------------------------------------------------------


def test_what_the_user_says_wins(write: Write, understand: Understand, table: pd.DataFrame) -> None:
    path = write("AUC of `closed`.", train=table)
    problem = understand(path, target="balance", metric="mean absolute error").problem
    assert (problem.targets, problem.metric, problem.kind) == (("balance",), "mae", "regression")


def test_a_folder_without_description_works_with_target_and_about(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    problem = understand(write(None, train=table), target="closed", about="We count how often we are right.").problem
    assert (problem.metric, problem.test) == ("accuracy", None)


def test_overrides_win_and_are_checked(write: Write, understand: Understand, table: pd.DataFrame) -> None:
    path = write("AUC.", **split(table, "closed"))
    told: dict[str, Any] = {"metric": "f1", "dropped": ("age",), "time": "", "classes": (1, 0)}
    problem = understand(path, overrides=told).problem
    assert (problem.metric, problem.dropped, problem.classes) == ("f1", ("age",), (1, 0))
    for wrong in (
        {"classes": (1, 2)},
        {"dropped": ("agee",)},
        {"kind": "guess"},
        {"output": "x"},
        {"time": "when"},
        {"foo": 1},
    ):
        with pytest.raises(SettingsError):
            understand(path, overrides=wrong)


def test_a_column_that_is_not_there_is_answered_with_near_ones(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    with pytest.raises(TaskError, match="'closed'"):
        understand(write(None, train=table), target="closd")


def test_a_metric_nobody_knows_is_answered_with_near_ones(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    with pytest.raises(SettingsError, match="rmsle"):
        understand(write(None, train=table), target="balance", metric="rmlse")


def test_a_metric_that_does_not_fit_the_target_is_an_error_when_the_user_names_it(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    with pytest.raises(SettingsError, match="f1"):
        understand(write(None, train=table), target="balance", metric="f1")


# --- bad input ------------------------------------------------------------------------------------------------------


def broken(what: str) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(3)
    table = pd.DataFrame(
        {
            "no": range(60),
            "a": rng.normal(size=60),
            "b": rng.normal(size=60),
            "c": rng.normal(size=60),
            "y": [0, 1] * 30,
        }
    )
    tables = split(table, "y", "no")
    train, test, sample = tables["train"], tables["test"], tables["sample_submission"]
    changed: dict[str, dict[str, pd.DataFrame]] = {
        "one value": {"train": train.assign(y=1)},
        "all missing": {"train": train.assign(y=np.nan)},
        "two trains": {"train_old": train},
        "test lacks a column": {"test": test.drop(columns="b")},
        "other table": {"test": pd.DataFrame({"no": test["no"], "p": 1, "q": 2, "r": 3})},
        "ids repeat in test": {"test": test.assign(no=41)},
        "ids repeat in the sample": {"sample_submission": sample.assign(no=41)},
        "sample too short": {"sample_submission": sample.iloc[1:]},
        "sample with other ids": {"sample_submission": sample.assign(no=sample["no"] + 1)},
        "sample with another column": {"sample_submission": sample.rename(columns={"y": "z"}).assign(w=1)},
        "one row": {"train": train.iloc[:1]},
        "few rows": {"train": train.iloc[:6]},
        "nothing to learn from": {"train": train[["no", "y"]], "test": test[["no"]]},
    }
    return tables | changed[what]


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("one value", "one value only"),
        ("all missing", "no value in any row"),
        ("two trains", "train.csv and train_old.csv could both be"),
        ("test lacks a column", "test.csv lacks the column 'b'"),
        ("other table", "do not belong together"),
        ("ids repeat in test", "test.csv: the id 'no' repeats"),
        ("ids repeat in the sample", "sample_submission.csv: the id 'no' repeats"),
        ("sample too short", "has 19 rows, test.csv has 20"),
        ("sample with other ids", "sample_submission.csv asks for no"),
        ("sample with another column", "asks for z, w"),
        ("one row", "1 row"),
        ("few rows", "too few"),
        ("nothing to learn from", "no column to learn from"),
    ],
)
def test_bad_tables_end_in_one_sentence_with_a_way_out(
    write: Write, understand: Understand, what: str, says: str
) -> None:
    with pytest.raises(TaskError) as caught:
        understand(write("Accuracy counts.", **broken(what)))
    message = str(caught.value)
    assert says in message
    assert "\n" not in message
    assert ":" in message or ";" in message


def test_an_id_that_neither_test_nor_sample_has_is_an_error(write: Write, understand: Understand) -> None:
    tables = split(numbers(), "hours", "parcel")
    tables.pop("sample_submission")
    tables["test"] = tables["test"].drop(columns="parcel")
    with pytest.raises(TaskError, match="lacks the column 'parcel'"):
        understand(write("RMSE.\n\n    parcel,hours\n    P0040,12.5\n", **tables))


def test_two_tables_of_the_same_columns_without_names_are_refused(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    with pytest.raises(TaskError, match="both be the training table"):
        understand(write("AUC of `closed`.", first=table, second=table))


def test_a_file_named_twice_in_other_formats_is_refused(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    path = write("AUC.", **split(table, "closed"))
    table.to_parquet(path / "train.parquet")
    with pytest.raises(TaskError, match=r"train.csv and train.parquet"):
        understand(path)
    assert understand(path, overrides={"train": "train.csv"}).problem.train == "train.csv"


def test_nothing_that_names_the_target_is_an_error_that_says_so(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    with pytest.raises(TaskError, match="--target"):
        understand(write("Here is a table.", data=table))


def test_a_sample_without_rows_to_answer_is_an_error(write: Write, understand: Understand, table: pd.DataFrame) -> None:
    tables = split(table, "closed")
    tables.pop("test")
    with pytest.raises(TaskError, match="no table holds them"):
        understand(write("AUC.", **tables))


# --- DataFrames -----------------------------------------------------------------------------------------------------


def test_a_frame_needs_no_folder(table: pd.DataFrame, metrics: tuple[Any, ...]) -> None:
    found = interpret_frame(table, "closed", metrics, metric="auc")
    assert (found.problem.root, found.problem.kind, found.test) == ("", "binary", None)


def test_rows_of_a_frame_without_a_target_are_the_rows_wanted(table: pd.DataFrame, metrics: tuple[Any, ...]) -> None:
    table["closed"] = table["closed"].where(table.index < 50)
    found = interpret_frame(table, "closed", metrics)
    assert found.test is not None
    assert len(found.test) == 10
    assert "closed" not in found.test
    assert len(found.train) == 50
    assert any("without a target" in d for d in found.doubts)


def test_extension_dtypes_and_an_odd_index_do_no_harm(table: pd.DataFrame, metrics: tuple[Any, ...]) -> None:
    odd = table.convert_dtypes().set_index(pd.Index(range(100, 100 + len(table))))
    found = interpret_frame(odd, "closed", metrics)
    assert found.problem.classes == (0, 1)
    assert found.train["balance"].dtype == float


def test_a_target_that_the_frame_lacks_is_an_error(table: pd.DataFrame, metrics: tuple[Any, ...]) -> None:
    with pytest.raises(TaskError, match="no column 'gone'"):
        interpret_frame(table, "gone", metrics)


def test_a_text_that_is_all_there_is_to_learn_from_is_no_id(metrics: tuple[Any, ...]) -> None:
    texts = [f"the story of number {n} and what became of it" for n in range(60)]
    train = pd.DataFrame({"text": texts[:40], "y": [0, 1] * 20})
    found = interpret_frame(train, "y", metrics, test=pd.DataFrame({"text": texts[40:]}))
    assert found.problem.id is None
