"""The parts of a paper that are written by `make papers`: between two marks, which people don't see."""

import re


def with_part(text: str, name: str, part: str) -> str:
    """Put a part into a paper in the place of the one that is there; ValueError unless its marks are there once."""
    begin, end = f"<!-- {name}: by `make papers` -->", f"<!-- {name} end -->"
    marked = re.compile(f"{re.escape(begin)}\n.*?{re.escape(end)}", re.DOTALL)
    if len(marked.findall(text)) != 1:
        raise ValueError(f"the marks {begin} and {end} must be there once")
    return marked.sub(lambda _: f"{begin}\n\n{part.strip()}\n\n{end}", text)
