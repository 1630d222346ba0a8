"""The daemon's door: who may come in, what can be asked, and the client; and `here`, for what needs no daemon."""
