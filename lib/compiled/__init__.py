"""What lies between the matrix products, compiled by Numba: one pass over memory for each step, without Python's lock.

Functions for C-contiguous NumPy matrices, each beside the array code that defines what it does. They are compiled for
the processor on first use, and their machine code is kept for the next process. Slow to import.
"""

from numba import njit

# Loops may regroup sums and fuse a product with a sum, so that they become vector instructions. NaN stays NaN.
compiled = njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
