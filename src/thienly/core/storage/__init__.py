"""Where recordings lie: disks, archives and backups, who answers for them, and whether they come back."""
