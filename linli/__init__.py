"""Linli (邻里): neighbourhood governance of one urban district, together with its residents."""

__version__ = "0.1.0"
