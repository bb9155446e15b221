"""From Python: a DataFrame in, a run out. `python examples/python_api.py` takes half a minute."""

from sklearn.datasets import load_wine

import modelwright as mw


def main() -> None:
    """Learn which of three growers a wine comes from, and predict a few bottles."""
    wine = load_wine(as_frame=True).frame
    bottles = wine.sample(10, random_state=0)
    run = mw.run(wine.drop(bottles.index), target="target", metric="accuracy", budget="30s")
    print(run.best.score.value if run.best and run.best.score else "no experiment finished")
    print(run.history().tail())
    print(run.predict(bottles.drop(columns="target")))
    print("report:", run.report())


if __name__ == "__main__":  # the workers of a run are processes of their own and may import this file
    main()
