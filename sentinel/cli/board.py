"""`board`: each line's versions with their scores, their ranks on the Hub, what waits and what is behind."""

from sentinel.api.draw.board import draw_board
from sentinel.api.draw.moments import now
from sentinel.cli.call import Call


def board(call: Call) -> int:
    """Show the board."""
    told = call.ask("board", line=call.args.line)
    if call.args.json:
        call.out.json(told)
    else:
        draw_board(call.out, told, now())
    return 0
