"""Units: the dated graph of bodies that own, manage and watch."""
