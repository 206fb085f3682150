"""The quality gate: labelled data in; one figure a line, held against pinned floors, and the worst cases out."""
