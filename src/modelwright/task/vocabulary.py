"""The words people use for metrics: names, phrases, the words of error measures, and signs of judging and denying.

Patterns are matched against `prose.Sentence.plain`: lower case, hyphens and underscores as blanks. The vocabulary holds
kinds of wording, not sentences of any task; `phrases` adds the evidence up.
"""

import re

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
EACH_ROW = (
    r"\b(?:each|every|per|single) (?:test |single )?"
    r"(?:row|sample|example|instance|document|image|picture|text|record)s?\b"
)
OVER_CLASSES = (
    r"(?:over|across|of|for|per|between) (?:all |the |each |every )*(?:\w+ )?(?:class(?:es)?|labels?|categor\w+|"
    r"groups?)"
)

RANKING = (
    r"\b(?:how )?well .{0,60}\b(?:rank|order|sort)(?:s|ed|ing)?\b",
    r"\b(?:only|purely|solely|just|nothing but|all that (?:counts|matters) is)\b.{0,40}\b(?:order|ordering|"
    r"ranking|sorting|ranks|sequence)\b",
    r"\bjudge\w* (?:by )?(?:the|your|this) (?:ranking|ordering|order|sorting)\b",
    r"\bthe better (?:the|this|your) (?:ranking|ordering|order|sorting)\b",
    r"\b(?:order|ranking|ordering) (?:is all that|alone) (?:counts|matters)",
    r"\b(?:good|right|correct) (?:order|ordering|ranking|sorting)\b",
    r"\b(?:should|must|to) (?:come|stand|be|rank|appear)\b.{0,12}\b(?:before|ahead of|above|higher than)\b",
)

# idea, weight of the evidence, patterns
PHRASES: tuple[tuple[str, float, tuple[str, ...]], ...] = (
    ("auc", 3.0, (
        r"\b(?:roc )?auc(?: roc)?\b(?! ?pr)",
        r"\bau ?roc\b",
        r"\barea (?:under|below|beneath) (?:the |its |their )?(?:roc|receiver)[\w ]{0,40}",
    )),
    ("auc", 2.0, (
        r"\b(?:roc|receiver operating characteristics?) (?:curve|score|area)",
        r"\barea (?:under|below|beneath) (?:the |a )?curve(?!.{0,30}precision)",
        r"\b(?:how )?well .{0,60}\bseparat(?:e|es|ed|ing)?\b",
        r"\b(?:quality|goodness) of (?:the|your) (?:rank|order)ing\b",
        *RANKING,
        r"\b(?:sort|order|rank|list)\w*\b.{0,50}\b(?:most likely|least likely|likeliest|most probable|"
        r"highest risk|by (?:their )?(?:risk|probability|likelihood|chance))\b",
        r"\b(?:likeliest|riskiest|most likely|most probable)\b.{0,40}\b(?:first|(?:at|to) the top|on top|up "
        r"front)\b",
    )),
    ("auc", 2.5, (
        r"\b(?:c statistic|c index|concordance)\b",
    )),
    ("auc", 2.2, (
        r"\brank(?:s|ed|ing)?\b.{0,60}\b(?:above|ahead of|before|higher than|over|on top)\b",
        r"\b(?:above|ahead of|higher than)\b.{0,40}\bin (?:the|your|our) (?:rank(?:ing)?|list|"
        r"order(?:ing)?)\b",
        r"\b(?:placed|put|get|gets|got|come|stand|given|ranked|receives?)\b.{0,30}\b(?:ahead of|before|above|"
        r"higher than|(?:larger|higher|greater|bigger) (?:number|score|value|probability)s?(?: than)?)\b",
    )),
    ("auc", 2.6, (
        r"\b(?:chance|probability|likelihood|odds|how often|share of pairs)\b.{0,60}\b(?:random\w*|pair|"
        r"picked|drawn|chosen)\b.{0,90}\b(?:higher|above|larger|greater|ahead|outrank\w*|right order)\b",
        r"\b(?:chance|probability|likelihood|odds|how often)\b.{0,50}\b(?:assigns?|gives?|gets?|receives?|"
        r"has)\b.{0,12}\b(?:larger|higher|greater) (?:value|score|number|probability)\b",
    )),
    ("auc", 1.4, (
        r"\b(?:ranking|ordering|sorted list|ranked list)\b",
        r"\btop of (?:the|your) list\b",
    )),
    ("spearman", 1.8, RANKING),
    ("average-precision", 3.6, (
        r"\b(?:area (?:under|below) (?:the )?)?precision(?: and)? recall(?: curve| auc)\b",
        r"\bau ?pr ?c?\b",
        r"\bpr auc\b",
        r"\bauc ?pr\b",
    )),
    ("average-precision", 3.0, (
        r"\baverage precision\b",
        r"\bprecision averaged over (?:all )?(?:recall|threshold)",
    )),
    ("log-loss", 3.0, (
        r"\blog(?:arithmic)? scor\w+",
        r"\blog(?:arithmic)? ?loss\b",
        r"\b(?:binary |categorical |mean )*cross entropy\b",
        r"\blog score\b",
        r"\blogloss\b",
        r"\b(?:negative |minus (?:the )?)?(?:mean |average )*log likelihood\b",
        r"\b(?:logs?|logarithms?|ln)(?: of (?:the |your )?| )(?:predicted |forecast |stated |assigned "
        r")?(?:probabilit\w+|chances?|likelihoods?)\b",
        r"\blog ?\( ?1 ?-? ?p\w*\)",
        r"\by\w* ?log ?\( ?p",
        r"\b(?:ln|log) ?\( ?p\w*(?: \w+)? ?\)",
    )),
    ("log-loss", 2.2, (
        r"\b(?:confident\w*|sure)\b.{0,30}\b(?:wrong|mistaken)\b.{0,40}\b(?:heav|sever|dear|punish|penali|"
        r"hard|cost)\w*",
    )),
    ("brier", 3.2, (
        r"\bbrier\b",
        r"\bsquared? (?:error|difference|distance|gap)s? (?:between|of) (?:the |your )?(?:predicted |"
        r"forecast )?probabilit\w+",
    )),
    ("brier", 2.8, (
        r"\bprobabilit\w+\b.{0,80}\bsquar\w+",
        r"\bsquar\w+\b.{0,60}\bprobabilit\w+",
    )),
    ("accuracy", 2.0, (
        r"\baccuracy\b",
        rf"\b(?:each|every|any|all)\b.{{0,50}}\b(?:got|get|gets|is|are|was|were) {RIGHT}\b",
        rf"\b(?:{RIGHT}|naming|name|hit|hitting|find)\b.{{0,40}}\bas often as\b",
        r"\b(?:predictions|answers|rows|cases) (?:that|which) are (?:right|correct)",
    )),
    ("accuracy", 0.8, (
        r"\b(?:how |most )?accurate(?:ly)?\b",
    )),
    ("accuracy", 2.5, (
        rf"\b{SHARE} of (?:the |all |your |test )*(?:[\w,.()]+ ){{0,12}}?(?:(?:is|are|was|were|be|get|got|"
        rf"gets|given|assigned|for whom|for which|whose|that|you|called|put|named|predicted|classified|"
        rf"labell?ed|guessed)\b.{{0,60}}?)?\b{RIGHT}\b",
        rf"\bhow (?:many|often|frequently)\b.{{0,80}}?\b(?:{RIGHT}|match\w*|agrees?)\b",
    )),
    ("accuracy", 2.2, (
        rf"\b{RIGHT} (?:answers?|predictions?|guess\w*|labels?|classifications?|calls?|decisions?|class|"
        rf"category|name)\b",
        r"\b(?:equals?|matches|agrees with) the (?:true|real|actual|correct) (?:class|label|value|category|"
        r"answer|one)\b",
        r"\bhit rate\b",
        r"\b(?:exactly )?match(?:es|ing)? the (?:true|actual|real|correct|given) (?:label|class|value|"
        r"category|answer)",
    )),
    ("error-rate", 2.5, (
        r"\b(?:mis ?classification|classification error|error) rate\b",
        r"\bzero one loss\b",
        r"\b0 1 loss\b",
    )),
    ("error-rate", 2.3, (
        rf"\b{SHARE} of (?:the |all )*(?:\w+ ){{0,4}}(?:wrong|mistakes?|errors|misclassified|mislabell?ed|"
        rf"incorrect\w*)\b",
        r"\bhow (?:many|often)\b.{0,50}\b(?:wrong|mistaken|incorrect\w*)\b",
    )),
    ("balanced-accuracy", 3.6, (
        r"\bbalanced accuracy\b",
        r"\bmacro(?: averaged?)? (?:recall|accuracy)\b",
        r"\b(?:uar|unweighted average recall)\b",
        rf"\b(?:recall|accuracy|sensitivity|hit rate|share (?:found|right))\b.{{0,60}}\b(?:average|averaged|"
        rf"mean|averaging)\b.{{0,30}}{OVER_CLASSES}",
        rf"\b(?:average|averaged|mean|averaging)\b (?:of |the )*(?:the )?(?:per class |class wise |class "
        rf")?(?:recalls?|accurac\w+|sensitivit\w+|hit rates?)\b.{{0,30}}{OVER_CLASSES}",
    )),
    ("balanced-accuracy", 3.4, (
        rf"\b(?:recall|accuracy|{SHARE}|sensitivity|hit rate)\b.{{0,80}}\b(?:each|every|per|by) (?:single "
        rf")?(?:kind|class|category|group|type|species|label|level|grade|author)\b.{{0,60}}\baverag\w+",
        r"\bfor (?:each|every) \w+,? .{0,80}\b(?:share|fraction|recall|accuracy|percentage)\b.{0,60}\baverag",
    )),
    ("balanced-accuracy", 3.2, (
        r"\b(?:average|mean) of (?:the )?(?:sensitivity and (?:the )?specificity|true positive (?:rate )?and "
        r"(?:the )?true negative)",
    )),
    ("balanced-accuracy", 3.0, (
        r"\b(?:average|mean) (?:of (?:the )?)?per class (?:recall|accuracy)",
    )),
    ("f1", 3.0, (
        r"\bf ?1\b(?: scores?| measure)?",
        r"\bf (?:measure|score)\b",
    )),
    ("f1", 3.2, (
        rf"\bharmonic (?:mean|average) (?:of|between) (?:the |both )?{PRECISION_RECALL}(?: and (?:the "
        rf")?{PRECISION_RECALL})?",
    )),
    ("f1", 2.2, (
        r"\bharmonic (?:mean|average)\b(?! of (?:the )?(?!two|both)\w+ and (?!recall|precision|sens))",
        r"\b2 ?p\w* ?r\w* ?/ ?\(? ?p",
    )),
    ("f1", 2.6, (
        rf"\b(?:balanc\w+|compromise\w*|trade ?off|combin\w+|mix)(?: of| between)? {PRECISION_RECALL} (?:and|"
        rf"with|against) {PRECISION_RECALL}",
    )),
    ("f1-macro", 4.2, (
        r"\bmacro(?: averag\w+)?(?: of)?(?: the)? f ?1?\b(?: scores?| measure)?",
        r"\bf ?1?(?: scores?| measure)?,? (?:with )?\(?macro\b",
        rf"\bf ?1(?: scores?| measure)?\b.{{0,60}}\b(?:average|averaged|mean|averaging|"
        rf"separately)\b.{{0,40}}{OVER_CLASSES}",
        r"\b(?:(?:un|equally )?weighted |plain |simple )?(?:mean|average|averaged|averaging) (?:of |over "
        r")?(?:the |all )*(?:per class )?f ?1\b.{0,60}?(?:class(?:es)?|labels?|categor\w+)",
        r"\bf ?1\b.{0,60}\baverage ?= ?'?macro",
        r"\bf ?1\b.{0,60}\b(?:each|every|per|all|single)(?: \w+)? (?:class(?:es)?|labels?|categor\w+|kinds?|"
        r"types?|species|groups?)\b.{0,50}\baverag",
        rf"\bharmonic mean of (?:the )?{PRECISION_RECALL} and {PRECISION_RECALL}.{{0,60}}\b(?:average|"
        rf"averaged|mean)\b.{{0,30}}{OVER_CLASSES}",
    )),
    ("f1-micro", 4.3, (
        r"\bf ?1\b.{0,60}\baverage ?= ?'?micro",
    )),
    ("f1-weighted", 4.3, (
        r"\bf ?1\b.{0,60}\baverage ?= ?'?weighted",
    )),
    ("f1-macro", 4.0, (
        rf"\bf ?1(?: scores?)? {OVER_CLASSES}.{{0,30}}\baverag",
        r"\b(?:mean|average) (?:of )?(?:the |all )*(?:\w+ )?f ?1 (?:scores|values)\b",
    )),
    ("f1-samples", 4.5, (
        rf"\bf ?1\b(?: scores?| measure)?.{{0,40}}{EACH_ROW}",
        r"\bf ?1\b.{0,60}\baverage ?= ?'?samples",
    )),
    ("fbeta-samples", 4.5, (
        rf"\bf ?(?:beta|2)\b(?: scores?| measure)?.{{0,40}}{EACH_ROW}",
        r"\bf ?beta samples\b",
    )),
    ("f1-micro", 4.2, (
        r"\bmicro(?: averag\w+)? f ?1?\b(?: scores?| measure)?",
        r"\bf ?1(?: scores?)?,? \(?micro\b",
    )),
    ("f1-weighted", 4.4, (
        r"\bweighted(?: average)?(?: of)?(?: the)? f ?1\b(?: scores?)?",
        r"\bf ?1(?: scores?)?,? \(?weighted\b",
        r"\bf ?1.{0,50}weighted by (?:the )?(?:support|class|number|frequency|size)",
    )),
    ("f2", 3.6, (
        r"\bf ?2\b(?: scores?| measure)?",
    )),
    ("f0.5", 3.6, (
        r"\bf ?0[.,]5\b(?: scores?| measure)?",
        r"\bf half\b",
    )),
    ("fbeta", 3.4, (
        r"\bf ?beta\b.{0,40}",
    )),
    ("precision", 1.0, (
        r"\bprecision\b(?!.{0,15}recall)",
    )),
    ("recall", 1.0, (
        r"\brecall\b",
        r"\bsensitivity\b",
        r"\btrue positive rate\b",
    )),
    ("precision", 2.2, (
        rf"\b{SHARE} of (?:the |your )?(?:alarms|flagged|raised|reported|positive (?:calls|"
        rf"predictions))\b.{{0,60}}\b(?:right|correct|real|true|justified)\b",
    )),
    ("recall", 2.2, (
        rf"\b{SHARE} of (?:the |all )*(?:real |true |actual )(?:\w+ ){{0,3}}(?:that |which |you "
        rf")*(?:\w+ ){{0,2}}(?:found|caught|detected|spotted|recovered)\b",
    )),
    ("specificity", 2.2, (
        r"\bspecificity\b",
        r"\btrue negative rate\b",
    )),
    ("mcc", 3.4, (
        r"\bmatthews\b(?: correlation)?(?: coefficient)?",
        r"\bmcc\b",
        r"\bphi coefficient\b",
    )),
    ("qwk", 4.2, (
        r"\bqwk\b",
        r"\bquadratic(?:ally)?(?: weighted)?(?: cohen'?s?)? kappa\b",
        r"\bkappa\b.{0,50}\b(?:quadratic\w*|squared?)\b",
        r"\b(?:quadratic\w*|squared)\b.{0,30}\bkappa\b",
    )),
    ("qwk", 2.6, (
        r"\b(?:agreement|agree)\b.{0,120}\b(?:square|quadratic|four times|squared)\b.{0,40}\b(?:off|apart|"
        r"distance|away|difference)?",
    )),
    ("linear-kappa", 4.2, (
        r"\blinear(?:ly)?(?: weighted)?(?: cohen'?s?)? kappa\b",
        r"\bkappa\b.{0,40}\blinear\w*",
    )),
    ("kappa", 2.8, (
        r"\b(?:cohen'?s? )?kappa\b",
    )),
    ("kappa", 2.2, (
        r"\bagreement\b.{0,40}\b(?:beyond|corrected for|above|over|better than) (?:what )?chance\b",
    )),
    ("gini", 3.0, (
        r"\b(?:normali[sz]ed )?gini\b(?: coefficient| index)?(?! impurity)",
    )),
    ("top-k", 3.2, (
        rf"\btop {NUMBER} accuracy\b",
        rf"\b(?:among|in|within) (?:the|your) (?:top|first|best) {NUMBER}(?: guesses| answers|"
        rf" predictions)?\b",
    )),
    ("r2", 3.0, (
        r"\br ?\^? ?2\b(?: scores?)?",
        r"\br squared?\b",
        r"\bcoefficient of determination\b",
    )),
    ("r2", 2.6, (
        r"\b(?:share|proportion|fraction|part|percentage|how much) of (?:the )?(?:\w+ )?(?:variance|"
        r"variation)\b",
    )),
    ("explained-variance", 3.0, (
        r"\bexplained variance\b",
    )),
    ("pearson", 3.2, (
        r"\bpearson\b(?:'?s)?(?: linear)?(?: product moment)?(?: correlation)?(?: coefficient)?",
        r"\blinear correlation\b",
    )),
    ("pearson", 2.2, (
        r"\bcorrelation(?: coefficient)?\b",
        r"\bcorrelates?\b",
    )),
    ("spearman", 3.4, (
        r"\bspearman\b(?:'?s)?(?: rank)?(?: correlation)?(?: coefficient)?",
        r"\brank correlation\b",
        r"\bcorrelation (?:of|between) (?:the )?ranks?\b",
    )),
    ("kendall", 3.4, (
        r"\bkendall\b(?:'?s)?(?: tau)?(?: rank)?(?: correlation)?(?: coefficient)?",
    )),
    ("rmse", 3.0, (
        r"\brmse\b",
    )),
    ("mse", 3.0, (
        r"\bmse\b",
    )),
    ("mae", 3.0, (
        r"\bmae\b",
    )),
    ("rmsle", 3.4, (
        r"\brmsle\b",
    )),
    ("mape", 3.2, (
        r"\bmape\b",
    )),
    ("smape", 3.4, (
        r"\bsmape\b",
    )),
    ("wape", 3.4, (
        r"\bwm?ape\b",
        r"\b(?:sum|total)(?: of)?(?: the| all)? absolute (?:errors?|deviations?)\b.{0,30}\b(?:divided by|"
        r"relative to|as a share of|over)\b.{0,20}\b(?:sum|total)\b",
        r"\bweighted (?:mean )?absolute percentage error\b",
    )),
    ("rmspe", 3.4, (
        r"\brmspe\b",
        r"\broot mean squared? percentage error\b",
    )),
    ("mae", 2.4, (
        r"\bhow (?:far|much|many [\w ]{1,25}?)\b.{0,30}\b(?:off|away|out|wrong)\b.{0,40}\b(?:on average|"
        r"average|typical\w*)\b",
        r"\b(?:on average|average|typical\w*)\b.{0,60}\bhow (?:far|much|many)\b.{0,40}\b(?:off|away|out|"
        r"wrong)\b",
        r"\b(?:average|mean|typical)\b.{0,40}\b(?:number|amount|count) of \w+ .{0,40}\b(?:miss\w*|off|wrong|"
        r"late|early|errs?)\b",
        r"\b(?:each|every|one|a) \w+ of (?:error|deviation|miss|difference)\b.{0,30}\b(?:costs?|counts?|"
        r"weighs)\b.{0,25}\b(?:one|same|a|exactly|equally)\b",
    )),
    ("mae", 2.0, (
        r"\b(?:average|mean|typical) (?:miss|distance|deviation|gap|difference)\b",
    )),
    ("max-error", 3.0, (
        r"\b(?:largest|biggest|maximum|maximal|max|worst)(?: absolute| single)? (?:error|miss|deviation|"
        r"residual)\b",
    )),
    ("poisson", 3.2, (
        r"\bpoisson (?:deviance|loss|(?:log )?likelihood)\b",
    )),
    ("gamma", 3.2, (
        r"\bgamma (?:deviance|loss)\b",
    )),
    ("tweedie", 3.2, (
        r"\btweedie\b(?: deviance)?",
    )),
    ("pinball", 3.4, (
        r"\bpinball(?: loss)?\b",
        r"\bquantile (?:loss|score)\b",
        r"\bcheck loss\b",
    )),
    ("pinball", 2.4, (
        rf"\b(?:predict|forecast|estimate)\b.{{0,30}}\b(?:{NUMBER}(?:st|nd|rd|th)? (?:percentile|quantile)|"
        rf"quantile)",
    )),
    ("huber", 3.2, (
        r"\bhuber(?: loss)?\b",
    )),
    ("ndcg", 3.2, (
        r"\bndcg\b",
        r"\bdiscounted cumulative gain\b",
    )),
    ("hamming", 3.2, (
        r"\bhamming(?: loss| distance)?\b",
    )),
    ("dice-global", 3.4, (
        r"\b(?:global|overall|pooled) dice\b",
        r"\bdice\b.{0,250}\b(?:all (?:\w+ ){0,3}(?:at once|together|pooled)|at once|pooled|globally)\b",
    )),
    ("dice-mean", 3.2, (
        r"\b(?:mean|average|averaged) dice\b",
        r"\bdice\b.{0,80}\b(?:averaged|average|mean|per (?:image|scene|picture))\b",
    )),
    ("dice-global", 2.8, (
        r"\b(?:s[oø]rensen )?dice\b(?: scores?| coefficients?| index)?",
    )),
    ("iou-mean", 3.2, (
        r"\bmean (?:iou|intersection over union|jaccard)\b",
        r"\bmiou\b",
        r"\b(?:iou|jaccard|intersection over union)\b.{0,80}\b(?:averaged|average|mean|per (?:image|scene|"
        r"picture))\b",
    )),
    ("iou-global", 2.8, (
        r"\biou\b",
        r"\bintersection over (?:the )?union\b",
        r"\bjaccard\b(?: index)?",
        r"\bintersection divided by\b.{0,40}\bunion\b",
    )),
)  # fmt: skip

JUDGING = re.compile(
    r"\b(?:evaluat\w*|judg\w*|scor(?:e|ed|es|ing)|metrics?|measur\w*|graded?|grading|assess\w*|optimi[sz]\w*|"
    r"criteri\w+|"
    r"leader ?board|ranked (?:by|on|according)|compared?|objective|figure of merit|minimi[sz]e|maximi[sz]e|we "
    r"(?:simply )?count|"
    r"look(?:s|ed)? at|what (?:counts|matters)|(?:we|i|they) (?:mind|care|value|report|compute|calculate|take|use)\b|"
    r"care (?:about|for)|yardstick|rated (?:by|on)|marked (?:by|on)|winner|quality of (?:the|your)|success|goal|kpi|"
    r"decid(?:e|es|ed)\b|(?:what|which) (?:fraction|share|proportion|percentage|part)|settled on|opted for|"
    r"chose\w*|criterion|jury|judge|points?|mistakes?|yardstick|reported?|comput\w+|summari[sz]e\w*|"
    r"performance|counts? (?:is|are)|want to (?:know|see)|one figure|agreed on|penali[sz]\w+|costs?)\b"
)
JUDGING_HEADING = re.compile(
    r"evaluat|scor|metric|judg|measure|grading|assess|criteri|success|how we|what counts|quality"
)
DENIED_BEFORE = re.compile(
    r"\b(?:not|never|no longer|rather than|instead of|unlike|nor|neither|isn't|aren't|don't|won't|doesn't|"
    r"other than|ignore|"
    r"forget|no point in|nothing to do with|abandoned|replaced|not interested in|against)\b(?:(?! (?:only|but|"
    r"so|instead|just)\b)[^.,;:]){0,28}$"
)
DENIED_AFTER = re.compile(
    r"^[^.;,:]{0,25}\b(?:(?:is|are|was|would be|will be|says|tells|means|matters|counts) (?:\w+ ){0,3}?"
    r"(?:not|no|mislead\w*|useless|meaningless|irrelevant|inappropriate|nothing|little|secondary|pointless|not "
    r"used|ignored)"
    r"|(?:does|do|will|would|can|could|did)(?:n't| not) (?:\w+ )?(?:matter|count|help|suit|fit|tell|say|mean|"
    r"reflect|capture|"
    r"interest|work|do|be|enter|decide|play)|cannot be|misleads?|alone)\b"
)
HEDGED_BEFORE = re.compile(
    r"\b(?:although|though|even if|despite|considered|thought (?:of|about)|discussed|tempting)\b"
    r"(?:(?!\b(?:but|we|yet|instead|finally)\b)[^;:]){0,60}$"
)
ONLY = re.compile(r"\bnot (?:only|just|merely|simply)\b[^.;:]{0,28}$")
MENTION = re.compile(
    r"\b(?:baseline|reached|reaches|achiev\w+|last year|previous\w*|used to|formerly|for (?:your )?information|"
    r"also report|"
    r"secondary|tie ?break\w*|current(?:ly)? (?:model|system)|in the past|earlier|for reference|benchmark "
    r"model|so far|sanity)\b"
)

# Aliases that are everyday words prove nothing when they stand alone.
COMMON_WORDS = frozenset(
    [
        "precision",
        "recall",
        "accuracy",
        "cost",
        "error",
        "loss",
        "gamma",
        "quantile",
        "correlation",
        "agreement",
        "deviance",
        "sensitivity",
        "specificity",
        "dice",
        "accurate",
        "ranking",
        "hits",
    ]
)

# words of error measures, put together by `phrases`
ERROR_WORDS = {
    "root": r"\broot\b|\bsqrt\b|\brms\b|\brmse\b",
    "square": r"\bsquared?\b(?! (?:met|feet|foot|kilomet|mile|root|inch|yard|km|m\b))|\bsquares\b|\bquadratic\b|\^ ?2|"
    r"\*\* ?2|\brms\b|\br?mse\b|\bsquar(?:e|ing) (?:the|each|all|every) (?:errors?|differences?|deviations?|"
    r"miss\w*|residuals?)",
    "absolute": r"\babsolute\b|\bmae\b|\bmape\b|\|[^|]{1,40}\||\bregardless of (?:the )?(?:sign|direction)\b|"
    r"\bwithout (?:regard to )?(?:the |its |their )?sign\b",
    "log": r"\b(?:logs?|logarithms?|logarithmic|ln|log1p)\b(?! ?loss| likelihood| of (?:the |your )?(?:predicted "
    r")?(?:prob|chance|likel))",
    "plus": r"\+ ?1\b|\b1 ?\+|\bplus (?:one|1)\b|\b(?:one|1) plus\b|\blog1p\b|\bone (?:is )?added\b|\badding one\b",
    "percent": r"\bmape\b|\bpercent(?:age)?s?\b|\bper cent\b|%|\brelative\b|\bproportional\b|\bin relation to\b",
    "symmetric": r"\bsymmetric(?:al)?\b",
    "median": r"\bmedian\b",
    "error": r"\berrors?\b|\bdeviations?\b|\bdifferences?\b|\bresiduals?\b|\bdistances?\b|\bmiss(?:es)?\b|\bgaps?\b|"
    r"\bdiscrepanc\w+\b|\br?mse\b|\bmae\b|\|[^|]{1,40}\||\(\w+ - \w+\)",
    "of-logs": r"\b(?:logs|logarithms?|log) (?:of|scale|transform\w*|prices?|values?|sales?|costs?|space)|"
    r"\blogarithmic scale\b|\blogs and\b|\blogged\b",
}
CONTRAST = re.compile(r"\b(?:but|whereas|while)\b|\bor the\b|\bwith .{0,25} as (?:a )?(?:tie|second)")
DENIED = re.compile(r"\b(?:not|rather than|instead of|unlike|neither|nor|no longer|never)\b(?:(?!\bbut\b)[^,.;:()])*")
ERROR_IDEAS = frozenset(
    {"rmse", "mse", "mae", "medae", "rmsle", "msle", "rmse-log", "mae-log", "mape", "smape", "rmspe"}
)

# words of counting, being right and being wrong
COUNTING = re.compile(rf"\b(?:{SHARE}|how (?:many|often)|count(?:ed|s)?|points?|most|tally|score[sd]?|ratio)\b")
AGREEING = re.compile(
    r"\b(?:right|correct(?:ly)?|rightly|agree(?:s|d)?|identical|coincides?|equals?|match(?:es|ed|ing)?|hits)\b"
)
WRONG = re.compile(r"\b(?:wrong(?:ly)?|mistakes?|incorrect(?:ly)?|misclassified|mislabell?ed)\b")

# words for the two kinds of mistake and their prices
MISSED = (
    r"(?:miss(?:ed|ing)?|overlook\w*|undetected|unnoticed|false negatives?|fail(?:ing|ure|s)? to (?:spot|catch|"
    r"detect|find|flag)|not (?:spotting|catching|seeing|detecting|flagging)|slips? through)"
)
ALARM = (
    r"(?:false alarms?|false positives?|false warnings?|wrongly|needless\w*|unnecessar\w+|mistaken\w*|crying wolf|"
    r"unjustified|in vain|for nothing|healthy .{0,20}flagged)"
)
TIMES = rf"{NUMBER}(?: times| fold|x\b| as)"
