"""The configuration of a study: reading, validation, and expansion into jobs."""
