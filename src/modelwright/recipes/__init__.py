"""See docs/story.md."""
