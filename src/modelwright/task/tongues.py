"""The handful of words by which German, French and Spanish texts name a metric, put into English before it is read.

No translation: only the phrases of judging are known, and the rest of a sentence stays as it is.
"""

import re
from functools import cache

# patterns against `prose.Sentence.plain` (lower case, no emphasis), and the English words they become
WORDS: tuple[tuple[str, str], ...] = (
    # German
    (r"fläche unter (?:der|einer) (?:roc )?(?:kurve|roc kurve)", "area under the roc curve"),
    (r"(?:treffer(?:quote|rate)|genauigkeit|korrektklassifikationsrate)", "accuracy"),
    (r"anteil (?:der|von|an) (?:\w+ ){0,2}?(?:richtig|korrekt)\w*", "share of correct"),
    (r"wie oft (?:\w+ ){0,4}?(?:richtig|recht)", "how often right"),
    (r"wurzel (?:aus )?(?:de[sr] )?(?:mittleren?|durchschnittlichen?) quadrati?(?:schen|erten) (?:fehlers?|abweichung)",
     "root of the mean squared error"),
    (r"(?:mittlere[rn]?|durchschnittliche[rn]?) absolute[rn]? prozentuale[rn]? (?:fehlers?|abweichung)",
     "mean absolute percentage error"),
    (r"(?:mittlere[rn]?|durchschnittliche[rn]?) absolute[rn]? (?:fehlers?|abweichung)", "mean absolute error"),
    (r"(?:mittlere[rn]?|durchschnittliche[rn]?) quadratische[rn]? (?:fehlers?|abweichung)", "mean squared error"),
    (r"kreuzentropie", "cross entropy"),
    (r"bestimmtheitsmaß", "coefficient of determination"),
    (r"rangkorrelation", "rank correlation"),
    (r"(?:es |am ende )?(?:zählt|bewertet|gemessen|entscheidet|entscheidend|ausgewertet|bewertung|auswertung|maßstab|"
     r"gewertet)", "evaluated"),
    # French
    (r"(?:l')?aire sous la courbe(?: roc)?", "area under the roc curve"),
    (r"racine (?:carrée )?(?:de )?(?:l')?erreur quadratique moyenne", "root of the mean squared error"),
    (r"(?:l')?erreur quadratique moyenne", "mean squared error"),
    (r"(?:l')?erreur absolue moyenne en pourcentage", "mean absolute percentage error"),
    (r"(?:l')?erreur absolue moyenne", "mean absolute error"),
    (r"(?:proportion|part|pourcentage|taux) (?:de |des |d')(?:bonnes |réponses correctes|prédictions correctes|"
     r"prédictions exactes)(?:\w+)?", "share of correct answers"),
    (r"(?:l')?exactitude", "accuracy"),
    (r"entropie croisée", "cross entropy"),
    (r"coefficient de détermination", "coefficient of determination"),
    (r"(?:évaluation|évalués?|évaluées?|mesurée?|mesure|on mesure|retenue?|critère|métrique)", "evaluated"),
    # Spanish
    (r"área bajo la curva(?: roc)?", "area under the roc curve"),
    (r"raíz (?:cuadrada )?del error cuadrático medio", "root of the mean squared error"),
    (r"error cuadrático medio", "mean squared error"),
    (r"error porcentual absoluto medio", "mean absolute percentage error"),
    (r"error absoluto medio", "mean absolute error"),
    (r"(?:proporción|porcentaje|tasa) de (?:aciertos|respuestas correctas|predicciones correctas)",
     "share of correct answers"),
    (r"exactitud", "accuracy"),
    (r"entropía cruzada", "cross entropy"),
    (r"(?:se (?:evalúa|mide|evaluará)|métrica|evaluación|criterio)", "evaluated"),
)  # fmt: skip
COMMON = re.compile(
    r"\b(?:the|and|of|to|is|in|that|it|for|with|on|was|this|are|as|be|at|by|not|you|have|from|or|an?)\b"
)
PER_WORDS = 12  # words of an English text among which one of these stands, at least
FOREIGN = re.compile(r"[äöüßéèêáíóúñ]|\b(?:der|die|das|wird|le|la|les|des|est|el|los|del|se|es|une?)\b")


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(rf"(?<!\w){pattern}(?!\w)"), english) for pattern, english in WORDS]


def in_english(plain: str) -> str:
    """The sentence with its phrases of judging in English."""
    if not FOREIGN.search(plain):
        return plain
    for pattern, english in _patterns():
        plain = pattern.sub(english, plain)
    return plain


def looks_english(text: str) -> bool:
    """Whether a text may be English: common words of it are there, or it is too short to tell and in plain letters.

    A phrase of a few words has none of them; what speaks against it then is letters that English has not.
    """
    plain = text.lower()
    words = re.findall(r"\w+", plain)
    foreign = len(FOREIGN.findall(plain)) + sum(not character.isascii() for character in plain if character.isalpha())
    return len(COMMON.findall(plain)) * PER_WORDS >= len(words) or foreign * PER_WORDS < max(1, len(words))
