"""Storage: what the recorders' disks are like, and which footage must stay."""
