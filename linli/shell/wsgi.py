"""The application for a WSGI server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.shell.settings")
application = get_wsgi_application()

# What start-up made lives as long as the process: the collector need not look at it at every turn.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
