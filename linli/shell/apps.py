from linli.foundation.core.apps import RoomConfig


class ShellConfig(RoomConfig):
    default = True
    name = "linli.shell"
    label = "shell"
