"""The routing's alerts of a run in training, with what earlier workers of the run saw and said."""

from __future__ import annotations

from studio.core.recipe.recipe import fewest_slots
from studio.core.routing.alerts import RoutingAlerts
from studio.core.routing.routed import Routed
from studio.core.run.load_reader import LoadReader
from studio.core.run.router_groups import router_names
from studio.methods.protocols import routed_method
from studio.training.active_run import ActiveRun


def routing_alerts(run: ActiveRun) -> RoutingAlerts | None:
    """Alerts that go on where the run's steps so far left off; None for a method without a router."""
    routed = routed_method(run.model)
    if routed is None:
        return None
    names = router_names(routed.routed_layers())
    top_k, widths = fewest_slots(run.setup.decided.method), tuple(routed.experts_per_layer())
    alerts = RoutingAlerts(Routed(names, top_k, widths), run.setup.tasks.names)
    run.recorder.flush()
    with LoadReader(run.folder.db) as reader:
        # Those of steps that are repeated too: they are on record, and would be raised again.
        alerts.remember(stored.event for stored in reader.events(kinds=["WarningRaised"]))
        if (window := reader.window(run.step, RoutingAlerts.STEPS)) is not None:
            for place, step in enumerate(window.steps):
                alerts.add(step, {task: counts[place] for task, counts in window.tasks.items()})
    return alerts
