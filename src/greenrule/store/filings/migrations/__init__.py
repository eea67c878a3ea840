"""Migrations of the tables of filings."""
