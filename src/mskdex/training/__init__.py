"""A loop one can read: `loop.train` trains a generator on a cohort, `finish.finish` calibrates it and writes its card.

Nothing here is imported eagerly, because `config` must not bring torch to a command's help.
"""
