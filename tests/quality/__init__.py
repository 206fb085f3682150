"""The quality gate: figures on labelled data, compared with pinned floors, and the worst cases."""
