"""Figures that are read when they are asked for, in the form that Prometheus takes."""

from collections.abc import Iterable, Mapping, Sequence

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

Labelled = Mapping[str, float]
"""Values by that of the one label."""


def gauge(name: str, meaning: str, value: float | None) -> Metric:
    """Give a gauge, without a sample where there is no value: what is not known is not said."""
    family = GaugeMetricFamily(f"raceday_{name}", meaning)
    if value is not None:
        family.add_metric([], value)
    return family


def counter(name: str, meaning: str, value: float) -> Metric:
    """Give a counter that is kept elsewhere."""
    return CounterMetricFamily(f"raceday_{name}", meaning, value=value)


def gauges(name: str, meaning: str, label: str, values: Labelled) -> Metric:
    """Give a gauge with a label."""
    family = GaugeMetricFamily(f"raceday_{name}", meaning, labels=[label])
    for value, figure in values.items():
        family.add_metric([value], figure)
    return family


def states(name: str, meaning: str, label: str, found: Mapping[str, str], known: Sequence[str]) -> Metric:
    """Give for each thing a gauge a state: 1 for the one that it is in."""
    family = GaugeMetricFamily(f"raceday_{name}", meaning, labels=[label, "state"])
    for thing, state in found.items():
        for one in known:
            family.add_metric([thing, one], one == state)
    return family


def facts(name: str, meaning: str, values: Iterable[tuple[str, str]]) -> Metric:
    """Give what never changes, as labels of a gauge that is 1."""
    labels, texts = zip(*values, strict=True)
    family = GaugeMetricFamily(f"raceday_{name}", meaning, labels=labels)
    family.add_metric(texts, 1)
    return family
