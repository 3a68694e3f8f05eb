"""Networks from layer descriptions. `description`, `steps` and this file need no PyTorch, all other modules do."""
