"""The server process."""

from __future__ import annotations

from importlib.util import find_spec

import uvicorn

from servicekit.request_heads import BoundedHeads

GRACE = 30
"""Seconds that requests in flight have after SIGTERM."""


def serve(factory: str, *, host: str, port: int, reload: bool = False) -> None:
    """Serve an app until SIGTERM or SIGINT, then finish what is in flight.

    Args:
        factory: what makes the app, as "module:function"; a name, for with reload another process calls it.
        host: the address to listen on.
        port: the port to listen on; 0 takes a free one.
        reload: start again whenever a source file changes; for development.
    """
    uvicorn.run(
        factory,
        factory=True,
        host=host,
        port=port,
        reload=reload,
        reload_dirs=[_folder(factory.partition(".")[0]), _folder(__name__.partition(".")[0])]
        if reload
        else None,
        loop="uvloop",
        http=BoundedHeads,
        ws="none",
        lifespan="on",
        log_config=None,  # ours, by servicekit.logs
        access_log=False,  # ours, by servicekit.edge
        proxy_headers=False,  # the app decides whom it trusts; uvicorn would trust every client on this machine
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )


def _folder(package: str) -> str:
    # not the working directory, uvicorn's choice: it may hold environments and databases
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(f"there is no package {package}")
    return found.submodule_search_locations[0]
