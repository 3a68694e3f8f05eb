"""The known forms of raw data, one per module."""
