"""When to look: the racing day and its edges. Pure: the time is always an argument."""
