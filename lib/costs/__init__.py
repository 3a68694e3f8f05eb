"""What jobs cost: formulas, limits, rates of the machine, a schedule."""
