"""The daemon: an engine that decides and records, hands that start and watch workers, and an alarm clock."""
