import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.features.clusters import COLUMNS, Clusters
from modelwright.interfaces import Feature
from modelwright.records.profile import Role
from modelwright.testing.contracts import FeatureContract
from modelwright.testing.records import problem, profile

ANY = st.floats(allow_nan=True, allow_infinity=True)


class TestContract(FeatureContract):
    def step(self) -> Feature:
        return Clusters()


def heaps(rows: int = 300, seed: int = 0) -> pd.DataFrame:
    """Four heaps in two dimensions, far apart, and a colour for each."""
    rng = np.random.default_rng(seed)
    heap = np.arange(rows) % 4
    table = pd.DataFrame({"x": heap % 2 * 9 + rng.normal(size=rows), "y": heap // 2 * 9 + rng.normal(size=rows)})
    return table.assign(colour=pd.Categorical(np.array(["blue", "green", "red", "white"])[heap]))


def distances(made: pd.DataFrame) -> np.ndarray:
    return made.filter(like="cluster.distance").to_numpy()


def test_it_applies_to_three_columns_of_numbers_and_small_categories() -> None:
    assert Clusters.applies(problem(), profile(Role.NUMBER, Role.NUMBER, Role.CATEGORY)) is None
    few = "fewer than 3 columns are numbers or categories of few levels"
    assert Clusters.applies(problem(), profile(Role.NUMBER, Role.NUMBER, Role.TEXT)) == few
    assert Clusters.applies(problem(), profile(Role.CATEGORY, Role.CATEGORY, Role.CATEGORY)) == few
    small = profile(Role.NUMBER, Role.NUMBER, Role.NUMBER, rows=50)
    assert Clusters.applies(problem(), small) == "fewer than 100 rows make no clusters"


def test_no_cluster_spans_two_heaps() -> None:
    made = Clusters().fit_transform(heaps())
    mixed = pd.crosstab(made["cluster"], np.arange(300) % 4)
    assert ((mixed > 0).sum(axis=1) == 1).all()


def test_the_nearest_centre_has_the_smallest_distance() -> None:
    made = Clusters().fit_transform(heaps())
    np.testing.assert_array_equal(distances(made).argmin(axis=1) + 1, made["cluster"].astype(int))


def test_more_rows_have_more_clusters_up_to_sixteen() -> None:
    counts = [distances(Clusters().fit_transform(heaps(rows))).shape[1] for rows in (100, 5000, 90_000)]
    assert 4 <= counts[0] < counts[1] <= counts[2] <= 16


def test_gaps_and_new_categories_are_no_trouble() -> None:
    step = Clusters().fit(heaps())
    new = heaps().iloc[:3].copy()
    new["colour"] = pd.Categorical(["mauve", None, "red"])
    new["x"] = [np.nan, np.inf, -1e308]
    made = step.transform(new)
    assert np.isfinite(distances(made)).all()
    assert made["cluster"].notna().all()


def test_columns_beyond_the_first_are_declined() -> None:
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(120, COLUMNS + 1)), columns=[f"v{k}" for k in range(51)])
    assert Clusters().fit(table).declined_ == ("clusters: v50 comes after the first 50 columns.",)


def test_few_rows_and_rows_that_are_all_alike_have_no_clusters() -> None:
    for table in (heaps(40), pd.concat([heaps(8)] * 30, ignore_index=True)):
        pd.testing.assert_frame_equal(Clusters().fit_transform(table), table)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(ANY, ANY), min_size=1, max_size=30), st.tuples(ANY, ANY))
def test_distances_are_finite_and_the_same_again(rows: list[tuple[float, float]], new: tuple[float, float]) -> None:
    table = heaps()
    table.iloc[: len(rows), :2] = np.array(rows)
    asked = heaps(4).iloc[:1].assign(x=new[0], y=new[1])
    step = Clusters().fit(table)
    made = step.transform(pd.concat([table, asked]))
    assert np.isfinite(distances(made)).all()
    pd.testing.assert_frame_equal(made.iloc[:-1], Clusters().fit_transform(table))
