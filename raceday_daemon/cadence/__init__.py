"""When to look: the racing day and its edges, the cadences and their slots. Pure: the time is always an argument."""
