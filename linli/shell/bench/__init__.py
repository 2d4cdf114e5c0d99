"""Measuring: intake beside the database's own limit, in the same run, on the same machine.

Words: the door is the POST of the report form's last step with 300 characters of text; an intake is one such
POST that made a case; the limit is pgbench sending the very statements that one intake was recorded to send.
"""
