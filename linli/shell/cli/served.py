"""What each web process loads: the application, in a process that dies with the server that forked it."""

import multiprocessing
import signal
import threading

from linli.shell.postgres.processes import bind_to_parent

_parent = multiprocessing.parent_process()
if _parent is not None and _parent.pid is not None and threading.current_thread() is threading.main_thread():
    bind_to_parent(_parent.pid, signal.SIGKILL)

from linli.shell.wsgi import application  # noqa: E402  # the wish above comes before the long import

__all__ = ["application"]
