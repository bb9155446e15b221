"""Feature steps: each makes columns that estimators can read out of columns they cannot, or say more than they do."""
