"""The cost of jobs: formulas, limits for the rules, measured rates of this machine, and a schedule."""
