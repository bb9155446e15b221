import numpy as np
import pandas as pd
import pytest

WORDS = [
    "blue",
    "heron",
    "lands",
    "near",
    "quiet",
    "water",
    "while",
    "seven",
    "boats",
    "drift",
    "past",
    "broken",
    "pier",
]


def sample(rows: int = 400, seed: int = 0) -> pd.DataFrame:
    """A table with a column of every dtype, gaps in most of them."""
    rng = np.random.default_rng(seed)
    family = np.sort(rng.integers(0, rows // 3, rows))
    member = pd.Series(family).groupby(family).cumcount().to_numpy() + 1
    seen = pd.Timestamp("2021-03-01") + pd.to_timedelta(rng.integers(0, 300, rows), unit="D")
    table = pd.DataFrame(
        {
            "order": [f"{f:04d}_{m:02d}" for f, m in zip(family, member, strict=True)],
            "cabin": [f"{'ABC'[k % 3]}/{k}/{'PS'[k % 2]}" for k in rng.integers(0, 40, rows)],
            "price": rng.normal(50, 20, rows),
            "store": rng.integers(0, 30, rows).astype(float),
            "clerk": rng.integers(0, 60, rows),
            "city": pd.Categorical(rng.choice(["Ghent", "Lyon", "Porto", "Turin"], rows)),
            "open": rng.random(rows) < 0.5,
            "seen": seen,
            "name": [
                f"{rng.choice(WORDS).title()}, {rng.choice(['Mr.', 'Mrs.', 'Dr.'])} {rng.choice(WORDS)}" for _ in seen
            ],
            "note": [" ".join(rng.choice(WORDS, 12)) for _ in seen],
        }
    )
    tags = [rng.choice(WORDS[:6], rng.integers(1, 4), replace=False) for _ in seen]
    table["tags"] = ["|".join(each) for each in tags]
    table["where"] = [f"{a:.3f},{b:.3f}" for a, b in rng.uniform((40, 0), (50, 10), (rows, 2))]
    for name in ("cabin", "price", "store", "city", "seen", "name", "note"):
        gap = rng.random(rows) < 0.1
        table[name] = table[name].where(~gap, None if table[name].dtype == object else np.nan)
    return table


@pytest.fixture
def table() -> pd.DataFrame:
    return sample()
