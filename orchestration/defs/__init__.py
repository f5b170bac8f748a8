"""The Dagster shell: assets, checks, schedules. Bodies are short and call plain functions."""
