"""Benchmarks: each compares contenders in one run, because ratios hold on noisy machines and absolute times
do not."""
