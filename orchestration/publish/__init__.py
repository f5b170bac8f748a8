"""From a mart to a release: render each tier aside, judge those bytes, commit or hold, keep the evidence."""
