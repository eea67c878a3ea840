"""The packs to read: tree, clause, ties, search."""
