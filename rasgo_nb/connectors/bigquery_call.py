"""One call of the API that a stop does not wait for: who asked goes on, and its answer is dropped."""

from __future__ import annotations

import contextvars
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

from rasgo_nb.errors import QueryStopped

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class LeavableCall(Generic[T]):
    """``run`` in one thread, ``cancel`` in another. The call reads, and costs nothing."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._over = threading.Event()
        self._answers: list[T] = []
        self._error: BaseException | None = None

    def run(self) -> T:
        """What the call gives.

        Raises
        ------
        QueryStopped
            as soon as it is cancelled.
        """
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(self._work,), daemon=True).start()
        self._over.wait()
        if self._error is not None:
            raise self._error
        if not self._answers:
            raise QueryStopped("The query was stopped.")
        return self._answers[0]

    def cancel(self) -> None:
        """Leave it."""
        self._over.set()

    def _work(self) -> None:
        try:
            self._answers.append(self._call())
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            self._error = error
        finally:
            self._over.set()
