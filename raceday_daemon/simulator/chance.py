"""Draws that depend on nothing but a seed and names: the same names give the same draw, in whatever order."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar
from uuid import UUID

OptionT = TypeVar("OptionT")

_SEPARATOR = "\x1f"
_BITS = 53


@dataclass(frozen=True, slots=True)
class Chance:
    """A place to draw from, told apart from all others by its path; it keeps no state.

    The library's own generators would do, but for their promise: what they draw may change between versions of Python,
    and depends on what was drawn before.
    """

    path: str

    @classmethod
    def from_seed(cls, seed: int) -> "Chance":
        """Give the root of all draws of a seed."""
        return cls(str(seed))

    def of(self, *names: object) -> "Chance":
        """Give a place of its own below this one."""
        return Chance(_SEPARATOR.join((self.path, *map(str, names))))

    def digest(self, *names: object, size: int = 8) -> bytes:
        """Draw up to 64 bytes."""
        return blake2b(_SEPARATOR.join((self.path, *map(str, names))).encode(), digest_size=size).digest()

    def unit(self, *names: object) -> float:
        """Draw a number from 0 up to, not including, 1."""
        return (int.from_bytes(self.digest(*names), "big") >> (64 - _BITS)) / (1 << _BITS)

    def between(self, low: float, high: float, *names: object) -> float:
        """Draw a number of a range."""
        return low + (high - low) * self.unit(*names)

    def whole(self, low: int, high: int, *names: object) -> int:
        """Draw a whole number of a range, both ends included."""
        return low + int(self.unit(*names) * (high - low + 1))

    def happens(self, probability: float, *names: object) -> bool:
        """Draw whether something of that probability (0..1) happens."""
        return self.unit(*names) < probability

    def one_of(self, options: Sequence[OptionT], *names: object) -> OptionT:
        """Draw one of the options."""
        return options[int(self.unit(*names) * len(options))]

    def shuffled(self, items: Sequence[OptionT], *names: object) -> list[OptionT]:
        """Draw an order."""
        places = sorted(range(len(items)), key=lambda place: self.digest(*names, place))
        return [items[place] for place in places]

    def uuid(self, *names: object) -> str:
        """Draw an id of the source's spelling."""
        return str(UUID(bytes=self.digest(*names, size=16), version=4))
