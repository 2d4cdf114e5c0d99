from linli.foundation.core.apps import RoomConfig


class CasesConfig(RoomConfig):
    default = True
    name = "linli.work.cases"
    label = "cases"
