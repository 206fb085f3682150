"""The pipeline: what happens to an article between its arrival and the alert it causes."""

__version__ = "0.1.0"
