"""Database backend and fields: PostgreSQL with immediate keys and the district in every per-object statement."""
