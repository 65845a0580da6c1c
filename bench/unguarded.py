"""Our server without the question who asks and without limits: what bench/guards.py compares the guards with."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fastapi import Request, Response

import main
from auth_service import LOOPBACK
from routes.rights import GuardedRoute, Handler


def _let_in(route: GuardedRoute) -> Handler:
    answer = route.inner_handler()

    async def handler(request: Request) -> Response:
        request.state.principal = LOOPBACK
        return await answer(request)

    return handler


if __name__ == "__main__":
    GuardedRoute.get_route_handler = _let_in  # type: ignore[assignment,method-assign]  # the comparison
    raise SystemExit(main.main())
