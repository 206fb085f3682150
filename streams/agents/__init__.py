"""The stages, one a module, and what they share. `stages` lists them.

Nothing is imported here: processes of the pool import `support` and need no stage.
"""
