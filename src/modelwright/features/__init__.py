"""Feature steps: each makes columns that estimators can read out of columns they cannot, or that say more than those."""
