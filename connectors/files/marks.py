"""The field by which a JSON line of Storywatch's own says what it is."""

MARK = "storywatch"  # article, story, alert, hit
