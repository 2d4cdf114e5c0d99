"""Rules of places: codes, plates, geometry, search words, spreadsheet columns. Pure."""
