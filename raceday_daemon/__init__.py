"""raceday-daemon keeps a racing day fresh: one process from the NZ TAB's answers to your own database."""

__version__ = "0.1.0"
