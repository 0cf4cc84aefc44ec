"""The layout of recordings: a folder a racing day, a gzip file an answer, whose first line says what was asked."""

import re
import zlib
from datetime import UTC, date, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from raceday_daemon.cadence.racing_day import racing_day
from raceday_daemon.model.errors import RecordingError
from raceday_daemon.model.exchange import BODY_LIMIT_BYTES, Exchange

SUFFIX: Final = ".json.gz"

_GZIP: Final = 16 + zlib.MAX_WBITS
_LEVEL: Final = 6
_LONGEST_HEAD_BYTES: Final = 16 * 1024
LONGEST_BYTES: Final = BODY_LIMIT_BYTES + _LONGEST_HEAD_BYTES
_LONGEST_SUBJECT: Final = 60
_INSTANT: Final = "%Y%m%dT%H%M%S.%fZ"
_NAME: Final = r"[0-9]{8}T[0-9]{6}\.[0-9]{6}Z-[0-9]{6}-[A-Za-z0-9._-]*\.json\.gz"


def _of_this_century(instant: datetime) -> datetime:
    if not 2000 <= instant.year < 2100:
        raise ValueError("an instant of this century is expected")
    return instant.astimezone(UTC)


_Instant = Annotated[AwareDatetime, AfterValidator(_of_this_century)]


class Head(BaseModel):
    """The first line; `body_in` names the file of the same folder that has the same body, where this one has none."""

    model_config = ConfigDict(extra="ignore", from_attributes=True)

    path: Annotated[str, Field(min_length=1, max_length=500)]
    query: dict[str, str]
    asked_at: _Instant
    received_at: _Instant
    due_at: _Instant | None = None
    status: Annotated[int, Field(ge=200, le=200)]
    content_type: str
    body_in: Annotated[str, Field(pattern=f"^{_NAME}$")] | None = None

    def exchange(self, body: bytes) -> Exchange:
        """Give the answer with its body."""
        return Exchange(**self.model_dump(exclude={"body_in"}), body=body)


def day_folder(received_at: datetime) -> str:
    """Name the folder of an answer: the racing day on which it came."""
    return racing_day(received_at).isoformat()


def day_of_folder(name: str) -> date | None:
    """Give the racing day that a folder is of, None for a name that is no day."""
    try:
        day = date.fromisoformat(name)
    except ValueError:
        return None
    return day if day.isoformat() == name else None


def file_name(exchange: Exchange, number: int) -> str:
    """Name the file of an answer, so that names sort as the answers came; `number` tells those of one moment apart."""
    subject = re.sub(r"[^A-Za-z0-9._]+", "-", exchange.path.rpartition("/racing/")[2])[:_LONGEST_SUBJECT].strip("-.")
    return f"{exchange.received_at.astimezone(UTC):{_INSTANT}}-{number % 1_000_000:06}-{subject}{SUFFIX}"


def instant_of_name(name: str) -> datetime | None:
    """Give when the answer of a file came, by the file's name; None for a name that says nothing of it."""
    if not re.fullmatch(_NAME, name):
        return None
    try:
        return datetime.strptime(name.partition("-")[0], _INSTANT).replace(tzinfo=UTC)
    except ValueError:
        return None


def packed(exchange: Exchange, body_in: str | None = None) -> bytes:
    """Give what a file holds: one line of JSON, then the body as it came, or the name of the file that has the same."""
    head = Head.model_validate(exchange).model_copy(update={"body_in": body_in})
    pack = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    first = pack.compress(head.model_dump_json(exclude_none=True).encode() + b"\n")
    return first + (b"" if body_in else pack.compress(exchange.body)) + pack.flush()


def unpacked(content: bytes) -> tuple[Head, bytes]:
    """Read what a file holds; raises RecordingError, with what is wrong, for anything else than `packed` gives."""
    unpack = zlib.decompressobj(_GZIP)
    try:
        plain = unpack.decompress(content, LONGEST_BYTES + 1)
    except zlib.error as error:
        raise RecordingError("it is no gzip file, or damaged") from error
    if len(plain) > LONGEST_BYTES:
        raise RecordingError(f"unpacked it is longer than {LONGEST_BYTES} bytes")
    if not unpack.eof:
        raise RecordingError("it is cut off")
    if unpack.unused_data:
        raise RecordingError("it holds more than one answer")
    line, end, body = plain.partition(b"\n")
    if not end or len(line) > _LONGEST_HEAD_BYTES:
        raise RecordingError("its first line does not say what was asked")
    try:
        return Head.model_validate_json(line), body
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, wrong["loc"]))
        raise RecordingError(f"its first line does not say what was asked ({place}: {wrong['msg']:.200})") from error
