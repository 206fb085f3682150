"""Invented names of places: what tracks are made on, and the towns that outlets are called after."""

from itertools import product

_BEGIN = ("Varr", "Dunm", "Northm", "Tarn", "Ostr", "Vell", "Sarn", "Kelb", "Hask", "Brend", "Mirr", "Olth")
_END = ("ick", "oor", "ere", "eth", "ava", "and", "holm", "worth")

PLACES = tuple(f"{begin}{end}" for begin, end in product(_BEGIN, _END))
