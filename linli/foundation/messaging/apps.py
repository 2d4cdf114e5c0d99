from linli.foundation.core.apps import RoomConfig


class MessagingConfig(RoomConfig):
    default = True
    name = "linli.foundation.messaging"
    label = "messaging"
