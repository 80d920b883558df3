//! What a server has kept, looked at and changed from outside.

use sqlx::{Connection, Row, SqliteConnection};
use std::path::Path;

fn within<T>(database: &Path, work: impl AsyncFnOnce(&mut SqliteConnection) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let url = format!("sqlite://{}", database.display());
        let mut sql = SqliteConnection::connect(&url).await.unwrap();
        sqlx::query("PRAGMA busy_timeout = 60000").execute(&mut sql).await.unwrap();
        work(&mut sql).await
    })
}

/// Changes rows; gives how many.
pub(super) fn change(database: &Path, text: &'static str) -> u64 {
    within(database, async |sql| sqlx::query(text).execute(sql).await.unwrap().rows_affected())
}

/// The first column of each row, a number.
pub(super) fn numbers(database: &Path, text: &'static str) -> Vec<i64> {
    within(database, async |sql| {
        let rows = sqlx::query(text).fetch_all(sql).await.unwrap();
        rows.iter().map(|row| row.get::<i64, _>(0)).collect()
    })
}

/// The first columns of each row, texts.
pub(super) fn texts(database: &Path, text: &'static str) -> Vec<Vec<String>> {
    within(database, async |sql| {
        let rows = sqlx::query(text).fetch_all(sql).await.unwrap();
        let all = |row: &sqlx::sqlite::SqliteRow| (0..row.len()).map(|at| row.get(at)).collect();
        rows.iter().map(all).collect()
    })
}

/// Does something while another program has the database for itself.
pub(super) fn while_locked<T>(database: &Path, work: impl FnOnce() -> T) -> T {
    within(database, async |sql| {
        sqlx::query("BEGIN IMMEDIATE").execute(&mut *sql).await.unwrap();
        let done = work();
        sqlx::query("ROLLBACK").execute(sql).await.unwrap();
        done
    })
}
