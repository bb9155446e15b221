import pytest

from modelwright.task.prose import parse
from modelwright.task.warned import wrong_labels


@pytest.mark.parametrize(
    "text",
    [
        "Not all of it is right: when we looked at a sample, a fair number of labels were wrong.",
        "Be aware that the training labels are noisy.",
        "The set was labelled by crowd workers and contains mislabelled pictures.",
        "About a tenth of the annotations may be incorrect.",
        "There is some label noise in the archive.",
        "Some rows have been labeled incorrectly.",
        "Volunteers wrote the classes down, and there are mistakes in the labels.",
        "Expect noisy labels: leaves were tagged by farmers.",
        "The labels are not always correct.",
        "The ground-truth labels were collected from search engines and are therefore unreliable.",
    ],
)
def test_a_warning_is_heard(text: str) -> None:
    assert wrong_labels(parse(f"Sort pictures into groups.\n\n{text} Answers are judged by accuracy.")) == text


@pytest.mark.parametrize(
    "text",
    [
        "Predictions are judged by the share of wrong answers.",
        "Each wrong answer costs a point.",
        "All labels were checked by two experts; none of them is wrong.",
        "We have removed mislabelled rows.",
        "The metric is the mean squared error between labels and predictions.",
        "There is no label noise.",
        "The label is the class of the animal.",
        "Sensor readings are noisy.",
        "What counts is the fraction of labels that are wrong.",
        "We count the share of mislabelled rows.",
        "You are scored by how many labels are wrong.",
        "A false alarm is a wrong call to the engineers.",
        "",
    ],
)
def test_no_warning_is_made_up(text: str) -> None:
    assert wrong_labels(parse(text)) is None
