//! The order of checks, the target, and the forms of signing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod common;

use common::{AUTHORIZATION, fixture, headers, post, text};
use statordb_wire::{Call, Headers, Reply};

const GET: &str = "DynamoDB_20120810.GetItem";
const GOOD: &[u8] = br#"{"TableName": "films", "Key": {"pk": {"S": "a"}}}"#;

fn body_of(call: &Call<'_>) -> (u16, String) {
    let Reply { status, .. } = fixture().send(call);
    let reply = fixture().send(call);
    assert_eq!(status, reply.status);
    (status, text(&reply).to_owned())
}

fn coral(name: &str, message: &str) -> (u16, String) {
    (400, format!(r#"{{"__type":"com.amazon.coral.service#{name}","message":"{message}"}}"#))
}

fn silent(name: &str) -> (u16, String) {
    (400, format!(r#"{{"__type":"com.amazon.coral.service#{name}"}}"#))
}

#[test]
fn each_step_comes_before_the_next() {
    let unsigned = Headers { authorization: None, ..headers(GET) };
    let nowhere = Headers { target: None, ..unsigned };
    let not_found = (404, "<UnknownOperationException/>\n".to_owned());
    let plain = Headers { content_type: Some("text/plain"), ..nowhere };
    let large = vec![b' '; 16 * 1024 * 1024 + 1];
    assert_eq!(body_of(&post(plain, &large)), (413, String::new()));
    assert_eq!(body_of(&post(plain, b"{")), not_found);
    assert_eq!(body_of(&post(nowhere, b"{")), silent("SerializationException"));
    assert_eq!(body_of(&post(nowhere, b"{\"a\": \xff}")), silent("SerializationException"));
    assert_eq!(body_of(&post(nowhere, b"{}")), silent("UnknownOperationException"));
    assert_eq!(body_of(&post(nowhere, b"")), silent("UnknownOperationException"));
    let missing = coral("MissingAuthenticationTokenException", "Request is missing Authentication Token");
    assert_eq!(body_of(&post(unsigned, b"{}")), missing);
    assert_eq!(body_of(&post(unsigned, b"")), missing);
    assert_eq!(body_of(&post(unsigned, b"[{}")), silent("SerializationException"));
    assert_eq!(body_of(&post(headers(GET), b"")), silent("SerializationException"));
    let wrong_type = br#"{"TableName": 5, "ReturnConsumedCapacity": "x"}"#;
    let (status, body) = body_of(&post(headers(GET), wrong_type));
    let serialization = r#"{"__type":"com.amazon.coral.service#SerializationException","Message":"NUMBER_VALUE cannot be converted to String"}"#;
    assert_eq!((status, body.as_str()), (400, serialization));
    let wrong_word = br#"{"TableName": "films", "Key": {}, "ReturnConsumedCapacity": "x", "ProjectionExpression": ""}"#;
    let (_, body) = body_of(&post(headers(GET), wrong_word));
    assert!(
        body.contains("com.amazon.coral.validate#ValidationException") && body.contains("enum value set"),
        "{body}"
    );
    let wrong_expression = br#"{"TableName": "films", "Key": {"a": {"S": ""}}, "ProjectionExpression": ""}"#;
    let (_, body) = body_of(&post(headers(GET), wrong_expression));
    assert!(body.contains("Invalid ProjectionExpression: The expression can not be empty;"), "{body}");
    let not_there = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"Requested resource not found"}"#;
    assert_eq!(body_of(&post(headers(GET), GOOD)), (400, not_there.to_owned()));
}

/// Syntax is judged before the rest although the rest is found first.
#[test]
fn a_broken_end_hides_a_wrong_type_before_it() {
    let (_, body) = body_of(&post(headers(GET), br#"{"TableName": 5"#));
    assert_eq!(body, silent("SerializationException").1);
}

#[test]
fn only_posts_of_json_are_requests() {
    let good = headers("DynamoDB_20120810.ListTables");
    for kind in ["application/json", "application/x-amz-json-1.0; charset=utf-8", "Application/JSON ;x"] {
        assert_eq!(body_of(&post(Headers { content_type: Some(kind), ..good }, b"{}")).0, 200, "{kind}");
    }
    for kind in [None, Some(""), Some("application/x-amz-json-1.1"), Some("text/plain"), Some("application/jsonx")] {
        assert_eq!(body_of(&post(Headers { content_type: kind, ..good }, b"{}")).0, 404, "{kind:?}");
    }
    for method in ["PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "get"] {
        assert_eq!(body_of(&Call { method, ..post(good, b"{}") }).0, 404, "{method}");
    }
    assert_eq!(body_of(&Call { method: "GET", path: "/x", ..post(good, b"") }).0, 404);
}

#[test]
fn targets() {
    let silent = silent("UnknownOperationException");
    for target in [
        "",
        "GetItem",
        "DynamoDB_20120810",
        "DynamoDB_20120810.",
        "DynamoDB_20120810.getitem",
        "DynamoDB_20111205.GetItem",
        "DynamoDBStreams_20120810.GetItem",
        "DynamoDB_20120810.GetRecords",
    ] {
        assert_eq!(body_of(&post(headers(target), b"{}")), silent, "{target}");
    }
    for (service, name) in [("DynamoDB", "CreateBackup"), ("DynamoDB", "SearchVectors"), ("DynamoDB", "ImportTable")] {
        let body = body_of(&post(headers(&format!("{service}_20120810.{name}")), b"{}"));
        let message = format!("this version of StatorDB does not support `{name}` yet");
        assert_eq!(body, coral("UnknownOperationException", &message));
    }
}

#[test]
fn pieces_of_the_authorization_header() {
    let date = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
    let piece = |name: &str| format!("Authorization header requires '{name}' parameter. ");
    let (credential, signature, signed) = (piece("Credential"), piece("Signature"), piece("SignedHeaders"));
    let all = format!("{credential}{signature}{signed}");
    for (header, has_date, pieces) in [
        ("AWS4-", false, format!("{all}{date}")),
        ("AWS4-HMAC-SHA256", true, all.clone()),
        ("AWS4-HMAC-SHA256 Credential=", true, all),
        ("AWS4-HMAC-SHA256 Credential=a, Signature=b", true, signed.clone()),
        ("AWS4-HMAC-SHA256 Credential=a Signature=b", true, signed),
        ("AWS4-HMAC-SHA256 Credential=a,SignedHeaders=b", false, format!("{signature}{date}")),
        (AUTHORIZATION, false, date.to_owned()),
    ] {
        let amz_date = has_date.then_some("20261123T054600Z");
        let call = post(Headers { authorization: Some(header), amz_date, ..headers(GET) }, GOOD);
        assert_eq!(body_of(&call), coral("IncompleteSignatureException", &format!("{pieces}Authorization={header}")));
    }
    for header in ["", "Basic abc", "aws4-hmac-sha256 Credential=a"] {
        let call = post(Headers { authorization: Some(header), ..headers(GET) }, GOOD);
        let missing = coral("MissingAuthenticationTokenException", "Request is missing Authentication Token");
        assert_eq!(body_of(&call), missing, "{header}");
    }
    let plain = Headers { amz_date: None, date: Some("Mon, 23 Nov 2026 05:46:00 GMT"), ..headers(GET) };
    assert!(body_of(&post(plain, GOOD)).1.contains("ResourceNotFoundException"), "a date in HTTP's form will do there");
    let basic = Headers { date: Some("20261123T054600Z"), ..plain };
    assert!(body_of(&post(basic, GOOD)).1.contains("ResourceNotFoundException"));
    let neither = Headers { date: Some("23 Nov 2026"), ..plain };
    assert!(body_of(&post(neither, GOOD)).1.contains("Date must be in ISO-8601 'basic format'. Got '23 Nov 2026'. "));
}

#[test]
fn pieces_of_the_query_string() {
    let unsigned = Headers { authorization: None, ..headers(GET) };
    let piece = |name: &str| format!("AWS query-string parameters must include '{name}'. ");
    let end = "Re-examine the query-string parameters.";
    for (query, pieces) in [
        ("X-Amz-Algorithm", "X-Amz-Algorithm X-Amz-Credential X-Amz-Signature X-Amz-SignedHeaders X-Amz-Date"),
        ("X-Amz-Algorithm=a&X-Amz-Signature=b", "X-Amz-Credential X-Amz-SignedHeaders X-Amz-Date"),
        ("X-Amz-Algorithm=a&X-Amz-Signature=b&X-Amz-Credential=c&X-Amz-SignedHeaders=d", "X-Amz-Date"),
    ] {
        let text = pieces.split(' ').map(piece).collect::<String>() + end;
        let call = Call { query, ..post(unsigned, GOOD) };
        assert_eq!(body_of(&call), coral("IncompleteSignatureException", &text), "{query}");
    }
    let query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=b&X-Amz-Credential=k%2F20261123%2Fmars-1%2Fdynamodb%2Faws4_request&\
                 X-Amz-SignedHeaders=host&X-Amz-Date=20261123T054600Z";
    let call =
        Call { query, ..post(Headers { target: Some("DynamoDB_20120810.DescribeEndpoints"), ..unsigned }, b"{}") };
    assert!(body_of(&call).1.contains("dynamodb.mars-1.amazonaws.com"), "{:?}", body_of(&call));
    let both = "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.";
    let call = Call { query, ..post(headers(GET), GOOD) };
    assert_eq!(body_of(&call), coral("InvalidSignatureException", both));
}

/// A request to the endpoints with this `Authorization` and this `X-Amz-Date`.
fn signed(authorization: &str, amz_date: &str) -> (u16, String) {
    let target = headers("DynamoDB_20120810.DescribeEndpoints");
    let signed = Headers { authorization: Some(authorization), amz_date: Some(amz_date), ..target };
    body_of(&post(signed, b"{}"))
}

const DATE: &str = "20261123T054600Z";

#[test]
fn the_scope_names_the_region_and_its_value_is_not_verified() {
    let long = "r".repeat(64);
    for (key, given, region) in [
        ("AKID", "eu-west-2", "eu-west-2"),
        ("any-thing_%!", "ddblocal", "ddblocal"),
        ("k", "Mars_1.a", "Mars_1.a"),
        ("k", &long, &long),
        ("k", "", "us-east-1"),
    ] {
        for end in ["", "///"] {
            let scope = format!("{key}/20261123/{given}/dynamodb/aws4_request{end}");
            let header = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=x");
            let (status, body) = signed(&header, DATE);
            assert_eq!(status, 200, "{body}");
            assert!(body.contains(&format!("\"dynamodb.{region}.amazonaws.com\"")), "{scope}: {body}");
        }
    }
    for scope in ["k", "k/20261123/us-east-1/dynamodb", "k/20261123/us-east-1/dynamodb/aws4_request/more"] {
        let header = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=x");
        let message = format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{scope}'"
        );
        assert_eq!(signed(&header, DATE), coral("IncompleteSignatureException", &message));
    }
}

#[test]
fn a_scope_that_does_not_fit_is_told_in_one_text() {
    let region = |region: &str| format!("Credential should be scoped to a valid region, not '{region}'. ");
    let service = "Credential should be scoped to correct service: 'dynamodb'. ";
    let terminator = "Credential should be scoped with a valid terminator: 'aws4_request', not 'x'. ";
    let date = "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20261122' != \
                '20261123', from '20261123T054600Z'. ";
    let long = "r".repeat(65);
    for (scope, message) in [
        ("20261123/us-east-1/s3/aws4_request", service.to_owned()),
        ("20261123/us-east-1/DynamoDB/aws4_request", service.to_owned()),
        ("20261123/us-east-1/dynamodb/x", terminator.to_owned()),
        ("20261122/us-east-1/dynamodb/aws4_request", date.to_owned()),
        ("20261123/us:east/dynamodb/aws4_request", region("us:east")),
        ("20261123/<b>/dynamodb/aws4_request", region("<b>")),
        (&format!("20261123/{long}/dynamodb/aws4_request"), region(&long)),
        ("20261122/e!/s3/x", format!("{}{service}{terminator}{date}", region("e!"))),
    ] {
        let header = format!("AWS4-HMAC-SHA256 Credential=k/{scope}, SignedHeaders=host, Signature=x");
        assert_eq!(signed(&header, DATE), coral("InvalidSignatureException", &message), "{scope}");
    }
}

#[test]
fn dates_hosts_and_algorithms_of_signatures_are_checked_in_this_order() {
    let header = |algorithm: &str, headers: &str| {
        format!("{algorithm} Credential=k/20261123/a/s3/x, SignedHeaders={headers}, Signature=x")
    };
    let bad = header("AWS4-HMAC-SHA512", "x-amz-date");
    for date in ["Mon, 23 Nov 2026 05:46:00 GMT", "2026-11-23T05:46:00Z", "20261123", "20261123T054600", "yesterday"] {
        let text =
            format!("Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601");
        assert_eq!(signed(&bad, date), coral("IncompleteSignatureException", &text));
    }
    for headers in ["x-amz-date", "hosts;x-host", ";"] {
        let host = "'Host' must be a 'SignedHeader' in the AWS Authorization.";
        let answer = signed(&header("AWS4-HMAC-SHA512", headers), DATE);
        assert_eq!(answer, coral("InvalidSignatureException", host));
    }
    for algorithm in ["AWS4-HMAC-SHA512", "AWS4-ECDSA-P256-SHA256", "AWS4-"] {
        let text = format!("Unsupported AWS 'algorithm': '{algorithm}'. ");
        let answer = signed(&header(algorithm, "content-type;host;x-amz-date"), DATE);
        assert_eq!(answer, coral("IncompleteSignatureException", &text));
    }
    assert_eq!(signed(&header("AWS4-HMAC-SHA256", "host"), DATE).1.matches("Credential should").count(), 2);
}

/// Presigned requests too.
#[test]
fn signatures_of_query_strings_are_checked_alike() {
    let ask = |algorithm: &str, credential: &str, headers: &str, date: &str| {
        let query = format!(
            "X-Amz-Algorithm={algorithm}&X-Amz-Signature=b&X-Amz-Credential=k%2F{credential}%2Faws4_request&\
             X-Amz-SignedHeaders={headers}&X-Amz-Date={date}"
        );
        let unsigned = Headers { authorization: None, amz_date: None, ..headers_of_endpoints() };
        body_of(&Call { query: &query, ..post(unsigned, b"{}") }).1
    };
    let (good, scope) = ("AWS4-HMAC-SHA256", "20261123%2Fmars-1%2Fdynamodb");
    assert!(ask(good, scope, "host%3Bx-amz-target", DATE).contains("dynamodb.mars-1.amazonaws.com"));
    assert!(ask(good, "20261122%2Fmars-1%2Fdynamodb", "host", DATE).contains("Date in Credential scope"));
    assert!(ask(good, "20261123%2Fmars-1%2Fs3", "host", DATE).contains("correct service: 'dynamodb'. "));
    assert!(ask(good, scope, "x-amz-date", DATE).contains("'Host' must be a 'SignedHeader'"));
    assert!(ask("AWS4", scope, "host", DATE).contains("Unsupported AWS 'algorithm': 'AWS4'. "));
    assert!(ask(good, scope, "host", "20261123").contains("Date must be in ISO-8601"));
}

fn headers_of_endpoints() -> Headers<'static> {
    headers("DynamoDB_20120810.DescribeEndpoints")
}
