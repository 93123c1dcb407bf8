"""Insurance claims as plain values: what is claimed, what a plan makes of it, what was paid and why not the rest."""
