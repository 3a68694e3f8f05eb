"""The notebook and the archive of the hand-in."""
