"""Storage: the recorders' disks, archives and backups, which footage must stay, and whether it comes back."""
