"""The rules that a definition is held to: one rule, one file, in the order of ``table.RULES``.

A rule's file opens with its page: what it enforces and whose sentence that is, what to do, a bad and a good example.
Its check is given what the ``subject`` of the rule says (``table.Rule``) and yields problems; it never raises, whatever
JSON it is given. ``outline``, ``transitions``, ``assignments`` and ``words`` are what several rules share.
"""
