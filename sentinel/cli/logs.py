"""`logs`: what the workers of a run wrote."""

from sentinel.cli.call import Call


def logs(call: Call) -> int:
    """Print the logs of a run, of one step, of one attempt."""
    args = call.args
    last = ""
    ended = True
    for message in call.client.follow("logs", run=args.run, step=args.step, attempt=args.attempt, follow=args.follow):
        attempt, text = message["attempt"], message["line"]
        if attempt != last:
            if not ended:
                call.out.line()
            call.out.line(call.out.ink(f"── {attempt}", "dim"))
            last = attempt
        call.out.block(text)
        ended = text.endswith("\n")
    if not ended:
        call.out.line()
    if not last:
        call.out.say("Nothing has been written yet.")
    return 0
