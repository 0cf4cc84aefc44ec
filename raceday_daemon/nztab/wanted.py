"""Which meetings are wanted, by country and category."""

from dataclasses import dataclass

_COUNTRY_NAMES = {"AU": "AUS"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filter of the day: countries (NZ, AUS; AU is taken as AUS, which is the source's name) and categories.

    The source can filter too, but by one country at a time, and an answer with everything also tells a dropped
    meeting from one that nobody wanted.
    """

    countries: frozenset[str]
    categories: frozenset[str]

    @classmethod
    def of(cls, countries: tuple[str, ...], categories: tuple[str, ...]) -> "Wanted":
        """Make the filter from names as people write them."""
        upper = (country.upper() for country in countries)
        return cls(
            frozenset(_COUNTRY_NAMES.get(country, country) for country in upper),
            frozenset(category.upper() for category in categories),
        )

    def includes(self, country: str, category: str) -> bool:
        """Say whether a meeting is wanted."""
        return country.upper() in self.countries and category.upper() in self.categories
