"""Tests of the drivers: ``simulate``, ``run`` and ``Interpreter`` on asyncio and on trio."""
