import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.task.formulas import find_calls, find_formulas, known_formula


@pytest.mark.parametrize(
    ("formula", "idea"),
    [
        (r"\sqrt{\frac{1}{n}\sum_{i=1}^{n}(y_i-\hat{y}_i)^2}", "rmse"),
        (r"\left(\frac{1}{n}\sum (y_i-\hat{y}_i)^2\right)^{1/2}", "rmse"),
        (r"\frac{1}{n}\sum_i (p_i - o_i)^2", "mse"),
        (r"\frac{1}{n}\sum_{i=1}^n \left|y_i-\hat{y}_i\right|", "mae"),
        (r"\frac1n\sum\lvert y-\hat y\rvert", "mae"),
        (r"\sqrt{\frac1n\sum(\log(p_i+1)-\log(a_i+1))^2}", "rmsle"),
        (r"\sqrt{\frac1n\sum(\log p_i-\log a_i)^2}", "rmse-log"),
        ("sum(|y - p|) / sum(|y|)", "wape"),
        ("mean(2 * |y - p| / (|y| + |p|))", "smape"),
        ("mean(|(y - p) / y|)", "mape"),
        ("1 - SSE/SST", "r2"),
        ("max |y - p|", "max-error"),
        ("median(|y - p|)", "medae"),
        ("TP / (TP + FN)", "recall"),
        ("2 * precision * recall / (precision + recall)", "f1"),
        (r"-\frac{1}{N}\sum y_i \log(p_i) + (1-y_i)\log(1-p_i)", "log-loss"),
        ("x + y", ""),
        ("a^2 + b^2 = c^2", ""),
    ],
)
def test_a_formula_is_known_by_what_it_is_made_of(formula: str, idea: str) -> None:
    assert known_formula(formula) == idea


@pytest.mark.parametrize(
    "text",
    ["| id | price - net |", "The high-low spread (a - b) is a column.", "Prices run from $5 to $10 a piece.", "x | y"],
)
def test_tables_prices_and_hyphens_are_no_formulas(text: str) -> None:
    assert find_formulas(text) == []


def test_the_arguments_of_a_call_refine_it() -> None:
    assert find_calls("f1_score(y, p, average='macro')")[0].idea == "f1-macro"
    assert find_calls("np.sqrt(mean_squared_error(y, p))")[0].idea == "rmse"
    assert find_calls("cohen_kappa_score(a, b, weights='quadratic')")[0].idea == "qwk"
    assert find_calls("fbeta_score(y, p, beta=0.5)")[0].params == {"beta": 0.5}


@given(st.text(max_size=300))
def test_any_text_can_be_searched_for_formulas_and_calls(text: str) -> None:
    find_formulas(text)
    find_calls(text)
