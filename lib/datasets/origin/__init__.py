"""Where raw files come from: download, checksums, provenance."""
