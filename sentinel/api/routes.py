"""Every route of the door."""

from sentinel.api import (
    routes_asked,
    routes_board,
    routes_feeds,
    routes_figures,
    routes_glance,
    routes_house,
    routes_keep,
    routes_lines,
    routes_live,
    routes_outcomes,
    routes_packages,
    routes_plan,
    routes_queue,
    routes_recipes,
    routes_record,
    routes_reforge,
    routes_runs,
    routes_verdicts,
    routes_watch,
    routes_zoo,
)
from sentinel.api.route import Route

ROUTES: dict[str, Route] = {
    route.name: route
    for module in (
        routes_queue,
        routes_watch,
        routes_figures,
        routes_record,
        routes_verdicts,
        routes_runs,
        routes_lines,
        routes_asked,
        routes_packages,
        routes_reforge,
        routes_feeds,
        routes_outcomes,
        routes_glance,
        routes_live,
        routes_zoo,
        routes_board,
        routes_plan,
        routes_recipes,
        routes_house,
        routes_keep,
    )
    for route in module.ROUTES
}
