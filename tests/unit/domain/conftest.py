"""No deadlines in wall time: the machine that runs the tests is shared, and speed has tests of its own."""

from hypothesis import settings

settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")
