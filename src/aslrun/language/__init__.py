"""Text to callable: paths, intrinsic functions, payload templates, choice rules.

Everything here is compiled once, when a definition is loaded, to functions over a ``Scope``.
"""
