"""Ratios in words."""

from socorro.stats.rate_ratio import RateRatio


def change(ratio: RateRatio) -> str:
    """Say which way a ratio clearly goes: up 20 %, down 5.0 %, no measurable change."""
    if not ratio.is_clear:
        return "no measurable change"
    if ratio.ratio is None:
        return "up from 0"
    percent = abs(ratio.ratio - 1) * 100
    digits = 1 if percent < 10 else 0
    return f"{'up' if ratio.low > 1 else 'down'} {percent:,.{digits}f} %"


def interval(ratio: RateRatio, confidence: float) -> str:
    """Return a ratio and its interval, three decimals each."""
    named = f"{confidence * 100:g} % interval"
    if ratio.ratio is None or ratio.high is None:
        return f"ratio at least {ratio.low:.3f}, {named}"
    return f"ratio {ratio.ratio:.3f}, {named} {ratio.low:.3f} to {ratio.high:.3f}"
