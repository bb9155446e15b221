"""Makes the task folder `examples/breast-cancer` and its answers from the copy of the data inside scikit-learn.

The same files come out every time. Run it from the repository's root: `python examples/make_example.py [FOLDER]`.
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer

DESCRIPTION = """\
# Breast cancer: benign or malignant?

A fine needle takes a small sample from a lump in the breast. Under the microscope, the outlines of the cell nuclei
are traced, and ten properties of each nucleus are measured: radius, texture, perimeter, area, smoothness,
compactness, concavity, concave points, symmetry and fractal dimension. Each row is one patient's sample. For each
property there are three columns: the mean over all nuclei, the standard error of that mean, and the mean of the three
largest values ("worst").

## Task

Predict the probability that a sample is malignant.

## Files

- train.csv: samples with the diagnosis in the column `malignant` (1: malignant, 0: benign)
- test.csv: samples whose diagnosis is asked for
- sample_submission.csv: a submission in the right form

## Evaluation

Submissions are scored by log loss: the mean negative log-likelihood of the true diagnosis under the predicted
probability. Lower is better.

## Submission

For each `id` of the test table, predict the probability that `malignant` is 1:

    id,malignant
    1007,0.37
    1012,0.37
"""

SEED = 20261123
ASKED = 169  # rows whose answers are kept back


def make(folder: Path) -> None:
    """Write the task folder, and the answers beside it."""
    data = load_breast_cancer(as_frame=True)
    random = np.random.default_rng(SEED)
    table = data.frame.drop(columns="target").rename(columns=lambda name: name.replace(" ", "_"))
    table.insert(0, "id", random.choice(np.arange(1000, 9999), size=len(table), replace=False))
    table["malignant"] = (data.frame["target"] == 0).astype(int)  # scikit-learn's 0 is malignant
    table = table.iloc[random.permutation(len(table))]
    asked, known = table.iloc[:ASKED].sort_values("id"), table.iloc[ASKED:].sort_values("id")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "description.md").write_text(DESCRIPTION)
    known.to_csv(folder / "train.csv", index=False)
    asked.drop(columns="malignant").to_csv(folder / "test.csv", index=False)
    asked[["id"]].assign(malignant=0.37).to_csv(folder / "sample_submission.csv", index=False)
    asked[["id", "malignant"]].to_csv(folder.with_name(f"{folder.name}-answers.csv"), index=False)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "breast-cancer")
