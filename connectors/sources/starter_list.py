"""Where the list of feeds to begin with is."""

from pathlib import Path

FILE = Path(__file__).with_name("starter.yaml")
