"""Figures as tables: beside their bars, beside another kernel's, beside an earlier run's."""
import math
import re
import statistics


def text(value):
    """A figure as printed: whole instructions, tenths where they matter."""
    if value is None:
        return "-"
    return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def mean(ratios):
    """The geometric mean: the one mean for which doubling one and halving another leave it alone."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def ratio(a, b):
    return a / b if a and b else None


def table(head, rows):
    """Columns under their heads: the first to the left, the others to the right."""
    rows = [head] + rows
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    return "\n".join("  ".join([row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:])]).rstrip()
                     for row in rows)


def verdict(value, bar):
    if bar is None:
        return ""
    return "met" if value <= bar else f"{value / bar - 1:.1%} over"


HEAD = ["operation", "Lucid", "bar", "", "Linux 6.1", "ratio"]


def row(name, value, bar):
    """A figure, its bar, whether it is met, and Linux's."""
    r = ratio(value, bar and bar.linux)
    return [name, text(value), text(bar and bar.bar), verdict(value, bar and bar.bar), text(bar and bar.linux),
            f"{r:.2f}" if r else "-"]


def conclusion(figures, bars):
    """How many bars are missed, and how much of what Linux needs is needed."""
    barred = [n for n in figures if n in bars and bars[n].bar is not None]
    missed = [n for n in barred if figures[n] > bars[n].bar]
    quotients = [r for r in (ratio(v, bars[n].linux) for n, v in figures.items() if n in bars) if r]
    out = f"{len(missed)} of {len(barred)} bars missed" + "".join(f", {n}" for n in missed)
    return out + (f"; geometric mean against Linux {mean(quotients):.3f} ({len(quotients)} operations)"
                  if quotients else "")


def with_bars(figures, bars):
    """For the terminal."""
    return table(HEAD, [row(n, v, bars.get(n)) for n, v in figures.items()]) + "\n" + conclusion(figures, bars)


def documented(document, figures, bars):
    """The document with its table of figures made anew: the rows between the table's head and the next empty line."""
    head = "| " + " | ".join(HEAD) + " |\n"
    before, _, rest = document.partition(head)
    if not rest:
        raise ValueError(f"the document has no table that begins with {head}")
    rows = ["| " + " | ".join(row(f"`{n}`", v, bars.get(n))) + " |\n" for n, v in figures.items()]
    return before + head + "|---|--:|--:|---|--:|--:|\n" + "".join(rows) + "\n" + rest.partition("\n\n")[2]


def from_document(document):
    """{operation: figure} of that table."""
    return {n: float(v.replace(",", "")) for n, v in re.findall(r'^\| `(\w+)` \| ([\d,.]+) \|', document, re.M)}


def ratios(ours, theirs, bar):
    """Two kernels side by side; only what both offer counts."""
    both = {name: (value, theirs[name]) for name, value in ours.items() if name in theirs}
    quotients = {name: ratio(*pair) for name, pair in both.items() if ratio(*pair)}
    rows = [[name, text(a), text(b), f"{quotients[name]:.2f}" if name in quotients else "-"]
            for name, (a, b) in both.items()]
    return table(["operation", "Lucid", "other", "ratio"], rows) + summary(quotients, bar)


def summary(quotients, bar):
    if not quotients:
        return "\nnothing to compare"
    found = mean(quotients.values())
    return f"\ngeometric mean {found:.3f} over {len(quotients)} operations; bar {bar}: {verdict(found, bar)}"


def median_ratios(turns, bar):
    """[(ours, theirs), ...] of several turns: of each operation the median of its ratios, and how far they spread."""
    rows, medians = [], {}
    for name in turns[0][0]:
        found = sorted(ratio(a[name], b[name]) for a, b in turns if name in a and name in b and a[name] and b[name])
        if found:
            medians[name] = statistics.median(found)
            rows.append([name, f"{medians[name]:.2f}", f"{found[0]:.2f}", f"{found[-1]:.2f}"])
    return table([f"by time, {len(turns)} turns", "ratio", "least", "most"], rows) + summary(medians, bar)


def regressions(earlier, now, tolerance):
    """A line for each figure that grew by more than the tolerance, or is gone."""
    out = []
    for name, before in earlier.items():
        if name not in now:
            out.append(f"{name}: was {text(before)}, is no longer measured")
        elif now[name] > before * (1 + tolerance):
            out.append(f"{name}: {text(before)} -> {text(now[name])}"
                       + (f" (+{now[name] / before - 1:.1%})" if before else ""))
    return out
