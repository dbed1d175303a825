"""What `bench.live` is made of."""
