"""Asking language models: names and keys, a hard cap on cost and time, retries, and answers kept for replaying."""
