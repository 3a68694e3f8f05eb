"""From the configuration to the jobs of a study."""
