"""The file of a run that is being written, beside the record: a line for each event, one cheap write each.

The record takes a tail in when its run has ended, or once its process has died.
"""

from __future__ import annotations

import errno
import os
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Row = tuple[int, str, str]  # number, kind and body of an event
KeptText = tuple[str, str | bytes]  # its mark, and what is stored of it

_NAMED = "-tail-"
_OPENED = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
_TEXT, _PACKED = b"text", b"packed"  # instead of the number of an event


class Tail:
    """The tail of one run, which any number of processes may read meanwhile.

    Bodies of events are JSON in ASCII, on one line. What fails raises ``OSError``.
    """

    def __init__(self, record: Path, run_id: str) -> None:
        self._file = os.open(_path_of(record, run_id), _OPENED, 0o600)

    def append(self, row: Row, texts: Sequence[KeptText] = ()) -> None:
        """Write an event down, and the texts that it brings; a kill from now on does not lose it."""
        lines = b"%d %b %b\n" % (row[0], row[1].encode(), row[2].encode())
        if texts:
            lines = b"".join([*(_text_line(mark, body) for mark, body in texts), lines])
        if os.write(self._file, lines) != len(lines):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def close(self) -> None:
        """Nothing more is written; the file stays."""
        os.close(self._file)


@dataclass(slots=True)
class Written:
    """What a tail holds."""

    rows: list[Row] = field(default_factory=list)
    texts: dict[str, str | bytes] = field(default_factory=dict)


def written(record: Path, run_id: str) -> Written:
    """What the tail of a run holds, if it has one; a line that was broken off is left out."""
    found = Written()
    with suppress(OSError):
        for line in _path_of(record, run_id).read_bytes().split(b"\n")[:-1]:
            head, _, rest = line.partition(b" ")
            name, _, body = rest.partition(b" ")
            if head.isdigit():
                found.rows.append(
                    (int(head), name.decode("ascii", "replace"), body.decode("ascii", "replace"))
                )
            elif head in (_TEXT, _PACKED):
                kept = b64decode(body)
                mark = name.decode("ascii", "replace")
                found.texts[mark] = kept if head == _PACKED else kept.decode("utf-8", "surrogatepass")
    return found


def left_over(record: Path) -> list[str]:
    """The ids of the runs that have a tail."""
    begins = f"{record.name}{_NAMED}"
    return [unquote(path.name.removeprefix(begins)) for path in record.parent.glob(f"{begins}*")]


def remove(record: Path, run_id: str) -> None:
    """Remove the tail of a run, where it has one."""
    with suppress(OSError):  # on Windows, whoever reads or writes it keeps it
        _path_of(record, run_id).unlink(missing_ok=True)


def _text_line(mark: str, body: str | bytes) -> bytes:
    if isinstance(body, bytes):
        return b"%b %b %b\n" % (_PACKED, mark.encode(), b64encode(body))
    return b"%b %b %b\n" % (_TEXT, mark.encode(), b64encode(body.encode("utf-8", "surrogatepass")))


def _plain(ascii_bytes: bytes) -> str:
    return ascii_bytes.decode("ascii", "replace")


def _path_of(record: Path, run_id: str) -> Path:
    return record.with_name(f"{record.name}{_NAMED}{quote(run_id, safe='')}")
