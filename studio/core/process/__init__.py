"""Processes: workers started, dispatched and killed, and what every process of the studio sets up first."""
