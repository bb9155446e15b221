"""The sealed suite: measure only, never look at it while mending; run once at the end."""

from ..case import Suite

SUITE = Suite("sealed")
