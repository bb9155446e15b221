"""Judging: the catalogue of metrics, where predictions lie, the judge, and whether a gain is more than noise."""
