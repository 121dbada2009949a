"""An answer as HTML with its numbers marked: where each comes from, or that nothing was found of it."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

from rasgo_nb.widgets.plain import encodable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rasgo_nb.provenance import NumberTrace

    Link = Callable[[NumberTrace], str]  # the fragment that a number leads to; empty for none
    Mark = Callable[[str, NumberTrace, str], str]  # the HTML of a number, its text as HTML, and its fragment

# Private letters stand around each number while Markdown is read: they are neither space nor punctuation, so
# that they change nothing of how it is read. The one that begins a number also says which.
_ENDS = "\ue000"
_FIRST = 0xE001
_MOST = 6_000  # numbers; the rest is left as it is
_PRIVATE = dict.fromkeys(range(0xE000, 0xF900))
_MARKED = re.compile("([\ue001-\uf8ff])([^\ue000-\uf8ff]*)\ue000")


def answer_html(markdown: str, numbers: Sequence[NumberTrace], link: Link, mark: Mark | None = None) -> str:
    """Markdown as HTML, as ``markdown_html`` makes it, with each number as a link or a mark.

    ``mark`` draws a number where its looks cannot come from a style sheet.
    """
    from markdown_it import MarkdownIt

    around = 0  # links, in which no other may stand

    def dress(text: str) -> str:
        return _with_marks(escape(text), numbers, (lambda _: "") if around else link, mark or _mark)

    def link_opens(self: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
        nonlocal around
        around += 1
        return str(self.renderToken(tokens, place, options, env))

    def link_closes(self: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
        nonlocal around
        around -= 1
        return str(self.renderToken(tokens, place, options, env))

    def marked(_self: Any, tokens: Any, place: int, _options: Any, _env: Any) -> str:
        return dress(tokens[place].content)

    def marked_code(_self: Any, tokens: Any, place: int, _options: Any, _env: Any) -> str:
        return f"<code>{dress(tokens[place].content)}</code>"

    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    reader.add_render_rule("text", marked)
    reader.add_render_rule("code_inline", marked_code)
    reader.add_render_rule("link_open", link_opens)
    reader.add_render_rule("link_close", link_closes)
    tokens = reader.parse(_with_letters(markdown, numbers))
    for token in (one for block in tokens for one in (block, *(block.children or ()))):
        if token.type not in ("text", "code_inline"):
            token.content = token.content.translate(_PRIVATE)
            token.attrs = {name: _plain(value) for name, value in token.attrs.items()}
    return encodable(str(reader.renderer.render(tokens, reader.options, {})))


def _with_letters(markdown: str, numbers: Sequence[NumberTrace]) -> str:
    """The Markdown with letters around its numbers; letters of its own that mean the same are taken out."""
    pieces, done = [], 0
    for order, number in enumerate(numbers[:_MOST]):
        if number.start < done or not _can_be_marked(markdown, number):
            continue
        before, text = markdown[done : number.start], markdown[number.start : number.end]
        pieces += [before.translate(_PRIVATE), chr(_FIRST + order), text.translate(_PRIVATE), _ENDS]
        done = number.end
    return "".join([*pieces, markdown[done:].translate(_PRIVATE)])


def _can_be_marked(markdown: str, number: NumberTrace) -> bool:
    """Not where the letters would make other Markdown of it: in the number of a list, in ``&#49;``."""
    line = markdown[markdown.rfind("\n", 0, number.start) + 1 : number.start]
    counts_a_list = not line.strip(" >\t*+-") and markdown[number.end : number.end + 1] in {".", ")"}
    return not counts_a_list and not line.endswith(("&#", "&#x"))


def _plain(value: str | int | float) -> str | int | float:
    """An address or title without the letters, which addresses hold percent-encoded."""
    if not isinstance(value, str):
        return value
    from urllib.parse import quote, unquote

    found = {letter for letter in unquote(value, errors="ignore") if ord(letter) in _PRIVATE}
    for letter in found:
        value = value.replace(quote(letter), "")
    return value.translate(_PRIVATE)


def _with_marks(text: str, numbers: Sequence[NumberTrace], link: Link, mark: Mark) -> str:
    """Escaped text with HTML in place of the letters; a letter without its partner is taken out."""

    def marked(found: re.Match[str]) -> str:
        number = numbers[ord(found[1]) - _FIRST]
        return mark(found[2], number, link(number))

    return _MARKED.sub(marked, text).translate(_PRIVATE)


def said_of(number: NumberTrace) -> str:
    """Where a number comes from, in words."""
    return number.said or _SAID[number.how]


def _mark(text: str, number: NumberTrace, where: str) -> str:
    said = escape(said_of(number))
    if number.how == "unverified":
        return f'<mark class="unverified" title="{said}">{text}</mark>'
    if not where:
        return f'<span class="number {number.how}" title="{said}">{text}</span>'
    return f'<a class="number {number.how}" href="#{escape(where)}" title="{said}">{text}</a>'


_SAID = {
    "found": "stands in a result",
    "derived": "made of values of results",
    "asked": "from the question",
    "counted": "counted in a result",
    "unverified": "not found in the results of this run",
}
