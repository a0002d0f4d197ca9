"""The shell of a database: statements of PartiQL and commands, typed at a prompt or read from a pipe.

What needs an optional dependency imports it itself: `grid` rich, `prompt` and `completion` prompt_toolkit.
"""
