//! Versions of the rule pack, and when lists were fetched.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Sql, SqlError};

/// Where a version stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RuleState {
    /// Proposed by one person.
    Draft,
    /// In force.
    Live,
    /// Was in force.
    Retired,
}

impl RuleState {
    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            RuleState::Draft => "draft",
            RuleState::Live => "live",
            RuleState::Retired => "retired",
        }
    }
}

/// A version of the rule pack.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct RuleVersionRow {
    pub version: i64,
    /// SHA-256 of the text in hexadecimal digits.
    pub digest: String,
    pub name: String,
    pub note: String,
    pub text: String,
    pub state: RuleState,
    pub rules: u64,
    pub created_at: i64,
    pub created_by: Option<(i64, String)>,
    pub approved_by: Option<(i64, String)>,
    pub published_at: Option<i64>,
}

/// When a list was fetched and what came of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs)]
pub struct ListSyncRow {
    pub source: String,
    pub url: String,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub checked_at: Option<i64>,
    pub changed_at: Option<i64>,
    pub status: String,
    pub detail: Option<String>,
}

const COLUMNS: &str = "SELECT r.version, r.digest, r.name, r.note, r.text, r.state, r.rules, r.created_at, r.published_at, \
     c.id, c.name, a.id, a.name FROM rule_versions r LEFT JOIN users c ON c.id = r.created_by \
     LEFT JOIN users a ON a.id = r.approved_by";

fn person(row: &AnyRow, place: usize) -> Result<Option<(i64, String)>, SqlError> {
    let id: Option<i64> = row.try_get(place)?;
    id.map(|id| Ok((id, row.try_get(place + 1)?))).transpose()
}

fn version(row: &AnyRow) -> Result<RuleVersionRow, SqlError> {
    let state: String = row.try_get(5)?;
    Ok(RuleVersionRow {
        version: row.try_get(0)?,
        digest: row.try_get(1)?,
        name: row.try_get(2)?,
        note: row.try_get(3)?,
        text: row.try_get(4)?,
        state: match state.as_str() {
            "draft" => RuleState::Draft,
            "live" => RuleState::Live,
            "retired" => RuleState::Retired,
            other => return Err(SqlError::foreign("state of rules", other)),
        },
        rules: row.try_get::<i64, _>(6)?.cast_unsigned(),
        created_at: row.try_get(7)?,
        published_at: row.try_get(8)?,
        created_by: person(row, 9)?,
        approved_by: person(row, 11)?,
    })
}

impl Sql {
    /// Every version, the newest first.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn rule_versions(&self) -> Result<Vec<RuleVersionRow>, SqlError> {
        let text = format!("{COLUMNS} ORDER BY r.version DESC LIMIT 500");
        let rows = sqlx::query(sqlx::AssertSqlSafe(text)).fetch_all(&self.pool).await?;
        rows.iter().map(version).collect()
    }

    /// A version by number.
    ///
    /// # Errors
    /// [`SqlError::NotFound`] without one.
    pub async fn rule_version(&self, number: i64) -> Result<RuleVersionRow, SqlError> {
        let text = format!("{COLUMNS} WHERE r.version = $1");
        let row =
            sqlx::query(sqlx::AssertSqlSafe(text)).bind(number).fetch_optional(&self.pool).await?;
        row.map_or_else(
            || Err(SqlError::NotFound { what: "rule version", id: number.to_string() }),
            |row| version(&row),
        )
    }

    /// The version with a digest, whatever its state.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn find_rules(&self, digest: &str) -> Result<Option<RuleVersionRow>, SqlError> {
        let text = format!("{COLUMNS} WHERE r.digest = $1 ORDER BY r.version DESC LIMIT 1");
        let row = sqlx::query(sqlx::AssertSqlSafe(text))
            .bind(digest.to_owned())
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| version(&row)).transpose()
    }

    /// The version in force.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn live_rules(&self) -> Result<Option<RuleVersionRow>, SqlError> {
        let text = format!("{COLUMNS} WHERE r.state = 'live' ORDER BY r.version DESC LIMIT 1");
        let row = sqlx::query(sqlx::AssertSqlSafe(text)).fetch_optional(&self.pool).await?;
        row.map(|row| version(&row)).transpose()
    }

    /// Puts rules of the program or the operator in force; the version before is retired.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn put_live_rules(&self, row: &RuleVersionRow) -> Result<RuleVersionRow, SqlError> {
        let put = self.create_rules(row).await?;
        sqlx::query(
            "UPDATE rule_versions SET state = 'retired' WHERE state = 'live' AND version <> $1",
        )
        .bind(put.version)
        .execute(&self.pool)
        .await?;
        Ok(put)
    }

    /// Keeps a draft; its number is one more than the last.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn create_rules(&self, row: &RuleVersionRow) -> Result<RuleVersionRow, SqlError> {
        let mut transaction = self.begin().await?;
        let number = super::next_id(&mut transaction, "rule_versions").await?;
        sqlx::query(
            "INSERT INTO rule_versions (version, digest, name, note, text, state, rules, created_at, created_by, approved_by, published_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(number)
        .bind(&row.digest)
        .bind(&row.name)
        .bind(&row.note)
        .bind(&row.text)
        .bind(row.state.name())
        .bind(row.rules.cast_signed())
        .bind(row.created_at)
        .bind(row.created_by.as_ref().map(|(id, _)| *id))
        .bind(row.approved_by.as_ref().map(|(id, _)| *id))
        .bind(row.published_at)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        self.rule_version(number).await
    }

    /// Puts a draft in force; the version before it is retired.
    ///
    /// # Errors
    /// [`SqlError::Conflict`] when it is no draft, or the person wrote it.
    pub async fn publish_rules(
        &self,
        number: i64,
        approved_by: i64,
        now_s: i64,
    ) -> Result<RuleVersionRow, SqlError> {
        let mut transaction = self.begin().await?;
        let done = sqlx::query(
            "UPDATE rule_versions SET state = 'live', approved_by = $2, published_at = $3 \
             WHERE version = $1 AND state = 'draft' AND created_by <> $2",
        )
        .bind(number)
        .bind(approved_by)
        .bind(now_s)
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() == 0 {
            drop(transaction);
            let known = self.rule_version(number).await?;
            let problem = if known.state == RuleState::Draft {
                "rules are published by another person than the one who wrote them"
            } else {
                "only a draft can be published"
            };
            return Err(SqlError::Conflict(problem.to_owned()));
        }
        sqlx::query(
            "UPDATE rule_versions SET state = 'retired' WHERE state = 'live' AND version <> $1",
        )
        .bind(number)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        self.rule_version(number).await
    }

    /// Removes a draft.
    ///
    /// # Errors
    /// [`SqlError::Conflict`] when it is no draft.
    pub async fn delete_rules(&self, number: i64) -> Result<(), SqlError> {
        let done = sqlx::query("DELETE FROM rule_versions WHERE version = $1 AND state = 'draft'")
            .bind(number)
            .execute(&self.pool)
            .await?;
        if done.rows_affected() == 0 {
            self.rule_version(number).await?;
            let problem = "only a draft can be removed: published rules are part of the record";
            return Err(SqlError::Conflict(problem.to_owned()));
        }
        Ok(())
    }

    /// Every list that is fetched.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn list_syncs(&self) -> Result<Vec<ListSyncRow>, SqlError> {
        let rows = sqlx::query(
            "SELECT source, url, etag, last_modified, checked_at, changed_at, status, detail FROM list_syncs ORDER BY source",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(ListSyncRow {
                    source: row.try_get(0)?,
                    url: row.try_get(1)?,
                    etag: row.try_get(2)?,
                    last_modified: row.try_get(3)?,
                    checked_at: row.try_get(4)?,
                    changed_at: row.try_get(5)?,
                    status: row.try_get(6)?,
                    detail: row.try_get(7)?,
                })
            })
            .collect()
    }

    /// Keeps what came of fetching a list.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn put_list_sync(&self, row: &ListSyncRow) -> Result<(), SqlError> {
        sqlx::query(
            "INSERT INTO list_syncs (source, url, etag, last_modified, checked_at, changed_at, status, detail) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (source) DO UPDATE SET url = excluded.url, \
             etag = excluded.etag, last_modified = excluded.last_modified, checked_at = excluded.checked_at, \
             changed_at = excluded.changed_at, status = excluded.status, detail = excluded.detail",
        )
        .bind(&row.source)
        .bind(&row.url)
        .bind(row.etag.clone())
        .bind(row.last_modified.clone())
        .bind(row.checked_at)
        .bind(row.changed_at)
        .bind(&row.status)
        .bind(row.detail.clone())
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
