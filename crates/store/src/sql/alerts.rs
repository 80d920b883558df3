//! The queue of alerts: one open alert for each rule and address, however often it recurs.

use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use super::{Sql, SqlError, next_id};

/// How long a change can be taken back.
const UNDO_S: i64 = 60;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident: $($variant:ident = $text:literal),*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[allow(missing_docs)]
        pub enum $name { $($variant),* }

        impl $name {
            /// Stable name.
            pub fn name(self) -> &'static str {
                match self { $($name::$variant => $text),* }
            }

            /// The one with this name.
            pub fn find(name: &str) -> Option<Self> {
                match name { $($text => Some($name::$variant),)* _ => None }
            }
        }
    };
}

words! {
    /// Where an alert stands.
    Status: Open = "open", InReview = "in_review", Closed = "closed"
}
words! {
    /// What a closed alert turned out to be.
    Outcome: Confirmed = "confirmed", FalseAlarm = "false_alarm", Duplicate = "duplicate"
}
words! {
    /// In which order alerts come.
    AlertSort: Severity = "severity", LastSeen = "last_seen", Transfers = "transfers"
}

/// What a decision, or several, ask of people.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct AlertUpdate {
    pub code: String,
    pub network: String,
    pub address: String,
    /// Names joined by spaces.
    pub categories: String,
    pub level: u8,
    pub severity: u8,
    pub sentence: String,
    /// Transfers that it adds.
    pub transfers: u64,
    pub first_seen: i64,
    pub last_seen: i64,
    pub decision_index: u64,
    pub known_since: Option<String>,
    /// Reasons as JSON.
    pub reasons: String,
}

/// A matter for a person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct AlertRow {
    pub id: i64,
    pub code: String,
    pub network: String,
    pub address: String,
    pub categories: String,
    pub level: u8,
    pub severity: u8,
    pub sentence: String,
    pub status: Status,
    pub outcome: Option<Outcome>,
    pub assignee: Option<(i64, String)>,
    pub transfers: u64,
    pub first_seen: i64,
    pub last_seen: i64,
    pub created_at: i64,
    pub decision_index: u64,
    pub known_since: Option<String>,
    pub notes: u64,
    pub reasons: String,
}

/// Something that happened to an alert.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct AlertEventRow {
    pub at: i64,
    pub who: Option<(i64, String)>,
    pub action: String,
    pub note: Option<String>,
    pub outcome: Option<Outcome>,
}

/// Whose alerts are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Assignee {
    /// Nobody's.
    Nobody,
    /// A person's.
    User(i64),
}

/// Which alerts are asked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs)]
pub struct AlertFilter {
    pub statuses: Vec<Status>,
    pub levels: Vec<u8>,
    pub code: Option<String>,
    pub assignee: Option<Assignee>,
    /// Part of the address or code.
    pub text: Option<String>,
    pub sort: AlertSort,
    /// Only what comes after this alert in the order.
    pub after: Option<AlertMark>,
}

/// An alert's place in an order: what the order goes by, and its id. Closing the alerts before it
/// moves nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlertMark(Vec<i64>);

impl Default for AlertSort {
    /// What matters most comes first.
    fn default() -> Self {
        AlertSort::Severity
    }
}

impl AlertSort {
    /// What the order goes by, greatest first.
    fn columns(self) -> &'static [&'static str] {
        match self {
            AlertSort::Severity => &["a.severity", "a.level", "a.last_seen", "a.id"],
            AlertSort::LastSeen => &["a.last_seen", "a.id"],
            AlertSort::Transfers => &["a.transfers", "a.id"],
        }
    }
}

impl AlertMark {
    /// The place of an alert.
    pub fn of(sort: AlertSort, row: &AlertRow) -> Self {
        let transfers = i64::try_from(row.transfers).unwrap_or(i64::MAX);
        Self(match sort {
            AlertSort::Severity => {
                vec![row.severity.into(), row.level.into(), row.last_seen, row.id]
            }
            AlertSort::LastSeen => vec![row.last_seen, row.id],
            AlertSort::Transfers => vec![transfers, row.id],
        })
    }

    /// A place as [`AlertMark`] is displayed; `None` when it is none of this order.
    pub fn parse(sort: AlertSort, text: &str) -> Option<Self> {
        let values: Vec<i64> =
            text.splitn(5, '.').map(str::parse).collect::<Result<_, _>>().ok()?;
        (values.len() == sort.columns().len()).then_some(Self(values))
    }
}

impl std::fmt::Display for AlertMark {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let values: Vec<String> = self.0.iter().map(i64::to_string).collect();
        out.write_str(&values.join("."))
    }
}

/// What a person does with alerts.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum AlertAction {
    Assign(i64),
    Release,
    Close(Outcome),
    Reopen,
    Note,
}

/// What an alert was before a change, for taking it back.
#[derive(Clone, Serialize, Deserialize)]
struct Before {
    id: i64,
    status: Status,
    outcome: Option<Outcome>,
    assignee: Option<i64>,
}

/// A change that can be taken back, if nobody changed the alert since.
#[derive(Serialize, Deserialize)]
struct Change {
    before: Before,
    after: Before,
}

const COLUMNS: &str = "SELECT a.id, a.code, a.network, a.address, a.categories, a.level, a.severity, a.sentence, a.status, \
     a.outcome, u.id, u.name, a.transfers, a.first_seen, a.last_seen, a.created_at, a.decision_index, \
     a.known_since, a.notes, a.reasons FROM alerts a LEFT JOIN users u ON u.id = a.assignee";

fn number(row: &AnyRow, place: usize) -> Result<u64, SqlError> {
    Ok(row.try_get::<i64, _>(place)?.cast_unsigned())
}

fn small(row: &AnyRow, place: usize) -> Result<u8, SqlError> {
    u8::try_from(row.try_get::<i64, _>(place)?)
        .map_err(|_| SqlError::foreign("level", "of an alert"))
}

fn outcome(row: &AnyRow, place: usize) -> Result<Option<Outcome>, SqlError> {
    let text: Option<String> = row.try_get(place)?;
    text.map(|text| Outcome::find(&text).ok_or_else(|| SqlError::foreign("outcome", &text)))
        .transpose()
}

fn person(row: &AnyRow, place: usize) -> Result<Option<(i64, String)>, SqlError> {
    let id: Option<i64> = row.try_get(place)?;
    id.map(|id| Ok((id, row.try_get(place + 1)?))).transpose()
}

fn alert(row: &AnyRow) -> Result<AlertRow, SqlError> {
    let status: String = row.try_get(8)?;
    Ok(AlertRow {
        id: row.try_get(0)?,
        code: row.try_get(1)?,
        network: row.try_get(2)?,
        address: row.try_get(3)?,
        categories: row.try_get(4)?,
        level: small(row, 5)?,
        severity: small(row, 6)?,
        sentence: row.try_get(7)?,
        status: Status::find(&status).ok_or_else(|| SqlError::foreign("status", &status))?,
        outcome: outcome(row, 9)?,
        assignee: person(row, 10)?,
        transfers: number(row, 12)?,
        first_seen: row.try_get(13)?,
        last_seen: row.try_get(14)?,
        created_at: row.try_get(15)?,
        decision_index: number(row, 16)?,
        known_since: row.try_get(17)?,
        notes: number(row, 18)?,
        reasons: row.try_get(19)?,
    })
}

fn open_key(code: &str, network: &str, address: &str) -> String {
    format!("{code} {network} {address}")
}

struct Entry<'a> {
    alert_id: i64,
    at: i64,
    user_id: Option<i64>,
    action: &'a str,
    note: Option<&'a str>,
    outcome: Option<Outcome>,
}

async fn log(transaction: &mut Transaction<'_, Any>, entry: Entry<'_>) -> Result<(), SqlError> {
    let id = next_id(transaction, "alert_events").await?;
    sqlx::query("INSERT INTO alert_events (id, alert_id, at, user_id, action, note, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(id)
        .bind(entry.alert_id)
        .bind(entry.at)
        .bind(entry.user_id)
        .bind(entry.action.to_owned())
        .bind(entry.note.map(str::to_owned))
        .bind(entry.outcome.map(Outcome::name))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

impl Sql {
    /// Opens an alert or adds to the open one of the same rule and address.
    pub(super) async fn raise(
        transaction: &mut Transaction<'_, Any>,
        update: &AlertUpdate,
        now_s: i64,
    ) -> Result<i64, SqlError> {
        let key = open_key(&update.code, &update.network, &update.address);
        let known = sqlx::query("SELECT id, level FROM alerts WHERE open_key = $1")
            .bind(&key)
            .fetch_optional(&mut **transaction)
            .await?;
        if let Some(row) = known {
            let id: i64 = row.try_get(0)?;
            sqlx::query("UPDATE alerts SET transfers = transfers + $2, last_seen = CASE WHEN last_seen < $3 THEN $3 ELSE last_seen END WHERE id = $1")
                .bind(id)
                .bind(update.transfers.cast_signed())
                .bind(update.last_seen)
                .execute(&mut **transaction)
                .await?;
            if row.try_get::<i64, _>(1)? < i64::from(update.level) {
                sqlx::query("UPDATE alerts SET level = $2, severity = $3, sentence = $4, reasons = $5, decision_index = $6 WHERE id = $1")
                    .bind(id)
                    .bind(i64::from(update.level))
                    .bind(i64::from(update.severity))
                    .bind(&update.sentence)
                    .bind(&update.reasons)
                    .bind(update.decision_index.cast_signed())
                    .execute(&mut **transaction)
                    .await?;
            }
            return Ok(id);
        }
        let id = next_id(transaction, "alerts").await?;
        sqlx::query(
            "INSERT INTO alerts (id, open_key, code, network, address, categories, level, severity, sentence, status, \
             transfers, first_seen, last_seen, created_at, decision_index, known_since, notes, reasons) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, $11, $12, $13, $14, $15, 0, $16)",
        )
        .bind(id)
        .bind(&key)
        .bind(&update.code)
        .bind(&update.network)
        .bind(&update.address)
        .bind(&update.categories)
        .bind(i64::from(update.level))
        .bind(i64::from(update.severity))
        .bind(&update.sentence)
        .bind(update.transfers.cast_signed())
        .bind(update.first_seen)
        .bind(update.last_seen)
        .bind(now_s)
        .bind(update.decision_index.cast_signed())
        .bind(update.known_since.clone())
        .bind(&update.reasons)
        .execute(&mut **transaction)
        .await?;
        let entry = Entry {
            alert_id: id,
            at: now_s,
            user_id: None,
            action: "opened",
            note: None,
            outcome: None,
        };
        log(transaction, entry).await?;
        Ok(id)
    }

    /// Opens alerts, or adds to open ones, all or nothing. Gives their ids.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer; then nothing was kept.
    pub async fn raise_alerts(
        &self,
        alerts: &[AlertUpdate],
        now_s: i64,
    ) -> Result<Vec<i64>, SqlError> {
        let mut transaction = self.begin().await?;
        let mut changed = Vec::with_capacity(alerts.len());
        for update in alerts {
            changed.push(Self::raise(&mut transaction, update, now_s).await?);
        }
        transaction.commit().await?;
        Ok(changed)
    }

    /// An alert by id.
    ///
    /// # Errors
    /// [`SqlError::NotFound`] without one.
    pub async fn alert(&self, id: i64) -> Result<AlertRow, SqlError> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE a.id = $1")))
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.map_or_else(
            || Err(SqlError::NotFound { what: "alert", id: id.to_string() }),
            |row| alert(&row),
        )
    }

    /// What happened to an alert, the oldest first.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn alert_history(&self, id: i64) -> Result<Vec<AlertEventRow>, SqlError> {
        let rows = sqlx::query(
            "SELECT e.at, u.id, u.name, e.action, e.note, e.outcome FROM alert_events e \
             LEFT JOIN users u ON u.id = e.user_id WHERE e.alert_id = $1 ORDER BY e.id LIMIT 1000",
        )
        .bind(id)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(AlertEventRow {
                    at: row.try_get(0)?,
                    who: person(row, 1)?,
                    action: row.try_get(3)?,
                    note: row.try_get(4)?,
                    outcome: outcome(row, 5)?,
                })
            })
            .collect()
    }

    /// Alerts as asked for, and how many there are in all, those before the place included.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn alerts(
        &self,
        filter: &AlertFilter,
        limit: u32,
    ) -> Result<(Vec<AlertRow>, u64), SqlError> {
        let mut condition = String::from(" WHERE 1 = 1");
        let mut texts: Vec<String> = Vec::new();
        if !filter.statuses.is_empty() {
            let names: Vec<String> =
                filter.statuses.iter().map(|status| format!("'{}'", status.name())).collect();
            condition.push_str(&format!(" AND a.status IN ({})", names.join(", ")));
        }
        if !filter.levels.is_empty() {
            let levels: Vec<String> = filter.levels.iter().map(u8::to_string).collect();
            condition.push_str(&format!(" AND a.level IN ({})", levels.join(", ")));
        }
        match filter.assignee {
            Some(Assignee::Nobody) => condition.push_str(" AND a.assignee IS NULL"),
            Some(Assignee::User(id)) => condition.push_str(&format!(" AND a.assignee = {id}")),
            None => {}
        }
        if let Some(code) = &filter.code {
            texts.push(code.clone());
            condition.push_str(&format!(" AND a.code = ${}", texts.len()));
        }
        if let Some(text) = &filter.text {
            let mut plain = String::new();
            for letter in text.to_lowercase().chars() {
                if matches!(letter, '%' | '_' | '!') {
                    plain.push('!');
                }
                plain.push(letter);
            }
            texts.push(format!("%{plain}%"));
            let place = texts.len();
            condition.push_str(&format!(
                " AND (LOWER(a.address) LIKE ${place} ESCAPE '!' OR LOWER(a.code) LIKE ${place} ESCAPE '!')"
            ));
        }
        let columns = filter.sort.columns();
        let order = format!("{} DESC", columns.join(" DESC, "));
        let after = filter.after.as_ref().map_or_else(String::new, |mark| {
            let values: Vec<String> = mark.0.iter().map(i64::to_string).collect();
            format!(" AND ({}) < ({})", columns.join(", "), values.join(", "))
        });
        // Made of constants, place numbers and integers only.
        let list = format!("{COLUMNS}{condition}{after} ORDER BY {order} LIMIT {limit}");
        let count = format!("SELECT COUNT(*) FROM alerts a{condition}");
        let mut list = sqlx::query(sqlx::AssertSqlSafe(list));
        let mut count = sqlx::query(sqlx::AssertSqlSafe(count));
        for text in texts {
            list = list.bind(text.clone());
            count = count.bind(text);
        }
        let rows = list.fetch_all(&self.pool).await?;
        let total = number(&count.fetch_one(&self.pool).await?, 0)?;
        Ok((rows.iter().map(alert).collect::<Result<_, _>>()?, total))
    }

    /// Number of alerts that are not closed.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn open_alerts(&self) -> Result<u64, SqlError> {
        let row = sqlx::query("SELECT COUNT(*) FROM alerts WHERE status IN ('open', 'in_review')")
            .fetch_one(&self.pool)
            .await?;
        number(&row, 0)
    }

    /// Does something with several alerts. Gives those that changed and a token that takes it back,
    /// and why others were refused.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer; then nothing changed.
    pub async fn change_alerts(
        &self,
        ids: &[i64],
        action: &AlertAction,
        note: Option<&str>,
        user_id: i64,
        undo_token: &str,
        now_s: i64,
    ) -> Result<(Vec<AlertRow>, Vec<(i64, String)>), SqlError> {
        let (mut changed, mut refused, mut before) = (Vec::new(), Vec::new(), Vec::new());
        let mut transaction = self.begin().await?;
        for id in ids {
            let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE a.id = $1")))
                .bind(id)
                .fetch_optional(&mut *transaction)
                .await?;
            let Some(row) = row else {
                refused.push((*id, "there is no such alert".to_owned()));
                continue;
            };
            let known = alert(&row)?;
            let is_closed = known.status == Status::Closed;
            let refusal = match action {
                AlertAction::Reopen if !is_closed => Some("it is not closed"),
                AlertAction::Assign(_) | AlertAction::Release | AlertAction::Close(_)
                    if is_closed =>
                {
                    Some("it is closed: reopen it first")
                }
                _ => None,
            };
            if let Some(refusal) = refusal {
                refused.push((*id, refusal.to_owned()));
                continue;
            }
            let assignee = known.assignee.as_ref().map(|(id, _)| *id);
            let mut after =
                Before { id: *id, status: known.status, outcome: known.outcome, assignee };
            let known_as = after.clone();
            let name = match action {
                AlertAction::Assign(user) => {
                    (after.assignee, after.status) = (Some(*user), Status::InReview);
                    "assigned"
                }
                AlertAction::Release => {
                    (after.assignee, after.status) = (None, Status::Open);
                    "released"
                }
                AlertAction::Close(outcome) => {
                    (after.outcome, after.status) = (Some(*outcome), Status::Closed);
                    "closed"
                }
                AlertAction::Reopen => {
                    after.outcome = None;
                    after.status = if assignee.is_some() { Status::InReview } else { Status::Open };
                    "reopened"
                }
                AlertAction::Note => "noted",
            };
            if let Err(refusal) = Self::put_alert(&mut transaction, &known, &after).await? {
                refused.push((*id, refusal));
                continue;
            }
            if note.is_some() {
                sqlx::query("UPDATE alerts SET notes = notes + 1 WHERE id = $1")
                    .bind(id)
                    .execute(&mut *transaction)
                    .await?;
            }
            before.push(Change { before: known_as, after: after.clone() });
            let entry = Entry {
                alert_id: *id,
                at: now_s,
                user_id: Some(user_id),
                action: name,
                note,
                outcome: after.outcome.filter(|_| matches!(action, AlertAction::Close(_))),
            };
            log(&mut transaction, entry).await?;
            changed.push(*id);
        }
        if !changed.is_empty() && *action != AlertAction::Note {
            sqlx::query("DELETE FROM undos WHERE expires_at < $1")
                .bind(now_s)
                .execute(&mut *transaction)
                .await?;
            let text =
                serde_json::to_string(&before).map_err(|e| SqlError::Foreign(e.to_string()))?;
            sqlx::query(
                "INSERT INTO undos (token, user_id, expires_at, before) VALUES ($1, $2, $3, $4)",
            )
            .bind(undo_token.to_owned())
            .bind(user_id)
            .bind(now_s + UNDO_S)
            .bind(text)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        let mut rows = Vec::with_capacity(changed.len());
        for id in changed {
            rows.push(self.alert(id).await?);
        }
        Ok((rows, refused))
    }

    /// Takes a change back.
    ///
    /// # Errors
    /// [`SqlError::NotFound`] when it was taken back already, is another person's, or too old.
    pub async fn undo_alerts(
        &self,
        token: &str,
        user_id: i64,
        now_s: i64,
    ) -> Result<Vec<AlertRow>, SqlError> {
        let mut transaction = self.begin().await?;
        let row = sqlx::query("DELETE FROM undos WHERE token = $1 AND user_id = $2 AND expires_at >= $3 RETURNING before")
            .bind(token.to_owned())
            .bind(user_id)
            .bind(now_s)
            .fetch_optional(&mut *transaction)
            .await?
            .ok_or_else(|| SqlError::NotFound { what: "change to take back", id: String::new() })?;
        let text: String = row.try_get(0)?;
        let changes: Vec<Change> =
            serde_json::from_str(&text).map_err(|e| SqlError::Foreign(e.to_string()))?;
        let mut changed = Vec::new();
        for Change { before, after } in changes {
            let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE a.id = $1")))
                .bind(before.id)
                .fetch_one(&mut *transaction)
                .await?;
            let known = alert(&row)?;
            let assignee = known.assignee.as_ref().map(|(id, _)| *id);
            let is_as_left = known.status == after.status
                && known.outcome == after.outcome
                && assignee == after.assignee;
            if !is_as_left || Self::put_alert(&mut transaction, &known, &before).await?.is_err() {
                continue;
            }
            let entry = Entry {
                alert_id: before.id,
                at: now_s,
                user_id: Some(user_id),
                action: "undone",
                note: None,
                outcome: None,
            };
            log(&mut transaction, entry).await?;
            changed.push(before.id);
        }
        transaction.commit().await?;
        let mut rows = Vec::with_capacity(changed.len());
        for id in changed {
            rows.push(self.alert(id).await?);
        }
        Ok(rows)
    }

    /// Writes where an alert stands. Refused when it would be open beside another that was opened
    /// for the same matter meanwhile.
    async fn put_alert(
        transaction: &mut Transaction<'_, Any>,
        known: &AlertRow,
        after: &Before,
    ) -> Result<Result<(), String>, SqlError> {
        let key = open_key(&known.code, &known.network, &known.address);
        let is_open = after.status != Status::Closed;
        if is_open {
            let other = sqlx::query("SELECT id FROM alerts WHERE open_key = $1 AND id <> $2")
                .bind(&key)
                .bind(known.id)
                .fetch_optional(&mut **transaction)
                .await?;
            if let Some(other) = other {
                let id: i64 = other.try_get(0)?;
                return Ok(Err(format!("alert {id} was opened for the same matter since")));
            }
        }
        sqlx::query("UPDATE alerts SET status = $2, outcome = $3, assignee = $4, open_key = $5 WHERE id = $1")
            .bind(known.id)
            .bind(after.status.name())
            .bind(after.outcome.map(Outcome::name))
            .bind(after.assignee)
            .bind(is_open.then_some(key))
            .execute(&mut **transaction)
            .await?;
        Ok(Ok(()))
    }
}
