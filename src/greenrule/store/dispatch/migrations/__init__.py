"""Tables of the task board."""
