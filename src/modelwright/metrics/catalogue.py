"""Every metric we know: function, direction, what it eats, the scale and loss to learn with, and how people call it.

The functions are ours where scikit-learn has the same one, because a judge calls them hundreds of times a second and
before anything else is imported; the tests hold them to scikit-learn's values. A metric returns NaN, or raises
ValueError, where it is undefined.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import partial
from typing import Any

from ..errors import SettingsError
from ..interfaces import Metric, Parted
from ..kinds.confusion import LabelScore
from . import counts, errors, ranks
from .entry import labels, probabilities, scores, sets, values
from .pictures import PICTURES
from .tops import TOPS

METRICS = (
    # labels
    labels(
        "accuracy", counts.accuracy, "Share of rows with the right label.",
        "acc", "accuracy score", "classification accuracy", "categorization accuracy", "categorisation accuracy",
        "share of correct predictions", "share of correct labels", "percentage of correct predictions",
        "percent correct", "proportion correct", "fraction of correct predictions", "top-1 accuracy",
        additive=True,
    ),
    labels(
        "balanced-accuracy", counts.balanced_accuracy, "Mean recall of the classes.",
        "balanced accuracy score", "bac", "bacc", "macro recall", "recall macro", "mean per-class accuracy",
        "mean class accuracy", "average per-class accuracy", "unweighted average recall", "mean of the recalls",
    ),
    labels(
        "f1", counts.f1, "Harmonic mean of precision and recall of the positive class.",
        "f1 score", "f1-score", "f-score", "f score", "f1 measure", "f-measure", "f measure", "f_1", "binary f1",
        "f1 binary", "harmonic mean of precision and recall",
    ),
    labels(
        "f1-macro", counts.f1_macro, "F1 of each class, averaged over the classes.",
        "macro f1", "macro f1 score", "macro-averaged f1", "macro averaged f1 score", "macro f-score", "mean f1 score",
        "f1 score macro", "macro f1 measure", "unweighted mean f1", "f1 averaged over the labels", "f1 per label",
        sets=LabelScore(counts.f1, "each"),
    ),
    labels(
        "f1-micro", counts.accuracy, "F1 over all rows together; with one label per row, the accuracy.",
        "micro f1", "micro f1 score", "micro-averaged f1", "micro averaged f1 score", "f1 score micro",
        "f1 over all labels", "global f1 over all labels",
        additive=True, sets=LabelScore(counts.f1, "pooled"),
    ),
    labels(
        "f1-weighted", counts.f1_weighted, "F1 of each class, weighted with its number of rows.",
        "weighted f1", "weighted f1 score", "f1 score weighted", "weighted-average f1",
        sets=LabelScore(counts.f1, "weighted"),
    ),
    labels(
        "hamming-loss", counts.error_rate, "Share of labels that are wrong.",
        "hamming", "hamming distance", "mean hamming loss", "share of wrong labels",
        up=False, additive=True, sets=LabelScore(counts.error_rate, "pooled", half=True),
    ),
    # labels of sets
    sets(
        "f1-samples", counts.set_fbeta, "F1 of the set of labels of each row, averaged over the rows.",
        "samples f1", "sample-averaged f1", "samples-averaged f1", "f1 samples", "example-based f1", "f1 per row",
        "f1 of each row", "mean f1 per row", "row-wise f1", "example f1", "instance f1", "samples average f1",
    ),
    sets(
        "fbeta-samples", partial(counts.set_fbeta, beta=2.0), "F-beta (`beta` 2 unless told) of each row's set.",
        "f2 samples", "samples f2", "mean f2 score", "mean f2", "example-based f2", "f2 per row",
    ),
    sets(
        "subset-accuracy", counts.set_equal, "Share of rows whose set of labels is right as a whole.",
        "exact match", "exact match ratio", "exact-match accuracy", "subset accuracy score", "exact set accuracy",
    ),
    sets(
        "jaccard-samples", counts.set_jaccard, "Shared labels over those in either set, averaged over the rows.",
        "samples jaccard", "jaccard per row", "mean jaccard of labels", "hamming score", "example-based accuracy",
        "multilabel accuracy", "jaccard similarity of the label sets",
    ),
    labels(
        "fbeta", counts.fbeta, "F-beta of the positive class; `beta` (2 unless told) above 1 favours recall.",
        "f-beta", "f beta score", "fbeta score", "f2", "f2 score", "f-beta score",
    ),
    labels(
        "precision", counts.precision, "Share of the rows called positive that are.",
        "precision score", "positive predictive value", "ppv",
    ),
    labels(
        "recall", counts.recall, "Share of the positive rows that are called positive.",
        "recall score", "sensitivity", "true positive rate", "tpr", "hit rate",
    ),
    labels(
        "specificity", counts.specificity, "Share of the negative rows that are called negative.",
        "true negative rate", "tnr",
    ),
    labels(
        "jaccard", counts.jaccard, "Positive rows called positive, among those that are or are called positive.",
        "jaccard score", "jaccard index of labels",
    ),
    labels(
        "mcc", counts.mcc, "Matthews correlation of truth and labels.",
        "matthews correlation coefficient", "matthews correlation", "matthews corrcoef", "phi coefficient",
        "matthew's correlation coefficient", "matthews' correlation coefficient",
    ),
    labels(
        "kappa", counts.kappa, "Agreement beyond chance.",
        "cohen's kappa", "cohens kappa", "cohen kappa", "kappa score", "cohen kappa score", "unweighted kappa",
    ),
    labels(
        "linear-kappa", counts.linear_kappa, "Agreement of grades beyond chance, distances counted.",
        "linear weighted kappa", "linearly weighted kappa", "kappa with linear weights",
        "cohen's kappa with linear weights",
    ),
    labels(
        "qwk", counts.quadratic_kappa, "Agreement of grades beyond chance, squared distances counted.",
        "quadratic weighted kappa", "quadratic kappa", "quadratically weighted kappa", "kappa with quadratic weights",
        "cohen's kappa with quadratic weights", "cohen kappa with quadratic weights", "quadratic cohen's kappa",
        "quadratic weighted cohen's kappa", "weighted kappa",
    ),
    labels(
        "error-rate", counts.error_rate, "Share of rows with a wrong label.",
        "misclassification rate", "misclassification error", "classification error", "zero-one loss", "0-1 loss",
        "classification error rate", "mean misclassification error",
        up=False, additive=True,
    ),
    labels(
        "g-mean", counts.g_mean, "Geometric mean of the recalls of the classes.",
        "geometric mean score", "geometric mean of the recalls", "gmean", "g mean",
        "geometric mean of sensitivity and specificity",
    ),
    labels(
        "cost", counts.cost,
        "Mean cost per row, by the prices `false_negative` and `false_positive`, or a `matrix` of classes.",
        "weighted-cost", "mean cost", "average cost", "misclassification cost", "expected cost", "total cost",
        "cost per row", "cost per case", "cost matrix", "cost-sensitive loss", "misclassification costs",
        up=False, additive=True,
    ),
    labels(
        "profit", counts.profit, "Mean gain per row; `true_positive`, `false_positive` ... are what each case brings.",
        "mean profit", "expected profit", "total profit", "net benefit", "net gain", "expected gain",
        additive=True,
    ),
    # scores
    *TOPS,
    scores(
        "auc", ranks.auc, "Probability that a positive row is ranked above a negative one.",
        "roc auc", "roc-auc", "auc roc", "auroc", "area under the curve", "area under curve", "roc auc score",
        "area under the roc curve", "area under roc curve", "area under the roc", "area under roc", "roc",
        "area under the receiver operating characteristic curve", "area under the receiver operating characteristic",
        "receiver operating characteristic", "c-statistic", "concordance statistic",
    ),
    scores(
        "auc-macro", ranks.auc, "AUC of each class against the rest, averaged.",
        "macro auc", "auc ovr", "roc auc ovr", "one-vs-rest auc", "multiclass auc", "mean auc", "macro roc auc",
        "macro-averaged auc", "average auc", "macro-averaged roc auc", "mean column-wise auc", "mean column auc",
        "column-wise auc", "mean column-wise roc auc", "average of the individual aucs", "auc of each column",
    ),
    scores(
        "gini", ranks.gini, "Twice the AUC, less one.",
        "gini coefficient", "normalized gini coefficient", "gini index", "normalised gini coefficient",
        "gini of classes",
    ),
    scores(
        "average-precision", ranks.average_precision, "Area under the precision-recall curve, as average precision.",
        "ap", "auprc", "pr auc", "auc pr", "aucpr", "area under the precision-recall curve", "average precision score",
        "precision-recall auc", "area under the precision recall curve", "mean average precision",
        "macro average precision", "mean column average precision", "mean column-wise average precision",
    ),
    scores(
        "ranking-precision", ranks.ranking_precision, "Share of true labels among those ranked as high, averaged.",
        "lrap", "label ranking average precision", "label-ranking average precision",
        "label ranking average precision score",
        sets="only",
    ),
    # probabilities
    probabilities(
        "log-loss", ranks.log_loss, "Minus the log of the probability given to the true class, averaged.",
        "logloss", "logarithmic loss", "cross entropy", "cross-entropy loss", "categorical cross-entropy",
        "binary cross-entropy", "multi-class log loss", "multiclass log loss", "multi-class logarithmic loss",
        "multiclass logarithmic loss", "multiclass logloss", "binary log loss", "binary logloss", "neg log loss",
        "negative log likelihood", "negative log-likelihood", "mlogloss", "deviance of probabilities",
        "mean column log loss", "mean column-wise log loss", "column-wise log loss", "log loss of each column",
        additive=True, sets="too",
    ),
    probabilities(
        "balanced-log-loss", ranks.balanced_log_loss, "Log loss averaged within each class, then over classes.",
        "balanced logloss", "balanced logarithmic loss", "class-balanced log loss", "weighted log loss",
        "weighted logarithmic loss",
    ),
    probabilities(
        "brier", ranks.brier, "Mean squared error of the probability.",
        "brier score", "brier loss", "brier score loss", "mean squared error of the probabilities",
        additive=True, sets="too",
    ),
    probabilities(
        "top-3-accuracy", ranks.top_k_accuracy, "Share of rows whose class is among the `k` (3) most likely.",
        "top 3 accuracy", "top-k accuracy", "top k accuracy score", "top three accuracy",
        up=True, additive=True,
    ),
    probabilities(
        "calibration-error", ranks.calibration_error, "How far stated confidence is from how often it is right.",
        "expected calibration error", "ece",
    ),
    # values
    values(
        "rmse", errors.rmse, "Root of the mean squared error.",
        "root mean squared error", "root mean square error", "root-mean-square error", "root-mean-squared error",
        "rms error", "neg root mean squared error", "root of the mean squared error", "rmsd",
        "root mean square deviation", "mcrmse", "mean columnwise root mean squared error",
    ),
    values(
        "nrmse", errors.nrmse, "RMSE over the standard deviation of the truth.",
        "normalized rmse", "normalised rmse", "normalized root mean squared error",
    ),
    values(
        "mse", errors.mse, "Mean squared error.",
        "mean squared error", "mean square error", "neg mean squared error", "l2 loss", "squared error",
        additive=True,
    ),
    values(
        "mae", errors.mae, "Mean absolute error.",
        "mean absolute error", "neg mean absolute error", "l1 loss", "absolute error", "average absolute error",
        "mean absolute deviation",
        loss="absolute", additive=True,
    ),
    values(
        "median-absolute-error", errors.median_absolute_error, "Median absolute error.",
        "medae", "median ae", "neg median absolute error", "median of the absolute errors",
        loss="absolute",
    ),
    values(
        "mdape", errors.mdape, "Median absolute relative error.",
        "median absolute percentage error", "median ape", "median absolute percent error",
        link="log1p", loss="absolute",
    ),
    values(
        "within", errors.within, "Share of values off by at most `tolerance` (0.1) of the truth, or by `absolute`.",
        "share within tolerance", "within tolerance", "hit rate within tolerance",
        loss="absolute", up=True, additive=True,
    ),
    values("log-cosh", errors.log_cosh, "Mean of log(cosh(error)).", "logcosh", "log cosh loss", additive=True),
    values("max-error", errors.max_error, "The largest absolute error.", "maximum error", "worst error"),
    values(
        "huber", errors.huber, "Squared error that grows linearly beyond `delta` (1).",
        "huber loss", "smooth l1", "smooth l1 loss",
        loss="absolute", additive=True,
    ),
    values(
        "rmsle", errors.rmsle, "Root of the mean squared error of log(1 + value).",
        "root mean squared logarithmic error", "root mean squared log error", "root mean square logarithmic error",
        "root mean square log error", "root of the mean squared log error", "neg root mean squared log error",
        "root-mean-squared logarithmic error", "rms log error",
        link="log1p",
    ),
    values(
        "mean-column-rmsle", errors.rmsle, "RMSLE of each target, averaged.",
        "mean columnwise rmsle", "column-wise rmsle", "mcrmsle", "mean rmsle", "average rmsle",
        "column-wise root mean squared logarithmic error", "mean column-wise rmsle",
        link="log1p",
    ),
    values(
        "msle", errors.msle, "Mean squared error of log(1 + value).",
        "mean squared logarithmic error", "mean squared log error", "neg mean squared log error",
        link="log1p", additive=True,
    ),
    values(
        "rmse-log", errors.rmse_log, "Root of the mean squared error of log(value).",
        "rmse of the log", "rmse of logs", "rmse of the logs", "rmse of the logarithm", "log rmse", "rmse log",
        "root mean squared error of the log", "root mean squared error of logs",
        "root mean squared error of the logarithm", "root mean squared error between the logarithm",
        "root-mean-squared-error between the logarithm", "rmse between the logarithm", "rmse between the log",
        "root mean squared error between the log",
        link="log",
    ),
    values(
        "mae-log", errors.mae_log, "Mean absolute error of log(value).",
        "log mae", "mean absolute log error", "mean absolute logarithmic error", "mae of the log", "mae of logs",
        "mean absolute error of the log", "mean absolute error of the logarithms",
        link="log", loss="absolute", additive=True,
    ),
    values(
        "mape", errors.mape, "Mean absolute relative error.",
        "mean absolute percentage error", "mean absolute percent error", "neg mean absolute percentage error",
        link="log1p", loss="absolute", additive=True,
    ),
    values(
        "smape", errors.smape, "Mean of 2 |error| / (|truth| + |prediction|) in percent, 0 to 200.",
        "symmetric mean absolute percentage error", "symmetric mape", "symmetric mean absolute percent error",
        link="log1p", loss="absolute", additive=True,
    ),
    values(
        "rmspe", errors.rmspe, "Root of the mean squared relative error.",
        "root mean squared percentage error", "root mean square percentage error",
    ),
    values(
        "wape", errors.wape, "Sum of absolute errors over the sum of absolute truths.",
        "weighted absolute percentage error", "wmape", "weighted mean absolute percentage error", "mad/mean ratio",
        loss="absolute",
    ),
    values(
        "r2", errors.r2, "Share of the variance explained.",
        "r-squared", "r squared", "r^2", "r²", "r2 score", "coefficient of determination",
        up=True,
    ),
    values(
        "explained-variance", errors.explained_variance, "Share of the variance explained, offset not counted.",
        "explained variance score", "explained variance",
        up=True,
    ),
    values(
        "pearson", errors.pearson, "Linear correlation of prediction and truth.",
        "pearson correlation", "pearson's r", "pearson r", "pearson correlation coefficient", "correlation coefficient",
        "pearson's correlation", "linear correlation", "pearson's correlation coefficient",
        up=True,
    ),
    values(
        "spearman", errors.spearman, "Correlation of the ranks of prediction and truth.",
        "spearman correlation", "spearman's rho", "rank correlation", "spearman rank correlation", "spearman's rank",
        "spearman's rank correlation coefficient", "spearman correlation coefficient", "spearmanr",
        up=True,
    ),
    values(
        "concordance", errors.concordance, "Lin's concordance correlation.",
        "ccc", "concordance correlation coefficient", "lin's concordance", "concordance correlation",
        up=True,
    ),
    values(
        "concordance-index", errors.concordance_index, "Share of pairs of rows in the right order, ties counted half.",
        "c-index", "harrell's c", "harrell's c-index", "harrells c", "concordance index", "cindex",
        up=True,
    ),
    values(
        "kendall", errors.kendall, "Kendall's tau-b of prediction and truth.",
        "kendall's tau", "kendall tau", "kendalltau", "kendall rank correlation", "tau-b",
        "kendall rank correlation coefficient", "kendall's rank correlation",
        up=True,
    ),
    values(
        "normalized-gini", errors.normalized_gini, "Gini coefficient of amounts over that of the best order.",
        "gini of values", "normalised gini of values",
        up=True,
    ),
    values(
        "tweedie-deviance", errors.tweedie_deviance, "Mean Tweedie deviance of `power` (1.5).",
        "tweedie", "mean tweedie deviance", "neg mean tweedie deviance", "tweedie loss",
        additive=True,
    ),
    values(
        "poisson-deviance", errors.poisson_deviance, "Mean Poisson deviance.",
        "mean poisson deviance", "poisson loss", "neg mean poisson deviance", "poisson nloglik",
        additive=True,
    ),
    values(
        "gamma-deviance", errors.gamma_deviance, "Mean gamma deviance.",
        "mean gamma deviance", "neg mean gamma deviance",
        additive=True,
    ),
    values(
        "quantile-loss", errors.quantile_loss, "Pinball loss of the quantile `alpha` (0.5).",
        "pinball", "pinball loss", "mean pinball loss", "quantile", "quantile regression loss",
        loss="absolute", additive=True,
    ),
    *PICTURES,
)  # fmt: skip

ALL: Mapping[str, Metric] = {metric.name: metric for metric in METRICS}


def get(name: str) -> Metric:
    """The metric of that name or alias; case, spaces, hyphens and underscores do not matter.

    Raises:
        SettingsError: for a name nobody knows, with the names that come near.
    """
    known = {_plain(alias): m.name for m in METRICS for alias in (*m.aliases, m.name)}
    key = _plain(name)
    for tried in (key, key.removeprefix("mean"), key.removeprefix("neg"), key.removesuffix("score")):
        if tried in known:
            return ALL[known[tried]]
    near = dict.fromkeys(known[found] for found in get_close_matches(key, known, n=5, cutoff=0.6))
    hint = f"did you mean {' or '.join(near)}?" if near else f"choose one of {', '.join(ALL)}."
    raise SettingsError(f"no metric is called {name!r}: {hint}")


def _plain(name: str) -> str:
    return re.sub(r"[\s_\-]+", "", name.strip().lower())


def bound(metric: Metric, params: Mapping[str, Any]) -> Callable[[Any, Any], float]:
    """The metric as a function of truth and output alone.

    Raises:
        SettingsError: for a parameter that the metric does not have.
    """
    function = getattr(metric.call, "formula", metric.call)
    given = list(inspect.signature(function).parameters.values())
    first = 1 if function is not metric.call else 2
    known = [p.name for p in given[first:] if p.kind is not inspect.Parameter.VAR_KEYWORD]
    if isinstance(metric.call, Parted):  # what it makes of the rows together may have some of its own
        own = list(inspect.signature(metric.call.whole).parameters.values())[1:]
        known += [p.name for p in own if p.kind is not inspect.Parameter.VAR_KEYWORD and p.name not in known]
    unknown = sorted(set(params) - set(known))
    if unknown and not any(p.kind is inspect.Parameter.VAR_KEYWORD for p in given):
        accepted = f"it has {', '.join(known)}" if known else "it has none"
        raise SettingsError(f"metric {metric.name!r} has no parameter {unknown[0]!r}: {accepted}.")
    call = metric.call
    return lambda truth, output: call(truth, output, **params)
