"""`python -m bench.worlds.draw`: the centuries as curves, in docs/centuries.svg."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.worlds import centuries

TARGET = Path(__file__).resolve().parent.parent.parent / "docs" / "centuries.svg"
WIDTH, HEIGHT, LEFT, TOP = 300, 260, 46, 46
TIMES, SHOWN, STEP = 400, 80, 3
LOW, HIGH = -0.1, 0.1
RULES = (
    ("the plain rule: crosses zero", centuries.crossing),
    ("no worse than the champion", centuries.against_champion),
    ("no worse than champion and anchor", centuries.against_both),
)


def main() -> None:
    """Play the centuries and draw them side by side."""
    panels = [_panel(name, rule, LEFT + index * (WIDTH + 24)) for index, (name, rule) in enumerate(RULES)]
    whole = LEFT + len(RULES) * (WIDTH + 24)
    TARGET.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {HEIGHT + TOP + 46}" font-family="sans-serif" '
        f'font-size="12">\n<rect width="100%" height="100%" fill="#fff"/>\n'
        f'<text x="{LEFT}" y="18" font-weight="bold">The served model less its anchor, in points, through 100 '
        f"retrainings: {TIMES} centuries</text>\n{''.join(panels)}</svg>\n",
        encoding="utf-8",
    )
    print(f"wrote {TARGET.name}")


def _panel(name: str, rule: centuries.Rule, left: int) -> str:
    held = np.array([centuries.century(rule, seed).path for seed in range(TIMES)])
    fell = held.min(axis=1) < -centuries.MARGIN
    parts = [f'<text x="{left}" y="{TOP - 8}">{name}: {fell.mean():.1%} fall too low</text>\n']
    for points in range(-10, 11, 5):
        y = _y(points / 100)
        parts.append(f'<line x1="{left}" x2="{left + WIDTH}" y1="{y}" y2="{y}" stroke="#ddd"/>\n')
        parts.append(f'<text x="{left - 6}" y="{y + 4}" text-anchor="end" fill="#666">{points:+d}</text>\n')
    for path, low in zip(held[:SHOWN], fell[:SHOWN], strict=True):
        colour, opacity = ("#c0392b", 0.5) if low else ("#2c6fbb", 0.12)
        parts.append(
            f'<polyline fill="none" stroke="{colour}" stroke-opacity="{opacity}" points="{_line(path, left)}"/>\n'
        )
    parts.append(
        f'<polyline fill="none" stroke="#000" stroke-width="2" points="{_line(np.median(held, axis=0), left)}"/>\n'
    )
    y = _y(-centuries.MARGIN)
    parts.append(f'<line x1="{left}" x2="{left + WIDTH}" y1="{y}" y2="{y}" stroke="#c0392b" stroke-dasharray="5 4"/>\n')
    return "".join(parts)


def _line(path: NDArray[np.float64], left: int) -> str:
    last = len(path) - 1
    shown = [(number, path[number]) for number in range(0, len(path), STEP)]
    return " ".join(f"{left + WIDTH * number / last:.0f},{_y(value)}" for number, value in shown)


def _y(value: float) -> int:
    return round(TOP + HEIGHT * (HIGH - min(max(value, LOW), HIGH)) / (HIGH - LOW))


if __name__ == "__main__":
    main()
