"""Metrics written as formulas, in LaTeX or in plain signs, and as calls of a library with their arguments.

A formula is brought to one spelling first (fractions as (a)/(b), bars for absolute values, log for ln), and then known
by what it is made of: a root, a square, bars, logs, what it is divided by. A call is known by the function's name and
refined by arguments such as average="macro".
"""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..records.base import JsonValue


@dataclass(frozen=True)
class Written:
    """A metric written in signs."""

    idea: str
    start: int  # place in the text of the sentence
    end: int
    params: dict[str, "JsonValue"] = field(default_factory=dict)


# --- formulas -------------------------------------------------------------------------------------------------------

LATEX = re.compile(
    r"\$\$(.+?)\$\$|\$(.+?)\$|\\\[(.+?)\\\]|\\\((.+?)\\\)|\\begin\{\w+\*?\}(.+?)\\end\{\w+\*?\}", re.DOTALL
)
COUNTS = re.compile(r"\b(?:[2T]?TP|TN)\b[^.;]{0,60}/[^.;]{0,60}\b(?:2?TP|TN|FP|FN|N|P)\b", re.IGNORECASE)
OPERATION = re.compile(
    r"\b(?:mean|avg|average|sum|sqrt|median|max|np\.\w+|1 ?/ ?n)\b *[*·]? *(?:[({|\[∑Σ]|sum|∑|Σ)|[∑Σ√]|1 ?/ ?n\b|"
    r"\bSS_?(?:res|err|tot)\b|\bRSS\b|\bSSE\b",
    re.IGNORECASE,
)
DIFFERENCE = r"[\w)\]^'.]-[\w(\[]"  # in the one spelling, which has no blanks
BARS = rf"\|[^|]*{DIFFERENCE}[^|]*\|"


def find_formulas(text: str) -> list[Written]:
    """Metrics that a sentence gives as a formula."""
    found = []
    for match in LATEX.finditer(text):
        idea = known_formula(next(g for g in match.groups() if g is not None))
        if idea:
            found.append(Written(idea, match.start(), match.end()))
    rest = LATEX.sub(lambda m: " " * len(m[0]), text)
    if OPERATION.search(rest) or COUNTS.search(rest):
        start = min(m.start() for m in (OPERATION.search(rest), COUNTS.search(rest)) if m)
        idea = known_formula(_signs(rest))
        if idea:
            found.append(Written(idea, start, len(text)))
    return found


def _signs(text: str) -> str:
    """A line without the words around its formula: what follows "=" or a colon, where there is one."""
    return re.sub(r"\b(?:we|report|is|the|where|over|all|rows|averaged|series|in percent|score|of)\b", " ", text)


def spelled(formula: str) -> str:
    """A formula in one spelling, lower case and without blanks."""
    f = re.sub(
        r"\\(?:left|right|bigl?|bigr?|Bigl?|Bigr?|displaystyle|limits|cdot|times|quad|,|;|!)(?![a-z])", " ", formula
    )
    f = f.replace("\\lvert", "|").replace("\\rvert", "|").replace("\\vert", "|").replace("\\mid", "|")
    f = re.sub(r"\\(?:hat|tilde|widehat)\s*\{?\s*(\\?\w)\s*\}?", r" \1hat", f)
    f = re.sub(r"\\(?:bar|overline)\s*\{?\s*(\w)\s*\}?", r" \1bar", f)
    f = re.sub(r"\\(?:textrm|mathrm|text|mathbf|operatorname|mathit)\s*\{([^{}]*)\}", r"\1", f)
    for _ in range(6):  # inner groups first
        f, changed = re.subn(r"[_^]\s*\{\s*[^{}]*?(?:=|\bn\b|,|[ij])[^{}]*\}", " ", f)  # limits and indices
        f, roots = re.subn(r"\\sqrt\s*\{([^{}]*)\}", r" sqrt(\1)", f)
        f, parts = re.subn(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r" (\1)/(\2)", f)
        f, bare = re.subn(r"\\[dt]?frac\s*(\d)\s*\{?\s*(\w)\s*\}?", r" (\1)/(\2)", f)
        f, powers = re.subn(r"\^\s*\{\s*([\d./]+)\s*\}", r"^\1", f)
        if not changed + roots + parts + bare + powers:
            break
    f = re.sub("[Σ∑]", " sum ", f)
    f = f.lower().replace("\\", " ").replace("{", "(").replace("}", ")").replace("[", "(").replace("]", ")")
    f = f.replace("**", "^").replace("²", "^2").replace("∑", " sum ").replace("√", " sqrt ")
    f = f.replace("·", "*").replace("−", "-").replace("`", " ").replace("ŷ", "yhat").replace("np.", "")  # noqa: RUF001
    f = re.sub(r"\b(?:ln|log10|log2)\b", "log", f)
    f = re.sub(r"_\s*(?:i|j|ij|t|k|n|true|test|pred)\b", "", f)  # indices
    f = re.sub(r"\babs(?:olute)?\s*\(([^()]*)\)", r"|\1|", f)
    f = re.sub(r"\blog1p\s*\(([^()]*)\)", r"log(\1+1)", f)
    return re.sub(r"\s+", "", f)


def known_formula(formula: str) -> str:
    """The metric that a formula is; empty for one that is not known."""
    f = spelled(formula)
    return _of_counts(f) or _of_probabilities(f) or _of_shares(f) or _of_errors(f)


def _of_counts(f: str) -> str:
    precise, found = r"(?:precision|prec|p)", r"(?:recall|rec|r)"
    rules = (
        ("fbeta", r"\(?1\+(?:beta|b|β)\^2"),
        ("f1", rf"2\*?\(?{precise}\*?{found}\)?\)?/\(?\(?{precise}\+{found}\b"),
        ("f1", r"2\*?tp\)?/\(?2\*?tp\+(?:fp\+fn|fn\+fp)"),
        ("f1", r"\btp\)?/\(?tp\+(?:0\.5|1/2|\(1\)/\(2\))\*?\(f[pn]\+f[pn]\)"),
        ("jaccard", r"(?<![2*])tp\)?/\(?tp\+(?:fp\+fn|fn\+fp)"),
        ("accuracy", r"\(?(?:tp\+tn|tn\+tp)\)?/"),
        ("error-rate", r"\(?(?:fp\+fn|fn\+fp)\)?/"),
        ("balanced-accuracy", r"tp\)?/\(?(?:tp\+fn|fn\+tp|p)\)?.{0,6}\+.{0,3}tn\)?/\(?(?:tn\+fp|fp\+tn|n)"),
        ("recall", r"(?<![2*])tp\)?/\(?(?:tp\+fn|fn\+tp)\)?$"),
        ("precision", r"(?<![2*])tp\)?/\(?(?:tp\+fp|fp\+tp)\)?$"),
        ("recall", r"(?<![2*])tp\)?/\(?(?:tp\+fn|fn\+tp)"),
        ("precision", r"(?<![2*])tp\)?/\(?(?:tp\+fp|fp\+tp)"),
        ("specificity", r"tn\)?/\(?(?:tn\+fp|fp\+tn)"),
        ("gini", r"2\*?auc-1"),
    )
    return next((idea for idea, pattern in rules if re.search(pattern, f)), "")


def _of_probabilities(f: str) -> str:
    """Log losses: a label times the log of a probability, or minus the log of one."""
    if re.search(r"(?<![a-z])[yt]\w{0,6}\*?\(?log\(?\(?[pqyπ]|-\(?log\(?(?:p|q)\w*\)?(?![-+])|log\(1-\w+\)", f):
        return "" if re.search(r"log\([^)]*\)-log\(", f) else "log-loss"
    return ""


def _of_shares(f: str) -> str:
    """One less the share of the spread that is left."""
    residual = r"(?:ss_?(?:res|err|e)|rss|sse)"
    if re.search(rf"1-\(?{residual}\)?/\(?(?:ss_?t(?:ot)?|tss|sst)", f):
        return "r2"
    left = r"1-\(?\(?sum.*?\^2\)?\)?/\(?\(?sum"
    return "r2" if re.search(left, f) and re.search(r"bar|mean\(|mu|avg", f) else ""


def _of_errors(f: str) -> str:
    if re.search(r"\(i-j\)|\(j-i\)", f):
        return ""  # weights of an agreement of grades i and j, no errors
    root = bool(re.search(r"sqrt|\)\^(?:0?\.5|\(?1/2\)?|\(\(1\)/\(2\)\))", f))
    square = bool(re.search(r"\)\^2|\|\^2|square", f))
    bars = bool(re.search(BARS, f))
    if not (re.search(DIFFERENCE, f) and (square or bars)):
        return ""
    if re.search(r"log(?!i)", f):  # no "logistic"
        plus = bool(re.search(r"log\(?[^()]*\+1\)|log\(?\(?1\+", f))
        squared = ("rmsle" if root else "msle") if plus else "rmse-log"
        return "mae-log" if bars and not square else squared
    absolute = "medae" if "median" in f else "max-error" if re.search(r"max\W", f) else "mae"
    return _of_relative_errors(f, square=square) or (absolute if bars and not square else "rmse" if root else "mse")


def _of_relative_errors(f: str, *, square: bool) -> str:
    """Errors divided by something; empty where they are not."""
    relative = rf"{BARS}\)*/\(?\|?[a-z]|\|\(?\(?[^|]*{DIFFERENCE}[^|]*\)/\(?[a-z]\w*\)?\|"
    rules = (
        ("smape", rf"{BARS}\)?/\(?\(?\|[^|]+\|\+\|"),
        ("wape", rf"sum\(?\(?{BARS}\)*/\(?sum"),
        ("mdape" if "median" in f else "mape", relative),
        ("rmspe" if square else "", r"-\w+\)/\(?[a-z]\w*\)?\)\^2"),
    )
    return next((idea for idea, pattern in rules if re.search(pattern, f)), "")


# --- calls ----------------------------------------------------------------------------------------------------------

CALL = re.compile(
    r"\b([a-z][a-z0-9]*(?:_[a-z0-9]+)+)\b(?:\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\))?([^.;\n]{0,60})", re.IGNORECASE
)
FUNCTIONS = {
    "roc_auc_score": "auc", "accuracy_score": "accuracy", "balanced_accuracy_score": "balanced-accuracy",
    "f1_score": "f1", "fbeta_score": "fbeta", "precision_score": "precision", "recall_score": "recall",
    "jaccard_score": "jaccard", "matthews_corrcoef": "mcc", "cohen_kappa_score": "kappa", "log_loss": "log-loss",
    "brier_score_loss": "brier", "average_precision_score": "average-precision", "zero_one_loss": "error-rate",
    "top_k_accuracy_score": "top-k", "ndcg_score": "ndcg", "hamming_loss": "hamming", "hinge_loss": "hinge",
    "label_ranking_average_precision_score": "label-ranking", "mean_squared_error": "mse",
    "root_mean_squared_error": "rmse", "mean_absolute_error": "mae", "median_absolute_error": "medae",
    "mean_squared_log_error": "msle", "root_mean_squared_log_error": "rmsle",
    "mean_absolute_percentage_error": "mape", "max_error": "max-error", "r2_score": "r2",
    "explained_variance_score": "explained-variance", "mean_pinball_loss": "pinball",
    "mean_poisson_deviance": "poisson", "mean_gamma_deviance": "gamma", "mean_tweedie_deviance": "tweedie",
    "geometric_mean_score": "g-mean", "concordance_index": "concordance-index",
}  # fmt: skip
AVERAGED = {  # idea, average: the idea that they make together
    ("f1", "macro"): "f1-macro", ("f1", "micro"): "f1-micro", ("f1", "weighted"): "f1-weighted",
    ("recall", "macro"): "balanced-accuracy", ("auc", "macro"): "auc-macro", ("precision", "micro"): "accuracy",
    ("recall", "micro"): "accuracy", ("f1", "samples"): "f1-samples",
}  # fmt: skip
NUMBER_ARGUMENTS = {
    "beta": "fbeta",
    "alpha": "pinball",
    "power": "tweedie",
    "k": "",
    "max_fpr": "auc",
    "delta": "huber",
}


def find_calls(text: str) -> list[Written]:
    """Functions of scikit-learn and its like that a sentence names, with what their arguments say."""
    found = []
    for match in CALL.finditer(text.replace("\\_", "_")):
        idea = FUNCTIONS.get(match[1].lower().removeprefix("neg_"))
        if idea is None:
            continue
        if idea in ("mse", "msle") and re.search(r"(?:sqrt|root)\W{0,3}$", text[: match.start()]):
            idea = "r" + idea
        found.append(_refined(idea, (match[2] or "") + " " + (match[3] or ""), match.start(), match.end(1)))
    return found


def _refined(idea: str, said: str, start: int, end: int) -> Written:
    params: dict[str, JsonValue] = {}
    average = re.search(r"average\s*[=:]?\s*['\"`]?(macro|micro|weighted|samples)", said)
    if average:
        idea = AVERAGED.get((idea, average[1]), idea)
    if idea == "auc" and re.search(r"multi_class\s*=\s*['\"]?ov[ro]", said):
        idea = "auc-macro"
    weights = re.search(r"weights?\s*[=:]?\s*['\"`]?(quadratic|linear)", said)
    if idea == "kappa" and weights:
        idea = "qwk" if weights[1] == "quadratic" else "linear-kappa"
    if idea in ("mse", "msle") and re.search(r"squared\s*=\s*False", said):
        idea = "r" + idea
    for name in NUMBER_ARGUMENTS:
        value = re.search(rf"\b{name}\s*=\s*([\d.]*\d)", said)
        if value:
            params[name] = int(value[1]) if name == "k" else float(value[1])
    if "max_fpr" in params:
        idea = "partial-auc"
    return Written(idea, start, end, params)
