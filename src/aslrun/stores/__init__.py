"""Where executions and task tokens live: what a driver asks of such a place, and the one that is only memory."""
