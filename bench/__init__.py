"""What Sentinel's parts cost, as ratios within one run: ours against a floor or a peer, on one machine and disk."""
