"""Alerts: what people should hear of once. Jobs note events, which the clock sends."""

from socorro.alerts.events import Event, Kind, note

__all__ = ["Event", "Kind", "note"]
