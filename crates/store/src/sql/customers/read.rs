//! Looking customers and what belongs to them up, and noting that something was used.

use sqlx::{AssertSqlSafe, Row};

use super::{
    AccountKeyRow, CREDENTIAL, CUSTOMER, CredentialRow, CustomerRow, CustomerSessionRow, DEVICE,
    DeviceRow, KEY, LinkRow, SESSION, WITHDRAWAL, WithdrawalRow, credential, customer, device, key,
    session, withdrawal,
};
use crate::sql::{Sql, SqlError};

/// An event of an account as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct AccountEventRow {
    pub seq: i64,
    pub customer_id: String,
    pub at: i64,
    pub kind: String,
    pub actor: String,
    pub detail: String,
    pub journal_index: Option<i64>,
}

/// Which withdrawals a list shows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WithdrawalFilter {
    /// Of one customer.
    pub customer_id: Option<String>,
    /// In one state.
    pub state: Option<String>,
}

fn event(row: &sqlx::any::AnyRow) -> Result<AccountEventRow, SqlError> {
    Ok(AccountEventRow {
        seq: row.try_get(0)?,
        customer_id: row.try_get(1)?,
        at: row.try_get(2)?,
        kind: row.try_get(3)?,
        actor: row.try_get(4)?,
        detail: row.try_get(5)?,
        journal_index: row.try_get(6)?,
    })
}

const EVENT: &str = "seq, customer_id, at, kind, actor, detail, journal_index";

impl Sql {
    /// A customer by id.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn customer(&self, id: &str) -> Result<Option<CustomerRow>, SqlError> {
        let text = format!("SELECT {CUSTOMER} FROM customers WHERE id = $1");
        let row = sqlx::query(AssertSqlSafe(text)).bind(id.to_owned());
        row.fetch_optional(&self.pool).await?.map(|row| customer(&row)).transpose()
    }

    /// A customer by e-mail address in lower case.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn customer_by_email(&self, key: &str) -> Result<Option<CustomerRow>, SqlError> {
        let text = format!("SELECT {CUSTOMER} FROM customers WHERE email_key = $1");
        let row = sqlx::query(AssertSqlSafe(text)).bind(key.to_owned());
        row.fetch_optional(&self.pool).await?.map(|row| customer(&row)).transpose()
    }

    /// How many customers there are.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn customer_count(&self) -> Result<u64, SqlError> {
        let row = sqlx::query("SELECT COUNT(*) FROM customers").fetch_one(&self.pool).await?;
        Ok(row.try_get::<i64, _>(0)?.cast_unsigned())
    }

    /// What a customer signs in with, the oldest first.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn credentials(&self, customer_id: &str) -> Result<Vec<CredentialRow>, SqlError> {
        let text = format!(
            "SELECT {CREDENTIAL} FROM credentials WHERE customer_id = $1 ORDER BY created_at, id"
        );
        let rows = sqlx::query(AssertSqlSafe(text)).bind(customer_id.to_owned());
        rows.fetch_all(&self.pool).await?.iter().map(credential).collect()
    }

    /// A session that has not ended, by the hash of its secret.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn customer_session(
        &self,
        id_hash: &str,
    ) -> Result<Option<CustomerSessionRow>, SqlError> {
        let text = format!("SELECT {SESSION} FROM customer_sessions WHERE id_hash = $1");
        let row = sqlx::query(AssertSqlSafe(text)).bind(id_hash.to_owned());
        row.fetch_optional(&self.pool).await?.map(|row| session(&row)).transpose()
    }

    /// Notes that a session is used.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn touch_customer_session(&self, id_hash: &str, now_s: i64) -> Result<(), SqlError> {
        sqlx::query("UPDATE customer_sessions SET last_seen_at = $2 WHERE id_hash = $1")
            .bind(id_hash.to_owned())
            .bind(now_s)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Ends a session by the hash of its secret.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn delete_customer_session(&self, id_hash: &str) -> Result<(), SqlError> {
        sqlx::query("DELETE FROM customer_sessions WHERE id_hash = $1")
            .bind(id_hash.to_owned())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Ends customers' sessions and links that are over.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn sweep_customers(
        &self,
        begun_before: i64,
        seen_before: i64,
        now_s: i64,
    ) -> Result<(), SqlError> {
        sqlx::query("DELETE FROM customer_sessions WHERE created_at < $1 OR last_seen_at < $2")
            .bind(begun_before)
            .bind(seen_before)
            .execute(&self.pool)
            .await?;
        for text in [
            "DELETE FROM account_links WHERE expires_at < $1",
            "DELETE FROM vouches WHERE expires_at < $1",
        ] {
            sqlx::query(text).bind(now_s).execute(&self.pool).await?;
        }
        Ok(())
    }

    /// Sessions of a customer, the one used last first.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn customer_sessions(
        &self,
        customer_id: &str,
    ) -> Result<Vec<CustomerSessionRow>, SqlError> {
        let text = format!(
            "SELECT {SESSION} FROM customer_sessions WHERE customer_id = $1 ORDER BY last_seen_at DESC, id"
        );
        let rows = sqlx::query(AssertSqlSafe(text)).bind(customer_id.to_owned());
        rows.fetch_all(&self.pool).await?.iter().map(session).collect()
    }

    /// Devices of a customer, the one used last first.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn devices(&self, customer_id: &str) -> Result<Vec<DeviceRow>, SqlError> {
        let text = format!(
            "SELECT {DEVICE} FROM devices WHERE customer_id = $1 ORDER BY last_seen_at DESC, id"
        );
        let rows = sqlx::query(AssertSqlSafe(text)).bind(customer_id.to_owned());
        rows.fetch_all(&self.pool).await?.iter().map(device).collect()
    }

    /// A device of a customer by the hash of its secret.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn find_device(
        &self,
        customer_id: &str,
        device_hash: &str,
    ) -> Result<Option<DeviceRow>, SqlError> {
        let text =
            format!("SELECT {DEVICE} FROM devices WHERE customer_id = $1 AND device_hash = $2");
        let row = sqlx::query(AssertSqlSafe(text));
        let row = row.bind(customer_id.to_owned()).bind(device_hash.to_owned());
        row.fetch_optional(&self.pool).await?.map(|row| device(&row)).transpose()
    }

    /// Keys of a customer's programs, the newest first.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn account_keys(&self, customer_id: &str) -> Result<Vec<AccountKeyRow>, SqlError> {
        let text = format!(
            "SELECT {KEY} FROM account_keys WHERE customer_id = $1 ORDER BY created_at DESC, id"
        );
        let rows = sqlx::query(AssertSqlSafe(text)).bind(customer_id.to_owned());
        rows.fetch_all(&self.pool).await?.iter().map(key).collect()
    }

    /// A key that is not revoked.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn account_key(&self, id: &str) -> Result<Option<AccountKeyRow>, SqlError> {
        let text = format!("SELECT {KEY} FROM account_keys WHERE id = $1 AND revoked_at IS NULL");
        let row = sqlx::query(AssertSqlSafe(text)).bind(id.to_owned());
        row.fetch_optional(&self.pool).await?.map(|row| key(&row)).transpose()
    }

    /// Notes that a key is used.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn touch_account_key(&self, id: &str, now_s: i64) -> Result<(), SqlError> {
        sqlx::query("UPDATE account_keys SET last_used_at = $2 WHERE id = $1")
            .bind(id.to_owned())
            .bind(now_s)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// A link that has not ended, without using it.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn account_link(
        &self,
        kind: &str,
        token_hash: &str,
        now_s: i64,
    ) -> Result<Option<LinkRow>, SqlError> {
        let row = sqlx::query("SELECT token_hash, kind, subject, detail, tries, expires_at FROM account_links WHERE token_hash = $1 AND kind = $2 AND expires_at > $3")
            .bind(token_hash.to_owned())
            .bind(kind.to_owned())
            .bind(now_s)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| link(&row)).transpose()
    }

    /// Uses a link: it works once, also when two use it at the same moment.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn use_account_link(
        &self,
        kind: &str,
        token_hash: &str,
        now_s: i64,
    ) -> Result<Option<LinkRow>, SqlError> {
        let row = sqlx::query("DELETE FROM account_links WHERE token_hash = $1 AND kind = $2 AND expires_at > $3 RETURNING token_hash, kind, subject, detail, tries, expires_at")
            .bind(token_hash.to_owned())
            .bind(kind.to_owned())
            .bind(now_s)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| link(&row)).transpose()
    }

    /// Answers a code that was sent about a subject: true when it is right, and then it has ended. A wrong
    /// answer takes one of its tries, and the last one ends it.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn answer_code(
        &self,
        kind: &str,
        subject: &str,
        token_hash: &str,
        now_s: i64,
    ) -> Result<bool, SqlError> {
        let mut transaction = self.begin().await?;
        // Two answers at one moment are counted as two: the row is taken before it is looked at.
        let tried = sqlx::query("UPDATE account_links SET tries = tries - 1 WHERE subject = $1 AND kind = $2 AND expires_at > $3 AND tries > 0 RETURNING token_hash, tries")
            .bind(subject.to_owned())
            .bind(kind.to_owned())
            .bind(now_s)
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(row) = tried else { return Ok(false) };
        let (known, left): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        // Both are hashes: their order in time says nothing about the code.
        let is_right = known == token_hash;
        if is_right || left <= 0 {
            sqlx::query("DELETE FROM account_links WHERE subject = $1 AND kind = $2")
                .bind(subject.to_owned())
                .bind(kind.to_owned())
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(is_right)
    }

    /// What happened to an account before an event, the newest first.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn account_events(
        &self,
        customer_id: &str,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AccountEventRow>, SqlError> {
        let text = format!(
            "SELECT {EVENT} FROM account_events WHERE customer_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3"
        );
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(customer_id.to_owned())
            .bind(before.unwrap_or(i64::MAX))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(event).collect()
    }

    /// Events that are not in the journal yet, the oldest first.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn unjournaled(&self, limit: u32) -> Result<Vec<AccountEventRow>, SqlError> {
        let text = format!(
            "SELECT {EVENT} FROM account_events WHERE journal_index IS NULL ORDER BY seq LIMIT $1"
        );
        let rows = sqlx::query(AssertSqlSafe(text)).bind(i64::from(limit));
        rows.fetch_all(&self.pool).await?.iter().map(event).collect()
    }

    /// The last journal entry that is known to hold an event of an account.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn journaled_until(&self) -> Result<Option<i64>, SqlError> {
        let row = sqlx::query("SELECT MAX(journal_index) FROM account_events");
        Ok(row.fetch_one(&self.pool).await?.try_get(0)?)
    }

    /// Notes where events stand in the journal.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn set_journaled(&self, places: &[(i64, u64)]) -> Result<(), SqlError> {
        let mut transaction = self.begin().await?;
        for (seq, index) in places {
            sqlx::query("UPDATE account_events SET journal_index = $2 WHERE seq = $1")
                .bind(*seq)
                .bind(index.cast_signed())
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// A withdrawal by id.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn withdrawal(&self, id: &str) -> Result<Option<WithdrawalRow>, SqlError> {
        let text = format!("SELECT {WITHDRAWAL} FROM withdrawals WHERE id = $1");
        let row = sqlx::query(AssertSqlSafe(text)).bind(id.to_owned());
        row.fetch_optional(&self.pool).await?.map(|row| withdrawal(&row)).transpose()
    }

    /// A withdrawal by its asker's name of it.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn withdrawal_of_request(
        &self,
        customer_id: &str,
        request_id: &str,
    ) -> Result<Option<WithdrawalRow>, SqlError> {
        let text = format!(
            "SELECT {WITHDRAWAL} FROM withdrawals WHERE customer_id = $1 AND request_id = $2"
        );
        let row = sqlx::query(AssertSqlSafe(text));
        let row = row.bind(customer_id.to_owned()).bind(request_id.to_owned());
        row.fetch_optional(&self.pool).await?.map(|row| withdrawal(&row)).transpose()
    }

    /// Withdrawals before a place, the newest first.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn withdrawals(
        &self,
        filter: &WithdrawalFilter,
        before: Option<(i64, String)>,
        limit: u32,
    ) -> Result<Vec<WithdrawalRow>, SqlError> {
        let (at, id) = before.unwrap_or((i64::MAX, String::new()));
        let text = format!(
            "SELECT {WITHDRAWAL} FROM withdrawals WHERE ($1 = '' OR customer_id = $1) AND ($2 = '' OR state = $2) \
             AND (asked_at < $3 OR (asked_at = $3 AND id < $4)) ORDER BY asked_at DESC, id DESC LIMIT $5"
        );
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(filter.customer_id.clone().unwrap_or_default())
            .bind(filter.state.clone().unwrap_or_default())
            .bind(at)
            .bind(id)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(withdrawal).collect()
    }

    /// Whether money of a customer has left to an address before.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn has_sent_to(&self, customer_id: &str, address: &str) -> Result<bool, SqlError> {
        // Addresses have no wildcards of LIKE, and are compared whole, between quotes.
        let row = sqlx::query("SELECT id FROM withdrawals WHERE customer_id = $1 AND state = 'released' AND asked LIKE '%\"address\":\"' || $2 || '\"%' LIMIT 1")
            .bind(customer_id.to_owned())
            .bind(address.to_owned())
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
    }

    /// Withdrawals in which time alone has changed something.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn waking(&self, now_s: i64, limit: u32) -> Result<Vec<WithdrawalRow>, SqlError> {
        let text = format!(
            "SELECT {WITHDRAWAL} FROM withdrawals WHERE wake_at <= $1 ORDER BY wake_at, id LIMIT $2"
        );
        let rows = sqlx::query(AssertSqlSafe(text)).bind(now_s).bind(i64::from(limit));
        rows.fetch_all(&self.pool).await?.iter().map(withdrawal).collect()
    }

    /// What an account did, in hexadecimal digits.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn behavior(&self, customer_id: &str) -> Result<Option<String>, SqlError> {
        let row = sqlx::query("SELECT profile FROM behaviors WHERE customer_id = $1")
            .bind(customer_id.to_owned())
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }
}

fn link(row: &sqlx::any::AnyRow) -> Result<LinkRow, SqlError> {
    Ok(LinkRow {
        token_hash: row.try_get(0)?,
        kind: row.try_get(1)?,
        subject: row.try_get(2)?,
        detail: row.try_get(3)?,
        tries: row.try_get(4)?,
        expires_at: row.try_get(5)?,
    })
}
