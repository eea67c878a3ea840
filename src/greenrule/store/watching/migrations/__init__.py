"""Migrations of the watching room."""
