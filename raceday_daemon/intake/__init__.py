"""From an answer to the store: the only place that decides what market data is written."""
