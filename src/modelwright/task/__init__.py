"""Reading the world: a task folder becomes tables, a Problem with its evidence, a Profile, and a Schema for recipes."""
