"""The conditions of a query, made into tests of a row."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.fakes.appwrite import errors, times
from tests.fakes.appwrite.indexes import folded
from tests.fakes.appwrite.model import Row, Table

Getter = Callable[[Row], Any]
Test = Callable[[Row], bool]

MOST_VALUES = 500
OWN: Mapping[str, tuple[str, Getter]] = {
    "$id": ("string", lambda row: row.id),
    "$sequence": ("sequence", lambda row: row.sequence),
    "$createdAt": ("datetime", lambda row: row.created),
    "$updatedAt": ("datetime", lambda row: row.updated),
}
TYPES: Mapping[str, type | tuple[type, ...]] = {"integer": int, "double": (int, float), "boolean": bool}


def attribute(table: Table, name: Any) -> tuple[str, Getter]:
    """Give what an attribute holds and how to get it from a row."""
    if name in OWN:
        return OWN[name]
    column = table.usable.get(name)
    if column is None:
        raise errors.query(f"Attribute not found in schema: {name}")
    return column.kind, lambda row: row.data.get(name)


def test_of(table: Table, query: Mapping[str, Any]) -> Test:
    """Make the test that a filter asks for."""
    method = str(query.get("method"))
    values = query.get("values") or []
    if method in ("or", "and"):
        tests = [test_of(table, one) for one in values]
        if len(tests) < 2:
            raise errors.query(f"{method.capitalize()} queries require at least two queries")
        return _any_of(tests) if method == "or" else _all_of(tests)
    kind, getter = attribute(table, query.get("attribute"))
    if method in ("isNull", "isNotNull"):
        is_null = method == "isNull"
        return lambda row: (getter(row) is None) == is_null
    return _comparison(method, getter, _wanted(method, kind, str(query["attribute"]), values))


def _any_of(tests: list[Test]) -> Test:
    return lambda row: any(test(row) for test in tests)


def _all_of(tests: list[Test]) -> Test:
    return lambda row: all(test(row) for test in tests)


def _wanted(method: str, kind: str, name: str, values: list[Any]) -> list[Any]:
    """Give the values to compare with, as rows hold them and without case."""
    many = method in ("equal", "contains", "notContains")
    expected = 2 if method in ("between", "notBetween") else 1
    start = method[:1].upper() + method[1:]
    if many and not values:
        raise errors.query(f"{start} queries require at least one value.")
    if not many and len(values) != expected:
        raise errors.query(f"{start} queries require exactly {'two values' if expected == 2 else 'one value'}.")
    if len(values) > MOST_VALUES:
        raise errors.query(f"Query on attribute has greater than {MOST_VALUES} values: {name}")
    return [folded(_value(kind, name, value)) for value in values]


def _value(kind: str, name: str, value: Any) -> Any:
    if kind == "datetime":
        wanted: Any = times.read(value)
    elif kind == "sequence":
        wanted = int(value) if str(value).isdigit() else None
    elif kind in TYPES:
        fits = isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
        wanted = value if fits else None
    else:
        wanted = value if isinstance(value, str) else None
    if wanted is None:
        raise errors.query(f'Query value is invalid for attribute "{name}"')
    return wanted


def _comparison(method: str, getter: Getter, wanted: list[Any]) -> Test:
    """Compare as SQL does: null fits no comparison."""
    first = wanted[0]
    compare: dict[str, Callable[[Any], bool]] = {
        "equal": frozenset(wanted).__contains__,
        "notEqual": lambda value: value != first,
        "lessThan": lambda value: value < first,
        "lessThanEqual": lambda value: value <= first,
        "greaterThan": lambda value: value > first,
        "greaterThanEqual": lambda value: value >= first,
        "between": lambda value: first <= value <= wanted[-1],
        "notBetween": lambda value: not first <= value <= wanted[-1],
        "startsWith": lambda value: str(value).startswith(first),
        "notStartsWith": lambda value: not str(value).startswith(first),
        "endsWith": lambda value: str(value).endswith(first),
        "notEndsWith": lambda value: not str(value).endswith(first),
        "contains": lambda value: any(part in str(value) for part in wanted),
        "notContains": lambda value: not any(part in str(value) for part in wanted),
    }
    if method not in compare:
        raise errors.query(f"Invalid query method: {method}")
    fits = compare[method]

    def test(row: Row) -> bool:
        value = folded(getter(row))
        return value is not None and fits(value)

    return test
