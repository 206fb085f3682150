"""The field that names the kind of a JSON line which Storywatch itself has written."""

MARK = "storywatch"  # article, story, alert, hit
