from linli.foundation.core.apps import RoomConfig


class NoticesConfig(RoomConfig):
    default = True
    name = "linli.foundation.notices"
    label = "notices"
