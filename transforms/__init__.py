"""The dbt project (SQL) and, under ``statistics``, what SQL cannot do well."""
