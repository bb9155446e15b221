import subprocess
import sys

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from modelwright.metrics import catalogue
from modelwright.parameters import Parameters
from modelwright.recipes.base import ABSOLUTE, WORTH_A_THREAD, outputs, why_not_a_table, with_useful_threads
from modelwright.records.profile import Role
from modelwright.testing.records import problem, profile


class Sample(Parameters):
    def __init__(self, depth: int = 3, name: str = "oak") -> None:
        self.depth, self.name = depth, name


def test_an_estimator_shows_and_changes_its_parameters() -> None:
    assert repr(Sample().set_params(depth=5)) == "Sample(depth=5, name='oak')"


def test_a_parameter_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no parameter 'height'"):
        Sample().set_params(height=1)


def test_a_table_of_nothing_but_paths_is_declined() -> None:
    assert why_not_a_table(problem(), profile(Role.PATH)) is not None
    assert why_not_a_table(problem(), profile(Role.PATH, Role.NUMBER)) is None


def test_masks_are_declined_with_the_kind_named() -> None:
    assert "segmentation" in str(why_not_a_table(problem(kind="segmentation"), profile()))


@pytest.mark.parametrize(("classes", "expected"), [((0, 1), 1), ((0, 1, 2), 3)])
def test_two_classes_need_one_number_and_more_need_one_each(classes: tuple[int, ...], expected: int) -> None:
    assert outputs(problem(kind="multiclass", classes=classes)) == expected


def test_asking_every_recipe_whether_it_applies_imports_no_library() -> None:
    program = (
        "import sys\nfrom modelwright import plugins\nfrom modelwright.testing.records import problem, profile\n"
        "for name in plugins.BUILTIN['recipes']:\n"
        "    r = plugins.load('recipes', name); r.applies(problem(), profile()); r.space(problem(), profile())\n"
        "    r.effort(problem(), profile(), {'seed': 0}, 100)\n"
        "assert not {'sklearn', 'scipy', 'lightgbm', 'pandas'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_metrics_that_the_median_answers_are_those_of_the_catalogue() -> None:
    found = {name for name, metric in catalogue.ALL.items() if metric.loss == "absolute" and metric.eats == "values"}
    assert found == set(ABSOLUTE)


@pytest.mark.parametrize(("cells", "wanted"), [(300, 1), (2 * WORTH_A_THREAD, 2)])
def test_linear_algebra_gets_the_threads_that_a_table_is_worth_and_then_those_it_had(
    cells: int, wanted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def used() -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    with threadpool_limits(limits=2, user_api="blas"):
        before = used()
        with with_useful_threads(cells):
            assert used() == {wanted}
        assert used() == before
