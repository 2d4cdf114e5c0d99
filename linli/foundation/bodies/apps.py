from linli.foundation.core.apps import RoomConfig


class BodiesConfig(RoomConfig):
    default = True
    name = "linli.foundation.bodies"
    label = "bodies"
