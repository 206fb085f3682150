"""Logarithms and powers that are the same on every machine: those of `math` differ between C libraries in the last bit.

Decimal arithmetic is that of integers, and its logarithm and exponential are rounded correctly.
"""

from decimal import Context, Decimal
from functools import lru_cache

_CONTEXT = Context(prec=25)  # 16 are those of a float; the others are lost where nearly equal numbers are subtracted
_LN_10 = _CONTEXT.ln(10)


@lru_cache(maxsize=10_000)
def ln(number: int) -> float:
    """Return the natural logarithm of a number of at least 1."""
    return float(_CONTEXT.ln(number))


@lru_cache(maxsize=10_000)
def power(number: int, exponent: float) -> float:
    """Return a number of at least 1 to the power of ``exponent``."""
    return float(_CONTEXT.exp(_CONTEXT.multiply(Decimal(exponent), _CONTEXT.ln(number))))


def power_of_ten(exponent: Decimal) -> float:
    """Return 10 to the power of ``exponent``."""
    return float(_CONTEXT.exp(_CONTEXT.multiply(exponent, _LN_10)))


@lru_cache(maxsize=100_000)
def poisson_idf(frequency: float, words: int) -> float:
    """Return -ln of the share of texts of so many words that contain a word of this frequency, above 0 and below 1."""
    without = _CONTEXT.exp(_CONTEXT.multiply(Decimal(frequency), -words))
    return -float(_CONTEXT.ln(_CONTEXT.subtract(1, without)))
