"""Where facts live: the working store in SQLite, its tables, and the records of what was done."""
