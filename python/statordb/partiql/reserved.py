"""Words that are no names unless they stand in double quotes (measured, with DynamoDB Local 3.3.1)."""

from __future__ import annotations

__all__ = ["RESERVED"]

# fmt: off
RESERVED = frozenset(
    """
    absolute action add all allocate alter and any are as asc assertion at authorization avg bag begin between bit
    blob bool boolean by cascade cascaded case cast catalog char character check clob close coalesce collate
    collation column commit conflict connect connection constraint constraints continue convert corresponding count
    create cross current current_user cursor date date_add deallocate dec decimal declare default deferrable
    deferred delete desc describe descriptor diagnostics disconnect distinct do domain double drop else end escape
    except exception exec execute exists external extract fetch first float for foreign found from full get global
    go goto grant group having identity immediate in index indicator initially inner input insensitive insert int
    integer intersect interval into is isolation join key language last left let level like limit list local lower
    match max min modified module names national natural nchar new next no not nothing nullif numeric of old on only
    open option or order outer output overlaps pad partial pivot position precision prepare preserve primary prior
    privileges procedure public read real references relative remove restrict returning revoke right rollback rows
    schema scroll section select session session_user set sexp size smallint some space sql sqlcode sqlerror
    sqlstate string struct substring sum symbol system_user table temporary then time timestamp to transaction
    translate translation trim tuple union unique unknown unpivot update upper usage user using value values varchar
    varying view when whenever where with work write zone
    """.split()  # noqa: SIM905 (a column of words would be long)
)
# fmt: on
