"""A text taken apart: statements end with a semicolon, commands begin with a dot and end with their line."""

from __future__ import annotations

import re

__all__ = ["Splitter", "is_whole", "split"]

# What ends what has begun: strings, names in quotes, Ion and comments may hold semicolons.
ENDS = {"'": "'", '"': '"', "`": "`", "--": "\n", "/*": "*/"}
LINE = re.compile(r"[^\n]*\n|[^\n]+")
NEXT = re.compile(r"[;'\"`]|--|/\*")


class Splitter:
    """Takes a text line by line and gives the statements and commands that it completes."""

    def __init__(self) -> None:
        self.length = 0
        """How long the text is that has begun and not ended."""
        self.inside: str | None = None
        """What the pending text stops in: a quote or the beginning of a comment."""
        self.line = 1
        """The line in which the pending text begins."""
        self._parts: list[str] = []
        self._lines = 0
        self._has_content = False

    @property
    def pending(self) -> str:
        """What has begun and not ended."""
        return "".join(self._parts)

    @property
    def is_empty(self) -> bool:
        """Whether nothing but space and comments is pending."""
        return not self._has_content

    def feed(self, text: str) -> list[tuple[int, str]]:
        """Take a text, of whole lines unless it is the last; give what ends in it, each with its first line."""
        return [each for line in LINE.findall(text) for each in self._feed_line(line)]

    def finish(self) -> list[tuple[int, str]]:
        """Give what is pending, at the end of all."""
        pending, line = self.pending.strip(), self.line
        found = [] if self.is_empty else [(line, pending)]
        self._begin()
        self.inside = None
        return found

    def _feed_line(self, line: str) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = []
        self._lines += 1
        place = start = 0
        while place < len(line):
            if self.inside is not None:
                end = line.find(ENDS[self.inside], place)
                if end < 0:
                    break
                place = end + len(ENDS[self.inside])
                self.inside = None
                continue
            if self.is_empty and line[place:].lstrip().startswith("."):
                found.append((self._lines, line[place:].strip()))
                self._begin()
                return found
            match = NEXT.search(line, place)
            until = match.start() if match else len(line)
            self._note(line[place:until])
            place = match.end() if match else until
            if match is None:
                break
            if match[0] != ";":
                self.inside = match[0]
                self._note("" if match[0] in ("--", "/*") else match[0])
                continue
            if not self.is_empty:
                found.append((self.line, (self.pending + line[start:place]).strip()))
            self._begin()
            start = place
        self._parts.append(line[start:])
        self.length += len(line) - start
        return found

    def _note(self, text: str) -> None:
        if self.is_empty and text.strip():
            self._has_content = True
            self.line = self._lines

    def _begin(self) -> None:
        self._parts, self.length, self._has_content = [], 0, False


def split(text: str) -> list[str]:
    """All statements and commands of a text, also a last one that does not end."""
    splitter = Splitter()
    return [each for _, each in (*splitter.feed(text), *splitter.finish())]


def is_whole(text: str) -> bool:
    """Whether nothing in a text waits for its end."""
    splitter = Splitter()
    splitter.feed(text)
    return splitter.is_empty and splitter.inside != "/*"
