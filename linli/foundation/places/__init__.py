"""Places: where everything stands, from district to dwelling.

Owns: the tree district > subdistrict > community > compound (`Place`), its dated codes and names, the compound
file, buildings, stairwells, gates, dwellings, grids, plates, and imports of spreadsheets.
Words: places, compound, building, stairwell, gate, dwelling, grid, plate (see the glossary).
Invariants: ids never change, codes and names are dated rows that never overlap; `path` is made of node
counters, so scope is one prefix; nothing here is about a person; rows end by date and are never deleted.
"""
