"""Utilities that any package of lib may use: errors, random numbers, files, devices, logs."""
