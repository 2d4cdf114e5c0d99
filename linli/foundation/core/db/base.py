"""PostgreSQL as Linli uses it: foreign keys checked at once, GROUP BY with full keys.

Both are what a database distributed by district accepts, so nothing has to change when it is.
"""

from django.db.backends.postgresql import base, features, operations


class DatabaseFeatures(features.DatabaseFeatures):
    can_defer_constraint_checks = False
    allows_group_by_selected_pks = False


class DatabaseOperations(operations.DatabaseOperations):
    def deferrable_sql(self) -> str:
        return ""


class DatabaseWrapper(base.DatabaseWrapper):
    features_class = DatabaseFeatures
    ops_class = DatabaseOperations
