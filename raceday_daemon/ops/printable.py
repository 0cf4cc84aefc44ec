"""Texts of others on a terminal."""


def printable(text: str) -> str:
    """Spell control characters out: a text of the source must not steer a terminal or fake a line."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
