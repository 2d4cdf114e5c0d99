"""The demonstration district: made once in a marked folder, served like a real one.

Words: the anchor is the day on which the made-up past ends. Invariants: a folder that is not marked is never
deleted; a build that was interrupted is begun anew, because the database gets its name only at the end.
"""
