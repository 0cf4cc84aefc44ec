"""What Python writes of errors that nobody took, with known secrets masked: their words may hold anything."""

import sys
import threading
import traceback
from collections.abc import Iterable
from types import TracebackType

from raceday_daemon.ops.secrecy import Secrecy


def mask_last_words(secrets: Iterable[str]) -> None:
    """Mask the secrets in what is written to stderr of errors that reach the end of the program or of a thread."""
    secrecy = Secrecy(secrets)

    def tell(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        if sys.stderr is not None:
            sys.stderr.write(str(secrecy.masked("".join(traceback.format_exception(kind, error, trace)))))

    sys.excepthook = tell
    threading.excepthook = lambda of: tell(of.exc_type, of.exc_value, of.exc_traceback)
    sys.unraisablehook = lambda of: tell(of.exc_type, of.exc_value, of.exc_traceback)
