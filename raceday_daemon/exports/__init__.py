"""Tables as text for other programs: all of a table, or a racing day of it, whatever its size."""
