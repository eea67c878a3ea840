"""The planner's desk: jobs in the background, filings of layer versions with the level above, problems found in supervision."""
