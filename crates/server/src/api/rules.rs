//! Rules: versions, checks while one types, backtests, and publishing by two people.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use policy::{Mode, Pack, PackError};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use store::sql::{RuleState, RuleVersionRow};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Body, Path, UserRef};
use crate::Service;
use crate::auth::{Caller, RULE_ROLES, Scope};
use crate::maker::compile;
use crate::problem::Problem;
use crate::view::{LevelView, hex, show_seconds, show_time};

/// Decisions that a backtest shows one by one.
const EXAMPLES_SHOWN: usize = 50;
/// Longest note.
const NOTE_LEN_MAX: usize = 2_000;

/// A version of the rules.
#[derive(Serialize, Deserialize, ToSchema)]
struct RuleVersion {
    version: i64,
    /// SHA-256 of the text.
    digest: String,
    name: String,
    note: String,
    /// `draft`, `live` or `retired`.
    state: String,
    created_at: String,
    #[schema(required)]
    created_by: Option<UserRef>,
    #[schema(required)]
    approved_by: Option<UserRef>,
    #[schema(required)]
    published_at: Option<String>,
    rules: u64,
}

impl From<&RuleVersionRow> for RuleVersion {
    fn from(row: &RuleVersionRow) -> Self {
        Self {
            version: row.version,
            digest: row.digest.clone(),
            name: row.name.clone(),
            note: row.note.clone(),
            state: row.state.name().to_owned(),
            created_at: show_seconds(row.created_at),
            created_by: row.created_by.clone().map(UserRef::from),
            approved_by: row.approved_by.clone().map(UserRef::from),
            published_at: row.published_at.map(show_seconds),
            rules: row.rules,
        }
    }
}

/// One rule.
#[derive(Serialize, Deserialize, ToSchema)]
struct RuleRow {
    id: String,
    /// `live` or `shadow`.
    mode: String,
    then: LevelView,
    when: String,
    sentence: String,
    remedy: String,
    /// How often a rule of this id held since the server started.
    hits: u64,
}

/// A version with its text.
#[derive(Serialize, Deserialize, ToSchema)]
struct RuleVersionDetail {
    #[serde(flatten)]
    version: RuleVersion,
    text: String,
    rows: Vec<RuleRow>,
}

/// All versions.
#[derive(Serialize, Deserialize, ToSchema)]
struct RuleVersions {
    items: Vec<RuleVersion>,
}

fn mode(mode: Mode) -> String {
    if mode == Mode::Live { "live" } else { "shadow" }.to_owned()
}

fn rows(pack: &Pack, hits: &HashMap<String, u64>) -> Vec<RuleRow> {
    let rules = pack.rules().iter();
    rules
        .map(|rule| RuleRow {
            id: rule.id.clone(),
            mode: mode(rule.mode),
            then: rule.then.into(),
            when: rule.when.clone(),
            sentence: rule.sentence.clone(),
            remedy: rule.remedy.clone(),
            hits: hits.get(&rule.id).copied().unwrap_or(0),
        })
        .collect()
}

/// Versions of the rules, the newest first.
#[utoipa::path(get, path = "/v1/rules", tag = "rules", operation_id = "list_rules",
    responses((status = 200, description = "Versions.", body = RuleVersions),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn list(
    State(service): State<Service>,
    caller: Caller,
) -> Result<Json<RuleVersions>, Problem> {
    caller.may(Scope::Read)?;
    let rows = service.sql.rule_versions().await?;
    Ok(Json(RuleVersions { items: rows.iter().map(RuleVersion::from).collect() }))
}

async fn detail(service: &Service, row: &RuleVersionRow) -> Result<RuleVersionDetail, Problem> {
    let hits = service.desk.ask(|core| core.hits.clone()).await?;
    let pack = compile(&row.text).map_err(Problem::internal)?;
    Ok(RuleVersionDetail {
        version: RuleVersion::from(row),
        text: row.text.clone(),
        rows: rows(&pack, &hits),
    })
}

/// One version.
#[utoipa::path(get, path = "/v1/rules/{version}", tag = "rules", operation_id = "get_rules",
    params(("version" = i64, Path, description = "Its number.")),
    responses((status = 200, description = "The version.", body = RuleVersionDetail),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn get(
    State(service): State<Service>,
    caller: Caller,
    Path(version): Path<i64>,
) -> Result<Json<RuleVersionDetail>, Problem> {
    caller.may(Scope::Read)?;
    let row = service.sql.rule_version(version).await?;
    Ok(Json(detail(&service, &row).await?))
}

/// The text of a rule pack.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RuleText {
    text: String,
}

/// Something that is wrong in a text.
#[derive(Serialize, Deserialize, ToSchema)]
struct RuleError {
    /// From 1, where it is known.
    #[schema(required)]
    line: Option<usize>,
    #[schema(required)]
    column: Option<usize>,
    #[schema(required)]
    rule: Option<String>,
    message: String,
}

/// A test of the pack that failed.
#[derive(Serialize, Deserialize, ToSchema)]
struct FailedTest {
    name: String,
    detail: String,
}

/// How the pack's own tests went.
#[derive(Default, Serialize, Deserialize, ToSchema)]
struct RuleTests {
    passed: usize,
    failed: Vec<FailedTest>,
}

/// What a check found.
#[derive(Serialize, Deserialize, ToSchema)]
struct RuleCheck {
    /// It compiles and its tests pass.
    ok: bool,
    errors: Vec<RuleError>,
    rules: usize,
    tests: RuleTests,
}

/// Where in the text a rule's condition begins: line and column, from 1.
fn place_of(text: &str, rule: &str, column: usize) -> (Option<usize>, Option<usize>) {
    let mut is_in_rule = false;
    for (number, line) in text.lines().enumerate() {
        let key = line.split_once('=').map(|(key, value)| (key.trim(), value));
        match key {
            Some(("id", value)) => {
                is_in_rule = value.trim().trim_matches(['"', '\'']) == rule;
            }
            Some(("when", value)) if is_in_rule => {
                let start = line.len() - value.len() + value.find(['"', '\'']).unwrap_or(0) + 1;
                return (Some(number + 1), Some(start + column));
            }
            _ => {}
        }
    }
    (None, None)
}

fn error_of(text: &str, error: &PackError) -> RuleError {
    match error {
        PackError::Condition { rule, error: condition } => {
            let (line, column) = place_of(text, rule, condition.column);
            RuleError { line, column, rule: Some(rule.clone()), message: condition.problem.clone() }
        }
        PackError::Field { place, field, problem } => {
            let name = place.split('\'').nth(1).unwrap_or("");
            let line = text.lines().position(|line| {
                line.split_once('=')
                    .is_some_and(|(_, value)| value.trim().trim_matches(['"', '\'']) == name)
            });
            RuleError {
                line: line.map(|line| line + 1),
                column: None,
                rule: Some(name.to_owned()),
                message: format!("field '{field}': {problem}"),
            }
        }
        PackError::Format(message) => {
            // TOML says "at line 3, column 7".
            let number = |word: &str| {
                let rest = message.split_once(word)?.1;
                rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()
            };
            let (line, column) = (number("line "), number("column "));
            RuleError { line, column, rule: None, message: message.clone() }
        }
    }
}

fn checked(text: &str) -> RuleCheck {
    match compile(text) {
        Ok(pack) => {
            let (passed, failed) = pack.test();
            let failed: Vec<FailedTest> = failed
                .into_iter()
                .map(|test| FailedTest {
                    detail: format!("expected {}, got {}", test.expected, test.got),
                    name: test.name,
                })
                .collect();
            RuleCheck {
                ok: failed.is_empty(),
                errors: Vec::new(),
                rules: pack.rules().len(),
                tests: RuleTests { passed, failed },
            }
        }
        Err(error) => RuleCheck {
            ok: false,
            errors: vec![error_of(text, &error)],
            rules: 0,
            tests: RuleTests::default(),
        },
    }
}

/// Check a text: syntax, types, and its own tests.
#[utoipa::path(post, path = "/v1/rules/check", tag = "rules", operation_id = "check_rules",
    request_body = RuleText,
    responses((status = 200, description = "What is wrong, if anything.", body = RuleCheck),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn check(caller: Caller, Body(body): Body<RuleText>) -> Result<Json<RuleCheck>, Problem> {
    caller.may(Scope::Read)?;
    let check = tokio::task::spawn_blocking(move || checked(&body.text));
    Ok(Json(check.await.map_err(Problem::internal)?))
}

/// A decision that would be another.
#[derive(Serialize, Deserialize, ToSchema)]
struct BacktestExample {
    index: u64,
    before: LevelView,
    after: LevelView,
    tx: String,
    /// Rules that would hold.
    rules: Vec<String>,
}

/// How often a rule would hold.
#[derive(Serialize, Deserialize, ToSchema)]
struct RuleHits {
    id: String,
    hits: u64,
}

/// What rules would have decided of late decisions.
#[derive(Serialize, Deserialize, ToSchema)]
struct Backtest {
    /// Late decisions of this server; for all of the past use `ringfence policy backtest`.
    decisions: u64,
    /// Block time of the oldest.
    #[schema(required)]
    since: Option<String>,
    same: u64,
    stricter: u64,
    milder: u64,
    examples: Vec<BacktestExample>,
    by_rule: Vec<RuleHits>,
}

fn refused(text: &str, error: &PackError) -> Problem {
    let found = error_of(text, error);
    let place = found.line.map_or(String::new(), |line| format!("line {line}: "));
    Problem::field("text", "rules.invalid", format!("{place}{error}"))
}

/// Judge late decisions again with other rules.
#[utoipa::path(post, path = "/v1/rules/backtest", tag = "rules", operation_id = "backtest_rules",
    request_body = RuleText,
    responses((status = 200, description = "What would have been decided otherwise.", body = Backtest),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn backtest(
    State(service): State<Service>,
    caller: Caller,
    Body(body): Body<RuleText>,
) -> Result<Json<Backtest>, Problem> {
    caller.may(Scope::Read)?;
    let pack = compile(&body.text).map_err(|error| refused(&body.text, &error))?;
    let _turn = service.costly().await?;
    let samples = service.desk.ask(|core| core.samples.clone()).await?;
    let run = tokio::task::spawn_blocking(move || {
        let mut result = Backtest {
            decisions: samples.len() as u64,
            since: samples.front().map(|sample| show_time(sample.time_s)),
            same: 0,
            stricter: 0,
            milder: 0,
            examples: Vec::new(),
            by_rule: Vec::new(),
        };
        let mut hits = vec![0u64; pack.rules().len()];
        for sample in samples.iter().rev() {
            let fired = pack.evaluate(&sample.facts);
            fired.places().for_each(|place| hits[place] += 1);
            match fired.level().cmp(&sample.level) {
                std::cmp::Ordering::Equal => {
                    result.same += 1;
                    continue;
                }
                std::cmp::Ordering::Greater => result.stricter += 1,
                std::cmp::Ordering::Less => result.milder += 1,
            }
            if result.examples.len() < EXAMPLES_SHOWN {
                result.examples.push(BacktestExample {
                    index: sample.index,
                    before: sample.level.into(),
                    after: fired.level().into(),
                    tx: sample.tx.to_string(),
                    rules: fired.places().map(|place| pack.rules()[place].id.clone()).collect(),
                });
            }
        }
        result.by_rule = pack
            .rules()
            .iter()
            .zip(hits)
            .filter(|(_, hits)| *hits > 0)
            .map(|(rule, hits)| RuleHits { id: rule.id.clone(), hits })
            .collect();
        result.by_rule.sort_by_key(|rule| std::cmp::Reverse(rule.hits));
        result
    });
    Ok(Json(run.await.map_err(Problem::internal)?))
}

/// A draft.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRules {
    text: String,
    /// What changes and why.
    note: String,
}

/// Keep a draft. It takes effect when another person publishes it.
#[utoipa::path(post, path = "/v1/rules", tag = "rules", operation_id = "create_rules",
    request_body = NewRules,
    responses((status = 201, description = "Kept.", body = RuleVersionDetail),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
async fn create(
    State(service): State<Service>,
    caller: Caller,
    Body(body): Body<NewRules>,
) -> Result<(StatusCode, Json<RuleVersionDetail>), Problem> {
    let user = caller.person(RULE_ROLES)?;
    let note = body.note.trim();
    if note.is_empty() || note.len() > NOTE_LEN_MAX {
        let detail = format!("say what changes and why, in 1 to {NOTE_LEN_MAX} bytes");
        return Err(Problem::field("note", "rules.note", detail));
    }
    let pack = compile(&body.text).map_err(|error| refused(&body.text, &error))?;
    let digest = hex(&pack.digest);
    if let Some(known) = service.sql.find_rules(&digest).await?
        && known.state != RuleState::Retired
    {
        let detail = format!("version {} has the same text", known.version);
        return Err(Problem::new(StatusCode::CONFLICT, "rules.same", detail));
    }
    let row = RuleVersionRow {
        version: 0,
        digest,
        name: format!("{} v{}", pack.name, pack.version),
        note: note.to_owned(),
        text: body.text,
        state: RuleState::Draft,
        rules: pack.rules().len() as u64,
        created_at: crate::now_s().cast_signed(),
        created_by: Some((user.id, user.name.clone())),
        approved_by: None,
        published_at: None,
    };
    let row = service.sql.create_rules(&row).await?;
    Ok((StatusCode::CREATED, Json(detail(&service, &row).await?)))
}

/// Put a draft in force. It needs another person than the one who wrote it, and its tests to pass.
#[utoipa::path(post, path = "/v1/rules/{version}/publish", tag = "rules", operation_id = "publish_rules",
    params(("version" = i64, Path, description = "Its number.")),
    responses((status = 200, description = "In force, and on the record.", body = RuleVersion),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
async fn publish(
    State(service): State<Service>,
    caller: Caller,
    Path(version): Path<i64>,
) -> Result<Json<RuleVersion>, Problem> {
    let user = caller.person(RULE_ROLES)?;
    // One after another, so that the database and the engine see the same order.
    let _turn = service.publishing.lock().await;
    let row = service.sql.rule_version(version).await?;
    if row.state == RuleState::Live
        && row.approved_by.as_ref().is_some_and(|(id, _)| *id == user.id)
    {
        // Sent again after an answer that was lost.
        return Ok(Json(RuleVersion::from(&row)));
    }
    if row.state == RuleState::Draft
        && row.created_by.as_ref().is_some_and(|(author, _)| *author == user.id)
    {
        let detail = "rules are published by another person than the one who wrote them";
        return Err(Problem::new(StatusCode::CONFLICT, "rules.same_person", detail));
    }
    let check = checked(&row.text);
    if !check.ok {
        let failed: Vec<String> = check.tests.failed.into_iter().map(|test| test.name).collect();
        let detail = format!("its tests do not pass: {}", failed.join(", "));
        return Err(Problem::new(StatusCode::CONFLICT, "rules.tests", detail));
    }
    let now_s = crate::now_s().cast_signed();
    let row = service.sql.publish_rules(version, user.id, now_s).await?;
    let pack = compile(&row.text).map_err(Problem::internal)?;
    {
        let mut book = service.rules.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        book.texts.insert(row.digest.clone(), row.text.clone());
        book.live.clone_from(&row.text);
    }
    // If that is not recorded the desk rebuilds its engine, with the rules that are live now.
    let change = Box::new(move |engine: &mut engine::Engine| {
        engine.set_pack(pack);
        true
    });
    service.desk.change(change).await?;
    Ok(Json(RuleVersion::from(&row)))
}

/// Remove a draft.
#[utoipa::path(delete, path = "/v1/rules/{version}", tag = "rules", operation_id = "delete_rules",
    params(("version" = i64, Path, description = "Its number.")),
    responses((status = 204, description = "Removed."),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = [])))]
async fn delete(
    State(service): State<Service>,
    caller: Caller,
    Path(version): Path<i64>,
) -> Result<StatusCode, Problem> {
    caller.person(RULE_ROLES)?;
    service.sql.delete_rules(version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A fact that rules may use.
#[derive(Serialize, Deserialize, ToSchema)]
struct Fact {
    name: String,
    r#type: String,
    doc: String,
    /// Use it only behind `has(…)`.
    is_optional: bool,
}

/// All facts.
#[derive(Serialize, Deserialize, ToSchema)]
struct FactList {
    items: Vec<Fact>,
}

/// The facts that rules may use.
#[utoipa::path(get, path = "/v1/facts", tag = "rules", operation_id = "list_facts",
    responses((status = 200, description = "Facts.", body = FactList),
              (status = "default", description = "A problem.", body = Problem, content_type = "application/problem+json")),
    security(("session" = []), ("api_key" = [])))]
async fn facts(caller: Caller) -> Result<Json<FactList>, Problem> {
    caller.may(Scope::Read)?;
    let (schema, _) = engine::facts::schema();
    let items = schema.describe().map(|(name, r#type, is_optional, doc)| Fact {
        name: name.to_owned(),
        r#type,
        doc: doc.to_owned(),
        is_optional,
    });
    Ok(Json(FactList { items: items.collect() }))
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(check))
        .routes(routes!(backtest))
        .routes(routes!(get, delete))
        .routes(routes!(publish))
        .routes(routes!(facts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_where_they_are_in_the_text() {
        let text = "name = \"x\"\nversion = 1\n\n[[rule]]\nid = \"a.b\"\nwhen = 'from.evnts > 1'\nthen = \"hold\"\nsentence = \"\"\nremedy = \"\"\n";
        let check = checked(text);
        let error = &check.errors[0];
        assert_eq!((error.line, error.column), (Some(6), Some(9)));
        assert_eq!(&text.lines().nth(5).unwrap()[8..14], "from.e");
        assert!(error.message.contains("did you mean 'from.events'"), "{}", error.message);
        let broken = checked("name = \n");
        assert_eq!(broken.errors[0].line, Some(1));
        let unknown = checked(&text.replace("sentence = \"\"", "sentence = \"{nothing}\""));
        assert_eq!(unknown.errors[0].rule.as_deref(), Some("a.b"));
        assert_eq!(unknown.errors[0].line, Some(5));
    }
}
