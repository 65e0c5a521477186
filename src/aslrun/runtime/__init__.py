"""The drivers: they give the engine time, call handlers and wait, for real (``interpreter``) or not (``simulate``)."""
