"""Wordings of metrics. None is taken from a task; the vocabulary was tried on the later ones after it was written."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.metrics.catalogue import ALL
from modelwright.task.phrases import Reading, named, read_metric
from modelwright.task.prose import parse

METRICS = tuple(ALL.values())
EATEN = {"classes": {"labels", "probabilities", "scores"}, "numbers": {"values"}, "masks": {"masks"}}

# answers asked for, metric meant, words
WORDINGS = [
    ("classes", "auc", "We measure how well you separate the two groups with the ROC AUC."),
    ("classes", "auc",
     "The figure we look at is the chance that a randomly drawn churner gets a higher score than a "
     "randomly drawn loyal customer."),
    ("classes", "auc", "Quality = area under the receiver operating characteristic."),
    ("classes", "auc",
     "It does not matter what numbers you send, only their order: cases that default should come "
     "before those that do not."),
    ("classes", "auc",
     "Please put the likeliest buyers at the top; we judge the ranking, not the probabilities "
     "themselves."),
    ("classes", "auc", "We care how well the list is ranked."),
    ("classes", "auc", "Entries are compared by AUROC."),
    ("classes", "auc", "Accuracy is misleading here because fraud is rare, so we use the area under the ROC curve."),
    ("classes", "accuracy", "The score is simply the percentage of patients for whom you name the right diagnosis."),
    ("classes", "accuracy", "How often we are right is all that counts."),
    ("classes", "accuracy", "Your mark is the number of correct answers divided by the number of questions."),
    ("classes", "accuracy", "We will tick off each row that you got right and report the ratio."),
    ("classes", "accuracy", "Success means naming the correct species as often as possible."),
    ("classes", "accuracy", "Submissions are evaluated on categorization accuracy."),
    ("classes", "accuracy",
     "A prediction earns one point if it equals the true class and none otherwise; the score is the "
     "mean."),
    ("classes", "accuracy", "Out of the 500 letters, how many did the model sort into the right bin?"),
    ("classes", "f1", "We want one number that balances precision against recall: their harmonic mean."),
    ("classes", "f1", "Evaluation: F1 on the positive class."),
    ("classes", "f1", "The evaluation metric is the F1-Score between predicted and observed labels, not accuracy."),
    ("classes", "f1-macro", "The score is the macro-averaged F1."),
    ("classes", "f1-macro", "For each class we compute the F1 score and take the plain average over the classes."),
    ("classes", "f1-macro",
     "Score: unweighted mean of the per-class F1 values, so rare classes count as much as common "
     "ones."),
    ("classes", "f1-weighted", "F1 of the classes, weighted by the number of true instances."),
    ("classes", "balanced-accuracy", "We report the mean recall over the four categories."),
    ("classes", "balanced-accuracy",
     "Because some kinds are rare, the share found is computed for each kind separately and then "
     "averaged."),
    ("classes", "balanced-accuracy", "The average of sensitivity and specificity is what we grade."),
    ("classes", "mcc", "Graded with the Matthews correlation coefficient."),
    ("classes", "log-loss", "Scores are computed as binary cross-entropy."),
    ("classes", "log-loss",
     "We penalise confident mistakes heavily: the score is minus the average logarithm of the "
     "probability you gave to what happened."),
    ("classes", "log-loss", "Submissions are judged on multi-class log loss."),
    ("classes", "log-loss", "The average log loss over the classes decides."),
    ("classes", "brier",
     "We take the mean of the squared gap between your probability and the outcome (0 or 1), also "
     "called the Brier score."),
    ("classes", "brier",
     "Forecasts are scored by the mean squared difference between the probability and what happened."),
    ("classes", "average-precision", "Positives are rare, so the area under the precision-recall curve is used."),
    ("classes", "average-precision", "Metric: average precision."),
    ("classes", "gini", "Submissions are evaluated using the normalized Gini coefficient."),
    ("classes", "cost", "A missed default costs five times a false alarm; we will add up the cost."),
    ("classes", "cost", "For us a false alarm is ten times as bad as an overlooked case."),
    ("classes", "cost",
     "A false negative costs 500 euros and a false positive 20 euros, please minimise the total."),
    ("classes", "fbeta", "We use the F2 score, since finding all cases matters more than false alarms."),
    ("classes", "fbeta", "Judged by the F-beta measure with beta = 0.5."),
    ("classes", "recall", "We only care that sick animals are found: score is the recall."),
    ("classes", "qwk", "Scored with the quadratic weighted kappa, which measures the agreement between two ratings."),
    ("classes", "qwk",
     "Agreement with the teachers, corrected for chance, where a miss by two grades weighs four times "
     "a miss by one."),
    ("classes", "kappa", "Agreement beyond chance (Cohen's kappa) is the yardstick."),
    ("classes", "linear-kappa", "Judged by linearly weighted kappa."),
    ("numbers", "rmse", "Root mean squared error is used."),
    ("numbers", "rmse", "We square the errors, average them and take the root."),
    ("numbers", "rmse", "Typical size of the error, as the square root of the mean of squared differences."),
    ("numbers", "rmse", "Predictions are compared with the truth by RMSE."),
    ("numbers", "mse", "The mean of the squared deviations decides."),
    ("numbers", "mae", "The mean absolute error in minutes counts."),
    ("numbers", "mae", "We look at how many minutes you are off on average, too early and too late alike."),
    ("numbers", "mae", "Your score is the average distance between forecast and actual price."),
    ("numbers", "mae", "Errors count by their size, not their square: mean absolute error."),
    ("numbers", "median-absolute-error", "The median of the absolute errors is reported."),
    ("numbers", "rmsle", "The Root Mean Squared Logarithmic Error (RMSLE) decides."),
    ("numbers", "rmsle",
     "Take the log of one plus prediction and of one plus truth, then the root of the mean squared "
     "difference."),
    ("numbers", "rmsle", "root of the mean squared log error"),
    ("numbers", "rmse-log", "RMSE between the logarithms of predicted and observed price."),
    ("numbers", "rmse-log",
     "We compare the logs of prediction and price, and take the root mean square of the differences."),
    ("numbers", "mape", "On average, by what percentage is the forecast off? (mean absolute percentage error)"),
    ("numbers", "mape", "Judged by the average absolute error in percent of the true value."),
    ("numbers", "mape", "We compute for each shop the relative error without its sign and average it."),
    ("numbers", "smape", "The symmetric mean absolute percentage error is used."),
    ("numbers", "r2", "The coefficient of determination will be computed on the test rows."),
    ("numbers", "r2", "How much of the variance in yield can you explain? R² is what we print."),
    ("numbers", "spearman", "We compute the rank correlation between prediction and truth."),
    ("numbers", "spearman", "Only the order of the predicted values matters."),
    ("numbers", "pearson", "The score is the correlation between your numbers and ours."),
    ("numbers", "quantile-loss", "Forecast the 90th percentile of demand; scored by pinball loss."),
    ("numbers", "wape", "Sum of absolute errors divided by the sum of actual sales."),
    ("numbers", "max-error", "We judge you by your worst error."),
    ("masks", "dice-global", "The Dice coefficient over all pixels of all images together."),
    ("masks", "dice-mean", "The Dice score is computed per image and averaged."),
    ("masks", "iou-mean", "Mean IoU over the images."),
    ("masks", "iou", "Intersection over union of marked and true pixels."),
    ("classes", "auc", "Last year we used accuracy; this year entries are ranked by AUC."),
    ("classes", "log-loss", "Our baseline has an AUC of 0.81. Submissions are evaluated by log loss."),
    ("classes", "accuracy", "# Evaluation\n\nWe do not use AUC or log loss. The classification accuracy decides."),
    ("numbers", "mae", "# Metric\n\nMAE. (RMSE is reported for information only.)"),
    ("numbers", "mae",
     "Large misses are not worse than several small ones, so we add up absolute deviations rather "
     "than squares."),
    ("classes", "top-3-accuracy", "A row is right when the true class is among your top three."),
    ("numbers", "poisson-deviance", "Mean Poisson deviance of the counts."),
    ("classes", None, "Please be as accurate as you can."),
    ("classes", None, "The data was collected at Tokyo station. Predict churn."),
    ("numbers", "rmse", "The evaluation metric is root-mean-square error (RMSE), where lower is better."),
    ("numbers", "rmsle", "score = sqrt( 1/n * sum( (log(p_i + 1) - log(a_i + 1))^2 ) )"),
    ("numbers", "rmse", "sqrt(mean((p - a)^2)) on the test set"),
    ("numbers", "mae", "mean(|p - a|) over all test rows is the score"),
    ("classes", "log-loss", "score: -mean(y*log(p) + (1-y)*log(1-p))"),
    ("numbers", "rmse",
     "Our loss grows with the square of the error; the figure reported is its root, averaged over the "
     "houses."),
    ("numbers", "mae", "Each euro of error costs us one euro, whether too high or too low."),
    ("classes", "auc",
     "Sort the customers from most to least likely to leave: the better this sorting, the better your "
     "score."),
    ("classes", "auc",
     "Entries are ordered by the area under the curve that plots true positives against false "
     "positives."),
    ("classes", "auc", "The jury computes the AUC on the hidden half."),
    ("classes", "auc",
     "Collections will phone the debtors from the top of your list downwards, so what matters is that "
     "bad payers are placed ahead of good ones."),
    ("classes", "auc",
     "How good is the ordering? We pick a sick and a healthy patient at random and check whether the "
     "sick one got the larger number."),
    ("classes", "auc", "A perfect ranking of the applicants scores 1, a random one 0.5."),
    ("classes", "accuracy", "Points: one for each correctly sorted parcel, zero otherwise."),
    ("classes", "accuracy", "We are interested in the proportion of messages which end up in the correct folder."),
    ("classes", "accuracy", "Evaluation is by plain accuracy on the 1,000 test rows."),
    ("classes", "accuracy", "In what fraction of the cases does your answer agree with the expert?"),
    ("classes", "accuracy",
     "The winner is the one with the most hits, i.e. rows where predicted and true species are "
     "identical."),
    ("classes", "accuracy", "We count the rows where you guessed the outcome correctly."),
    ("classes", "error-rate", "The fewer mistakes you make, the better: we count wrong labels."),
    ("classes", "f1", "Performance will be summarised by the F-measure (beta 1) of the fraud class."),
    ("classes", "f1",
     "Both missing a fault and raising one for nothing are bad, hence the harmonic mean of "
     "sensitivity and precision."),
    ("classes", "f1", "f1_score(y_true, y_pred) from scikit-learn is the judge."),
    ("classes", "f1-macro", "sklearn.metrics.f1_score with average=\"macro\""),
    ("classes", "f1-macro",
     "F1 is calculated for every label and averaged without regard to how frequent the label is."),
    ("classes", "f1-weighted", "We use sklearn's f1_score(average='weighted')."),
    ("classes", "f1-micro", "micro-averaged F1 is the criterion"),
    ("classes", "balanced-accuracy",
     "Every category should count the same no matter how many rows it has, so we average the recall "
     "of the categories."),
    ("classes", "balanced-accuracy",
     "The classes are very unequal in size; therefore balanced accuracy is computed."),
    ("classes", "mcc", "The criterion is Matthews' correlation between predicted and true labels."),
    ("classes", "log-loss",
     "For each row the natural log of the probability assigned to the actual outcome is taken; the "
     "negative mean of these is your score."),
    ("classes", "log-loss", "Your probabilities should be honest: we use the logarithmic scoring rule."),
    ("classes", "log-loss", "Categorical crossentropy on the test rows will decide."),
    ("classes", "log-loss", "We score with the negative log-likelihood per observation."),
    ("classes", "brier", "How far the stated probabilities lie from 0 and 1, squared and averaged, is the score."),
    ("classes", "average-precision",
     "As there are few hits, we summarise the precision/recall curve by its area (average precision)."),
    ("classes", "average-precision", "Submissions are scored by AUPRC."),
    ("classes", "cost",
     "Letting a broken pump slip through costs us 20 times as much as an unnecessary inspection. "
     "Total cost is what we look at."),
    ("classes", "cost", "Overlooking a leak is three times worse than a false alarm."),
    ("classes", "fbeta", "Since recall is more important than precision, F2 is used."),
    ("classes", "qwk", "The metric is QWK."),
    ("classes", "qwk",
     "Cohen's weighted kappa (weights growing with the square of the distance) between your grades "
     "and those of the jury"),
    ("numbers", "rmse", "Our yardstick: RMS error in degrees."),
    ("numbers", "rmse",
     "You are judged by the standard deviation of your errors, that is sqrt of the average squared "
     "error."),
    ("numbers", "rmse", "rmse"),
    ("numbers", "rmse", "The lower the root-mean-squared deviation from the measured yield, the better."),
    ("numbers", "mse", "mean_squared_error from sklearn"),
    ("numbers", "mae", "The absolute differences are summed up and divided by the number of deliveries."),
    ("numbers", "mae", "Score: average number of days by which the forecast misses, in either direction."),
    ("numbers", "mae", "mean_absolute_error(y, p), lower is better"),
    ("numbers", "median-absolute-error",
     "We take the median of how far off you are, in absolute terms, so that a few odd cases do no "
     "harm."),
    ("numbers", "rmsle",
     "Ratios count, not differences: root mean squared log error with one added to both numbers."),
    ("numbers", "rmsle", "RMSLE"),
    ("numbers", "rmse-log", "The prices are log-transformed before the root mean squared error is taken."),
    ("numbers", "rmse-log", "RMSE on the logarithm of the rent."),
    ("numbers", "mape",
     "A miss of ten on a hundred weighs as much as one of a hundred on a thousand: we use the mean "
     "absolute percentage error."),
    ("numbers", "mape", "MAPE (lower is better)."),
    ("numbers", "smape", "sMAPE in percent is computed."),
    ("numbers", "r2", "R2 score on held-out wells."),
    ("numbers", "r2", "We report R-squared."),
    ("numbers", "spearman", "Spearman's rho between predicted and measured affinity"),
    ("numbers", "spearman",
     "We only look at ranks: the correlation between the rank of your prediction and the rank of the "
     "truth."),
    ("numbers", "pearson", "Pearson's r decides."),
    ("numbers", "quantile-loss",
     "We need the 0.8 quantile; forecasts are judged by the quantile loss at this level."),
    ("numbers", "wape", "The total of the absolute errors relative to the total demand (WAPE)."),
    ("masks", "dice-global", "We pool the pixels of all scenes and compute one Dice score."),
    ("masks", "dice-mean", "For every image the Dice index is calculated; the final score is the mean."),
    ("masks", "iou", "The Jaccard index of predicted and true area."),
    ("classes", "f1", "We considered accuracy and AUC but settled on F1."),
    ("classes", "auc", "Do not optimise for accuracy. ROC-AUC is the only number that goes on the board."),
    ("numbers", "mae", "Although RMSE is popular, we judge by MAE."),
    ("numbers", "rmse",
     "Please do not use MAPE since demand can be zero; the root mean squared error is our measure."),
    ("classes", "log-loss", "The leaderboard shows log loss; AUC is shown too, but only for information."),
    ("classes", None, "We hope for an accurate and precise model that ranks among the best in the industry."),
    ("numbers", None, "The absolute position of the station is in column x and the square footage in area."),
    ("classes", None, "The average customer stays for three years."),
    ("classes", "auc", "The model's outputs will be assessed on ROC-AUC over the private rows."),
    ("classes", "auc",
     "What we optimise is the probability that the model assigns a larger value to a true case than "
     "to a false one."),
    ("classes", "auc",
     "Call centre agents work through the list from top to bottom, therefore a good order is worth "
     "more than a good threshold."),
    ("classes", "auc", "metric: area_under_roc"),
    ("classes", "accuracy", "Each wrong or missing label costs one point, each right one earns one point."),
    ("classes", "accuracy", "Results are reported as percent correct."),
    ("classes", "accuracy",
     "Your grade is the share of e-mails sorted as a human would have sorted them, i.e. the accuracy."),
    ("classes", "accuracy", "The metric: accuracy_score."),
    ("classes", "accuracy", "We'll compare your labels with the true ones and publish the fraction that match."),
    ("classes", "f1", "The F1 measure of class 1 decides who wins."),
    ("classes", "f1", "We look at 2PR/(P+R), where P is precision and R recall."),
    ("classes", "f1-macro", "Macro F1 will be the deciding figure."),
    ("classes", "f1-macro", "The mean of the F1 scores of the five genres is used."),
    ("classes", "balanced-accuracy",
     "For each species, the share of its birds that is recognised; these shares are averaged."),
    ("classes", "balanced-accuracy", "Mean per-class accuracy."),
    ("classes", "mcc", "The Matthews coefficient is calculated from the confusion matrix."),
    ("classes", "log-loss", "Bids are ranked by log-loss on unseen auctions."),
    ("classes", "log-loss", "Multiclass cross-entropy between predicted distribution and the true class."),
    ("classes", "log-loss",
     "Each forecast is charged -ln(p) where p is the probability it gave to the event that came true."),
    ("classes", "brier", "Brier"),
    ("classes", "average-precision", "PR-AUC, because only 1% of parts fail."),
    ("classes", "cost", "Remember that undetected fraud costs 50 times what a needless phone call costs."),
    ("classes", "cost", "A false positive is twice as expensive as a false negative."),
    ("classes", "qwk", "quadratic_weighted_kappa"),
    ("classes", "qwk", "We compute kappa, with squared weights."),
    ("numbers", "rmse", "Quality of forecasts: root mean square of residuals, in kWh."),
    ("numbers", "rmse", "RMSE on test.csv"),
    ("numbers", "rmse", "The square root of the average of squared differences between forecast and measured load"),
    ("numbers", "mae", "Mean absolute deviation between promised and actual delivery time (minutes)"),
    ("numbers", "mae", "By how many euros are you wrong on average?"),
    ("numbers", "mae", "L1 loss"),
    ("numbers", "rmsle", "Squared difference of log(1+y), averaged, then the root"),
    ("numbers", "rmse-log",
     "Errors are taken on the log scale: root mean square of ln(predicted price) - ln(true price)."),
    ("numbers", "mape", "The relative deviation in percent, averaged over shops."),
    ("numbers", "smape", "Symmetric MAPE."),
    ("numbers", "r2", "Explained share of the variance (R2)."),
    ("numbers", "r2", "coefficient of determination R^2"),
    ("numbers", "spearman", "We are interested in the rank correlation with the lab values."),
    ("numbers", "pearson", "Correlation coefficient (Pearson) on the hold-out sites."),
    ("numbers", "quantile-loss", "Pinball loss at the 95 % quantile"),
    ("numbers", "median-absolute-error", "median absolute error"),
    ("numbers", "max-error", "The largest error counts."),
    ("numbers", "wape", "WMAPE over all stores"),
    ("masks", "dice-global", "Dice over all pixels"),
    ("masks", "iou-mean", "IoU, averaged over images"),
    ("classes", "auc", "Accuracy says little when 97 % stay; the AUC is our measure."),
    ("numbers", "rmse", "RMSE is what counts, MAE is printed alongside for reference."),
    ("numbers", "mae", "We used to look at RMSE, but now the mean absolute error is what the board gets to see."),
    ("classes", "f1", "No accuracy please, the classes are unbalanced. F1 it is."),
    ("numbers", None, "Please predict the price as precisely as possible."),
    ("classes", None, "Recall that the survey was made in 2010."),
    ("classes", None, "The top list of customers is in the appendix. Predict whether they stay."),
    ("numbers", None, "Rank of the officer and area under cultivation are columns."),
]  # fmt: skip


def read(text: str, answers: str) -> list[Reading]:
    found = read_metric(parse(text), METRICS)
    return [r for r in found if r.score >= 1 and not r.missing and ALL[r.metric].eats in EATEN[answers]]


@pytest.mark.parametrize(("answers", "meant", "text"), WORDINGS)
def test_the_metric_is_read_out_of_plain_words(answers: str, meant: str | None, text: str) -> None:
    found = read(text, answers)
    assert (found[0].metric if found else None) == meant


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("A missed default costs five times a false alarm.", {"false_negative": 5.0, "false_positive": 1.0}),
        ("A false alarm weighs 3 times as much as an overlooked fire.", {"false_negative": 1.0, "false_positive": 3.0}),
        ("A false negative costs 80 and a false positive 15.", {"false_negative": 80.0, "false_positive": 15.0}),
        ("Judged by the F-beta score with beta = 0.5.", {"beta": 0.5}),
        ("We score the 0.9 quantile with the pinball loss.", {"alpha": 0.9}),
        ("The score is the pinball loss of the 25th percentile.", {"alpha": 0.25}),
    ],
)
def test_parameters_are_read_with_the_metric(text: str, params: dict[str, Any]) -> None:
    assert read_metric(parse(text), METRICS)[0].params == params


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_metric_is_found_by_its_own_name(name: str) -> None:
    assert named(name, METRICS) == (name, {})
    assert named(name.upper().replace("-", "_"), METRICS) == (name, {})


@pytest.mark.parametrize("name", [n for n in sorted(ALL) if "-" in n])
def test_every_metric_of_several_words_is_found_in_a_sentence(name: str) -> None:
    text = f"Submissions are evaluated by the {name.replace('-', ' ')} of the test rows."
    assert name in [r.metric for r in read_metric(parse(text), METRICS)]


@pytest.mark.parametrize("name", ["frobnication", "the usual one", "quality"])
def test_a_name_nobody_knows_is_none(name: str) -> None:
    assert named(name, METRICS) is None


def test_a_metric_in_words_is_a_name_too() -> None:
    assert named("area under the ROC curve", METRICS) == ("auc", {})
    assert named("root mean squared error", METRICS) == ("rmse", {})


def test_evidence_of_several_sentences_adds_up() -> None:
    once, twice = read("Evaluated by AUC.", "classes"), read("Evaluated by AUC. Yes, the AUC is our metric.", "classes")
    assert twice[0].score > once[0].score


def test_a_denied_metric_is_not_read() -> None:
    assert read("We do not use accuracy.", "classes") == []


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    for reading in read_metric(parse(text), METRICS):
        assert (reading.score > 0 and reading.quote in text.replace("\n", " ")) or reading.quote


@pytest.mark.parametrize(
    ("text", "metric"),
    [
        ("Wind.\n\n```python\ndef loss(y, p):\n    return np.sqrt(np.mean((y - p) ** 2))\n```\n", "rmse"),
        ("Wind.\n\n    err = np.mean(np.abs(y - p))\n", "mae"),
        ("Agreement is Cohen's kappa with the weights $w_{ij} = (i-j)^2/(N-1)^2$ for grades $i$ and $j$.", "qwk"),
    ],
)
def test_code_and_weights_of_grades_say_the_metric(text: str, metric: str) -> None:
    assert read_metric(parse(text), METRICS)[0].metric == metric


def test_a_block_of_table_lines_is_no_formula() -> None:
    assert read_metric(parse("Send this:\n\n    id,price\n    1,20.5\n    2,13.0\n"), METRICS) == []
