"""Runs stored articles through the stages again."""
