"""Pages: what everybody reads, papers to take along, the desk."""
