use super::*;
use crate::SchemaBuilder;
use proptest::prelude::*;

fn schema() -> Schema {
    let mut builder = SchemaBuilder::default();
    builder.field("amount", Type::Decimal, "");
    builder.field("typical", Type::Decimal, "");
    builder.field("count", Type::Int, "");
    builder.field("share", Type::Float, "");
    builder.field("age", Type::Duration, "");
    builder.field("is_new", Type::Bool, "");
    builder.field("kind", Type::Word(vec!["native", "token"]), "");
    builder.field("lists", Type::Set(vec!["sanctions", "scam"]), "");
    builder.optional("score", Type::Float, "");
    builder.build()
}

fn facts(pairs: &[(&str, toml::Value)]) -> Facts {
    let schema = schema();
    let mut facts = schema.facts();
    for (name, value) in pairs {
        set_fact(&schema, &mut facts, name, value).unwrap();
    }
    facts
}

fn holds(condition: &str, pairs: &[(&str, toml::Value)]) -> bool {
    compile(condition, &schema())
        .unwrap_or_else(|e| panic!("{condition}: {e}"))
        .holds(&facts(pairs))
}

#[test]
fn conditions_mean_what_cel_means() {
    let text = |s: &str| toml::Value::from(s);
    let pairs = [
        ("amount", text("0.1")),
        ("typical", text("0.03")),
        ("count", toml::Value::from(7)),
        ("share", toml::Value::from(0.25)),
        ("age", toml::Value::from(3600)),
        ("is_new", toml::Value::from(true)),
        ("kind", text("token")),
        ("lists", toml::Value::from(vec!["scam"])),
    ];
    let table: &[(&str, bool)] = &[
        ("true", true),
        ("!true || false", false),
        ("count == 7 && share < 0.5", true),
        ("count > 7 || share >= 0.25", true),
        ("7 <= count", true),
        ("count + 1 == 8", true),
        ("2 + 3 * 2 == 8", true),
        ("(2 + 3) * 2 == 10", true),
        ("count % 2 == 1", true),
        ("-count < 0", true),
        ("count / 0 == 0", false),
        ("count * 0.5 > 3.4", true),
        ("count > 6.5 && count < 7.5", true),
        // 0.1 + 0.2 is 0.3 here.
        ("amount + 0.2 == 0.3", true),
        ("amount == 0.1", true),
        ("amount > 3 * typical", true),
        ("amount > typical * 4", false),
        ("age <= duration(\"1h\")", true),
        ("age < duration(\"60m\")", false),
        ("is_new", true),
        ("is_new == false", false),
        ("is_new != false", true),
        ("kind == \"token\"", true),
        ("kind != 'token'", false),
        ("kind in [\"native\", \"token\"]", true),
        ("\"scam\" in lists", true),
        ("\"sanctions\" in lists", false),
        ("!(\"sanctions\" in lists) && is_new", true),
        ("has(score) && score > 0.5", false),
        ("has(score) ? score > 0.5 : is_new", true),
        ("count > 5 ? share > 0.2 : share > 0.9", true),
    ];
    for (condition, expected) in table {
        assert_eq!(holds(condition, &pairs), *expected, "{condition}");
    }
    assert!(holds("has(score) && score > 0.5", &[("score", toml::Value::from(0.9))]));
}

#[test]
fn wrong_conditions_say_where_and_what_instead() {
    let table: &[(&str, &str)] = &[
        ("", "is expected"),
        ("amout > 1", "did you mean 'amount'"),
        ("count", "compare it"),
        ("count = 1", "no meaning"),
        ("share == 'a'", "number is expected"),
        ("kind == 'coin'", "it has native, token"),
        ("kind < 'token'", "no order"),
        ("lists == 'scam'", "in lists"),
        ("score > 0.5", "write has(score)"),
        ("has(score) || score > 0.5", "write has(score)"),
        ("!has(score) && score > 0.5", "write has(score)"),
        ("amount > share", "cannot be compared"),
        ("amount / 2 > 1", "not divided"),
        ("amount * share > 1", "whole numbers"),
        ("amount > 10 / 2", "work it out"),
        ("age > 5", "duration"),
        ("count > 99999999999999999999", "64 bits"),
        ("'a", "closing quote"),
        ("(count > 1", "')' is expected"),
        ("duration('5x') < age", "duration"),
    ];
    for (condition, expected) in table {
        let error = compile(condition, &schema()).unwrap_err().to_string();
        assert!(error.contains(expected), "{condition}: {error}");
    }
    for deep in ["(".repeat(5000), "!".repeat(4000), "-".repeat(4000), "[".repeat(4000)] {
        assert!(compile(&deep, &schema()).is_err());
    }
    let chain = vec!["is_new"; 500].join("&&");
    assert!(compile(&chain, &schema()).is_ok());
    assert!(compile(&vec!["1"; 1000].join("+"), &schema()).is_err());
}

const PACK: &str = r#"
name = "test"
version = 3
[[rule]]
id = "amount.large"
when = 'amount > 3 * typical && has(score) && score > 0.5'
then = "hold"
sentence = "{amount} is more than three times {typical}, with {share%} of it."
remedy = "Confirm it."
[[rule]]
id = "shadow.new"
when = 'is_new'
then = "deny"
mode = "shadow"
sentence = "New."
remedy = ""
[[test]]
name = "a large amount is held"
facts = { amount = "10", typical = "1", score = 0.9, is_new = true }
expect = "hold"
fired = ["amount.large", "shadow.new"]
[[test]]
name = "a wrong expectation"
facts = { amount = "1", typical = "1" }
expect = "hold"
"#;

#[test]
fn a_pack_explains_which_rule_did_what_and_shadow_rules_change_nothing() {
    let pack = Pack::parse(PACK, &schema()).unwrap();
    let facts = facts(&[
        ("amount", "10".into()),
        ("typical", "1".into()),
        ("share", 0.125.into()),
        ("score", 0.9.into()),
        ("is_new", true.into()),
    ]);
    let fired = pack.evaluate(&facts);
    assert_eq!(fired.level(), Level::Hold);
    assert_eq!(fired.places().count(), 2);
    let verdict = pack.verdict(&facts, &fired);
    assert_eq!(verdict.reasons().len(), 1);
    let reason = verdict.reasons().first().unwrap();
    assert_eq!(reason.sentence, "10 is more than three times 1, with 12.5 % of it.");
    assert!(reason.evidence.contains(&Evidence::new("fact", "score = 0.9")));
    let (passed, failures) = pack.test();
    assert_eq!((passed, failures.len()), (1, 1));
    assert_eq!(failures[0].name, "a wrong expectation");
}

#[test]
fn a_wrong_pack_is_refused_by_rule_and_field() {
    let refused = |from: &str, to: &str| {
        let changed = PACK.replace(from, to);
        assert_ne!(changed, PACK);
        Pack::parse(&changed, &schema()).err().expect("it is wrong").to_string()
    };
    assert!(refused("amount.large\"\nwhen", "Amount\"\nwhen").contains("field 'id'"));
    assert!(refused("shadow.new\"\nwhen", "amount.large\"\nwhen").contains("another rule"));
    assert!(refused("when = 'is_new'", "when = 'is_ne'").contains("did you mean 'is_new'"));
    assert!(refused("{typical}", "{typicl}").contains("typicl"));
    assert!(refused("then = \"hold\"", "then = \"maybe\"").contains("maybe"));
    assert!(refused("remedy = \"\"", "remdy = \"\"").contains("remdy"));
    assert!(refused("typical = \"1\", score", "typical = 1, score").contains("written as a text"));
}

proptest! {
    #[test]
    fn no_text_panics_the_compiler(text in "[a-z_.0-9 ()\\[\\]!&|=<>+*/%?:'\",-]{0,80}") {
        if let Ok(program) = compile(&text, &schema()) {
            program.holds(&schema().facts());
        }
    }

    #[test]
    fn branches_agree_with_the_logic(a: bool, b: bool, c in 0i64..3, d in 0i64..3) {
        let pairs = [
            ("is_new", toml::Value::from(a)),
            ("kind", toml::Value::from(if b { "token" } else { "native" })),
            ("count", toml::Value::from(c)),
            ("age", toml::Value::from(d)),
        ];
        let (k, n, y) = (b, c == 1, d > 1);
        let table: [(&str, bool); 5] = [
            ("is_new && (kind == 'token' || count == 1) && !(age > duration('1s'))", a && (k || n) && !y),
            ("!(is_new || count == 1 && kind == 'token')", !(a || n && k)),
            ("(is_new ? kind == 'token' : count == 1) || age > duration('1s')", (if a { k } else { n }) || y),
            ("!(is_new ? !(count == 1) : kind == 'token' && count == 1)", !(if a { !n } else { k && n })),
            ("is_new || kind == 'token' || count == 1 || age > duration('1s')", a || k || n || y),
        ];
        for (condition, expected) in table {
            prop_assert_eq!(holds(condition, &pairs), expected, "{}", condition);
        }
    }
}

#[test]
fn a_rule_that_lacks_one_part_is_near_and_says_which() {
    let text = r#"
name = "near"
version = 1
[[rule]]
id = "a.near"
when = 'count > 2 && has(score) && score > 0.5 && (is_new || count == 9)'
then = "hold"
sentence = ""
remedy = ""
[[rule]]
id = "a.alone"
when = 'is_new'
then = "hold"
sentence = ""
remedy = ""
"#;
    let pack = Pack::parse(text, &schema()).unwrap();
    let blank = facts(&[]);
    assert_eq!(pack.nearly(&blank).count(), 0);
    let nine = facts(&[("count", toml::Value::from(9))]);
    let near: Vec<_> = pack.nearly(&nine).collect();
    assert_eq!(near, [(0, "has(score) && score > 0.5")]);
    assert_eq!(pack.show_facts(&nine), [("count", "9".to_owned())]);
}
