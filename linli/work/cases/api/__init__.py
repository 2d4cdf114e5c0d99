"""The doors of connected systems: Open311 GeoReport v2 and our own `/api/v1`. Same actions as every other door."""
