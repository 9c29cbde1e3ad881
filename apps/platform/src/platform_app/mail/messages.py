"""From what a mail says to the bytes that go over the wire."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from html import escape


@dataclass(frozen=True)
class Letter:
    """What a mail says. Nothing in it was written by a stranger: no name, no text, only addresses and our links.

    Args:
        subject: one line.
        paragraphs: plain text.
        link: where the one button leads, if there is one.
        action: what the button says.
    """

    subject: str
    paragraphs: tuple[str, ...]
    link: str | None = None
    action: str = ""

    @property
    def text(self) -> str:
        parts = [*self.paragraphs]
        if self.link:
            parts.insert(1, f"{self.action}:\n{self.link}")
        return "\n\n".join(parts) + "\n"

    @property
    def html(self) -> str:
        parts = [f"<p>{escape(paragraph)}</p>" for paragraph in self.paragraphs]
        if self.link:
            parts.insert(1, f'<p><a href="{escape(self.link)}">{escape(self.action)}</a></p>')
        body = "\n".join(parts)
        title = escape(self.subject)
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8">'
            f"<title>{title}</title></head>\n<body>\n{body}\n</body>\n</html>\n"
        )


def compose(letter: Letter, *, sender: str, recipient: str, message_id: str) -> EmailMessage:
    """A mail of text and HTML.

    Raises:
        ValueError: a control character in a header, which could begin another one. Python's own check lets those
            pass that come as an encoded word: `=?utf-8?q?=0D=0ABcc:...?=`.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = letter.subject
    message["Message-ID"] = message_id
    message["Date"] = datetime.now(UTC)
    message["Auto-Submitted"] = "auto-generated"
    for name, value in message.items():
        if any(character < " " or character == "\x7f" for character in str(value)):
            raise ValueError(f"a control character in the header {name}")
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message
