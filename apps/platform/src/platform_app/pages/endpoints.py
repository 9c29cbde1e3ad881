import re
from html import escape

from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from platform_app.application import API
from servicekit.routing import Router

router = Router(prefix=API, tags=["pages"])
_CODE = re.compile(r"[A-Za-z0-9_'-]{1,64}")


class Ok(BaseModel):
    ok: bool = True


@router.get("/ok", operation_id="ok")
async def ok() -> Ok:
    """Whether the service answers."""
    return Ok()


@router.get("/error", operation_id="error", response_class=HTMLResponse)
async def error(error: str = "UNKNOWN", error_description: str = "") -> HTMLResponse:
    """A page for a browser that was sent here because something went wrong."""
    code = error if _CODE.fullmatch(error) else "UNKNOWN"
    description = escape(error_description[:500]) or "Something went wrong. Go back and try again."
    return HTMLResponse(
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Error</title></head>\n'
        f"<body>\n<h1>Error</h1>\n<p><code>{escape(code)}</code></p>\n<p>{description}</p>\n</body>\n</html>\n"
    )
