"""An export written: rows page by page into a stream, as long as there are some and nobody says stop."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

from raceday_daemon.exports.forms import Form, lines_of
from raceday_daemon.exports.pages import Page, Pages
from raceday_daemon.exports.tables import Exported
from raceday_daemon.ops.stoppable import Stopping
from raceday_daemon.store.reading import check_for_files


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What is to be written: a table, of some racing days (none: all of it), in a form."""

    table: Exported
    days: Sequence[date]
    form: Form


def write_export(data_dir: Path, wish: ExportWish, out: IO[bytes], stopping: Stopping) -> int:
    """Write what is wished for; give the number of rows. Raises StoreError, OSError of `out`, and CutOffError."""
    check_for_files(data_dir)
    pages = Pages(data_dir, wish.table)
    lines = lines_of(wish.form, pages.columns(), wish.table.booleans)
    out.write(lines.head().encode())
    rows = 0
    for page in _wished(pages, wish.days):
        stopping.check()
        out.write("".join(map(lines.line, page)).encode())
        rows += len(page)
    out.flush()
    return rows


def _wished(pages: Pages, days: Sequence[date]) -> Iterator[Page]:
    if not days:
        yield from pages.all()
    for day in days:
        yield from pages.of_day(day)
