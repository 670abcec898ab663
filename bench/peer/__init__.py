"""What the benchmark scripts share: places, data, the peer in PyTorch, and Graft's command line."""
