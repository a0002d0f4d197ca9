"""PartiQL: texts become plans here, and nothing else; the engine carries plans out.

``parse`` reads a text into an ``ast.Statement``, ``plan`` makes of that, and of the keys of its table, what the engine
takes, and ``explain`` tells of it. Nothing of this is imported before the first statement is seen.
"""
