"""Names and SQL texts, spelled so that Postgres, SQLAlchemy and Python each read back what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy.dialects import postgresql

_PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w+(?!:))")  # where sqlalchemy.text() would see a bound parameter
_PREPARER = postgresql.dialect(paramstyle="named").identifier_preparer  # type: ignore[no-untyped-call] # knows the reserved words
_LONG = 80  # characters after which a statement gets lines of its own


def quoted(*parts: str) -> str:
    """Give a qualified name: `trading."weird ""name"`, quoted only where it must be."""
    return ".".join(_PREPARER.quote(part) for part in parts)


def mentions(text: str, schema: str, name: str) -> bool:
    """Whether a definition names an object of a schema, quoted or not."""
    schema, name = (
        f'(?:"{re.escape(part.replace(chr(34), chr(34) * 2))}"|{re.escape(part)})' for part in (schema, name)
    )
    return re.search(rf'(?<![\w"]){schema}\.{name}(?![\w"])', text) is not None


def executed(statement: str) -> str:
    """Give the line of Python that runs a statement in a revision.

    Args:
        statement: exactly what Postgres is to read; `op.execute` treats colons as parameters, so they are escaped.
    """
    text = _PARAMETER.sub(r"\\:", re.sub(r"\\(?=:)", r"\\\\", statement))
    if "\n" not in text and len(text) <= _LONG:
        return f"op.execute({_short(text)})"
    body = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'op.execute(\n    """\n{body}\n"""\n)'


def committed(lines: Iterable[str]) -> str:
    """Give the block of Python that runs lines outside of the revision's transaction."""
    return "\n".join(["with op.get_context().autocommit_block():", *map(indented, lines)])


def indented(code: str) -> str:
    """Indent Python by one level, and leave alone what is within the triple quotes of a statement."""
    parts = code.split('"""') if '    """\n' in code else [code]
    return '"""'.join(
        part
        if number % 2
        else re.sub(r"^(?=.)", "    ", part, flags=re.MULTILINE)
        if number == 0
        else _after(part)
        for number, part in enumerate(parts)
    )


def _after(part: str) -> str:
    """Indent what follows closing triple quotes: every line but the one they are on."""
    return re.sub(r"\n(?=.)", "\n    ", part)


def _short(text: str) -> str:
    escaped = text.replace("\\", "\\\\")
    if '"' in text and "'" not in text:
        return f"'{escaped}'"
    return '"' + escaped.replace('"', '\\"') + '"'
