"""What `bench.seek` is made of."""
