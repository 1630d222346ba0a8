"""`python -m sentinel.evidence`: what the command line has computed in a child, since it imports no numpy itself.

One JSON object comes in, with the word for what to do; one goes out.
"""

import json
import sys

from sentinel.evidence.ask import answer


def main() -> int:
    """Answer one question."""
    sys.stdout.write(json.dumps(answer(json.loads(sys.stdin.read())), allow_nan=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
