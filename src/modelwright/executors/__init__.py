"""Executors run jobs, each in its own folder and process; `local` does so on this machine."""
