"""Stored articles in, the same articles on their way through the stages once more, out."""
