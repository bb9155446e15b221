"""Honest judging, prepared: `choose` the plan from measured evidence, `seal` a holdout, `folds`, and `leaks` to tell.

`clock` reads times and `groups` reads which rows belong together; the others rest on these two.
"""
