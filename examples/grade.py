"""Grades a submission for the breast cancer example: `python examples/grade.py SUBMISSION ANSWERS`."""

import sys

import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score


def grade(submission: str, answers: str) -> str:
    """The log loss and the ROC AUC of a submission, in a sentence."""
    both = pd.read_csv(answers).merge(pd.read_csv(submission), on="id", suffixes=("_true", "_predicted"))
    truth, predicted = both["malignant_true"], both["malignant_predicted"]
    loss, area = log_loss(truth, predicted, labels=[0, 1]), roc_auc_score(truth, predicted)
    return f"graded on {len(both)} answers kept back: log loss {loss:.4f} (ROC AUC {area:.4f})"


if __name__ == "__main__":
    print(grade(sys.argv[1], sys.argv[2]))
