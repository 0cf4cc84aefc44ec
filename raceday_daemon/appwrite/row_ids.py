"""Which texts may be the id of a row: Appwrite's bulk calls take any, and what they store then can't be reached."""

import re
from typing import Final

_ROW_ID: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,35}", re.ASCII)


def is_row_id(spelled: object) -> bool:
    """Say whether Appwrite takes a value as an id: 1 to 36 of a-z A-Z 0-9 . _ - that begin with a letter or digit.

    The ids of projects, databases and tables have the same form. Two that differ in case alone are one row to MariaDB.
    """
    return isinstance(spelled, str) and _ROW_ID.fullmatch(spelled) is not None
