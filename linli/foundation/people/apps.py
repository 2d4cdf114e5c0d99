from linli.foundation.core.apps import RoomConfig


class PeopleConfig(RoomConfig):
    default = True
    name = "linli.foundation.people"
    label = "people"
