"""What a measured case leaves on disk: JSON, CSV, maps, and a page that a clinician reads at a glance."""
