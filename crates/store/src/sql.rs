//! What people work with: users, sessions, keys, alerts, details of decisions, rule versions. One
//! text of SQL for SQLite and PostgreSQL.
//!
//! Types are those that both databases share through `sqlx::Any`: 64-bit integers (times in seconds
//! since 1970-01-01 UTC, booleans as 0 and 1) and text (ids in hexadecimal digits, lists as JSON).

mod alerts;
mod customers;
mod decisions;
mod outbox;
mod people;
mod rules;

pub use alerts::{
    AlertAction, AlertEventRow, AlertFilter, AlertMark, AlertRow, AlertSort, AlertUpdate, Assignee,
    Outcome, Status,
};
pub use customers::{
    AccountEvent, AccountEventRow, AccountKeyRow, CredentialKind, CredentialRow, Customer,
    CustomerChange, CustomerOp, CustomerRow, CustomerSessionRow, DEVICES_MAX, DeviceRow, LinkRow,
    Parcel, SESSIONS_MAX, WithdrawalFilter, WithdrawalRow,
};
pub use decisions::{DecisionFilter, DecisionRow};
pub use outbox::{AssetPriceRow, ParcelRow, StaffPasskeyRow, VouchRow, WebhookRow, hook_kind};
pub use people::{ApiKeyRow, Role, SessionRow, UserRow};
pub use rules::{ListSyncRow, RuleState, RuleVersionRow};

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyPool, Executor, Row, Transaction};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

/// Files of migrations, in order. A file that was applied never changes.
pub const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_people", include_str!("../migrations/0001_people.sql")),
    ("0002_decisions", include_str!("../migrations/0002_decisions.sql")),
    ("0003_rules_and_lists", include_str!("../migrations/0003_rules_and_lists.sql")),
    ("0004_accounts", include_str!("../migrations/0004_accounts.sql")),
    ("0005_withdrawals", include_str!("../migrations/0005_withdrawals.sql")),
];

/// Connections to PostgreSQL, and readers of SQLite.
const CONNECTIONS_MAX: u32 = 8;
/// How long a query waits for a connection or another writer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why the database did not do it.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// It cannot be reached, or refuses.
    #[error("database: {0}; check that it runs, that its disk has space, and the key 'database'")]
    Unavailable(#[from] sqlx::Error),
    /// It holds what this program did not write.
    #[error("database: {0}; it belongs to another version of this program")]
    Foreign(String),
    /// A row is not there.
    #[error("{what} {id} does not exist")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// By which id.
        id: String,
    },
    /// The change contradicts what is there.
    #[error("{0}")]
    Conflict(String),
}

impl SqlError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            SqlError::Unavailable(_) => "database.unavailable",
            SqlError::Foreign(_) => "database.foreign",
            SqlError::NotFound { .. } => "not_found",
            SqlError::Conflict(_) => "conflict",
        }
    }

    fn foreign(what: &str, value: &str) -> Self {
        SqlError::Foreign(format!("{what} '{value}' has no meaning"))
    }
}

/// Which database it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// The embedded default.
    Sqlite,
    /// A server of its own.
    Postgres,
}

/// The database.
#[derive(Clone)]
pub struct Sql {
    pool: AnyPool,
    dialect: Dialect,
}

impl Sql {
    /// Opens the SQLite file at `path`, made if it is not there, and brings its tables up to date.
    ///
    /// # Errors
    /// [`SqlError`] when it cannot be opened or belongs to another program.
    pub async fn open_sqlite(path: &Path, now_s: i64) -> Result<Self, SqlError> {
        let url = format!("sqlite://{}?mode=rwc", path.display());
        Self::open(&url, Dialect::Sqlite, CONNECTIONS_MAX, now_s).await
    }

    /// A SQLite database in memory, for tests.
    ///
    /// # Errors
    /// [`SqlError`] as for files.
    pub async fn open_memory(now_s: i64) -> Result<Self, SqlError> {
        Self::open("sqlite::memory:", Dialect::Sqlite, 1, now_s).await
    }

    /// Connects to the PostgreSQL database at `url` and brings its tables up to date.
    ///
    /// # Errors
    /// [`SqlError`] when it cannot be reached or belongs to another program.
    pub async fn open_postgres(url: &str, now_s: i64) -> Result<Self, SqlError> {
        Self::open(url, Dialect::Postgres, CONNECTIONS_MAX, now_s).await
    }

    async fn open(
        url: &str,
        dialect: Dialect,
        connections: u32,
        now_s: i64,
    ) -> Result<Self, SqlError> {
        sqlx::any::install_default_drivers();
        let options = AnyConnectOptions::from_str(url)?;
        let pool = AnyPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(PATIENCE)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if dialect == Dialect::Sqlite {
                        connection
                            .execute(
                                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                                 PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON;",
                            )
                            .await?;
                    }
                    Ok(())
                })
            })
            // A disk that failed in a transaction can leave its connection within it.
            .before_acquire(|connection, _| {
                let is_free = !sqlx::Connection::is_in_transaction(connection);
                Box::pin(async move { Ok(is_free) })
            })
            .connect_with(options)
            .await?;
        let sql = Self { pool, dialect };
        sql.migrate(now_s).await?;
        Ok(sql)
    }

    /// Which database it is.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    async fn migrate(&self, now_s: i64) -> Result<(), SqlError> {
        sqlx::query(
            "CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, digest TEXT NOT NULL, applied_at BIGINT NOT NULL)",
        )
        .execute(&self.pool)
        .await?;
        let known = self.migrations().await?;
        for (place, (name, digest)) in known.iter().enumerate() {
            let ours = MIGRATIONS.get(place);
            if ours.is_none_or(|(our, text)| our != name || digest_of(text) != *digest) {
                return Err(SqlError::Foreign(format!("migration '{name}' is not ours")));
            }
        }
        for (name, text) in &MIGRATIONS[known.len()..] {
            let mut transaction = self.pool.begin().await?;
            for statement in text.split(";\n").map(str::trim).filter(|part| !part.is_empty()) {
                sqlx::query(statement).execute(&mut *transaction).await?;
            }
            sqlx::query("INSERT INTO migrations (name, digest, applied_at) VALUES ($1, $2, $3)")
                .bind(*name)
                .bind(digest_of(text))
                .bind(now_s)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    /// Names and digests of the migrations that were applied, in order.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn migrations(&self) -> Result<Vec<(String, String)>, SqlError> {
        let rows = sqlx::query("SELECT name, digest FROM migrations ORDER BY name")
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// Answers when the database does.
    ///
    /// # Errors
    /// [`SqlError`] when it does not.
    pub async fn ping(&self) -> Result<(), SqlError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// A transaction that will write. SQLite must know so at its beginning: one that reads first is
    /// refused when another writer comes between.
    async fn begin(&self) -> Result<Transaction<'_, Any>, SqlError> {
        Ok(match self.dialect {
            Dialect::Sqlite => self.pool.begin_with("BEGIN IMMEDIATE").await?,
            Dialect::Postgres => self.pool.begin().await?,
        })
    }

    /// Binds the database to a journal, by its public key: rows of one must not be shown beside
    /// decisions of another.
    ///
    /// # Errors
    /// [`SqlError::Foreign`] when it is bound to another.
    pub async fn bind_journal(&self, verifying_key: &str) -> Result<(), SqlError> {
        sqlx::query("INSERT INTO bindings (name, value) VALUES ('journal', $1) ON CONFLICT (name) DO NOTHING")
            .bind(verifying_key.to_owned())
            .execute(&self.pool)
            .await?;
        let row = sqlx::query("SELECT value FROM bindings WHERE name = 'journal'")
            .fetch_one(&self.pool)
            .await?;
        let known: String = row.try_get(0)?;
        if known != verifying_key {
            let problem = format!("it belongs to the journal {known}");
            return Err(SqlError::Foreign(problem));
        }
        Ok(())
    }

    /// Moves a value kept by name forward.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn set_progress(&self, name: &str, value: u64) -> Result<(), SqlError> {
        let mut transaction = self.begin().await?;
        advance(&mut transaction, name, value).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// A text kept by name.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn binding(&self, name: &str) -> Result<Option<String>, SqlError> {
        let row = sqlx::query("SELECT value FROM bindings WHERE name = $1")
            .bind(name.to_owned())
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// Keeps a text by name.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn set_binding(&self, name: &str, value: &str) -> Result<(), SqlError> {
        sqlx::query("INSERT INTO bindings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
            .bind(name.to_owned())
            .bind(value.to_owned())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// A value kept by name; 0 before it was set.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn progress(&self, name: &str) -> Result<u64, SqlError> {
        let row = sqlx::query("SELECT value FROM progress WHERE name = $1")
            .bind(name)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map_or(Ok(0), |row| row.try_get::<i64, _>(0))?.cast_unsigned())
    }
}

/// Moves a value forward by name, within a transaction; false when it is there already.
async fn advance(
    transaction: &mut Transaction<'_, Any>,
    name: &str,
    value: u64,
) -> Result<bool, SqlError> {
    let done = sqlx::query(
        "INSERT INTO progress (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE progress.value < excluded.value",
    )
    .bind(name.to_owned())
    .bind(value.cast_signed())
    .execute(&mut **transaction)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// The next id of a table, counted from 1.
async fn next_id(transaction: &mut Transaction<'_, Any>, table: &str) -> Result<i64, SqlError> {
    let row = sqlx::query(
        "INSERT INTO counters (name, next) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET next = counters.next + 1 RETURNING next",
    )
    .bind(table)
    .fetch_one(&mut **transaction)
    .await?;
    Ok(row.try_get(0)?)
}

fn digest_of(text: &str) -> String {
    let digest: [u8; 32] = journal::leaf_hash(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
