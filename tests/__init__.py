"""The tests of aslrun. ``python -m tests.conformance`` and ``python -m tests.benchmarks`` start here too."""
