"""What the LaTeX sources of the report read."""
