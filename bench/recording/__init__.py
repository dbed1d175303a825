"""What `bench.record` is made of: the source, the contenders, the measuring, the counting of lost frames."""
