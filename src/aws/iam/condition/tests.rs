//! Operators, keys that are not there, and several values, case by case.

use super::*;

/// Whether a condition holds for a request with these values, none being no such key.
fn holds(operator: &str, wanted: &[&str], values: Option<&[&str]>) -> bool {
    let operator = Operator::named(operator).unwrap();
    let wanted: Vec<String> = wanted.iter().map(|text| (*text).to_owned()).collect();
    let clause = Clause::new(operator, "my:Key", &wanted, true).unwrap();
    let context = match values {
        Some(values) => {
            Context::default().with_all("MY:key", values.iter().map(|text| (*text).to_owned()))
        }
        None => Context::default(),
    };
    clause.holds(&context)
}

#[test]
fn each_operator_compares_as_documented() {
    let cases = [
        ("StringEquals", &["a", "b"][..], "b", true),
        ("StringEquals", &["A"], "a", false),
        ("StringEquals", &["a*"], "ab", false),
        ("StringNotEquals", &["a", "b"], "b", false),
        ("StringNotEquals", &["a", "b"], "c", true),
        ("StringEqualsIgnoreCase", &["A"], "a", true),
        ("StringNotEqualsIgnoreCase", &["A"], "a", false),
        ("stringlike", &["web-?", "db*"], "web-1", true),
        ("StringNotLike", &["web-*"], "web-1", false),
        ("NumericEquals", &["10"], "10.0", true),
        ("NumericNotEquals", &["10"], "11", true),
        ("NumericLessThan", &["10"], "10", false),
        ("NumericLessThanEquals", &["10"], "10", true),
        ("NumericGreaterThan", &["10"], "9.5", false),
        ("NumericGreaterThanEquals", &["10"], "10.5", true),
        ("DateLessThan", &["2026-01-01T00:00:00Z"], "2025-12-31T23:59:59Z", true),
        ("DateGreaterThan", &["2026-01-01"], "1767225601", true),
        ("DateEquals", &["2026-01-01"], "1767225600", true),
        ("DateNotEquals", &["2026-01-01"], "1767225600", false),
        ("Bool", &["true"], "True", true),
        ("Bool", &["false"], "true", false),
        ("BinaryEquals", &["QmFzZQ=="], "QmFzZQ==", true),
        ("IpAddress", &["10.0.0.0/8", "192.0.2.1"], "192.0.2.1", true),
        ("NotIpAddress", &["10.0.0.0/8"], "10.1.2.3", false),
        ("ArnLike", &["arn:aws:iam::*:role/web-*"], "arn:aws:iam::123456789012:role/web-1", true),
        // a wildcard crosses no colon before the resource
        ("ArnLike", &["arn:aws:*:role/web"], "arn:aws:iam::123456789012:role/web", false),
        ("ArnEquals", &["arn:aws:iam::*:role/web"], "arn:aws:iam::123456789012:role/web", true),
        ("ArnNotLike", &["arn:aws:iam::*:role/*"], "arn:aws:iam::123456789012:user/a", true),
        ("ArnNotEquals", &["arn:aws:iam::*:user/a"], "arn:aws:iam::123456789012:user/a", false),
        ("NumericEquals", &["10"], "ten", false),
    ];
    for (operator, wanted, value, expected) in cases {
        assert_eq!(holds(operator, wanted, Some(&[value])), expected, "{operator} {wanted:?}");
    }
}

#[test]
fn a_key_that_is_not_there_fails_unless_the_operator_says_otherwise() {
    let cases = [
        ("StringEquals", false),
        ("StringNotEquals", true),
        ("StringEqualsIfExists", true),
        ("StringNotLikeIfExists", true),
        ("ForAllValues:StringEquals", true),
        ("ForAnyValue:StringEquals", false),
        ("ForAnyValue:StringNotEquals", false),
        ("ForAnyValue:StringEqualsIfExists", true),
        ("ArnNotLike", true),
        ("ArnLike", false),
    ];
    for (operator, expected) in cases {
        assert_eq!(holds(operator, &["a"], None), expected, "{operator}");
    }
    assert!(holds("NotIpAddress", &["10.0.0.0/8"], None));
    assert!(holds("Null", &["true"], None));
    assert!(!holds("Null", &["false"], None));
    assert!(holds("Null", &["false"], Some(&["x"])));
}

#[test]
fn of_several_values_all_or_any_have_to_match() {
    let cases = [
        ("ForAllValues:StringEquals", &["a", "b"][..], true),
        ("ForAllValues:StringEquals", &["a", "x"], false),
        ("ForAnyValue:StringEquals", &["x", "a"], true),
        ("ForAnyValue:StringEquals", &["x", "y"], false),
        ("ForAllValues:StringNotEquals", &["x", "y"], true),
        ("ForAllValues:StringNotEquals", &["x", "a"], false),
        ("ForAnyValue:StringNotEquals", &["a", "x"], true),
        ("ForAnyValue:StringNotEquals", &["a", "b"], false),
        ("StringEquals", &["x", "a"], true),
        ("StringNotEquals", &["x", "a"], false),
    ];
    for (operator, values, expected) in cases {
        assert_eq!(holds(operator, &["a", "b"], Some(values)), expected, "{operator} {values:?}");
    }
}

#[test]
fn variables_are_filled_in_from_the_request() {
    let operator = Operator::named("StringLike").unwrap();
    let clause = Clause::new(operator, "my:path", &["home/${aws:username}/*".into()], true);
    let clause = clause.unwrap();
    let context = Context::default().with("my:path", "home/ann/x").with("aws:username", "ann");
    assert!(clause.holds(&context));
    assert!(!clause.holds(&context.clone().with("aws:username", "bob")));
}

#[test]
fn operators_have_exact_names_and_values() {
    for name in ["StringEqual", "ForSomeValues:StringEquals", "NullIfExists", "IfExists", ""] {
        assert_eq!(Operator::named(name), None, "{name}");
    }
    let wrong = |name: &str, values: &[&str]| {
        let values: Vec<String> = values.iter().map(|text| (*text).to_owned()).collect();
        Clause::new(Operator::named(name).unwrap(), "k", &values, true).unwrap_err()
    };
    assert_eq!(wrong("NumericEquals", &["1", "one"]), (1, "`one` is no number".to_owned()));
    assert_eq!(wrong("Bool", &["yes"]).0, 0);
    assert_eq!(wrong("DateEquals", &["tomorrow"]).0, 0);
    assert_eq!(wrong("IpAddress", &["10.0.0.0/40"]).0, 0);
}
