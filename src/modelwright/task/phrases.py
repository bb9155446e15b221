"""From words to metrics: a vocabulary of phrases, the grammar of error measures, and evidence that adds up.

A sentence gives evidence for a metric when it holds one of the metric's names or a phrase that means it. The evidence
counts more in a sentence about judging, less in one that only mentions the metric, and against it where it is denied
("not accuracy"). What several sentences say adds up. Nothing here knows the data: whether a metric can judge the
answers asked for is decided by `interpret`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from .prose import Prose, Sentence, normalise

if TYPE_CHECKING:
    from ..interfaces import Metric
    from ..records.base import JsonValue

NUMBERS = {"half": 0.5, "two": 2, "twice": 2, "double": 2, "three": 3, "thrice": 3, "triple": 3, "four": 4, "five": 5}
NUMBERS |= {"six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20}
NUMBERS |= {"fifty": 50, "hundred": 100}
NUMBER = rf"(\d+(?:\.\d+)?|{'|'.join(NUMBERS)})"

# Names a catalogue may use for one idea, the best first: a metric is found by whichever it knows.
IDEAS: dict[str, tuple[str, ...]] = {
    "auc": ("auc", "roc-auc"),
    "average-precision": ("average-precision", "pr-auc", "auprc"),
    "log-loss": ("log-loss", "logloss"),
    "brier": ("brier", "brier-score"),
    "accuracy": ("accuracy",),
    "error-rate": ("error-rate", "accuracy"),
    "balanced-accuracy": ("balanced-accuracy", "recall-macro", "macro-recall"),
    "f1": ("f1", "f1-binary"),
    "f1-macro": ("f1-macro", "macro-f1"),
    "f1-micro": ("f1-micro", "micro-f1"),
    "f1-weighted": ("f1-weighted", "weighted-f1"),
    "fbeta": ("fbeta", "f-beta"),
    "f2": ("f2", "fbeta", "f-beta"),
    "f0.5": ("f0.5", "f05", "fbeta", "f-beta"),
    "precision": ("precision",),
    "recall": ("recall", "sensitivity"),
    "specificity": ("specificity",),
    "mcc": ("mcc", "matthews"),
    "qwk": ("qwk", "quadratic-kappa"),
    "linear-kappa": ("linear-kappa", "kappa-linear", "lwk"),
    "kappa": ("kappa", "cohen-kappa"),
    "gini": ("gini", "normalized-gini"),
    "cost": ("cost", "expected-cost", "misclassification-cost", "weighted-cost"),
    "top-k": ("top-k-accuracy", "top-k", "top-3-accuracy", "top-5-accuracy"),
    "rmse": ("rmse",),
    "mse": ("mse", "rmse"),
    "mae": ("mae",),
    "medae": ("medae", "median-absolute-error", "mdae"),
    "rmsle": ("rmsle",),
    "msle": ("msle", "rmsle"),
    "rmse-log": ("rmse-log", "log-rmse", "rmsle"),
    "mae-log": ("mae-log", "male", "log-mae"),
    "mape": ("mape",),
    "smape": ("smape",),
    "wape": ("wape", "wmape"),
    "rmspe": ("rmspe", "mape"),
    "max-error": ("max-error",),
    "r2": ("r2",),
    "explained-variance": ("explained-variance", "r2"),
    "pearson": ("pearson",),
    "spearman": ("spearman",),
    "kendall": ("kendall",),
    "poisson": ("poisson-deviance", "poisson"),
    "gamma": ("gamma-deviance", "gamma"),
    "tweedie": ("tweedie-deviance", "tweedie"),
    "pinball": ("pinball", "quantile-loss", "quantile"),
    "huber": ("huber",),
    "ndcg": ("ndcg",),
    "hamming": ("hamming-loss", "hamming"),
    "dice-global": ("dice-global", "global-dice", "dice"),
    "dice-mean": ("dice-mean", "mean-dice", "dice"),
    "iou-global": ("iou-global", "global-iou", "iou", "jaccard"),
    "iou-mean": ("iou-mean", "mean-iou", "iou", "jaccard"),
}

RIGHT = r"(?:right|correct|correctly|rightly|properly|accurately|exactly|true|hits?)"
SHARE = r"(?:fraction|share|percentage|proportion|percent|portion|per cent|number|count|rate|part)"
PRECISION_RECALL = r"(?:precision|recall|sensitivity|completeness)"
OVER_CLASSES = r"(?:over|across|of|for|per|between) (?:all |the |each |every )*(?:\w+ )?(?:class(?:es)?|labels?|categor\w+|groups?)"

# idea, weight, pattern (matched against Sentence.plain)
PHRASES: list[tuple[str, float, str]] = [
    ("auc", 3.0, r"\b(?:roc )?auc(?: roc)?\b(?! ?pr)|\bau ?roc\b"),
    ("auc", 3.0, r"\barea (?:under|below|beneath) (?:the |its |their )?(?:roc|receiver)[\w ]{0,40}"),
    ("auc", 2.0, r"\b(?:roc|receiver operating characteristics?) (?:curve|score|area)"),
    ("auc", 2.0, r"\barea (?:under|below|beneath) (?:the |a )?curve(?!.{0,30}precision)"),
    ("auc", 2.5, r"\b(?:c statistic|c index|concordance)\b"),
    ("auc", 2.2, r"\brank(?:s|ed|ing)?\b.{0,60}\b(?:above|ahead of|before|higher than|over|on top)\b"),
    ("auc", 2.2, r"\b(?:above|ahead of|higher than)\b.{0,40}\bin (?:the|your|our) (?:rank(?:ing)?|list|order(?:ing)?)\b"),
    ("auc", 2.2, r"\bonly the (?:order|ordering|rank\w*|sorting)\b.{0,25}\b(?:count|matter|is)|\border (?:is all that|alone) (?:counts|matters)"),
    ("auc", 2.0, r"\b(?:how )?well .{0,60}\b(?:rank|order|sort|separat)(?:s|ed|es|ing)?\b|\b(?:quality|goodness) of the (?:rank|order)ing\b"),
    ("auc", 2.6, r"\b(?:chance|probability|likelihood|odds|how often|share of pairs)\b.{0,60}\b(?:random\w*|pair|picked|drawn|chosen)\b.{0,90}\b(?:higher|above|larger|greater|ahead|outrank\w*|right order)\b"),
    ("spearman", 1.8, r"\b(?:how )?well .{0,60}\b(?:rank|order|sort)(?:s|ed|ing)?\b|\bonly the (?:order|ordering|rank\w*)\b.{0,25}\b(?:count|matter)"),
    ("average-precision", 3.6, r"\b(?:area (?:under|below) (?:the )?)?precision(?: and)? recall(?: curve| auc)\b|\bau ?pr ?c?\b|\bpr auc\b|\bauc ?pr\b"),
    ("average-precision", 3.0, r"\baverage precision\b|\bprecision averaged over (?:all )?(?:recall|threshold)"),
    ("log-loss", 3.0, r"\blog(?:arithmic)? ?loss\b|\b(?:binary |categorical |mean )*cross entropy\b|\blog score\b|\blogloss\b"),
    ("log-loss", 3.0, r"\b(?:negative |minus (?:the )?)?(?:mean |average )*log likelihood\b"),
    ("log-loss", 3.0, r"\b(?:logs?|logarithms?|ln)(?: of (?:the |your )?| )(?:predicted |forecast |stated |assigned )?(?:probabilit\w+|chances?|likelihoods?)\b"),
    ("log-loss", 2.2, r"\b(?:confident\w*|sure)\b.{0,30}\b(?:wrong|mistaken)\b.{0,40}\b(?:heav|sever|dear|punish|penali|hard|cost)\w*"),
    ("brier", 3.2, r"\bbrier\b"),
    ("brier", 3.2, r"\bsquared? (?:error|difference|distance|gap)s? (?:between|of) (?:the |your )?(?:predicted |forecast )?probabilit\w+"),
    ("accuracy", 2.0, r"\baccuracy\b"),
    ("accuracy", 0.8, r"\b(?:how |most )?accurate(?:ly)?\b"),
    ("accuracy", 2.5, rf"\b{SHARE} of (?:the |all |your |test )*(?:[\w,.()]+ ){{0,12}}?(?:(?:is|are|was|were|be|get|got|gets|given|assigned|for whom|for which|whose|that|you|called|put|named|predicted|classified|labell?ed|guessed)\b.{{0,60}}?)?\b{RIGHT}\b"),
    ("accuracy", 2.5, rf"\bhow (?:many|often|frequently)\b.{{0,80}}?\b(?:{RIGHT}|match\w*|agrees?)\b"),
    ("accuracy", 2.2, rf"\b{RIGHT} (?:answers?|predictions?|guess\w*|labels?|classifications?|calls?|decisions?|class|category|name)\b"),
    ("accuracy", 2.2, r"\bhit rate\b|\b(?:exactly )?match(?:es|ing)? the (?:true|actual|real|correct|given) (?:label|class|value|category|answer)"),
    ("accuracy", 2.0, r"\b(?:predictions|answers|rows|cases) (?:that|which) are (?:right|correct)"),
    ("error-rate", 2.5, r"\b(?:mis ?classification|classification error|error) rate\b|\bzero one loss\b|\b0 1 loss\b"),
    ("error-rate", 2.3, rf"\b{SHARE} of (?:the |all )*(?:\w+ ){{0,4}}(?:wrong|mistakes?|errors|misclassified|mislabell?ed|incorrect\w*)\b|\bhow (?:many|often)\b.{{0,50}}\b(?:wrong|mistaken|incorrect\w*)\b"),
    ("balanced-accuracy", 3.6, r"\bbalanced accuracy\b|\bmacro(?: averaged?)? (?:recall|accuracy)\b|\b(?:uar|unweighted average recall)\b"),
    ("balanced-accuracy", 3.6, rf"\b(?:recall|accuracy|sensitivity|hit rate|share (?:found|right))\b.{{0,60}}\b(?:average|averaged|mean|averaging)\b.{{0,30}}{OVER_CLASSES}"),
    ("balanced-accuracy", 3.6, rf"\b(?:average|averaged|mean|averaging)\b (?:of |the )*(?:the )?(?:per class |class wise |class )?(?:recalls?|accurac\w+|sensitivit\w+|hit rates?)\b.{{0,30}}{OVER_CLASSES}"),
    ("balanced-accuracy", 3.2, r"\b(?:average|mean) of (?:the )?(?:sensitivity and (?:the )?specificity|true positive (?:rate )?and (?:the )?true negative)"),
    ("balanced-accuracy", 3.0, r"\b(?:average|mean) (?:of (?:the )?)?per class (?:recall|accuracy)"),
    ("f1", 3.0, r"\bf ?1\b(?: scores?| measure)?|\bf (?:measure|score)\b"),
    ("f1", 3.2, rf"\bharmonic (?:mean|average) (?:of|between) (?:the |both )?{PRECISION_RECALL}(?: and (?:the )?{PRECISION_RECALL})?"),
    ("f1", 2.6, rf"\b(?:balance|compromise|trade ?off|combination) (?:of|between) {PRECISION_RECALL} and {PRECISION_RECALL}"),
    ("f1-macro", 4.2, r"\bmacro(?: averag\w+)?(?: of)?(?: the)? f ?1?\b(?: scores?| measure)?|\bf ?1?(?: scores?| measure)?,? (?:with )?\(?macro\b"),
    ("f1-macro", 4.2, rf"\bf ?1(?: scores?| measure)?\b.{{0,60}}\b(?:average|averaged|mean|averaging|separately)\b.{{0,40}}{OVER_CLASSES}"),
    ("f1-macro", 4.2, rf"\b(?:(?:un|equally )?weighted |plain |simple )?(?:mean|average|averaged|averaging) (?:of |over )?(?:the |all )*(?:per class )?f ?1\b.{{0,60}}?(?:class(?:es)?|labels?|categor\w+)"),
    ("f1-macro", 4.0, rf"\bf ?1(?: scores?)? {OVER_CLASSES}.{{0,30}}\baverag"),
    ("f1-macro", 4.2, rf"\bharmonic mean of (?:the )?{PRECISION_RECALL} and {PRECISION_RECALL}.{{0,60}}\b(?:average|averaged|mean)\b.{{0,30}}{OVER_CLASSES}"),
    ("f1-micro", 4.2, r"\bmicro(?: averag\w+)? f ?1?\b(?: scores?| measure)?|\bf ?1(?: scores?)?,? \(?micro\b"),
    ("f1-weighted", 4.4, r"\bweighted(?: average)?(?: of)?(?: the)? f ?1\b(?: scores?)?|\bf ?1(?: scores?)?,? \(?weighted\b|\bf ?1.{0,50}weighted by (?:the )?(?:support|class|number|frequency|size)"),
    ("f2", 3.6, r"\bf ?2\b(?: scores?| measure)?"),
    ("f0.5", 3.6, r"\bf ?0[.,]5\b(?: scores?| measure)?|\bf half\b"),
    ("fbeta", 3.4, r"\bf ?beta\b.{0,40}"),
    ("precision", 1.0, r"\bprecision\b(?!.{0,15}recall)"),
    ("recall", 1.0, r"\brecall\b|\bsensitivity\b|\btrue positive rate\b"),
    ("precision", 2.2, rf"\b{SHARE} of (?:the |your )?(?:alarms|flagged|raised|reported|positive (?:calls|predictions))\b.{{0,60}}\b(?:right|correct|real|true|justified)\b"),
    ("recall", 2.2, rf"\b{SHARE} of (?:the |all )*(?:real |true |actual )(?:\w+ ){{0,3}}(?:that |which |you )*(?:\w+ ){{0,2}}(?:found|caught|detected|spotted|recovered)\b"),
    ("specificity", 2.2, r"\bspecificity\b|\btrue negative rate\b"),
    ("mcc", 3.4, r"\bmatthews\b(?: correlation)?(?: coefficient)?|\bmcc\b|\bphi coefficient\b"),
    ("qwk", 4.2, r"\bqwk\b|\bquadratic(?:ally)?(?: weighted)?(?: cohen'?s?)? kappa\b|\bkappa\b.{0,50}\b(?:quadratic\w*|squared?)\b|\b(?:quadratic\w*|squared)\b.{0,30}\bkappa\b"),
    ("qwk", 2.6, r"\b(?:agreement|agree)\b.{0,120}\b(?:square|quadratic|four times|squared)\b.{0,40}\b(?:off|apart|distance|away|difference)?"),
    ("linear-kappa", 4.2, r"\blinear(?:ly)?(?: weighted)?(?: cohen'?s?)? kappa\b|\bkappa\b.{0,40}\blinear\w*"),
    ("kappa", 2.8, r"\b(?:cohen'?s? )?kappa\b"),
    ("kappa", 2.2, r"\bagreement\b.{0,40}\b(?:beyond|corrected for|above|over|better than) (?:what )?chance\b"),
    ("gini", 3.0, r"\b(?:normali[sz]ed )?gini\b(?: coefficient| index)?(?! impurity)"),
    ("top-k", 3.2, rf"\btop {NUMBER} accuracy\b|\b(?:among|in|within) (?:the|your) (?:top|first|best) {NUMBER}(?: guesses| answers| predictions)?\b"),
    ("r2", 3.0, r"\br ?\^? ?2\b(?: scores?)?|\br squared?\b|\bcoefficient of determination\b"),
    ("r2", 2.6, r"\b(?:share|proportion|fraction|part|percentage|how much) of (?:the )?(?:\w+ )?(?:variance|variation)\b"),
    ("explained-variance", 3.0, r"\bexplained variance\b"),
    ("pearson", 3.2, r"\bpearson\b(?:'?s)?(?: linear)?(?: product moment)?(?: correlation)?(?: coefficient)?|\blinear correlation\b"),
    ("pearson", 2.2, r"\bcorrelation(?: coefficient)?\b|\bcorrelates?\b"),
    ("spearman", 3.4, r"\bspearman\b(?:'?s)?(?: rank)?(?: correlation)?(?: coefficient)?|\brank correlation\b|\bcorrelation (?:of|between) (?:the )?ranks\b"),
    ("kendall", 3.4, r"\bkendall\b(?:'?s)?(?: tau)?(?: rank)?(?: correlation)?(?: coefficient)?"),
    ("rmse", 3.0, r"\brmse\b"),
    ("mse", 3.0, r"\bmse\b"),
    ("mae", 3.0, r"\bmae\b"),
    ("rmsle", 3.4, r"\brmsle\b"),
    ("mape", 3.2, r"\bmape\b"),
    ("smape", 3.4, r"\bsmape\b"),
    ("wape", 3.4, r"\bwm?ape\b|\b(?:sum|total)(?: of)?(?: the| all)? absolute (?:errors?|deviations?)\b.{0,30}\b(?:divided by|relative to|as a share of|over)\b.{0,20}\b(?:sum|total)\b|\bweighted (?:mean )?absolute percentage error\b"),
    ("rmspe", 3.4, r"\brmspe\b|\broot mean squared? percentage error\b"),
    ("mae", 2.2, r"\bhow (?:far|much|many [\w ]{1,25}?)\b.{0,30}\b(?:off|away|out|wrong)\b.{0,40}\b(?:on average|average|typical\w*)\b|\b(?:on average|average|typical\w*)\b.{0,60}\bhow (?:far|much|many)\b.{0,40}\b(?:off|away|out|wrong)\b"),
    ("mae", 2.0, r"\b(?:average|mean|typical) (?:miss|distance|deviation|gap|difference)\b"),
    ("max-error", 3.0, r"\b(?:largest|biggest|maximum|maximal|max|worst)(?: absolute| single)? (?:error|miss|deviation|residual)\b"),
    ("poisson", 3.2, r"\bpoisson (?:deviance|loss|(?:log )?likelihood)\b"),
    ("gamma", 3.2, r"\bgamma (?:deviance|loss)\b"),
    ("tweedie", 3.2, r"\btweedie\b(?: deviance)?"),
    ("pinball", 3.4, r"\bpinball(?: loss)?\b|\bquantile (?:loss|score)\b|\bcheck loss\b"),
    ("pinball", 2.4, rf"\b(?:predict|forecast|estimate)\b.{{0,30}}\b(?:{NUMBER}(?:st|nd|rd|th)? (?:percentile|quantile)|quantile)"),
    ("huber", 3.2, r"\bhuber(?: loss)?\b"),
    ("ndcg", 3.2, r"\bndcg\b|\bdiscounted cumulative gain\b"),
    ("hamming", 3.2, r"\bhamming(?: loss| distance)?\b"),
    ("dice-global", 3.4, r"\b(?:global|overall|pooled) dice\b|\bdice\b.{0,250}\b(?:all (?:\w+ ){0,3}(?:at once|together|pooled)|at once|pooled|globally)\b"),
    ("dice-mean", 3.2, r"\b(?:mean|average|averaged) dice\b|\bdice\b.{0,80}\b(?:averaged|average|mean|per (?:image|scene|picture))\b"),
    ("dice-global", 2.8, r"\b(?:s[oø]rensen )?dice\b(?: scores?| coefficients?| index)?"),
    ("iou-mean", 3.2, r"\bmean (?:iou|intersection over union|jaccard)\b|\bmiou\b|\b(?:iou|jaccard|intersection over union)\b.{0,80}\b(?:averaged|average|mean|per (?:image|scene|picture))\b"),
    ("iou-global", 2.8, r"\biou\b|\bintersection over (?:the )?union\b|\bjaccard\b(?: index)?|\bintersection divided by\b.{0,40}\bunion\b"),
]  # fmt: skip

JUDGING = re.compile(
    r"\b(?:evaluat\w*|judg\w*|scor(?:e|ed|es|ing)|metrics?|measur\w*|graded?|grading|assess\w*|optimi[sz]\w*|criteri\w+|"
    r"leader ?board|ranked (?:by|on|according)|compared?|objective|figure of merit|minimi[sz]e|maximi[sz]e|we (?:simply )?count|"
    r"look(?:s|ed)? at|what (?:counts|matters)|(?:we|i|they) (?:mind|care|value|report|compute|calculate|take|use)\b|"
    r"care (?:about|for)|yardstick|rated (?:by|on)|marked (?:by|on)|winner|quality of (?:the|your)|success|goal|kpi|"
    r"decid(?:e|es|ed) (?:by|on)|performance|counts? (?:is|are)|want to (?:know|see)|one figure|agreed on|penali[sz]\w+|costs?)\b"
)
JUDGING_HEADING = re.compile(r"evaluat|scor|metric|judg|measure|grading|assess|criteri|success|how we|what counts|quality")
DENIED_BEFORE = re.compile(
    r"\b(?:not|never|no longer|rather than|instead of|unlike|nor|neither|isn't|aren't|don't|won't|doesn't|than|ignore|"
    r"forget|no point in|nothing to do with|abandoned|replaced|not interested in|against)\b[^.;:]{0,28}$"
)
DENIED_AFTER = re.compile(
    r"^[^.;,:]{0,25}\b(?:(?:is|are|was|would be|will be|says|tells|means|matters|counts) (?:\w+ ){0,3}?"
    r"(?:not|no|mislead\w*|useless|meaningless|irrelevant|inappropriate|nothing|little|secondary|pointless|not used|ignored)"
    r"|(?:does|do|will|would|can|could|did)(?:n't| not)|cannot|won't|isn't|misleads?|alone)\b"
)
ONLY = re.compile(r"\bnot (?:only|just|merely|simply)\b[^.;:]{0,28}$")
MENTION = re.compile(
    r"\b(?:baseline|reached|reaches|achiev\w+|last year|previous\w*|used to|formerly|for (?:your )?information|also report|"
    r"secondary|tie ?break\w*|current(?:ly)? (?:model|system)|in the past|earlier|for reference|benchmark model|so far|sanity)\b"
)


@dataclass(frozen=True)
class Reading:
    """One metric that a text may mean."""

    metric: str  # a name in the catalogue
    score: float  # sum of evidence; 1 is a mention, 3 and more a statement
    quote: str  # the sentence that says it best
    params: dict[str, "JsonValue"] = field(default_factory=dict)
    missing: str = ""  # the idea, when the catalogue has no metric for it


@dataclass(frozen=True)
class _Match:
    idea: str
    weight: float
    start: int
    end: int


@cache
def _patterns() -> list[tuple[str, float, re.Pattern[str]]]:
    return [(idea, weight, re.compile(pattern)) for idea, weight, pattern in PHRASES]


def read_metric(prose: Prose, metrics: Sequence["Metric"]) -> list[Reading]:
    """Metrics that the text may mean, the likeliest first; only those with more evidence for than against."""
    known = {flat(n): m.name for m in reversed(metrics) for n in (*m.aliases, m.name)}
    scores: dict[str, float] = {}
    best: dict[str, tuple[float, Sentence]] = {}
    for sentence in prose.sentences:
        for name, score in _weigh(sentence, known).items():
            scores[name] = scores.get(name, 0.0) + score
            if score > best.get(name, (0.0, sentence))[0]:
                best[name] = (score, sentence)
    readings = []
    for name in best:
        resolved, missing = _resolve(name, known)
        if scores[name] > 0:
            where = best[name][1]
            readings.append(Reading(resolved, scores[name], where.quote, _params(name, where.plain), missing))
    for cost in read_costs(prose):
        resolved, missing = _resolve("cost", known)
        readings.append(Reading(resolved, cost.score, cost.quote, cost.params, missing))
    return sorted(_merge(readings), key=lambda r: -r.score)


def flat(name: str) -> str:
    """A name without case and separators: ROC_AUC, roc-auc and "roc auc" are the same."""
    return re.sub(r"[^a-z0-9.@]", "", name.lower())


def _resolve(idea: str, known: dict[str, str]) -> tuple[str, str]:
    """The catalogue's name for an idea, else the idea itself marked as missing."""
    for name in IDEAS.get(idea, (idea,)):
        if flat(name) in known:
            return known[flat(name)], ""
    return idea, idea


def _merge(readings: list[Reading]) -> Iterator[Reading]:
    """One reading per metric: ideas that the catalogue does not tell apart add up."""
    by_name: dict[str, Reading] = {}
    for r in readings:
        old = by_name.get(r.metric)
        if old is None:
            by_name[r.metric] = r
        else:
            top = r if r.score > old.score else old
            by_name[r.metric] = Reading(r.metric, r.score + old.score, top.quote, old.params | r.params, r.missing)
    yield from by_name.values()


def _weigh(sentence: Sentence, known: dict[str, str]) -> dict[str, float]:
    """Evidence of one sentence for each idea, below zero where it is denied."""
    plain = sentence.plain
    judging = JUDGING.search(plain) is not None
    heading = JUDGING_HEADING.search(sentence.heading) is not None
    factor = (0.5 if MENTION.search(plain) and not heading else 1.0) * (0.6 + 0.6 * judging + 0.6 * heading)
    found: dict[str, float] = {}
    for match in _strongest(list(_matches(plain, known))):
        before, after = plain[max(0, match.start - 60) : match.start], plain[match.end : match.end + 60]
        if ONLY.search(before):
            sign = 0.2
        elif DENIED_BEFORE.search(before) or DENIED_AFTER.search(after):
            sign = -0.7
        else:
            sign = 1.0
        score = sign * factor * match.weight
        old = found.get(match.idea)
        found[match.idea] = score if old is None else (max(old, score) if min(old, score) >= 0 else old + score)
    return found


def _matches(plain: str, known: dict[str, str]) -> Iterator[_Match]:
    errors = list(_errors(plain))
    yield from errors
    for match in _named_matches(plain, known):
        # what the whole clause says goes before a name inside it: the root of the mean squared log error is no msle
        if not (match.idea in ERROR_IDEAS and any(e.start <= match.start and match.end <= e.end for e in errors)):
            yield match


def _named_matches(plain: str, known: dict[str, str]) -> Iterator[_Match]:
    for idea, weight, pattern in _patterns():
        for hit in pattern.finditer(plain):
            yield _Match(idea, weight, hit.start(), hit.end())
    ideas = {flat(n): idea for idea, names in reversed(IDEAS.items()) for n in names}
    words = [(m.group(), m.start(), m.end()) for m in re.finditer(r"[a-z0-9.^@]+", plain)]
    for size in range(1, 8):
        for i in range(len(words) - size + 1):
            joined = flat("".join(w for w, _, _ in words[i : i + size]))
            if len(joined) >= 3 and joined in known and (size > 1 or joined not in COMMON_WORDS):
                idea = ideas.get(flat(known[joined]), known[joined])
                yield _Match(idea, min(2.4 + 0.4 * size, 4.4), words[i][1], words[i + size - 1][2])


# Aliases that are everyday words prove nothing when they stand alone.
COMMON_WORDS = frozenset({"precision", "recall", "accuracy", "cost", "error", "loss", "gamma", "quantile", "correlation",
                          "agreement", "deviance", "sensitivity", "specificity", "dice", "accurate", "ranking", "hits"})  # fmt: skip


def _strongest(matches: list[_Match]) -> list[_Match]:
    """Without those that overlap a stronger one for another idea: f1 in "macro f1", kappa in "quadratic kappa"."""
    return [
        m
        for m in matches
        if not any(
            o.idea != m.idea
            and o.start < m.end
            and m.start < o.end
            and (o.weight, o.end - o.start) > (m.weight, m.end - m.start)
            and {o.idea, m.idea} != {"auc", "spearman"}  # one phrase for both: the answers decide
            for o in matches
        )
    ]


# --- the grammar of error measures: which words stand together ---------------------------------------------------------

ERROR_WORDS = {
    "root": r"\broot\b|\bsqrt\b|\brms\b",
    "square": r"\bsquared?\b(?! (?:met|feet|foot|kilomet|mile|root|inch|yard|km|m\b))|\bsquares\b|\bquadratic\b|\^ ?2|\*\* ?2|\brms\b",
    "absolute": r"\babsolute\b|\|[^|]{1,40}\||\bregardless of (?:the )?(?:sign|direction)\b|\bwithout (?:regard to )?(?:the )?sign\b",
    "log": r"\b(?:logs?|logarithms?|logarithmic|ln|log1p)\b(?! ?loss| likelihood| of (?:the |your )?(?:predicted )?(?:prob|chance|likel))",
    "plus": r"\+ ?1\b|\b1 ?\+|\bplus (?:one|1)\b|\blog1p\b|\bone (?:is )?added\b|\badding one\b",
    "percent": r"\bpercent(?:age)?s?\b|\bper cent\b|%|\brelative\b|\bproportional\b|\bin relation to\b",
    "symmetric": r"\bsymmetric(?:al)?\b",
    "median": r"\bmedian\b",
    "error": r"\berrors?\b|\bdeviations?\b|\bdifferences?\b|\bresiduals?\b|\bdistances?\b|\bmiss(?:es)?\b|\bgaps?\b|\bdiscrepanc\w+\b",
    "of-logs": r"\b(?:logs|logarithms?|log) (?:of|scale|transform\w*|prices?|values?|sales?|costs?|space)|\blogarithmic scale\b|\blogs and\b|\blogged\b",
}  # fmt: skip


@cache
def _error_words() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(pattern) for name, pattern in ERROR_WORDS.items()}


CONTRAST = re.compile(r"\b(?:rather than|instead of|not|unlike|but|whereas|while|nor)\b|;|\bor the\b")
ERROR_IDEAS = frozenset({"rmse", "mse", "mae", "medae", "rmsle", "msle", "rmse-log", "mae-log", "mape", "smape", "rmspe"})


def _errors(plain: str) -> Iterator[_Match]:
    """Error measures put together from words, in whatever order a clause has them."""
    cuts = [0, *(m.start() for m in CONTRAST.finditer(plain)), len(plain)]
    for begin, end in pairwise(cuts):
        clause = plain[begin:end]
        hits = {name: [m.span() for m in p.finditer(clause)] for name, p in _error_words().items()}
        idea, used = _error_idea({name for name, spans in hits.items() if spans})
        if idea:
            spans = [span for name in (*used, "error") for span in hits[name]]
            start, stop = min(s for s, _ in spans), max(e for _, e in spans)
            yield _Match(idea, 2.4 + 0.3 * len(used), begin + start, begin + stop)


def _error_idea(has: set[str]) -> tuple[str, tuple[str, ...]]:
    """The measure that the words found make together, and the words it rests on."""
    rules: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
        # idea, needs all of these, and none of those
        ("rmsle", ("log", "square", "plus"), ()),
        ("rmse-log", ("log", "square", "of-logs"), ()),
        ("rmsle", ("log", "square", "root"), ()),
        ("msle", ("log", "square", "error"), ()),
        ("rmsle", ("log", "error", "plus"), ("absolute",)),
        ("mae-log", ("log", "absolute", "error"), ()),
        ("rmse-log", ("of-logs", "error"), ("absolute",)),
        ("rmsle", ("log", "error"), ("absolute",)),
        ("smape", ("symmetric", "percent"), ()),
        ("rmspe", ("percent", "square", "error"), ()),
        ("mape", ("percent", "absolute"), ()),
        ("rmse", ("square", "root"), ()),
        ("mse", ("square", "error"), ()),
        ("medae", ("median", "absolute"), ()),
        ("medae", ("median", "error"), ()),
        ("mae", ("absolute", "error"), ()),
        ("mape", ("percent", "error"), ()),
    )
    for idea, needs, without in rules:
        if has.issuperset(needs) and not has.intersection(without):
            return idea, needs
    return "", ()


# --- parameters --------------------------------------------------------------------------------------------------------


def number(word: str) -> float:
    """A number in digits or as a word."""
    return float(NUMBERS[word]) if word in NUMBERS else float(word)


def _params(idea: str, plain: str) -> dict[str, "JsonValue"]:
    if idea in ("f2", "f0.5"):
        return {"beta": 2.0 if idea == "f2" else 0.5}
    if idea == "fbeta":
        beta = re.search(rf"beta\s*(?:=|of|is|equal to|set to)?\s*{NUMBER}", plain)
        return {"beta": number(beta[1])} if beta else {}
    if idea == "top-k":
        k = re.search(rf"(?:top|first|best) {NUMBER}", plain)
        return {"k": int(number(k[1]))} if k else {}
    if idea == "pinball":
        at = re.search(r"(\d+(?:\.\d+)?)(?:st|nd|rd|th)? (?:percentile|quantile|%)|(?:quantile|level|alpha|tau)\D{0,8}(0?\.\d+)", plain)
        if at:
            level = float(at[1] or at[2])
            return {"alpha": level / 100 if level > 1 else level}
        return {"alpha": 0.5} if "median" in plain else {}
    if idea == "tweedie":
        power = re.search(r"power\D{0,12}(\d(?:\.\d+)?)", plain)
        return {"power": float(power[1])} if power else {}
    return {}


MISSED = r"(?:miss(?:ed|ing)?|overlook\w*|undetected|unnoticed|false negatives?|fail(?:ing|ure|s)? to (?:spot|catch|detect|find|flag)|not (?:spotting|catching|seeing|detecting|flagging)|slips? through)"  # fmt: skip
ALARM = r"(?:false alarms?|false positives?|false warnings?|wrongly|needless\w*|unnecessar\w+|mistaken\w*|crying wolf|unjustified|in vain|for nothing|healthy .{0,20}flagged)"  # fmt: skip
TIMES = rf"{NUMBER}(?: times| fold|x\b| as)"


def read_costs(prose: Prose) -> Iterator[Reading]:
    """Statements of what the two kinds of mistake cost, as 'a missed default costs five times a false alarm'."""
    for sentence in prose.sentences:
        plain = sentence.plain
        ratio = re.search(rf"\b{MISSED}\b.{{0,70}}\b{TIMES}.{{0,50}}\b{ALARM}", plain)
        if ratio:
            yield _cost(sentence, missed=number(ratio[1]), alarm=1.0)
            continue
        ratio = re.search(rf"\b{ALARM}\b.{{0,70}}\b{TIMES}.{{0,50}}\b{MISSED}", plain)
        if ratio:
            yield _cost(sentence, missed=1.0, alarm=number(ratio[1]))
            continue
        price = rf"cost\w*|costs us|is worth|lose\w*|priced at|weigh\w*|counts?"
        amount = rf"[^\d.]{{0,15}}{NUMBER}"
        both = re.search(rf"\b{MISSED}\b.{{0,60}}?\b(?:{price}){amount}.{{0,60}}\b{ALARM}\b.{{0,40}}?{NUMBER}", plain)
        if both:
            yield _cost(sentence, missed=number(both[1]), alarm=number(both[2]))
            continue
        both = re.search(rf"\b{ALARM}\b.{{0,60}}?\b(?:{price}){amount}.{{0,60}}\b{MISSED}\b.{{0,40}}?{NUMBER}", plain)
        if both:
            yield _cost(sentence, missed=number(both[2]), alarm=number(both[1]))


def _cost(sentence: Sentence, missed: float, alarm: float) -> Reading:
    factor = 1.4 if JUDGING_HEADING.search(sentence.heading) else 1.0
    return Reading("cost", 3.4 * factor, sentence.quote, {"false_negative": missed, "false_positive": alarm})


def named(name: str, metrics: Sequence["Metric"]) -> tuple[str, dict[str, "JsonValue"]] | None:
    """The metric that a person's word or phrase means: a name, an alias, or a clear description; None if unclear."""
    known = {flat(n): m.name for m in reversed(metrics) for n in (*m.aliases, m.name)}
    if flat(name) in known:
        return known[flat(name)], {}
    for idea, names in IDEAS.items():
        if flat(name) in {flat(n) for n in names}:
            resolved, missing = _resolve(idea, known)
            return (resolved, _params(idea, normalise(name))) if not missing else None
    readings = [r for r in read_metric(Prose((Sentence(name, "metric"),), ()), metrics) if not r.missing]
    if readings and readings[0].score >= 2.5 and (len(readings) == 1 or readings[0].score > 1.3 * readings[1].score):
        return readings[0].metric, readings[0].params
    return None
