"""From raw files to one validated form."""
