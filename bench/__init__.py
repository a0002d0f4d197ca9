"""Measurements: workloads as data, a driver for each door, and one table. Run with `make bench`."""
