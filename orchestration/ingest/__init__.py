"""From a source's address to accepted records: fetch, keep the raw bytes, read, judge, accept or set aside."""
