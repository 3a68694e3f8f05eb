"""Networks from layer descriptions. `description` needs no PyTorch; every other module of this package does."""
