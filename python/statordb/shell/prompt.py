"""The prompt: lines are edited, completed and remembered until a statement is whole, then it is carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import has_focus
from prompt_toolkit.history import FileHistory, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings

from statordb.shell.completion import StatementCompleter
from statordb.shell.history import history_path, prepared
from statordb.shell.statements import is_whole, split

if TYPE_CHECKING:
    from prompt_toolkit.history import History
    from prompt_toolkit.key_binding import KeyPressEvent

    from statordb.shell.session import Session

__all__ = ["interact"]

PROMPT = "statordb> "
CONTINUED = "     ...> "


def interact(session: Session) -> None:
    """Read and carry out statements and commands until `.exit` or Ctrl-D. Ctrl-C drops what was typed."""
    prompt: PromptSession[str] = PromptSession(
        PROMPT,
        multiline=True,
        prompt_continuation=CONTINUED,
        key_bindings=_bindings(),
        history=_history(session),
        completer=StatementCompleter(session.catalog),
        complete_while_typing=False,
    )
    while not session.is_over:
        try:
            text = prompt.prompt()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        for each in split(text):
            if not session.do(each) or session.is_over:
                break
        session.out.flush()


def _history(session: Session) -> History:
    path = history_path()
    try:
        return FileHistory(str(prepared(path)))
    except OSError as error:
        session.say(f"what is typed is not remembered: {path}: {error.strerror}")
        return InMemoryHistory()


def _bindings() -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("enter", filter=has_focus(DEFAULT_BUFFER))
    def enter(event: KeyPressEvent) -> None:
        """Accept a completion, else a text that is whole, else begin a line."""
        buffer = event.current_buffer
        if buffer.complete_state is not None and buffer.complete_state.current_completion is not None:
            buffer.complete_state = None
        elif is_whole(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    return bindings
