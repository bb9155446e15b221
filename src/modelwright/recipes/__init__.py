"""Families of models, one file each; `columns` and `frames` hold what recipes on tables share.

Recipe classes are light to import, since the lab asks all of them whether they apply; the libraries behind an
estimator are imported when it is built or fitted.
"""
