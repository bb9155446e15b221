"""The search: the loop, the lab it works in, the budget, and the question whether a gain is more than noise."""
