"""What a Task may call: the registry of handlers, activities, and what a call's outcome means for its task."""
