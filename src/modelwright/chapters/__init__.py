"""The chapters of the story: what comes before the search, what it works with, what comes after it, who tells."""
