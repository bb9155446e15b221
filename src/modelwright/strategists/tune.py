"""Tuning: optuna's TPE, rebuilt from the history each time, so that there is no study to keep in step."""

import logging
import warnings
from collections.abc import Mapping, Sequence

from ..records.experiment import Params
from ..records.space import Choice, Real, Space, Whole

STARTUP = 6  # random points before the estimator takes over; few, since a run sees tens of trials, not thousands


def suggest(space: Space, trials: Sequence[tuple[Params, float]], seed: int) -> Params:
    """The next point of the space. Deterministic for the same trials and seed.

    TPE as in Bergstra et al. 2011 (optuna's multivariate variant). A trial is what was tried and its gain (the higher
    the better, on any scale that all trials share); what it says of parameters outside the space is left out.
    """
    import optuna

    optuna.logging.set_verbosity(logging.ERROR)
    distributions = {name: _distribution(dimension) for name, dimension in space.items()}
    with warnings.catch_warnings():
        # the multivariate estimator is marked experimental; what it suggests is measured like anything else
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=STARTUP, multivariate=True)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for params, gain in trials:
        point = _point(space, params)
        study.add_trial(
            optuna.trial.create_trial(
                params=point, distributions={name: distributions[name] for name in point}, value=gain
            )
        )
    trial = study.ask(distributions)
    return {name: _tidy(v) for name, v in trial.params.items()}


def _distribution(dimension: Choice | Real | Whole):  # type: ignore[no-untyped-def]  # optuna is not typed here
    import optuna.distributions as od

    if isinstance(dimension, Choice):
        return od.CategoricalDistribution(list(dimension.values))
    if isinstance(dimension, Real):
        return od.FloatDistribution(dimension.low, dimension.high, log=dimension.log)
    return od.IntDistribution(dimension.low, dimension.high, log=dimension.log)


def _point(space: Space, params: Mapping[str, object]) -> dict[str, object]:
    """The params that lie in the space; a trial with a value outside is told without that value."""
    point = {}
    for name, dimension in space.items():
        if name not in params:
            continue
        given = params[name]
        if isinstance(dimension, Choice):
            inside = given in dimension.values
        else:
            inside = isinstance(given, int | float) and dimension.low <= given <= dimension.high
        if inside:
            point[name] = given
    return point


def _tidy(value: object) -> str | int | float | bool | None:
    """Four significant digits are enough for a parameter, and easier to read."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    assert value is None or isinstance(value, str | int | bool)
    return value
