"""Pure functions on small frames: intervals, control charts, estimators. No input, no output, no Cauce imports."""
