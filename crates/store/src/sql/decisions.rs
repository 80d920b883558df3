//! Details of decisions above allow.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Sql, SqlError, advance};
use crate::sql::alerts::AlertUpdate;

/// The name under which it is kept how far people were told.
const ACTED_UNTIL: &str = "acted_until";

/// A decision above allow.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct DecisionRow {
    pub journal_index: u64,
    /// Number of the level, 1 to 3.
    pub level: u8,
    pub network: String,
    pub tx: String,
    pub lead: String,
    /// JSON of what it rests on; its shape belongs to the server.
    pub detail: String,
}

/// Which decisions are asked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DecisionFilter {
    /// Levels; empty for all above allow.
    pub levels: Vec<u8>,
    /// A network.
    pub network: Option<String>,
    /// A leading rule.
    pub lead: Option<String>,
    /// Only those before this journal index.
    pub before: Option<u64>,
}

fn decision(row: &AnyRow) -> Result<DecisionRow, SqlError> {
    Ok(DecisionRow {
        journal_index: row.try_get::<i64, _>(0)?.cast_unsigned(),
        level: u8::try_from(row.try_get::<i64, _>(1)?)
            .map_err(|_| SqlError::foreign("level", "of a decision"))?,
        network: row.try_get(2)?,
        tx: row.try_get(3)?,
        lead: row.try_get(4)?,
        detail: row.try_get(5)?,
    })
}

impl Sql {
    /// Keeps details of decisions and what became of alerts, and that people were told up to
    /// `acted_until`, all or nothing. Gives the ids of the alerts that were opened or changed.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer; then nothing was kept.
    pub async fn act(
        &self,
        decisions: &[DecisionRow],
        alerts: &[AlertUpdate],
        acted_until: u64,
        now_s: i64,
    ) -> Result<Vec<i64>, SqlError> {
        let mut transaction = self.begin().await?;
        // First: a commit whose answer was lost is tried again, and must not count twice.
        if !advance(&mut transaction, ACTED_UNTIL, acted_until).await? {
            return Ok(Vec::new());
        }
        for row in decisions {
            sqlx::query(
                "INSERT INTO decisions (journal_index, level, network, tx, lead, detail) VALUES ($1, $2, $3, $4, $5, $6) \
                 ON CONFLICT (journal_index) DO NOTHING",
            )
            .bind(row.journal_index.cast_signed())
            .bind(i64::from(row.level))
            .bind(&row.network)
            .bind(&row.tx)
            .bind(&row.lead)
            .bind(&row.detail)
            .execute(&mut *transaction)
            .await?;
        }
        let mut changed = Vec::with_capacity(alerts.len());
        for update in alerts {
            changed.push(Self::raise(&mut transaction, update, now_s).await?);
        }
        transaction.commit().await?;
        Ok(changed)
    }

    /// The journal size up to which people were told.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn acted_until(&self) -> Result<u64, SqlError> {
        self.progress(ACTED_UNTIL).await
    }

    /// The detail of a decision.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn find_decision(&self, journal_index: u64) -> Result<Option<DecisionRow>, SqlError> {
        let row = sqlx::query(
            "SELECT journal_index, level, network, tx, lead, detail FROM decisions WHERE journal_index = $1",
        )
        .bind(journal_index.cast_signed())
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| decision(&row)).transpose()
    }

    /// Decisions above allow, the newest first, at most `limit`.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn decisions(
        &self,
        filter: &DecisionFilter,
        limit: u32,
    ) -> Result<Vec<DecisionRow>, SqlError> {
        let mut text = String::from(
            "SELECT journal_index, level, network, tx, lead, detail FROM decisions WHERE journal_index < $1",
        );
        let mut texts: Vec<&str> = Vec::new();
        for (column, value) in [("network", &filter.network), ("lead", &filter.lead)] {
            if let Some(value) = value {
                texts.push(value);
                text.push_str(&format!(" AND {column} = ${}", texts.len() + 1));
            }
        }
        if !filter.levels.is_empty() {
            let levels: Vec<String> = filter.levels.iter().map(u8::to_string).collect();
            text.push_str(&format!(" AND level IN ({})", levels.join(", ")));
        }
        text.push_str(&format!(" ORDER BY journal_index DESC LIMIT {limit}"));
        let before = filter.before.map_or(i64::MAX, |b| i64::try_from(b).unwrap_or(i64::MAX));
        // Made of constants, place numbers and integers only.
        let mut query = sqlx::query(sqlx::AssertSqlSafe(text)).bind(before);
        for value in texts {
            query = query.bind(value.to_owned());
        }
        query.fetch_all(&self.pool).await?.iter().map(decision).collect()
    }

    /// The newest decisions above allow after a journal index, the oldest of them first.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn decisions_after(
        &self,
        index: u64,
        limit: u32,
    ) -> Result<Vec<DecisionRow>, SqlError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT journal_index, level, network, tx, lead, detail FROM decisions WHERE journal_index > $1 ORDER BY journal_index DESC LIMIT {limit}"
        )))
        .bind(i64::try_from(index).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().rev().map(decision).collect()
    }

    /// Journal indexes of decisions above allow about a transaction.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn decisions_of_tx(&self, tx: &str) -> Result<Vec<u64>, SqlError> {
        let rows = sqlx::query(
            "SELECT journal_index FROM decisions WHERE tx = $1 ORDER BY journal_index LIMIT 50",
        )
        .bind(tx)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok(row.try_get::<i64, _>(0)?.cast_unsigned())).collect()
    }
}
