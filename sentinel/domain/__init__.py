"""Every value that crosses a room, the legal moves of each aggregate, and the policies: no I/O, clock or chance."""
