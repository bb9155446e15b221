from modelwright.task.tongues import in_english


def test_phrases_of_judging_are_put_into_english_and_the_rest_stays() -> None:
    assert in_english("es zählt der mittlere absolute fehler in euro") == "evaluated der mean absolute error in euro"
    assert "area under the roc curve" in in_english("se evalúa con el área bajo la curva roc")
    assert "root of the mean squared error" in in_english("la racine de l'erreur quadratique moyenne")


def test_english_is_left_alone() -> None:
    text = "the root of the mean squared error of the exactitude of les misérables"
    assert in_english("submissions are evaluated by auc") == "submissions are evaluated by auc"
    assert in_english(text).startswith("the root of the mean squared error")
