"""What people do every day."""
