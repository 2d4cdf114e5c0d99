"""The product's settings with the probe and, when one is named, a planted defect. Only for the kill test.

Refused unless LINLI_MODE is test *and* LINLI_PROOF is 1. Nothing of the product names this module.
"""

from __future__ import annotations

from linli.shell import settings as product
from linli.shell.proof.planted import allowed
from linli.shell.settings import *  # noqa: F403  # a settings module is its names

if not allowed(product.LINLI_MODE):
    raise product.SettingRefused(
        "linli.shell.proof.settings is refused. It plants defects; it needs LINLI_MODE=test and LINLI_PROOF=1."
    )

INSTALLED_APPS = [*product.INSTALLED_APPS, "linli.shell.proof"]
# The test mode has no pool; the installation that is killed is served with one, as `linli serve` does.
_options = dict(product.DATABASES["default"]["OPTIONS"])  # type: ignore[call-overload]  # a dict, built in the product's settings
_options["pool"] = {"min_size": 1, "max_size": product.LINLI_THREADS + 2, "timeout": 10}
DATABASES = {**product.DATABASES, "default": {**product.DATABASES["default"], "OPTIONS": _options}}
