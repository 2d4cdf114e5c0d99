"""What may happen to a case and when. Pure."""
