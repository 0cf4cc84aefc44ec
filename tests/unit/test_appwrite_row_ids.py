"""Which texts Appwrite takes as the id of a row."""

import pytest

from raceday_daemon.appwrite.row_ids import is_row_id
from raceday_daemon.model.ids import row_id


@pytest.mark.parametrize("spelled", ["a", "0", "A.b_c-9", "x" * 36, row_id("entrant", "win"), "a-lock.12"])
def test_an_id_is_up_to_36_letters_digits_and_dots_underscores_hyphens(spelled: str) -> None:
    assert is_row_id(spelled)


@pytest.mark.parametrize("spelled", ["", "x" * 37, "-a", ".a", "_a", "a b", "a/b", "a\n", "ä", "٣", None, 7])
def test_anything_else_is_none(spelled: object) -> None:
    assert not is_row_id(spelled)
