"""Running it: logs, the clock, the process."""
