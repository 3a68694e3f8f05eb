"""Languages, and what settings, measures and experiments are called."""
