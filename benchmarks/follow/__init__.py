"""What the benchmark of `mt.follow` is made of."""
