"""`storywatch demo`: a complete Storywatch on sample articles."""
