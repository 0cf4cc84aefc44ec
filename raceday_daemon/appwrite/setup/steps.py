"""The single steps towards the declared tables, and the order that they have to keep. Pure."""

from dataclasses import dataclass
from typing import ClassVar

from raceday_daemon.appwrite.setup.wanted import WantedTable
from raceday_daemon.store.schema import Column


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do to a table; those of a lower phase come first, and are waited for."""

    phase: ClassVar[int]
    table: WantedTable

    @property
    def label(self) -> str:
        """Name what it is about."""
        return self.table.name


@dataclass(frozen=True, slots=True)
class MakeTable(Step):
    """Make the table, empty, with its permissions."""

    phase = 0


@dataclass(frozen=True, slots=True)
class Await(Step):
    """Wait for what an earlier run began."""

    phase = 0


@dataclass(frozen=True, slots=True)
class RemoveIndex(Step):
    """Remove an index that Appwrite failed to make."""

    phase = 1
    index: str

    @property
    def label(self) -> str:
        """Name the index."""
        return f"{self.table.name}: index {self.index}"


@dataclass(frozen=True, slots=True)
class RemoveColumn(Step):
    """Remove a column that Appwrite failed to make."""

    phase = 1
    column: str

    @property
    def label(self) -> str:
        """Name the column."""
        return f"{self.table.name}.{self.column}"


@dataclass(frozen=True, slots=True)
class MakeColumn(Step):
    """Make a column."""

    phase = 2
    column: Column

    @property
    def label(self) -> str:
        """Name the column."""
        return f"{self.table.name}.{self.column.name}"


@dataclass(frozen=True, slots=True)
class ChangeColumn(Step):
    """Give a column of `type` (Appwrite's word) its declared size, its being required, no default and no range."""

    phase = 2
    column: Column
    type: str
    size: int | None

    @property
    def label(self) -> str:
        """Name the column."""
        return f"{self.table.name}.{self.column.name}"


@dataclass(frozen=True, slots=True)
class MakeIndex(Step):
    """Make an index, never a unique one."""

    phase = 3
    columns: tuple[str, ...]

    @property
    def index(self) -> str:
        """Give its key."""
        return "_".join(self.columns)[:36]

    @property
    def label(self) -> str:
        """Name the index."""
        return f"{self.table.name}: index {self.index}"


@dataclass(frozen=True, slots=True)
class ChangeTable(Step):
    """Set who may read the table; what else can be set of it stays as it is."""

    phase = 4
    title: str
    enabled: bool
