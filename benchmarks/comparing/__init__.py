"""Tools compared on the same task folders, cores and budget: running them, keeping rows, scoring them, tables."""
