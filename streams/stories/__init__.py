"""Stories: which story a tagged article belongs to, why, and whether it brings that story a new source."""
