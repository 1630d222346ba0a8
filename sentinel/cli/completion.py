"""`completion`: what shells need to know to complete our words, made from the same table as the parser."""

from collections.abc import Iterator

from sentinel.cli.call import Call
from sentinel.cli.parser import verb_parser
from sentinel.cli.table import verbs


def completion(call: Call) -> int:
    """Print the completions of a shell."""
    call.out.line({"bash": _bash, "zsh": _zsh, "fish": _fish}[call.args.shell]())
    return 0


def words() -> Iterator[tuple[str, str, list[tuple[str, str]], list[str]]]:
    """Each verb, what it is for, its options with their help, and the words that it takes."""
    for verb in verbs():
        options, choices = [], []
        for action in verb_parser(verb)._actions:
            options += [(name, action.help or "") for name in action.option_strings]
            if not action.option_strings and action.choices:
                choices += [str(choice) for choice in action.choices]
        yield verb.name, verb.about.partition(".")[0], options, choices


def _bash() -> str:
    cases = "\n".join(
        f"    {name}) words='{' '.join([*(option for option, _ in options), *choices])}' ;;"
        for name, _, options, choices in words()
    )
    return f"""_sentinel() {{
  local words='{" ".join(verb.name for verb in verbs())}' current="${{COMP_WORDS[COMP_CWORD]}}"
  if [ "$COMP_CWORD" -gt 1 ]; then
    case "${{COMP_WORDS[1]}}" in
{cases}
    *) words='' ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _sentinel sentinel"""


def _zsh() -> str:
    lines = "\n".join(f"    {_quoted(f'{name}:{about}')}" for name, about, _, _ in words())
    cases = "\n".join(
        f"    {name}) _arguments {_zsh_words(options, choices)} ;;" for name, _, options, choices in words()
    )
    return f"""#compdef sentinel
_sentinel() {{
  local -a verbs
  verbs=(
{lines}
  )
  if (( CURRENT == 2 )); then
    _describe verb verbs
    return
  fi
  local verb=$words[2]
  shift words
  (( CURRENT-- ))
  case $verb in
{cases}
  esac
}}
compdef _sentinel sentinel"""


def _zsh_words(options: list[tuple[str, str]], choices: list[str]) -> str:
    told = [_quoted(f"{option}[{_bare(help)}]") for option, help in options]
    taken = f"({' '.join(choices)})" if choices else "_files"
    return " ".join([*told, _quoted(f"*:word:{taken}")])


def _fish() -> str:
    lines = []
    for name, about, options, choices in words():
        lines.append(f"complete -c sentinel -n __fish_use_subcommand -a {name} -d {_quoted(about)}")
        inside = f"-n '__fish_seen_subcommand_from {name}'"
        for option, help in options:
            kind = f"-l {option[2:]}" if option.startswith("--") else f"-s {option[1:]}"
            lines.append(f"complete -c sentinel {inside} {kind} -d {_quoted(help)}")
        lines += [f"complete -c sentinel {inside} -f -a {choice}" for choice in choices]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _bare(text: str) -> str:
    return text.replace("[", "(").replace("]", ")").replace(":", " ")
