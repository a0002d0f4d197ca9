//! Messages of expressions that cannot be used. A row is a text, names, values, whether the message belongs to the families
//! with an envelope, and the message behind `Invalid XExpression: `.

use statordb_engine::error::{Error, Result};
use statordb_engine::expr::{Condition, ExpressionKind, KeyCondition, Projection, Update};

use crate::notation::{Usage, substitutions};

const ENVELOPED: bool = true;
const BARE: bool = false;

type Row = (&'static str, &'static str, &'static str, bool, &'static str);

/// Parses and binds.
fn read(kind: ExpressionKind, text: &str, names: &str, values: &str) -> Result<()> {
    let subs = substitutions(names, values);
    let usage = &mut Usage::default();
    match kind {
        ExpressionKind::Update => Update::parse(text)?.bind(&subs, usage).map(|_| ()),
        ExpressionKind::Projection => Projection::parse(text)?.bind(&subs, usage).map(|_| ()),
        ExpressionKind::KeyCondition => {
            KeyCondition::parse(text)?.bind(&subs, usage).and_then(|bound| bound.terms().map(|_| ()))
        }
        kind => Condition::parse(kind, text)?.bind(&subs, usage).map(|_| ()),
    }
}

fn check(kind: ExpressionKind, rows: &[Row]) {
    for (text, names, values, is_enveloped, message) in rows {
        let message = format!("Invalid {}: {message}", kind.parameter());
        let wanted = if *is_enveloped { Error::request(message) } else { Error::validation(message) };
        assert_eq!(read(kind, text, names, values), Err(wanted), "{text} {names} {values}");
    }
}

#[rustfmt::skip]
const CONDITIONS: &[Row] = &[
    ("n between :h and :l", "", r#"{":l":{"N":"1"},":h":{"N":"9"}}"#, ENVELOPED, "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:9}, upper bound operand: AttributeValue: {N:1}"),
    ("n BETWEEN :l AND :h", "", r#"{":l":{"S":"1"},":h":{"N":"9"}}"#, ENVELOPED, "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {S:1}, upper bound operand: AttributeValue: {N:9}"),
    ("n IN ()", "", "", ENVELOPED, r#"Syntax error; token: ")", near: "()""#),
    ("attribute_exists(:s)", "", r#"{":s":{"S":"x"}}"#, ENVELOPED, "Operator or function requires a document path; operator or function: attribute_exists"),
    ("attribute_type(s, :t)", "", r#"{":t":{"S":"DOG"}}"#, ENVELOPED, "Invalid attribute type name found; type: DOG, valid types: {N,BS,L,B,NULL,M,S,SS,NS,BOOL}"),
    ("attribute_type(s, :t)", "", r#"{":t":{"N":"1"}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N"),
    ("attribute_type(s, n)", "", "", ENVELOPED, "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}"),
    ("begins_with(s, :s)", "", r#"{":s":{"N":"1"}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"),
    ("begins_with(s, s)", "", "", ENVELOPED, "The first operand must be distinct from the remaining operands for this operator or function; operator: begins_with, first operand: [s]"),
    ("contains(s, s)", "", "", ENVELOPED, "The first operand must be distinct from the remaining operands for this operator or function; operator: contains, first operand: [s]"),
    ("size(:n) = :n", "", r#"{":n":{"N":"3"}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator or function: size, operand type: N"),
    ("size(size(s)) = :n", "", r#"{":n":{"N":"3"}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator or function: size, operand type: N"),
    ("size(s)", "", "", ENVELOPED, "The function is not allowed to be used this way in an expression; function: size"),
    ("size(s, n) = :n", "", r#"{":n":{"N":"1"}}"#, ENVELOPED, "Incorrect number of operands for operator or function; operator or function: size, number of operands: 2"),
    ("((s = :s))", "", r#"{":s":{"S":"hello"}}"#, ENVELOPED, "The expression has redundant parentheses;"),
    ("s = ((:s))", "", r#"{":s":{"S":"hello"}}"#, ENVELOPED, "The expression has redundant parentheses;"),
    ("l < :x", "", r#"{":x":{"L":[]}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator or function: <, operand type: L"),
    ("s < :x", "", r#"{":x":{"BOOL":true}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL"),
    ("s < :x", "", r#"{":x":{"SS":["a"]}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator or function: <, operand type: SS"),
    ("s = s", "", "", ENVELOPED, "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [s]"),
    ("s <> s", "", "", ENVELOPED, "The first operand must be distinct from the remaining operands for this operator or function; operator: <>, first operand: [s]"),
    ("", "", "", ENVELOPED, "The expression can not be empty;"),
    ("s", "", "", ENVELOPED, r#"Syntax error; token: "<EOF>", near: "s""#),
    ("  ", "", "", ENVELOPED, r#"Syntax error; token: "<EOF>", near: "  ""#),
    ("  ) (", "", "", ENVELOPED, r#"Syntax error; token: ")", near: "  ) (""#),
    (":s", "", r#"{":s":{"S":"x"}}"#, ENVELOPED, r#"Syntax error; token: "<EOF>", near: ":s""#),
    ("s = ", "", "", ENVELOPED, r#"Syntax error; token: "<EOF>", near: "= ""#),
    ("s == :s", "", r#"{":s":{"S":"x"}}"#, ENVELOPED, r#"Syntax error; token: "=", near: "== :s""#),
    ("s != :s", "", r#"{":s":{"S":"x"}}"#, ENVELOPED, r#"Syntax error; token: "!", near: "s !=""#),
    ("s = :s AND", "", r#"{":s":{"S":"x"}}"#, ENVELOPED, r#"Syntax error; token: "<EOF>", near: "AND""#),
    ("s = :s)", "", r#"{":s":{"S":"x"}}"#, ENVELOPED, r#"Syntax error; token: ")", near: ":s)""#),
    ("(s = :s", "", r#"{":s":{"S":"x"}}"#, ENVELOPED, r#"Syntax error; token: "<EOF>", near: ":s""#),
    ("s = 5", "", "", ENVELOPED, r#"Syntax error; token: "5", near: "= 5""#),
    (r#"s = "x""#, "", "", ENVELOPED, r#"Syntax error; token: """, near: "= "x""#),
    ("s = 'x'", "", "", ENVELOPED, r#"Syntax error; token: "'", near: "= 'x""#),
    ("_s = :s", "", r#"{":s":{"S":"x"}}"#, ENVELOPED, r#"Syntax error; token: "_", near: "_s""#),
    ("1s = :s", "", r#"{":s":{"S":"x"}}"#, ENVELOPED, r#"Syntax error; token: "1", near: "1s""#),
    ("s-x = :s", "", r#"{":s":{"S":"x"}}"#, ENVELOPED, r#"Syntax error; token: "-", near: "s-x""#),
    ("s. = :s", "", r#"{":s":{"S":"x"}}"#, ENVELOPED, r#"Syntax error; token: "=", near: ". = :s""#),
    ("s[a] = :s", "", r#"{":s":{"S":"x"}}"#, ENVELOPED, r#"Syntax error; token: "a", near: "[a]""#),
    ("s[-1] = :s", "", r#"{":s":{"S":"x"}}"#, ENVELOPED, r#"Syntax error; token: "-", near: "[-1""#),
    ("s[0 = :s", "", r#"{":s":{"S":"x"}}"#, ENVELOPED, r#"Syntax error; token: "=", near: "0 = :s""#),
    ("#s = :s", "", r#"{":s":{"S":"x"}}"#, BARE, "An expression attribute name used in the document path is not defined; attribute name: #s"),
    ("s = :t", "", r#"{":s":{"S":"x"}}"#, BARE, "An expression attribute value used in expression is not defined; attribute value: :t"),
    ("name = :s", "", r#"{":s":{"S":"x"}}"#, ENVELOPED, "Attribute name is a reserved keyword; reserved keyword: name"),
    ("foo(s)", "", "", ENVELOPED, "Invalid function name; function: foo"),
    ("Attribute_Exists(s)", "", "", ENVELOPED, "Invalid function name; function: Attribute_Exists"),
    ("attribute_exists(s) = :n", "", r#"{":n":{"N":"1"}}"#, ENVELOPED, "The function is not allowed to be used this way in an expression; function: attribute_exists"),
    ("attribute_exists(s, n)", "", "", ENVELOPED, "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2"),
    ("attribute_exists()", "", "", ENVELOPED, r#"Syntax error; token: ")", near: "()""#),
    ("contains(s)", "", "", ENVELOPED, "Incorrect number of operands for operator or function; operator or function: contains, number of operands: 1"),
    ("if_not_exists(s, :s) = :s", "", r#"{":s":{"S":"x"}}"#, ENVELOPED, "The function is not allowed in a condition expression; function: if_not_exists"),
    ("list_append(l, l) = :s", "", r#"{":s":{"S":"x"}}"#, ENVELOPED, "The function is not allowed in a condition expression; function: list_append"),
    ("s = :s ANDn = :n", "", r#"{":s":{"S":"hello"},":n":{"N":"5"}}"#, ENVELOPED, r#"Syntax error; token: "ANDn", near: ":s ANDn =""#),
    ("#n1 = :s", "", r#"{":s":{"S":"hello"}}"#, BARE, "An expression attribute name used in the document path is not defined; attribute name: #n1"),
    ("s = :s", "", "", BARE, "An expression attribute value used in expression is not defined; attribute value: :s"),
    ("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = :s", "", r#"{":s":{"S":"x"}}"#, ENVELOPED, "The document path has too many nesting levels; nesting levels: 41"),
    ("l[999999999999] = :s", "", r#"{":s":{"S":"x"}}"#, ENVELOPED, "List index is not within the allowable range; index: [999999999999]"),
    ("s = :w", "", r#"{":v":{"S":"x"}}"#, BARE, "An expression attribute value used in expression is not defined; attribute value: :w"),
    // What is reported first.
    ("((foo(name) = :u))", "", "", ENVELOPED, "The expression has redundant parentheses;"),
    ("name = :u AND foo(size(s))", "", "", ENVELOPED, "Invalid function name; function: foo"),
    ("name = :u AND size(s)", "", "", ENVELOPED, "The function is not allowed to be used this way in an expression; function: size"),
    ("contains(s) AND name = :u", "", "", ENVELOPED, "Attribute name is a reserved keyword; reserved keyword: name"),
    ("s = :u AND contains(s)", "", "", BARE, "An expression attribute value used in expression is not defined; attribute value: :u"),
    ("contains(s) AND s = :u", "", "", ENVELOPED, "Incorrect number of operands for operator or function; operator or function: contains, number of operands: 1"),
    ("#u = :u", "", "", BARE, "An expression attribute name used in the document path is not defined; attribute name: #u"),
    (":u = #u", "", "", BARE, "An expression attribute value used in expression is not defined; attribute value: :u"),
    ("contains(s, s, s)", "", "", ENVELOPED, "Incorrect number of operands for operator or function; operator or function: contains, number of operands: 3"),
    ("s = :s AND s = s AND s < :x", "", r#"{":s":{"S":"x"},":x":{"NULL":true}}"#, ENVELOPED, "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [s]"),
    ("s < :x AND s = s", "", r#"{":x":{"NULL":true}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator or function: <, operand type: NULL"),
    ("size(s, s) = :u", "", "", ENVELOPED, "Incorrect number of operands for operator or function; operator or function: size, number of operands: 2"),
    ("s = :s AND (", "", "", ENVELOPED, r#"Syntax error; token: "<EOF>", near: "(""#),
    // Operands.
    ("a[1].b = #a[1].#b", r##"{"#a":"a","#b":"b"}"##, "", ENVELOPED, "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a, [1], b]"),
    ("s BETWEEN s AND n", "", "", ENVELOPED, "The first operand must be distinct from the remaining operands for this operator or function; operator: BETWEEN, first operand: [s]"),
    ("s in (n, s)", "", "", ENVELOPED, "The first operand must be distinct from the remaining operands for this operator or function; operator: IN, first operand: [s]"),
    ("begins_with(:n, s)", "", r#"{":n":{"N":"1"}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"),
    ("begins_with(s, size(n))", "", "", ENVELOPED, "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"),
    ("s between :x and n", "", r#"{":x":{"M":{}}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: M"),
    ("s >= :x", "", r#"{":x":{"NS":["1"]}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator or function: >=, operand type: NS"),
    (":x <= s", "", r#"{":x":{"BS":["AQ=="]}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator or function: <=, operand type: BS"),
    ("s > :x", "", r#"{":x":{"M":{}}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator or function: >, operand type: M"),
    ("size(:x) = :x", "", r#"{":x":{"BOOL":true}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator or function: size, operand type: BOOL"),
    ("size(:x) = :x", "", r#"{":x":{"NULL":true}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator or function: size, operand type: NULL"),
    ("attribute_not_exists(size(s))", "", "", ENVELOPED, "Operator or function requires a document path; operator or function: attribute_not_exists"),
    ("attribute_not_exists(:u)", "", "", BARE, "An expression attribute value used in expression is not defined; attribute value: :u"),
    ("contains(s, attribute_exists(n))", "", "", ENVELOPED, "The function is not allowed to be used this way in an expression; function: attribute_exists"),
    ("NOT size(s)", "", "", ENVELOPED, "The function is not allowed to be used this way in an expression; function: size"),
    ("s = :s AND (size(s))", "", "", ENVELOPED, "The function is not allowed to be used this way in an expression; function: size"),
    ("s between :x AND :y", "", r#"{":x":{"B":"/w=="},":y":{"B":"AA=="}}"#, ENVELOPED, "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {B:/w==}, upper bound operand: AttributeValue: {B:AA==}"),
    // Parentheses.
    ("((attribute_exists(s)))", "", "", ENVELOPED, "The expression has redundant parentheses;"),
    ("((s) = :s) AND NOT ((n = :n))", "", r#"{":s":{"S":"x"},":n":{"N":"1"}}"#, ENVELOPED, "The expression has redundant parentheses;"),
    ("size(((s))) = :n", "", "", ENVELOPED, "The expression has redundant parentheses;"),
    // Tokens out of place.
    ("s = :s AND AND n = :n", "", "", ENVELOPED, r#"Syntax error; token: "AND", near: "AND AND n""#),
    ("(s) AND n = :n", "", "", ENVELOPED, r#"Syntax error; token: "AND", near: ") AND n""#),
    ("(s = :s) = :s", "", "", ENVELOPED, r#"Syntax error; token: "=", near: ") = :s""#),
    ("s = (n = :n)", "", "", ENVELOPED, r#"Syntax error; token: "=", near: "n = :n""#),
    ("size(s = :s) = :n", "", "", ENVELOPED, r#"Syntax error; token: "=", near: "s = :s""#),
    ("s = NOT n", "", "", ENVELOPED, r#"Syntax error; token: "NOT", near: "= NOT n""#),
    ("s IN :s", "", "", ENVELOPED, r#"Syntax error; token: ":s", near: "IN :s""#),
    ("s IN (:s", "", "", ENVELOPED, r#"Syntax error; token: "<EOF>", near: ":s""#),
    ("s BETWEEN :a OR :b", "", "", ENVELOPED, r#"Syntax error; token: "OR", near: ":a OR :b""#),
    ("s = :s = :s", "", "", ENVELOPED, r#"Syntax error; token: "=", near: ":s = :s""#),
    ("s = :s n = :n", "", "", ENVELOPED, r#"Syntax error; token: "n", near: ":s n =""#),
    ("s = :s OR", "", "", ENVELOPED, r#"Syntax error; token: "<EOF>", near: "OR""#),
    ("s + n = :s", "", "", ENVELOPED, r#"Syntax error; token: "+", near: "s + n""#),
    ("set = :s", "", "", ENVELOPED, r#"Syntax error; token: "set", near: "set =""#),
    ("m.and = :s", "", "", ENVELOPED, r#"Syntax error; token: "and", near: ".and =""#),
    ("m.#k(s)", "", "", ENVELOPED, r##"Syntax error; token: "(", near: "#k(s""##),
    ("# = :s", "", "", ENVELOPED, r##"Syntax error; token: "#", near: "# =""##),
    ("\u{e9} = :s", "", "", ENVELOPED, "Syntax error; token: \"\u{e9}\", near: \"\u{e9} =\""),
    ("l[1][2.3] = :s", "", "", ENVELOPED, r#"Syntax error; token: ".", near: "2.3""#),
    ("l[2147483648] = :s", "", "", ENVELOPED, "List index is not within the allowable range; index: [2147483648]"),
    ("m.Name.x = :s", "", "", ENVELOPED, "Attribute name is a reserved keyword; reserved keyword: Name"),
];

#[rustfmt::skip]
const UPDATES: &[Row] = &[
    ("SET n = n + n + n", "", "", ENVELOPED, r#"Syntax error; token: "+", near: "n + n""#),
    ("SET n = n + :s", "", r#"{":s":{"S":"x"}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator or function: +, operand type: S"),
    ("SET l = list_append(l, :v)", "", r#"{":v":{"N":"4"}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator or function: list_append, operand type: N"),
    ("SET l = list_append(l)", "", "", ENVELOPED, "Incorrect number of operands for operator or function; operator or function: list_append, number of operands: 1"),
    ("SET l = list_append(list_append(l, l), l)", "", "", ENVELOPED, "The function is not allowed to be used this way in an expression; function: list_append"),
    ("SET x = if_not_exists(list_append(l, l), l)", "", "", ENVELOPED, "The function is not allowed to be used this way in an expression; function: list_append"),
    ("ADD n :v", "", r#"{":v":{"S":"x"}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"),
    ("ADD n :v", "", r#"{":v":{"L":[{"N":"1"}]}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator: ADD, operand type: LIST, typeSet: ALLOWED_FOR_ADD_OPERAND"),
    ("ADD l :v", "", r#"{":v":{"L":[{"N":"1"}]}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator: ADD, operand type: LIST, typeSet: ALLOWED_FOR_ADD_OPERAND"),
    ("ADD m :v", "", r#"{":v":{"M":{}}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator: ADD, operand type: MAP, typeSet: ALLOWED_FOR_ADD_OPERAND"),
    ("ADD n :v", "", r#"{":v":{"BOOL":true}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator: ADD, operand type: BOOLEAN, typeSet: ALLOWED_FOR_ADD_OPERAND"),
    ("ADD n :v", "", r#"{":v":{"NULL":true}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator: ADD, operand type: NULL, typeSet: ALLOWED_FOR_ADD_OPERAND"),
    ("DELETE ss :v", "", r#"{":v":{"S":"x"}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator: DELETE, operand type: STRING, typeSet: ALLOWED_FOR_DELETE_OPERAND"),
    ("DELETE n :v", "", r#"{":v":{"N":"1"}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND"),
    ("", "", "", ENVELOPED, "The expression can not be empty;"),
    ("SET", "", "", ENVELOPED, r#"Syntax error; token: "<EOF>", near: "SET""#),
    ("SET s", "", "", ENVELOPED, r#"Syntax error; token: "<EOF>", near: "s""#),
    ("SET s =", "", "", ENVELOPED, r#"Syntax error; token: "<EOF>", near: "=""#),
    ("SET s = :v,", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, r#"Syntax error; token: "<EOF>", near: ",""#),
    ("SET s = :v SET n = :v", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, r#"The "SET" section can only be used once in an update expression;"#),
    ("SET s = :v REMOVE n SET x = :v", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, r#"The "SET" section can only be used once in an update expression;"#),
    ("FOO s = :v", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, r#"Syntax error; token: "FOO", near: "FOO s""#),
    ("SET s = :v REMOVE s", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [s], path two: [s]"),
    ("SET s = :v, s = :v", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [s], path two: [s]"),
    ("SET m = :v, m.k = :v", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m], path two: [m, k]"),
    ("SET m.k = :v, m[0] = :v", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [m, k], path two: [m, [0]]"),
    ("SET s := :v", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, r#"Syntax error; token: ":", near: "s :=""#),
    ("REMOVE s = :v", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, r#"Syntax error; token: "=", near: "s = :v""#),
    ("REMOVE", "", "", ENVELOPED, r#"Syntax error; token: "<EOF>", near: "REMOVE""#),
    ("ADD s", "", "", ENVELOPED, r#"Syntax error; token: "<EOF>", near: "s""#),
    ("ADD s n", "", "", ENVELOPED, r#"Syntax error; token: "n", near: "s n""#),
    ("DELETE ss", "", "", ENVELOPED, r#"Syntax error; token: "<EOF>", near: "ss""#),
    ("SET _s = :v", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, r#"Syntax error; token: "_", near: "SET _s""#),
    ("SET s = foo(:v)", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, "Invalid function name; function: foo"),
    ("SET s = size(s)", "", "", ENVELOPED, "The function is not allowed in an update expression; function: size"),
    ("SET s = attribute_exists(s)", "", "", ENVELOPED, "The function is not allowed in an update expression; function: attribute_exists"),
    ("SET s = if_not_exists(:v, :v)", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, "Operator or function requires a document path; operator or function: if_not_exists"),
    ("SET s = if_not_exists(s)", "", "", ENVELOPED, "Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1"),
    ("SET s = if_not_exists(s, :v + :v)", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, r#"Syntax error; token: "+", near: ":v + :v""#),
    ("SET :v = s", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, r#"Syntax error; token: ":v", near: "SET :v =""#),
    ("SET s = :v ADD n :v DELETE ss :v REMOVE x", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator: DELETE, operand type: STRING, typeSet: ALLOWED_FOR_DELETE_OPERAND"),
    ("ADD a :v", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"),
    ("SET name = :v", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, "Attribute name is a reserved keyword; reserved keyword: name"),
    ("SET s = name", "", "", ENVELOPED, "Attribute name is a reserved keyword; reserved keyword: name"),
    ("SET #x = :v", "", r#"{":v":{"S":"val"}}"#, BARE, "An expression attribute name used in the document path is not defined; attribute name: #x"),
    ("SET s = :nope", "", "", BARE, "An expression attribute value used in expression is not defined; attribute value: :nope"),
    ("SET s = -:v", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, r#"Syntax error; token: "-", near: "= -:v""#),
    ("SET s = :v * :v", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, r#"Syntax error; token: "*", near: ":v * :v""#),
    ("SET s = :v; REMOVE n", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, r#"Syntax error; token: ";", near: ":v; REMOVE""#),
    (r#"SET s = "x""#, "", "", ENVELOPED, r#"Syntax error; token: """, near: "= "x""#),
    ("SET s = 5", "", "", ENVELOPED, r#"Syntax error; token: "5", near: "= 5""#),
    ("SET(s = :v)", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, r#"Syntax error; token: "(", near: "SET(s""#),
    ("SET s = ((:v))", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, "The expression has redundant parentheses;"),
    ("SET set = :v", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, r#"Syntax error; token: "set", near: "SET set =""#),
    ("REMOVE l[x]", "", "", ENVELOPED, r#"Syntax error; token: "x", near: "[x]""#),
    ("REMOVE l[-1]", "", "", ENVELOPED, r#"Syntax error; token: "-", near: "[-1""#),
    ("REMOVE l[1.5]", "", "", ENVELOPED, r#"Syntax error; token: ".", near: "1.5""#),
    ("SET s = If_Not_Exists(s, :v)", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, "Invalid function name; function: If_Not_Exists"),
    ("SET s = :v REMOVE n, n", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [n], path two: [n]"),
    ("SET l[0] = :v REMOVE l[0]", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [l, [0]], path two: [l, [0]]"),
    ("SET l[0] = :v, l[00] = :v", "", r#"{":v":{"S":"val"}}"#, ENVELOPED, r#"Syntax error; token: "0", near: "00]""#),
    // What is reported first.
    ("SET s = ((foo(name)))", "", "", ENVELOPED, "The expression has redundant parentheses;"),
    ("SET s = foo(n), name = :u", "", "", ENVELOPED, "Attribute name is a reserved keyword; reserved keyword: name"),
    ("SET s = :u SET n = foo(n)", "", "", ENVELOPED, "Invalid function name; function: foo"),
    ("SET s = :u, n = #u SET x = :u", "", "", ENVELOPED, r#"The "SET" section can only be used once in an update expression;"#),
    ("SET s = :u, s = #u", "", "", BARE, "An expression attribute name used in the document path is not defined; attribute name: #u"),
    ("SET s = :u, s = :w", "", r#"{":w":{"S":"x"}}"#, BARE, "An expression attribute value used in expression is not defined; attribute value: :u"),
    ("SET m.a = :w, m[0] = :w, s = :w, s.x = :w", "", r#"{":w":{"S":"x"}}"#, ENVELOPED, "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [s], path two: [s, x]"),
    ("ADD m.a :w, m[0] :w", "", r#"{":w":{"S":"x"}}"#, ENVELOPED, "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [m, a], path two: [m, [0]]"),
    ("SET s = n + :w ADD n :w", "", r#"{":w":{"S":"x"}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"),
    ("SET s = list_append(s) ADD n :w", "", r#"{":w":{"B":""}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator: ADD, operand type: BINARY, typeSet: ALLOWED_FOR_ADD_OPERAND"),
    ("SET m.k.x = :w, #m.#k = :w", r##"{"#m":"m","#k":"k"}"##, r#"{":w":{"S":"x"}}"#, ENVELOPED, "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m, k, x], path two: [m, k]"),
    // Operands.
    ("SET n = n - :w", "", r#"{":w":{"NS":["1"]}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator or function: -, operand type: NS"),
    ("SET n = list_append(l, l) + :w", "", r#"{":w":{"N":"1"}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator or function: +, operand type: L"),
    ("SET n = if_not_exists(n)", "", "", ENVELOPED, "Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1"),
    ("SET n = if_not_exists(if_not_exists(n, l), l)", "", "", ENVELOPED, "Operator or function requires a document path; operator or function: if_not_exists"),
    ("SET n = if_not_exists(n, list_append(l, l))", "", "", ENVELOPED, "The function is not allowed to be used this way in an expression; function: list_append"),
    ("DELETE n :w", "", r#"{":w":{"M":{}}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator: DELETE, operand type: MAP, typeSet: ALLOWED_FOR_DELETE_OPERAND"),
    // Sections and tokens.
    ("REMOVE s REMOVE n", "", "", ENVELOPED, r#"The "REMOVE" section can only be used once in an update expression;"#),
    ("add n :w add x :w", "", "", ENVELOPED, r#"The "ADD" section can only be used once in an update expression;"#),
    ("DELETE n :w DELETE x :w SET n = x SET x = n", "", "", ENVELOPED, r#"The "DELETE" section can only be used once in an update expression;"#),
    ("s = :v", "", "", ENVELOPED, r#"Syntax error; token: "s", near: "s =""#),
    ("SET s = :v n = :v", "", "", ENVELOPED, r#"Syntax error; token: "n", near: ":v n =""#),
    ("SET s = n = x", "", "", ENVELOPED, r#"Syntax error; token: "=", near: "n = x""#),
    ("SET s = (n + x", "", "", ENVELOPED, r#"Syntax error; token: "<EOF>", near: "x""#),
    ("SET s = (n + x) + y + z", "", "", ENVELOPED, r#"Syntax error; token: "+", near: "y + z""#),
    ("SET s = list_append(l, m", "", "", ENVELOPED, r#"Syntax error; token: "<EOF>", near: "m""#),
    ("SET s = list_append()", "", "", ENVELOPED, r#"Syntax error; token: ")", near: "()""#),
    ("SET s <> :v", "", "", ENVELOPED, r#"Syntax error; token: "<>", near: "s <> :v""#),
    ("ADD n (:v)", "", "", ENVELOPED, r#"Syntax error; token: "(", near: "n (:v""#),
    ("ADD n = :v", "", "", ENVELOPED, r#"Syntax error; token: "=", near: "n = :v""#),
    ("SET s = :v WHERE n = :v", "", "", ENVELOPED, r#"Syntax error; token: "WHERE", near: ":v WHERE n""#),
];

#[rustfmt::skip]
const PROJECTIONS: &[Row] = &[
    ("m, m.k", "", "", ENVELOPED, "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m], path two: [m, k]"),
    ("m.k, m[0]", "", "", ENVELOPED, "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [m, k], path two: [m, [0]]"),
    ("s, s", "", "", ENVELOPED, "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [s], path two: [s]"),
    ("l[0], l[0].x", "", "", ENVELOPED, "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [l, [0]], path two: [l, [0], x]"),
    ("", "", "", ENVELOPED, "The expression can not be empty;"),
    ("s,", "", "", ENVELOPED, r#"Syntax error; token: "<EOF>", near: ",""#),
    ("s n", "", "", ENVELOPED, r#"Syntax error; token: "n", near: "s n""#),
    ("s,,n", "", "", ENVELOPED, r#"Syntax error; token: ",", near: ",,n""#),
    ("name", "", "", ENVELOPED, "Attribute name is a reserved keyword; reserved keyword: name"),
    ("_x", "", "", ENVELOPED, r#"Syntax error; token: "_", near: "_x""#),
    ("1x", "", "", ENVELOPED, r#"Syntax error; token: "1", near: "1x""#),
    ("s[", "", "", ENVELOPED, r#"Syntax error; token: "<EOF>", near: "[""#),
    ("s[a]", "", "", ENVELOPED, r#"Syntax error; token: "a", near: "[a]""#),
    (":s", "", "", ENVELOPED, r#"Syntax error; token: ":s", near: ":s""#),
    ("s.", "", "", ENVELOPED, r#"Syntax error; token: "<EOF>", near: ".""#),
    ("(s)", "", "", ENVELOPED, r#"Syntax error; token: "(", near: "(s""#),
    ("#s", "", "", BARE, "An expression attribute name used in the document path is not defined; attribute name: #s"),
];

#[rustfmt::skip]
const KEY_CONDITIONS: &[Row] = &[
    ("a = :a AND begins_with(b, :x)", "", r#"{":a":{"S":"p"},":x":{"N":"1"}}"#, ENVELOPED, "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"),
    ("a = :a AND b BETWEEN :y AND :x", "", r#"{":a":{"S":"p"},":x":{"S":"a"},":y":{"S":"b"}}"#, ENVELOPED, "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}"),
    ("", "", r#"{":a":{"S":"p"}}"#, ENVELOPED, "The expression can not be empty;"),
];

#[test]
fn conditions() {
    check(ExpressionKind::Condition, CONDITIONS);
}

#[test]
fn filters_have_the_messages_of_conditions() {
    check(ExpressionKind::Filter, CONDITIONS);
}

#[test]
fn updates() {
    check(ExpressionKind::Update, UPDATES);
}

#[test]
fn projections() {
    check(ExpressionKind::Projection, PROJECTIONS);
}

#[test]
fn key_conditions() {
    check(ExpressionKind::KeyCondition, KEY_CONDITIONS);
    check(ExpressionKind::KeyCondition, CONDITIONS);
}

fn error(kind: ExpressionKind, text: &str) -> String {
    let error = read(kind, text, "", r#"{":s":{"S":"x"},":n":{"N":"1"}}"#).expect_err(text);
    error.message().to_owned()
}

#[test]
fn texts_have_a_largest_size() {
    let padded = |size: usize| format!("s = :s{}", " ".repeat(size - 6));
    assert_eq!(read(ExpressionKind::Condition, &padded(4_096), "", r#"{":s":{"S":"x"}}"#), Ok(()));
    assert_eq!(
        error(ExpressionKind::Condition, &padded(4_097)),
        "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression size: 4097"
    );
    // Bytes count, not characters, and no expression is read before its size.
    assert_eq!(
        error(ExpressionKind::Update, &"\u{e9}".repeat(2_049)),
        "Invalid UpdateExpression: Expression size has exceeded the maximum allowed size; expression size: 4098"
    );
}

#[test]
fn operators_are_counted() {
    let many = |count: usize| vec!["s = :s"; count].join(" OR ");
    assert_eq!(read(ExpressionKind::Condition, &many(150), "", r#"{":s":{"S":"x"}}"#), Ok(()));
    assert_eq!(
        error(ExpressionKind::Condition, &many(151)),
        "Invalid ConditionExpression: The expression contains too many operators; operator count: 301"
    );
    let functions = vec!["attribute_exists(s)"; 151].join(" OR ");
    assert_eq!(read(ExpressionKind::Filter, &functions, "", ""), Ok(()));
    let nots = format!("{}s = :s", "NOT ".repeat(300));
    assert_eq!(
        error(ExpressionKind::Condition, &nots),
        "Invalid ConditionExpression: The expression contains too many operators; operator count: 301"
    );
    let between = vec!["s BETWEEN :s AND :s"; 150].join(" OR ");
    assert_eq!(read(ExpressionKind::Condition, &between, "", r#"{":s":{"S":"x"}}"#), Ok(()));
}

#[test]
fn the_assignments_of_an_update_are_not_counted() {
    let sets: Vec<String> = (0..400).map(|number| format!("a{number}=:s")).collect();
    assert_eq!(read(ExpressionKind::Update, &format!("SET {}", sets.join(",")), "", r#"{":s":{"S":"x"}}"#), Ok(()));
}

#[test]
fn lists_of_in_have_a_longest_length() {
    let list = |count: usize| format!("n IN ({})", vec![":n"; count].join(", "));
    assert_eq!(read(ExpressionKind::Condition, &list(100), "", r#"{":n":{"N":"1"}}"#), Ok(()));
    assert_eq!(
        error(ExpressionKind::Condition, &list(101)),
        "Invalid ConditionExpression: The IN operator is provided with too many operands; number of operands: 101"
    );
}

#[test]
fn paths_have_a_deepest_depth() {
    let path = |depth: usize| vec!["a"; depth].join(".");
    assert_eq!(read(ExpressionKind::Projection, &path(32), "", ""), Ok(()));
    assert_eq!(
        error(ExpressionKind::Projection, &path(33)),
        "Invalid ProjectionExpression: The document path has too many nesting levels; nesting levels: 33"
    );
    assert_eq!(
        error(ExpressionKind::Update, &format!("REMOVE {}", path(33))),
        "Invalid UpdateExpression: The document path has too many nesting levels; nesting levels: 33"
    );
}

/// Whatever is nested in 4,096 bytes is answered, and on a small stack.
#[test]
fn deep_nesting_costs_no_stack() {
    let deep = || {
        let repeat = |open: &str, count: usize, middle: &str, close: &str| {
            format!("{}{middle}{}", open.repeat(count), close.repeat(count))
        };
        let cases = [
            (ExpressionKind::Condition, repeat("(", 2_000, "s=:s", ")")),
            (ExpressionKind::Condition, "(".repeat(4_096)),
            (ExpressionKind::Condition, format!("s={}", "(".repeat(4_000))),
            (ExpressionKind::Condition, format!("{}s=:s", "NOT ".repeat(1_000))),
            (ExpressionKind::Condition, format!("{}s=:s", "NOT(".repeat(1_000))),
            (ExpressionKind::Condition, repeat("(n=:n AND", 290, "(n=:n)", ")")),
            (ExpressionKind::Condition, format!("{}n=:n", "(n=:n) OR (".repeat(140)) + &")".repeat(140)),
            (ExpressionKind::Condition, repeat("size(", 680, "s", ")") + "=:n"),
            (ExpressionKind::Condition, "contains(s,".repeat(370)),
            (ExpressionKind::Update, format!("SET s={}", "(".repeat(4_000))),
            (ExpressionKind::Update, format!("SET s={}", repeat("(", 2_000, "s", ")"))),
            (ExpressionKind::Update, format!("SET n={}", repeat("(n+", 299, "n", ")"))),
            (ExpressionKind::Update, format!("SET n={}", repeat("if_not_exists(a,", 235, "n", ")"))),
            (ExpressionKind::Projection, "a[0]".to_owned() + &"[0]".repeat(1_300)),
        ];
        for (kind, text) in cases {
            assert!(text.len() <= 4_096, "{}", text.len());
            let _ = read(kind, &text, "", r#"{":s":{"S":"x"},":n":{"N":"1"}}"#);
        }
    };
    std::thread::Builder::new().stack_size(256 * 1024).spawn(deep).unwrap().join().unwrap();
}
