"""What happened, kept: one SQLite file per run. `journal` is the only writer, `history` the read-only views."""
