"""Filings as the officer's desk keeps them: registers of projects and cases, opinions, claims, lists, files."""
