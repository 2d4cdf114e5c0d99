"""What everything stands on: no room here knows a room above."""
