"""The SDK's calls that make and change a column, by what it is declared to hold."""

from inspect import unwrap
from typing import TYPE_CHECKING, Final

from raceday_daemon.appwrite.patience import Patient
from raceday_daemon.appwrite.setup.steps import ChangeColumn, MakeColumn
from raceday_daemon.model.appwrite_errors import AppwriteElsewhereError
from raceday_daemon.store.schema import Column, Kind

if TYPE_CHECKING:
    from appwrite.services.tables_db import TablesDB

_LEAST, _MOST = -(2**63), 2**63 - 1
_FURTHEST: Final = 1.7976931348623157e308


class Columns:
    """Makes and changes columns. A server before 1.9 knows one kind of text column only, and is asked for that."""

    def __init__(self, appwrite: Patient) -> None:
        """Begin with the newer kinds."""
        self._appwrite = appwrite
        self._database = appwrite.database_id
        self._knows_varchar = True

    async def make(self, step: MakeColumn) -> None:
        """Make a column, which is usable a moment later; raises as `Appwrite.ask`."""
        if step.table.is_relationship(step.column):
            await self._appwrite.ask(lambda tables: self._make_relationship(tables, step))
            return
        if step.column.kind in (Kind.TEXT, Kind.LONG_TEXT) and self._knows_varchar:
            try:
                await self._appwrite.ask(lambda tables: self._make(tables, step))
                return
            except AppwriteElsewhereError:
                # There is no such route: an older server.
                self._knows_varchar = False
        await self._appwrite.ask(lambda tables: self._make(tables, step))

    async def change(self, step: ChangeColumn) -> None:
        """Change a column's limits to those that are declared; raises as `Appwrite.ask`."""
        await self._appwrite.ask(lambda tables: self._change(tables, step))

    def _make(self, tables: "TablesDB", step: MakeColumn) -> None:
        database, table, column = self._database, step.table.name, step.column
        name, required = column.name, column.required
        match column.kind:
            case Kind.INTEGER:
                tables.create_integer_column(database, table, name, required)
            case Kind.FLOAT:
                tables.create_float_column(database, table, name, required)
            case Kind.BOOLEAN:
                tables.create_boolean_column(database, table, name, required)
            case Kind.INSTANT:
                tables.create_datetime_column(database, table, name, required)
            case Kind.TEXT | Kind.LONG_TEXT:
                self._make_text(tables, table, column)

    def _make_text(self, tables: "TablesDB", table: str, column: Column) -> None:
        size = column.size or 0
        if not self._knows_varchar:
            # The SDK marks it deprecated by changing the filters of warnings for the whole process.
            unwrap(type(tables).create_string_column)(tables, self._database, table, column.name, size, column.required)
        elif column.kind is Kind.TEXT:
            tables.create_varchar_column(self._database, table, column.name, size, column.required)
        else:
            tables.create_text_column(self._database, table, column.name, column.required)

    def _make_relationship(self, tables: "TablesDB", step: MakeColumn) -> None:
        from appwrite.enums.relation_mutate import RelationMutate
        from appwrite.enums.relationship_type import RelationshipType

        tables.create_relationship_column(
            self._database,
            step.table.name,
            step.table.relationships[step.column.name],
            RelationshipType.MANYTOONE,
            two_way=False,
            key=step.column.name,
            on_delete=RelationMutate.SETNULL,
        )

    def _change(self, tables: "TablesDB", step: ChangeColumn) -> None:
        database, table, name, required = self._database, step.table.name, step.column.name, step.column.required
        match step.type:
            case "varchar":
                tables.update_varchar_column(database, table, name, required, None, step.size)
            case "string":
                unwrap(type(tables).update_string_column)(tables, database, table, name, required, None, step.size)
            case "text":
                tables.update_text_column(database, table, name, required, None)
            case "mediumtext":
                tables.update_mediumtext_column(database, table, name, required, None)
            case "longtext":
                tables.update_longtext_column(database, table, name, required, None)
            case "integer" | "bigint":
                tables.update_integer_column(database, table, name, required, None, _LEAST, _MOST)
            case "double" | "float":
                tables.update_float_column(database, table, name, required, None, -_FURTHEST, _FURTHEST)
            case "boolean":
                tables.update_boolean_column(database, table, name, required, None)
            case _:
                tables.update_datetime_column(database, table, name, required, None)
