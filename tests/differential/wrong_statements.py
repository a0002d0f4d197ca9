"""Statements that are wrong on purpose, or as good as wrong: what DynamoDB leaves out of PartiQL, and what it refuses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .statement_text import quoted

if TYPE_CHECKING:
    from random import Random

    from .schema import Table
    from .values import Item

LETTERS = re.compile(r"\b[TPKI]\b")
# `T` is the table, `P` its partition key, `K` a condition that names one item and `I` an item of that key.
WRONG = (
    "SELECT * FROM T WHERE P = true",
    "SELECT * FROM T WHERE P = ['a']",
    "SELECT * FROM T WHERE P = null",
    "SELECT * FROM T WHERE K AND n1 + 1 = 2",
    "SELECT * FROM T WHERE n1 * 2 > 2",
    "SELECT * FROM T WHERE s1 || 'a' = 'aa'",
    "SELECT * FROM T WHERE s1 LIKE 'a%'",
    "SELECT * FROM T WHERE foo(s1)",
    "SELECT * FROM T WHERE size(s1)",
    "SELECT * FROM T WHERE begins_with(s1)",
    "SELECT * FROM T WHERE begins_with(s1, 1)",
    "SELECT * FROM T WHERE contains(s1, 'a', 'b')",
    "SELECT * FROM T WHERE attribute_type(s1, 'DOG')",
    "SELECT * FROM T WHERE s1",
    "SELECT * FROM T WHERE true",
    "SELECT * FROM T WHERE 1 = 1",
    "SELECT * FROM T WHERE s1 = MISSING",
    "SELECT * FROM T WHERE s1 IN ()",
    "SELECT * FROM T WHERE ss1 = <<>>",
    "SELECT * FROM T WHERE ss1 = <<'a', 1>>",
    "SELECT * FROM T WHERE ss1 = <<'a', 'a'>>",
    "SELECT * FROM T WHERE n1 BETWEEN 2 AND 1",
    "SELECT * FROM T WHERE n1 BETWEEN 'a' AND 1",
    "SELECT * FROM T WHERE n1 > true",
    "SELECT * FROM T WHERE select = 1",
    "SELECT * FROM T WHERE user = 1 AND P = 'a'",
    "SELECT * FROM T WHERE K ORDER BY s1",
    "SELECT * FROM T ORDER BY P",
    "SELECT * FROM T WHERE K LIMIT 1",
    "SELECT * FROM T WHERE K GROUP BY n1",
    "SELECT * FROM T t WHERE t.P = 'a'",
    "SELECT * FROM T AS t",
    "SELECT * FROM T, T",
    "SELECT * FROM T.T.T",
    "SELECT * FROM T.P WHERE K",
    "SELECT * FROM no-such-table",
    'SELECT * FROM "no-such-table" WHERE K',
    "SELECT n1, n1 FROM T",
    "SELECT m1.x, m2.x FROM T",
    "SELECT n1 AS x FROM T",
    "SELECT n1 + 1 FROM T",
    "SELECT COUNT(*) FROM T",
    "SELECT size(l1) FROM T",
    "SELECT 'n1' FROM T",
    "SELECT DISTINCT n1 FROM T",
    "SELECT VALUE n1 FROM T",
    "SELECT l1[-1] FROM T",
    "SELECT l1[*] FROM T",
    "SELECT l1['a'] FROM T WHERE K",
    "SELECT *, n1 FROM T",
    "SELECT date FROM T",
    "SELECT m1, m1.x FROM T WHERE K",
    "SELECT * FROM T WHERE K; SELECT * FROM T",
    "INSERT INTO T VALUE {}",
    "INSERT INTO T VALUE {'n1': 1}",
    "INSERT INTO T VALUES I",
    "INSERT INTO T I",
    "INSERT INTO T VALUE I RETURNING ALL OLD *",
    "INSERT INTO T VALUE <<I>>",
    "INSERT INTO T VALUE {'P': true}",
    "INSERT INTO T VALUE {'P': 'a', 'P': 'a'}",
    "INSERT INTO T VALUE {P: 'a'}",
    "INSERT INTO T VALUE {'P': 'a', 'n1': 1 + 1}",
    "INSERT INTO T VALUE {'P': 'a', 'n1': x}",
    "INSERT INTO T VALUE {'P': 'a', 'n1': MISSING}",
    "INSERT INTO T VALUE {'P': 'a', 'n1': 123456789012345678901234567890123456789}",
    "INSERT INTO T VALUE {'P': 'a', 'n1': 1e126}",
    "INSERT INTO T VALUE {'P': 'a', '': 1}",
    "UPDATE T SET n1 = 1",
    "UPDATE T SET n1 = 1 WHERE n1 = 1",
    "UPDATE T SET n1 = 1 WHERE P > 'a'",
    "UPDATE T SET n1 = 1 WHERE NOT K",
    "UPDATE T SET n1 = 1 WHERE K OR K",
    "UPDATE T SET P = 'a' WHERE K",
    "UPDATE T REMOVE P WHERE K",
    "UPDATE T SET n1 = 1, n1 = 2 WHERE K",
    "UPDATE T SET m1 = 1, m1.x = 2 WHERE K",
    "UPDATE T SET n1 = n1 * 2 WHERE K",
    "UPDATE T SET n1 = n1 + 1 + 1 WHERE K",
    "UPDATE T SET n1 = size(l1) WHERE K",
    "UPDATE T SET ss1 = set_add(s1, <<'a'>>) WHERE K",
    "UPDATE T SET ss1 = set_add(ss1, 'a') WHERE K",
    "UPDATE T SET ss1 = set_add(ss1) WHERE K",
    "UPDATE T SET n1 = MISSING WHERE K",
    "UPDATE T SET n1 = foo(1) WHERE K",
    "UPDATE T REMOVE n1, n2 WHERE K",
    "UPDATE T ADD n1 1 WHERE K",
    "UPDATE T SET n1 = 1 WHERE K RETURNING *",
    "UPDATE T SET n1 = 1 WHERE K RETURNING ALL NEW n1",
    "UPDATE T SET n1 = 1 WHERE K RETURNING UPDATED NEW *",
    "UPDATE T WHERE K",
    "UPDATE T.P SET n1 = 1 WHERE K",
    "DELETE FROM T",
    "DELETE FROM T WHERE n1 = 1",
    "DELETE T WHERE K",
    "DELETE FROM T WHERE K RETURNING ALL NEW *",
    "DELETE FROM T WHERE K AND n1 + 1 = 2",
    "DELETE FROM T.P WHERE K",
    "CREATE TABLE T",
    "DROP TABLE T",
    "EXISTS(SELECT * FROM T WHERE K)",
    "EXISTS(SELECT * FROM T WHERE n1 = 1)",
    "SELEC * FROM T",
    "T",
    "",
    "SELECT * FROM T WHERE K AND n1 = :n1",
    "SELECT * FROM T WHERE #a = 1",
    "SELECT * FROM 'T'",
    'SELECT * FROM T WHERE s1 = "a"',
    "SELECT * FROM T WHERE s1 = 'a",
    "SELECT * FROM T WHERE (K",
    "SELECT * FROM T WHERE n1 = 01",
    "SELECT * FROM T WHERE n1 = - 1",
    "SELECT * FROM T WHERE n1 = --1\n 1",
    "SELECT * FROM T /* all */ WHERE NOT (K)",
)
# Values that stand for those of the partition key; a binary cannot be written out.
LITERALS = {"S": ("'a'", "'b'", "1", "''"), "N": ("0", "1", "'a'"), "B": ("'a'", "1")}


def wrong_statement(chance: Random, table: Table) -> tuple[str, Item]:
    """One of them, about a table, and the key that it names."""
    parts = {"T": quoted(table.name), "P": quoted(table.key_names[0])}
    members, conditions, key = [], [], {}
    for name, kind in table.keys:
        text = chance.choice(LITERALS[kind]) if chance.random() < 0.3 else LITERALS[kind][0]
        members.append(f"'{name}': {text}")
        conditions.append(f"{name} = {text}")
        key[name] = {"S": text.strip("'")} if "'" in text else {"N": text}
    parts |= {"K": " AND ".join(conditions), "I": f"{{{', '.join(members)}}}"}
    words = chance.choice(WRONG)
    if "'P'" in words:
        words = words.replace("'P'", f"'{table.key_names[0]}'")
    return LETTERS.sub(lambda found: parts[found[0]], words), key
