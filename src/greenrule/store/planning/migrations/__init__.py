"""Tables of the planner's desk."""
