"""Coverage of state machines: which states, arrows, rules, retriers, catchers, Map sizes and time-outs were reached.

::

    coverage = testing.Coverage()
    machine = coverage.watch("order.asl.json")
    simulate(machine, {"total": 7}, mocks)
    print(coverage.report())

With pytest, ``--aslrun-cov`` does it for a whole suite. ``plugin`` is in every run of pytest: nothing is imported here.
"""
