"""What aslrun costs beside the asyncio program that does the same by hand: ``python -m tests.benchmarks``."""
