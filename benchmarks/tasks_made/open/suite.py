"""The open suite: those who mend may look at it."""

from ..case import Suite

SUITE = Suite("open")
