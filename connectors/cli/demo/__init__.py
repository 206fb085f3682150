"""The demo: a whole Storywatch started, fed, shown and stopped again."""
