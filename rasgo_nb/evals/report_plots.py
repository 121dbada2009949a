"""Small plots as inline SVG: colours come from the page's style, so that they suit light and dark."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.evals.statistics import Interval

_WIDTH, _LEFT, _RIGHT, _ROW = 400, 8, 52, 24
COLOURS = 6  # classes c0 to c5


def bars(rows: Sequence[tuple[str, Interval]]) -> str:
    """One bar of 0 to 1 for each name, with its interval, one below the other."""
    height = _ROW * len(rows) * 2 + 6
    parts = []
    span = _WIDTH - _LEFT - _RIGHT
    for at, (name, one) in enumerate(rows):
        top, colour = at * _ROW * 2, f"c{at % COLOURS}"
        end, low, high = (_LEFT + span * share for share in (one.value, one.low, one.high))
        said = f"{name}: {one.value:.1%} ({one.low:.1%} to {one.high:.1%}), {one.n} cases"
        rail = f'x="{_LEFT}" y="{top + 22}" height="16" rx="4"'
        parts += [
            f"<g><title>{escape(said)}</title>",
            f'<text x="{_LEFT}" y="{top + 16}" class="name">{escape(_cut(name))}</text>',
            f'<rect {rail} width="{span}" class="rail"/>',
            f'<rect {rail} width="{max(0.0, end - _LEFT):.1f}" class="{colour}"/>',
            f'<path d="M{low:.1f} {top + 30}H{high:.1f}M{low:.1f} {top + 26}v8M{high:.1f} {top + 26}v8" ',
            'class="whisker"/>',
            f'<text x="{_WIDTH - 4}" y="{top + 35}" class="figure">{one.value:.0%}</text></g>',
        ]
    return _svg(_WIDTH, height, "".join(parts), "bars with intervals")


def curves(lines: Sequence[tuple[str, Sequence[Interval]]], label: str) -> str:
    """Shares by k, each with a band of its interval."""
    width, height, left, bottom, top = 420, 220, 44, 32, 12
    most = max((len(values) for _, values in lines), default=1)

    def at(k: int, share: float) -> str:
        x = left + (width - left - 14) * ((k - 1) / (most - 1) if most > 1 else 0.5)
        return f"{x:.1f} {top + (height - top - bottom) * (1 - share):.1f}"

    parts = [
        f'<path d="M{at(1, share)}L{at(most, share)}" class="grid"/><text x="{left - 8}" '
        f'y="{float(at(1, share).split()[1]) + 4:.1f}" class="tick end">{share:.0%}</text>'
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    for k in sorted({1, most, *range(1, most + 1, max(1, most // 8))}):
        parts.append(f'<text x="{at(k, 0).split()[0]}" y="{height - 12}" class="tick mid">{k}</text>')
    for index, (name, values) in enumerate(lines):
        colour = f"c{index % COLOURS}"
        upper = [at(k, one.high) for k, one in enumerate(values, 1)]
        lower = [at(k, one.low) for k, one in enumerate(values, 1)]
        middle = [at(k, one.value) for k, one in enumerate(values, 1)]
        parts.append(f'<g><title>{escape(name)}</title><path d="M{"L".join([*upper, *lower[::-1]])}Z" ')
        parts.append(f'class="band {colour}"/><path d="M{"L".join(middle)}" class="line {colour}"/>')
        for k, (place, one) in enumerate(zip(middle, values, strict=True), 1):
            x, y = place.split()
            said = f"{name}, k = {k}: {one.value:.1%} ({one.low:.1%} to {one.high:.1%}), {one.n} cases"
            parts.append(
                f'<circle cx="{x}" cy="{y}" r="3.5" class="{colour}"><title>{escape(said)}</title></circle>'
            )
        parts.append("</g>")
    return _svg(width, height, "".join(parts), label)


def scatter(points: Sequence[tuple[str, float, Interval]], unit: str) -> str:
    """Shares with their intervals against what they take."""
    width, height, left, bottom, top = 420, 220, 44, 40, 12
    most = max((x for _, x, _ in points), default=0.0) * 1.15 or 1.0

    def y(share: float) -> float:
        return top + (height - top - bottom) * (1 - share)

    parts = [
        f'<path d="M{left} {y(share):.1f}H{width - 10}" class="grid"/>'
        f'<text x="{left - 8}" y="{y(share) + 4:.1f}" class="tick end">{share:.0%}</text>'
        for share in (0.0, 0.5, 1.0)
    ]
    for share in (0.0, 0.5, 1.0):
        x = left + (width - left - 14) * share
        parts.append(f'<text x="{x:.1f}" y="{height - 22}" class="tick mid">{most * share:,.4g}</text>')
    parts.append(f'<text x="{(left + width) / 2}" y="{height - 5}" class="tick mid">{escape(unit)}</text>')
    for index, (name, took, one) in enumerate(points):
        x = left + (width - left - 14) * took / most
        said = f"{name}: {one.value:.1%} for {took:,.4g} {unit}"
        parts.append(
            f'<g><title>{escape(said)}</title><path d="M{x:.1f} {y(one.low):.1f}V{y(one.high):.1f}" '
            f'class="whisker"/><circle cx="{x:.1f}" cy="{y(one.value):.1f}" r="6" '
            f'class="c{index % COLOURS}"/></g>'
        )
    return _svg(width, height, "".join(parts), f"answers against {unit}")


def _svg(width: int, height: int, inside: str, label: str) -> str:
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">{inside}</svg>'


def _cut(text: str) -> str:
    return text if len(text) <= 52 else f"{text[:51]}…"
