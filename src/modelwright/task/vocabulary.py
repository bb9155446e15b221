"""The words people use for metrics: names and phrases, each with the weight of its evidence.

Patterns are matched against `prose.Sentence.plain`: lower case, hyphens and underscores as blanks. The vocabulary holds
kinds of wording, not sentences of any task; `phrases` adds the evidence up, `signs` holds what marks judging, denying
and merely mentioning.
"""

from .signs import EACH_ROW, NUMBER, OVER_CLASSES, PRECISION_RECALL, RIGHT, SHARE

# Names a catalogue may use for one idea, the best first: a metric is found by whichever it knows.
IDEAS: dict[str, tuple[str, ...]] = {
    "auc": ("auc", "roc-auc"),
    "average-precision": ("average-precision", "pr-auc", "auprc"),
    "log-loss": ("log-loss", "logloss"),
    "brier": ("brier", "brier-score"),
    "accuracy": ("accuracy",),
    "error-rate": ("error-rate", "accuracy"),
    "g-mean": ("g-mean",),
    "jaccard": ("jaccard",),
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
    "gini": ("gini",),
    "cost": ("cost", "expected-cost", "misclassification-cost", "weighted-cost"),
    "profit": ("profit",),
    "map-at-k": ("map-at-k",),
    "precision-at-top": ("precision-at-top",),
    "recall-at-top": ("recall-at-top",),
    "lift": ("lift",),
    "partial-auc": ("partial-auc",),
    "ks": ("ks",),
    "recall-at-fpr": ("recall-at-fpr",),
    "recall-at-precision": ("recall-at-precision",),
    "calibration-error": ("calibration-error",),
    "balanced-log-loss": ("balanced-log-loss",),
    "auc-macro": ("auc-macro",),
    "auc-columns": ("auc-macro", "auc"),
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
    "concordance": ("concordance",),
    "concordance-index": ("concordance-index",),
    "normalized-gini": ("normalized-gini",),
    "within": ("within",),
    "mdape": ("mdape",),
    "log-cosh": ("log-cosh",),
    "nrmse": ("nrmse",),
    "mean-column-rmsle": ("mean-column-rmsle", "rmsle"),
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
    "pixel-accuracy": ("pixel-accuracy", "accuracy"),
}

# Ideas that no catalogue may have, each with the metric of ours that comes nearest and its name in words.
NEAREST: dict[str, tuple[str, str]] = {
    "mase": ("mae", "mean absolute scaled error"),
    "rmsse": ("rmse", "root mean squared scaled error"),
    "crps": ("quantile-loss", "continuous ranked probability score"),
    "interval": ("quantile-loss", "interval score"),
    "youden": ("balanced-accuracy", "Youden's index"),
    "kl": ("log-loss", "Kullback-Leibler divergence"),
    "hinge": ("log-loss", "hinge loss"),
    "mean-bias": ("mae", "mean signed error"),
    "qini": ("auc", "Qini coefficient"),
    "edit-distance": ("accuracy", "edit distance"),
    "word-jaccard": ("f1", "Jaccard index of words"),
    "bleu": ("accuracy", "BLEU or ROUGE score"),
    "hausdorff": ("dice-mean", "Hausdorff distance"),
}

# Ideas that one wording may stand for: which of them is meant, the answers asked for decide.
TWINS = (
    {"auc", "spearman"},
    {"auc", "concordance-index"},
    {"gini", "normalized-gini"},
    {"brier", "mse"},
    {"jaccard", "iou-global"},
    {"jaccard", "jaccard-samples"},
    {"jaccard", "iou-mean"},
    {"accuracy", "pixel-accuracy"},
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
    ("average-precision", 4.6, (
        r"\barea (?:under|below|beneath) (?:the |a )?(?:curve )?(?:of )?(?:precision (?:against|versus|vs|over|and|by)|"
        r"recall (?:against|versus|vs|over|and|by)) (?:recall|precision)\b",
    )),
    ("average-precision", 3.6, (
        r"\b(?:area (?:under|below) (?:the )?)?precision(?: and)? recall(?: curve| auc)\b",
        r"\bau ?pr ?c?\b",
        r"\bpr auc\b",
        r"\bauc ?pr\b",
    )),
    ("average-precision", 3.0, (
        r"\baverage precision\b",
        r"\b(?:coco|voc) m?ap\b|\bm?ap ?50(?: ?(?:[-:]|to) ?95| 95)?\b",
        r"\bm?ap\b ?[@\[(]{0,2} ?(?:at |over |of |averaged |for |an? |the )*(?:iou|intersection over union|overlap\w*|"
        r"0?\.\d)",
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
    ("brier", 3.4, (
        r"\bsquared? (?:errors?|differences?|distances?|deviations?)\b.{0,40}\bprobabilit\w+\b.{0,20}\b(?:and|from|to|"
        r"against)\b.{0,30}(?:\boutcomes?|\b0 ?/ ?1\b|\b0 or 1\b|\blabels?|\bwhat happened)",
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
        r"\b(?:for|of|in) (?:each|every|all)\b.{0,60}\b(?:share|fraction|percentage|proportion|rate)\b.{0,80}\b(?:mean|"
        r"average) of (?:these|those|the|all) (?:\w+ )?(?:shares|fractions|percentages|proportions|rates|numbers)\b",
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
    ("f1-micro", 4.4, (
        r"\bf ?1\b.{0,90}\b(?:pooled|micro(?: averag\w*)?)\b",
    )),
    ("f1-weighted", 4.5, (
        r"\bf ?1\b.{0,110}\b(?:as weights|weight(?:s|ed|ing)? (?:by|with)|(?:support|size) weighted)\b",
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
        r"\bof (?:everything|all|those|the (?:ones|cases|rows|\w+s)) (?:that )?(?:you|we|it) (?:flag|call|report|raise|"
        r"alert|mark)\w*\b.{0,40}\b(?:is|are|was|were) (?:really|truly|actually|in fact)\b",
        rf"\b{SHARE} of (?:the |your )?(?:alarms|flagged|raised|reported|positive (?:calls|"
        rf"predictions))\b.{{0,60}}\b(?:right|correct|real|true|justified)\b",
    )),
    ("recall", 2.2, (
        r"\bof (?:the |all )*(?:truly|really|actually|real|true|actual) \w+.{0,30}\b(?:how many|what "
        r"(?:share|part|fraction)|which share)\b.{0,30}\b(?:catch|caught|find|found|detect|spot|see|seen|flag)\w*",
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
    ("qwk", 4.6, (
        r"(?:\bkappa\b|κ).{0,120}\( ?i ?-? ?j ?\) ?\^? ?\{?2.{0,30}",
        r"(?:\bkappa\b|κ).{0,120}\bsquare of the (?:distance|difference|number of (?:grades|steps|stages|classes))\b",
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
    ("top-k", 4.2, (
        rf"\b(?:true|right|correct|real|actual) \w+ (?:is|was|being|lies|stands|appears)?.{{0,20}}\b(?:among|in|"
        rf"within) (?:the|your|its) (?:top |first |best )?{NUMBER}\b",
    )),
    ("top-k", 3.2, (
        rf"\btop {NUMBER} accuracy\b",
        rf"\b(?:among|in|within) (?:the|your) (?:top|first|best) {NUMBER}(?: guesses| answers|"
        rf" predictions)?\b",
    )),
    ("r2", 4.4, (
        r"\b(?:one|1) (?:minus|less) .{0,40}\b(?:residual|error|unexplained)\w*.{0,30}\b(?:divided by|over|relative) "
        r"?(?:to )?.{0,20}\btotal\b(?: sum of squares)?",
        r"\b(?:share|proportion|fraction) of (?:the )?(?:\w+ )?(?:variance|variation)\b.{0,80}\bsquare\w*.{0,60}\btotal"
        r"(?: sum of squares)?",
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
        r"\b(?:average|mean|typical) (?:size|amount) of (?:the |a |your )?(?:miss|error|deviation|gap|difference)\w*",
        r"\b(?:average|mean|typical) (?:miss|distance|deviation|gap|difference)\b",
    )),
    ("max-error", 3.0, (
        r"\b(?:largest|biggest|maximum|maximal|max|worst)(?: absolute| single)? (?:error|miss|deviation|"
        r"residual)\b",
    )),
    ("poisson", 3.2, (
        r"\bpoisson (?:deviance|loss|(?:log )?likelihood)\b",
        r"\b(?:deviance|(?:log )?likelihood|loss) (?:of|under|from|for) (?:a |the )?poisson\b",
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
    ("accuracy", 4.4, (
        r"\b(?:1|one) ?(?:minus|less|-) ?(?:the )?(?:\w+ )?error(?: rate)?\b",
    )),
    # the top of a list
    ("map-at-k", 4.4, (
        r"\bmap ?(?:@|at) ?(?:k|\d+)\b(?!\.\d)",
        rf"\bmean average precision ?(?:@|at|of|over|in)?(?: the)?(?: top| first)? ?(?:k|{NUMBER})\b",
        r"\bmapk\b",
    )),
    ("map-at-k", 3.4, (
        r"\bmean reciprocal rank\b",
        r"\bmrr\b(?:@\d+)?",
        r"\breciprocal (?:of the )?(?:rank|place|position)\b",
        r"\b(?:one|1) (?:over|divided by|/) (?:the |its )?(?:rank|place|position)\b",
    )),
    ("ndcg", 3.8, (
        r"\bn?dcg\b(?: ?(?:@|at) ?\d+)?",
        r"\bdiscounted cumulative gain\b",
    )),
    ("precision-at-top", 4.2, (
        rf"\b(?:precision|p) ?(?:@|at)(?: the)?(?: top| first)? ?(?:k\b|{NUMBER}\b)",
    )),
    ("precision-at-top", 3.6, (
        rf"\b(?:{SHARE}|how many) of (?:the |your |our )*(?:top|first|best|highest|riskiest) {NUMBER}\b",
        rf"\b(?:of|among) (?:the |your |our )*(?:top |first |best )?{NUMBER} ?(?:%|percent|per cent)?\b.{{0,50}}\b"
        rf"(?:highest|top|riskiest|rank\w*|first)\b.{{0,40}}\b(?:{SHARE}|how many)\b",
        rf"\b(?:{SHARE}|how many) (?:of|among) (?:the |your )?{NUMBER} \w+ (?:with the highest|you rank highest|on top|"
        rf"at the top)",
    )),
    ("recall-at-top", 4.2, (
        rf"\b(?:recall|sensitivity) ?(?:@|at)(?: the)?(?: top| first)? ?(?:k\b|{NUMBER}\b)(?! ?(?:%|percent|per cent) "
        rf"(?:precision|false|specificity|fpr))",
        r"\bcapture rate\b",
        r"\bcumulative gains? (?:at|in|of)\b",
    )),
    ("recall-at-top", 3.8, (
        rf"\b(?:{SHARE}|how many) of (?:all|the) .{{0,40}}\b(?:in|among|within)\b.{{0,20}}\b(?:top|first|highest|best|"
        rf"{NUMBER} ?(?:%|percent|per cent))",
    )),
    ("lift", 3.6, (
        r"\blift\b.{0,25}\b(?:top|first|best|decile|percent|%)",
        r"\b(?:top )?decile lift\b",
        r"\blift (?:curve|score|chart|factor)\b",
        r"\blift ?@",
    )),
    ("ks", 3.6, (
        r"\bks (?:statistics?|score|distance|value|test|figure)\b",
        r"\bkolmogorov(?: and)? smirnov\b",
    )),
    ("partial-auc", 4.4, (
        r"\bpartial (?:roc )?(?:auc|area under)\b[\w ]{0,30}",
        r"\bpauc\b",
        r"\b(?:auc|area under (?:the )?roc(?: curve)?),? (?:only )?(?:up to|above|below|limited to|restricted to)\b",
    )),
    ("recall-at-fpr", 4.2, (
        r"\b(?:recall|sensitivity|true positive rate|tpr|detection rate|share (?:found|caught))\b.{0,25}\b(?:at|"
        r"for|with|when|under)\b.{0,40}\b(?:false positive rate|fpr|false alarm rate|specificity)\b",
    )),
    ("recall-at-precision", 4.2, (
        rf"\b(?:recall|sensitivity)\b.{{0,15}}\b(?:at|given|for)\b (?:a |an |at least )*(?:{NUMBER} ?"
        rf"(?:%|percent|per cent) )?precision\b",
    )),
    ("g-mean", 4.6, (
        r"\bg ?means?\b",
        r"\bgeometric (?:mean|average)\b.{0,40}\b(?:recall|sensitivit|specificit|accurac|hit rate)\w*",
    )),
    ("calibration-error", 3.4, (
        r"\b(?:expected |mean )?calibration error\b",
        r"\bhow (?:well|badly)\b.{0,30}\bcalibrat\w+",
    )),
    ("balanced-log-loss", 4.2, (
        r"\b(?:class )?(?:balanced|weighted)(?: multi ?class)? (?:logarithmic|log) ?loss\b",
        r"\blog(?:arithmic)? ?loss\b.{0,60}\b(?:each|every|per) class\b.{0,50}\b(?:same|equal\w*|averag\w*)",
    )),
    ("auc-macro", 3.9, (
        r"\b(?:macro|one vs(?:\.|ersus)? (?:the )?rest|ovr)\b.{0,30}\b(?:roc )?auc\b",
        r"\bauc\b.{0,60}\b(?:each|every|per) class\b.{0,40}\baverag\w*",
    )),
    ("auc-columns", 4.0, (
        r"\b(?:mean )?column ?(?:wise)?(?: mean| average)? (?:roc )?auc\b",
        r"\b(?:average|mean) (?:of )?(?:the )?(?:individual |single )?(?:roc )?aucs?\b.{0,30}\b(?:column|"
        r"target|label)s?\b",
    )),
    ("profit", 3.2, (
        r"\b(?:maximi[sz]\w*|total|expected|overall|mean|average|net)\b.{0,25}\b(?:profit|benefit|earnings)\b",
        r"\bprofit per (?:row|case|customer|contact)\b",
    )),
    ("cost", 2.4, (
        r"\b(?:expected|total|average|mean|overall) (?:misclassification |decision )?costs?\b",
        r"\bcost (?:matrix|sensitive)\b",
    )),
    ("log-cosh", 4.6, (
        r"\blog ?\(? ?cosh\b",
        r"\bhyperbolic cosine\b",
    )),
    ("concordance-index", 3.4, (
        r"\bc ?index\b",
        r"\bconcordance index\b",
        r"\bharrell'?s?(?: c)?\b",
        rf"\b{SHARE} of (?:all |the |comparable )*pairs\b.{{0,60}}\b(?:right|correct|same) (?:order|way)\b",
        r"\bconcordant pairs?\b",
    )),
    ("concordance", 4.0, (
        r"\bconcordance correlation\b(?: coefficient)?",
        r"\blin'?s? concordance\b",
        r"\bccc\b",
    )),
    ("normalized-gini", 3.0, (
        r"\b(?:normali[sz]ed )?gini\b(?: coefficient| index)?(?! impurity)",
    )),
    ("within", 3.6, (
        rf"\b(?:{SHARE}|count\w*|how (?:many|often))\b.{{0,80}}\b(?:within|off by (?:at most|no more than|less "
        rf"than)|closer than|no further than)\b.{{0,12}}{NUMBER}\b",
        rf"\bwithin {NUMBER} ?(?:%|percent|per cent)? of (?:the )?(?:true|actual|real|paid|final)\b.{{0,60}}\b"
        rf"(?:{SHARE}|count\w*|how (?:many|often))\b",
    )),
    ("mdape", 4.4, (
        r"\bmdape\b",
        r"\bmedian (?:absolute )?(?:percentage|percent|relative) (?:absolute )?(?:error|deviation)\b",
    )),
    ("nrmse", 4.6, (
        r"\bnrmse\b",
        r"\bnormali[sz]ed (?:rmse|root mean squared? error)\b",
        r"\b(?:rmse|root mean squared? (?:error|deviation))\b.{0,40}\b(?:divided by|relative to|over|in units of|"
        r"normali[sz]ed by)\b.{0,30}\b(?:standard deviation|spread|std)\b",
    )),
    ("mean-column-rmsle", 4.6, (
        r"\bcolumn ?wise\b.{0,40}\b(?:rmsle|log(?:arithmic)? error)\b",
        r"\brmsle\b.{0,40}\b(?:each|every|both|all|per|over the|of the) (?:columns?|targets?)\b",
    )),
    ("jaccard-samples", 4.5, (
        r"\bjaccard\b.{0,60}\b(?:sets? of (?:tags|labels)|label sets?)\b",
        rf"\bjaccard\b.{{0,60}}{EACH_ROW}",
    )),
    ("subset-accuracy", 4.5, (
        r"\b(?:whole|entire|complete|full) (?:label )?set\b.{0,40}\b(?:right|correct|match\w*|equal)\b",
        r"\ball (?:of )?(?:its|the) (?:labels|tags) (?:are|must be) (?:right|correct)\b",
    )),
    ("jaccard", 2.8, (
        r"\bjaccard\b(?: index| scores?)?",
    )),
    ("pixel-accuracy", 4.0, (
        r"\bpixel(?: wise)? accuracy\b",
        rf"\b{SHARE} of (?:all |the )*pixels\b.{{0,40}}\b{RIGHT}",
    )),
    ("accuracy", 2.2, (
        rf"\b(?:how (?:many|often)|{SHARE})\b.{{0,60}}\bthe same \w+ as\b",
    )),
    ("mae", 2.6, (
        r"\b(?:each|every|a|one) (\w+)\b.{0,40}\b(?:off|too (?:early|late|high|low|much|little|many|few)|wrong)\b"
        r".{0,30}\b(?:costs?|counts?|weighs?)\b.{0,30}\b(?:\1|one|same)\b",
        rf"\b(?:twice|two|ten|{NUMBER} times)\b.{{0,25}}\b(?:twice|{NUMBER} times) as (?:bad|costly|much|dear)",
        r"\b(?:penalty|cost|loss|damage)\b.{0,30}\b(?:grows?|rises?|is) (?:linear\w*|proportional\w*|in proportion)\b"
        r".{0,20}\b(?:error|deviation|miss|distance)",
        r"\b(?:early|high)\b.{0,15}\b(?:as bad as|like)\b.{0,20}\b(?:late|low)\b",
    )),
    ("mape", 2.8, (
        r"\b(?:errors?|miss\w*|deviations?|being off)\b.{0,30}\b(?:count\w*|weigh\w*|judged|measured|seen|taken)\b"
        r".{0,20}\b(?:in relation|relative|in proportion|compared) to\b",
    )),
    # not in the catalogue
    ("mase", 4.4, (r"\bmase\b", r"\bmean absolute scaled errors?\b")),
    ("rmsse", 4.4, (r"\bw?rmsse\b", r"\broot mean squared? scaled errors?\b")),
    ("crps", 4.4, (r"\bcrps\b", r"\bcontinuous(?:ly)? ranked probability scores?\b")),
    ("interval", 4.4, (r"\b(?:winkler|interval) (?:interval )?scores?\b",)),
    ("youden", 4.4, (r"\byouden(?:'?s)?(?: j| index)?\b", r"\binformedness\b")),
    ("kl", 4.0, (r"\bkullback(?: leibler)?\b(?: divergence)?", r"\bkl divergence\b")),
    ("hinge", 4.0, (r"\bhinge loss\b",)),
    ("mean-bias", 4.0, (r"\bmean (?:signed|bias) error\b", r"\bmean bias\b")),
    ("qini", 4.0, (r"\bqini\b",)),
    ("edit-distance", 4.2, (r"\blevenshtein\b(?: distance)?", r"\bedit distance\b", r"\bcharacter error rate\b")),
    ("word-jaccard", 4.6, (
        r"\b(?:word level|word) jaccard\b",
        r"\bjaccard\b.{0,40}\b(?:of|between|over) .{0,20}\bwords\b",
    )),
    ("bleu", 4.0, (r"\bbleu\b", r"\brouge\b(?: ?[l12])? scores?")),
    ("hausdorff", 4.2, (r"\bhausdorff\b(?: distance)?",)),
)  # fmt: skip
