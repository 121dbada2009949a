"""Links to one Postgres server: one for each statement that runs, a few kept open in between."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from rasgo_nb.errors import QueryStopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg

    Link = psycopg.Connection[Any]

KEPT = 4  # links that stay open while nothing runs
CANCEL_S = 3.0  # for one request to cancel, which is a connection of its own
DRAIN_S = 0.4  # for what a cancelled statement has sent already


class Lease:
    """One statement's hold on a link; ``cancel`` may come at any time and from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._link: Link | None = None
        self.is_cancelled = False

    def take(self, link: Link) -> None:
        """Hold this link from now on."""
        with self._lock:
            if self.is_cancelled:
                link.close()
                raise QueryStopped("The query was stopped.")
            self._link = link

    def let_go(self) -> None:
        """After it, ``cancel`` touches no link: the next statement on it is another's."""
        with self._lock:
            self._link = None

    def cancel(self) -> None:
        """Have the server end what runs on the link; raises nothing."""
        import psycopg

        with self._lock:
            self.is_cancelled = True
            if self._link is not None and not self._link.closed:
                with suppress(psycopg.Error):
                    self._link.cancel_safe(timeout=CANCEL_S)


class Pool:
    """Opens links with ``open_link`` when there is none to spare."""

    def __init__(self, open_link: Callable[[], Link]) -> None:
        self._open_link = open_link
        self._lock = threading.Lock()
        self._idle: list[Link] = []
        self._is_closed = False

    @contextmanager
    def begun(self, lease: Lease, begin: Callable[[Link], None]) -> Iterator[Link]:
        """A link on which ``begin`` has been done; rolled back and kept afterwards, if it is still good.

        A link that the server dropped meanwhile fails in ``begin``, before the statement has begun: another
        takes its place.
        """
        link = self._begun(lease, begin)
        try:
            yield link
        finally:
            self._give_back(lease, link)

    def keep(self, link: Link) -> None:
        """Hold an open link for the next statement; closes it where there are enough."""
        with self._lock:
            if not self._is_closed and len(self._idle) < KEPT:
                self._idle.append(link)
                return
        link.close()

    def close(self) -> None:
        """Let go of the links that nobody uses; the others are closed when they are given back."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for link in idle:
            link.close()

    def _begun(self, lease: Lease, begin: Callable[[Link], None]) -> Link:
        import psycopg

        while (link := self._spare()) is not None:
            lease.take(link)
            try:
                begin(link)
            except psycopg.OperationalError:
                lease.let_go()
                link.close()
                if lease.is_cancelled:
                    raise
            else:
                return link
        link = self._open_link()
        lease.take(link)
        try:
            begin(link)
        except BaseException:
            lease.let_go()
            link.close()
            raise
        return link

    def _spare(self) -> Link | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _give_back(self, lease: Lease, link: Link) -> None:
        """A link that somebody tried to cancel is closed: the request may arrive late."""
        import psycopg

        lease.let_go()
        if lease.is_cancelled or link.closed:
            link.close()
            return
        try:
            link.rollback()
        except psycopg.Error:
            link.close()
        else:
            self.keep(link)
