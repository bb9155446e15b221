"""Signs around the names of metrics: numbers, shares, judging, denying, mentioning, and the words of error measures.

Patterns are matched against `prose.Sentence.plain`: lower case, hyphens and underscores as blanks.
"""

import re

NUMBERS = {"half": 0.5, "two": 2, "twice": 2, "double": 2, "three": 3, "thrice": 3, "triple": 3, "four": 4, "five": 5}
NUMBERS |= {"six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20}
NUMBERS |= {"fifty": 50, "hundred": 100}
NUMBER = rf"(\d+(?:\.\d+)?|{'|'.join(NUMBERS)})"

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
    r"model|so far|sanity|additional measures?|listed (?:too|only|as well)|supplement\w*|diagnostics?|"
    r"in (?:19|20)\d\d\b.{0,30}\bused|years? ago|do(?:es)? not (?:affect|enter|decide)|others (?:use|report|had))\b"
)

TIE = re.compile(
    r"\b(?:ties?|tied)\b(?! (?:in|on|for|of|between)\b)[^.]*$|\bties?\b.*\b(?:broken|decided|resolved|settled) by\b"
    r"[^.]*$|\btie ?break\w*[^.]*$"
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
    {"mdape", "rmse", "mse", "mae", "medae", "rmsle", "msle", "rmse-log", "mae-log", "mape", "smape", "rmspe"}
)

# words of counting, being right and being wrong
COUNTING = re.compile(rf"\b(?:{SHARE}|how (?:many|often)|count(?:ed|s)?|points?|most|tally|score[sd]?|ratio)\b")
AGREEING = re.compile(
    r"\b(?:right|correct(?:ly)?|rightly|agree(?:s|d)?|identical|coincides?|equals?|match(?:es|ed|ing)?|hits)\b"
)
WRONG = re.compile(r"\b(?:wrong(?:ly)?|mistakes?|incorrect(?:ly)?|misclassified|mislabell?ed)\b")

# words for the two kinds of mistake, for good calls, and for their prices
BAD = r"(?:bad|default\w*|broken|faulty|defect\w*|fraud\w*|sick|ill|risky|rotten|spam|dangerous|leak\w*|fail\w*|toxic)"
SOUND = r"(?:good|healthy|honest|sound|fine|legitimate|innocent|genuine|loyal|harmless|clean|reliable|solvent)"
MISSED = (
    r"(?:miss(?:ed|ing)?|overlook\w*|undetected|undiscovered|unnoticed|false negatives?|fail(?:ing|ure|s)? to (?:spot|"
    r"catch|detect|find|flag|see|warn|act|react|stop|notice)|"
    r"not (?:spotting|catching|seeing|detecting|flagging|finding)|slips? through|"
    r"(?:leave|leaving|left) (?:\w+ )?(?:alone|in place|untreated|unchecked|uninspected|undisturbed)|"
    r"let(?:ting)? .{1,40}?(?:pass|through|go|by)|go(?:es|ing|ne)? (?:through|undetected|unnoticed)|"
    rf"not (?:caught|found|detected|spotted|flagged)|(?:accept\w*|approv\w*|pass\w*|ship\w*|grant\w*|releas\w*|"
    rf"clear\w*|wav\w*|lend\w*|deliver\w*|keep\w*) [\w ]{{0,40}}?{BAD})"
)
ALARM = (
    r"(?:false alarms?|false positives?|false warnings?|wrongly|needless\w*|unnecessar\w+|mistaken\w*|crying wolf|"
    r"unjustified|in vain|for nothing|wasted|pointless|unneeded|healthy .{0,20}flagged|(?:scrap\w*|reject\w*|refus\w*|"
    rf"block\w*|throw\w* away|declin\w*|stop\w*|turn\w* (?:down|away)|flag\w*|treat\w*) (?:a |an |the )?{SOUND}\b|"
    rf"(?:send|turn|throw)\w* (?:a |an |the )?{SOUND} \w+ (?:away|down|out)|{SOUND} \w+ (?:\w+ ){{0,2}}?(?:stop|reject|"
    r"declin|block|refus|flag|scrap)\w*)"
)
CAUGHT = (
    r"(?:caught|catch\w*|stop\w*|detect\w*|found|prevent\w*|true positives?|spot\w*|correctly|recogni[sz]ed|hits?|"
    r"identified|reached|contact\w*|won|convert\w*|sale|buyers?)"
)
PRICE = r"(?:costs?|pric\w+|penalt\w+|penali[sz]\w+|charged?|lose\w*|loss(?:es)?|weigh\w*|worth|hurts|pay\w*)"
GAIN = r"(?:sav(?:es?|ings?)|brings?|earns?|gains?|yields?|worth|profit\w*|returns?|makes? us|benefits?)"
TIMES = rf"{NUMBER}(?: times| fold|x\b| as)"


def number(word: str) -> float:
    """A number in digits or as a word."""
    return float(NUMBERS[word]) if word in NUMBERS else float(word)
