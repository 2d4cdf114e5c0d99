from linli.foundation.core.apps import RoomConfig


class AccountsConfig(RoomConfig):
    default = True
    name = "linli.foundation.accounts"
    label = "accounts"
