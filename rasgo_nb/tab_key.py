"""Completion of @names by IPython itself: what there is where JupyterLab's own is absent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.completer import SimpleCompletion

from rasgo_nb.lab.link import asked_connection

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext, SimpleMatcherResult

_ID = "rasgo_nb.mentions"
FIRST_NAMES_S = 0.5  # how long the key waits for the first reading of a connection's names


def add_matcher(shell: Any) -> None:
    """Let the Tab key complete @names in cells that ask."""
    completer = getattr(shell, "Completer", None)
    if completer is None:
        return

    def match_mentions(context: CompletionContext) -> SimpleMatcherResult:
        return matches(shell, context)

    match_mentions.matcher_api_version = 2  # type: ignore[attr-defined]
    match_mentions.matcher_identifier = _ID  # type: ignore[attr-defined]
    remove_matcher(shell)
    completer.custom_matchers.append(match_mentions)


def remove_matcher(shell: Any) -> None:
    """Take it away again."""
    completer = getattr(shell, "Completer", None)
    if completer is not None:
        completer.custom_matchers[:] = [
            one for one in completer.custom_matchers if getattr(one, "matcher_identifier", "") != _ID
        ]


def matches(shell: Any, context: CompletionContext) -> SimpleMatcherResult:
    """What the @name before the cursor can become; nothing outside of a question."""
    typed = _typed(context)
    if typed is None:
        return {"completions": []}
    from rasgo_nb.completion import completions
    from rasgo_nb.table_names import names_of

    session = getattr(shell, "rasgo_nb_session", None)
    connection = asked_connection(session, context.full_text.lstrip().partition("\n")[0])
    found, _ = completions(
        typed, names_of(connection, wait_s=FIRST_NAMES_S), shell.user_ns, shell.user_ns_hidden
    )
    return {
        "completions": [SimpleCompletion(one.text, type=one.kind) for one in found],
        "matched_fragment": typed,
        "suppress": True,
        "ordered": True,
    }


def _typed(context: CompletionContext) -> str | None:
    if "@" not in context.text_until_cursor or not context.full_text.lstrip().startswith(("%%ask", "%ask")):
        return None
    from rasgo_nb.completion import typed_mention

    return typed_mention(context.text_until_cursor)
