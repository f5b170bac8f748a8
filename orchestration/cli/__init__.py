"""The command line: one module per group of commands. The border where errors become exit codes."""
