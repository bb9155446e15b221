"""Frozen records that cross borders between rooms. They import nothing of ours."""
