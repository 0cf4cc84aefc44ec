"""Figures as Prometheus reads them: samples by name and labels."""

from prometheus_client.parser import text_string_to_metric_families as families

from raceday_daemon.metrics.metrics import Metrics

Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


def figures_of(text: str) -> Figures:
    """Read the text of an exposition."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families(text)
        for sample in family.samples
    }


async def scraped(metrics: Metrics) -> Figures:
    """Give all figures as they stand."""
    return figures_of((await metrics.exposition("")).body.decode())


def at(figures: Figures, name: str, **labels: str) -> float:
    """Give one figure."""
    return figures[f"raceday_{name}", frozenset(labels.items())]


def by_label(figures: Figures, name: str, *labels: str) -> dict[str | tuple[str, ...], float]:
    """Give the figures of one name that are not 0, by the values of its labels."""
    found: dict[str | tuple[str, ...], float] = {}
    for (one, pairs), value in figures.items():
        if one == f"raceday_{name}" and value:
            values = tuple(dict(pairs)[label] for label in labels)
            found[values[0] if len(values) == 1 else values] = value
    return found
