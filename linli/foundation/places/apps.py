from linli.foundation.core.apps import RoomConfig


class PlacesConfig(RoomConfig):
    default = True
    name = "linli.foundation.places"
    label = "places"
