"""Figures as tables: beside their bars, beside another kernel's, beside an earlier run's."""
import math
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


def with_bars(figures, bars):
    """Each figure, its bar, whether it is met, and Linux's."""
    rows, ratios, missed = [], [], 0
    for name, value in figures.items():
        bar = bars.get(name)
        r = ratio(value, bar and bar.linux)
        ratios += [r] if r else []
        missed += bool(bar and bar.bar is not None and value > bar.bar)
        rows.append([name, text(value), text(bar and bar.bar), verdict(value, bar and bar.bar),
                     text(bar and bar.linux), f"{r:.2f}" if r else "-"])
    out = table(["operation", "instructions", "bar", "", "Linux 6.1", "ratio"], rows)
    out += f"\n{missed} of {sum(1 for n in figures if n in bars and bars[n].bar is not None)} bars missed"
    return out + (f"; geometric mean against Linux {mean(ratios):.3f} ({len(ratios)} operations)" if ratios else "")


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
