"""The way to a hub of models: the port, the real one over its own client, and a fake in memory."""

from sentinel.outside.hub.change import Change, Receipt
from sentinel.outside.hub.faults import Later
from sentinel.outside.hub.port import Hub, Rank, Remote, Result, Tell, Who
from sentinel.outside.hub.published import differences
from sentinel.outside.hub.real import RealHub

__all__ = ["Change", "Hub", "Later", "Rank", "RealHub", "Receipt", "Remote", "Result", "Tell", "Who", "differences"]
