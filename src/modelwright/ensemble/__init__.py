"""The blend: which models answer together, with which weights, and how their predictions are mixed.

candidates.py says what may enter, greedy.py and fitted.py choose weights, ways.py chooses between their ways and gives
the estimate that counts none of that as skill.
"""
