//! Changing a customer: read, decide, write, in one transaction that no other gets between.

use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use super::{
    AccountKeyRow, CREDENTIAL, CUSTOMER, CredentialKind, CredentialRow, Customer, CustomerRow,
    CustomerSessionRow, DEVICES_MAX, DeviceRow, LinkRow, SESSIONS_MAX, WITHDRAWAL, WithdrawalRow,
    credential, customer, withdrawal,
};
use crate::sql::{Dialect, Sql, SqlError, next_id};

/// A day, over which what leaves an account is summed.
const DAY_S: i64 = 86_400;

/// Something that happened to an account, to be shown to its owner and to be journaled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountEvent {
    /// When, in seconds since 1970-01-01 UTC.
    pub at: i64,
    /// What, a stable code.
    pub kind: String,
    /// Who: `you`, `a link`, `staff`, `the exchange`, `time`.
    pub actor: String,
    /// JSON of what belongs to it.
    pub detail: String,
}

/// Something to be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parcel {
    /// `mail`; `webhook` for all receivers, and `call` for one of them.
    pub kind: &'static str,
    /// JSON that it is made from.
    pub body: String,
}

/// A part of a change.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum CustomerOp {
    /// Adds something to sign in with.
    AddCredential(CredentialRow),
    /// Takes it away.
    RemoveCredential(String),
    /// Takes all of a kind away.
    RemoveCredentials(CredentialKind),
    /// Another name for it.
    NameCredential { id: String, name: String },
    /// It was used; a passkey's record goes on with it.
    UseCredential { id: String, secret: Option<String>, at: i64 },
    /// A step of an app was used. Refused when it, or a later one, was used before.
    UseStep { id: String, step: i64, at: i64 },
    /// Somebody signed in.
    AddSession(CustomerSessionRow),
    /// Ends a session by its shown id.
    EndSession(String),
    /// Ends a session by the hash of its secret, whoever's it is: a browser has one.
    EndSessionOf(String),
    /// Ends all sessions, but perhaps one by its hash.
    EndSessions { except: Option<String> },
    /// A device was used.
    PutDevice(DeviceRow),
    /// A device is not known any more, by its shown id; its sessions end.
    ForgetDevice(String),
    /// Sends a link or code: earlier ones of this kind and subject end.
    PutLink(LinkRow),
    /// Ends links of a kind about a subject.
    EndLinks { kind: String, subject: String },
    /// Adds a key of a program.
    AddKey(AccountKeyRow),
    /// Revokes it.
    RevokeKey { id: String, at: i64 },
    /// Revokes all keys, and forgets all devices: nothing that was known counts any more.
    ForgetAll { at: i64 },
    /// Adds a withdrawal.
    AddWithdrawal(WithdrawalRow),
    /// A withdrawal has come to another state.
    PutWithdrawal(WithdrawalRow),
    /// Keeps what the account did.
    PutBehavior(String),
    /// An identity check was used up.
    UseVouch(i64),
}

/// What a change comes to.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct CustomerChange {
    /// The account's JSON, if it is another.
    pub account: Option<String>,
    /// The profile's JSON, if it is another.
    pub profile: Option<String>,
    /// Another e-mail address in lower case.
    pub email_key: Option<String>,
    /// What else, in order.
    pub ops: Vec<CustomerOp>,
    /// What happened, in order.
    pub events: Vec<AccountEvent>,
    /// What is told.
    pub parcels: Vec<Parcel>,
}

impl Sql {
    /// Changes a customer: reads it with all that belongs to it, lets `decide` say what changes, and
    /// writes that. Nobody else changes the customer between. Gives what `decide` gives, and the number of
    /// the last event that was written.
    ///
    /// # Errors
    /// Those of `decide`, and [`SqlError`] when there is no such customer or the database does not answer;
    /// nothing has changed then.
    pub async fn change_customer<T: Send, E: From<SqlError>>(
        &self,
        id: &str,
        now_s: i64,
        decide: impl FnOnce(&Customer) -> Result<(CustomerChange, T), E> + Send,
    ) -> Result<(T, Option<i64>), E> {
        let mut transaction = self.begin().await?;
        let known = load(&mut transaction, self.dialect, id, now_s).await?;
        let (change, told) = decide(&known)?;
        let last = write(&mut transaction, &known.row, change).await?;
        transaction.commit().await.map_err(SqlError::from)?;
        Ok((told, last))
    }

    /// Adds a customer with what belongs to them.
    ///
    /// # Errors
    /// [`SqlError::Conflict`] when the e-mail address has an account.
    pub async fn create_customer(
        &self,
        row: &CustomerRow,
        change: CustomerChange,
    ) -> Result<Option<i64>, SqlError> {
        let mut transaction = self.begin().await?;
        let added = sqlx::query(
            "INSERT INTO customers (id, email_key, version, account, profile, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        )
        .bind(row.id.clone())
        .bind(row.email_key.clone())
        .bind(row.version)
        .bind(row.account.clone())
        .bind(row.profile.clone())
        .bind(row.created_at)
        .execute(&mut *transaction)
        .await?;
        if added.rows_affected() == 0 {
            return Err(SqlError::Conflict(
                "there is an account of this e-mail address".to_owned(),
            ));
        }
        let last = write(&mut transaction, row, change).await?;
        transaction.commit().await?;
        Ok(last)
    }

    /// Puts something into the outbox that belongs to no customer.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn put_parcel(&self, parcel: &Parcel, now_s: i64) -> Result<(), SqlError> {
        let mut transaction = self.begin().await?;
        put_parcel(&mut transaction, None, parcel, now_s).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Keeps a link or code about somebody who may have no account, together with its mail.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn put_account_link(
        &self,
        link: &LinkRow,
        parcel: Option<&Parcel>,
        now_s: i64,
    ) -> Result<(), SqlError> {
        let mut transaction = self.begin().await?;
        put_link(&mut transaction, link).await?;
        if let Some(parcel) = parcel {
            put_parcel(&mut transaction, None, parcel, now_s).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

async fn load(
    transaction: &mut Transaction<'_, Any>,
    dialect: Dialect,
    id: &str,
    now_s: i64,
) -> Result<Customer, SqlError> {
    // SQLite's transaction keeps all other writers out; PostgreSQL is told whom.
    let lock = if dialect == Dialect::Postgres { " FOR UPDATE" } else { "" };
    let text = format!("SELECT {CUSTOMER} FROM customers WHERE id = $1{lock}");
    let row = sqlx::query(AssertSqlSafe(text)).bind(id.to_owned());
    let row = row.fetch_optional(&mut **transaction).await?;
    let row = row.ok_or_else(|| SqlError::NotFound { what: "customer", id: id.to_owned() })?;
    let text = format!(
        "SELECT {CREDENTIAL} FROM credentials WHERE customer_id = $1 ORDER BY created_at, id"
    );
    let rows = sqlx::query(AssertSqlSafe(text)).bind(id.to_owned());
    let credentials = rows.fetch_all(&mut **transaction).await?;
    let text = format!(
        "SELECT {WITHDRAWAL} FROM withdrawals WHERE customer_id = $1 AND state IN ('requested', 'challenged', 'held', 'approved') ORDER BY asked_at, id"
    );
    let rows = sqlx::query(AssertSqlSafe(text)).bind(id.to_owned());
    let open = rows.fetch_all(&mut **transaction).await?;
    // Each value is at most i64::MAX, so sums are made here, without overflow.
    let values = sqlx::query(
        "SELECT value_cents FROM withdrawals WHERE customer_id = $1 AND asked_at > $2 AND state IN ('requested', 'challenged', 'held', 'approved', 'released')",
    )
    .bind(id.to_owned())
    .bind(now_s - DAY_S)
    .fetch_all(&mut **transaction)
    .await?;
    let mut left_cents = 0i64;
    for value in &values {
        left_cents = left_cents.saturating_add(value.try_get(0)?);
    }
    Ok(Customer {
        row: customer(&row)?,
        credentials: credentials.iter().map(credential).collect::<Result<_, _>>()?,
        open: open.iter().map(withdrawal).collect::<Result<_, _>>()?,
        left_cents,
    })
}

async fn write(
    transaction: &mut Transaction<'_, Any>,
    known: &CustomerRow,
    change: CustomerChange,
) -> Result<Option<i64>, SqlError> {
    let id = &known.id;
    let row_changes =
        change.account.is_some() || change.profile.is_some() || change.email_key.is_some();
    if row_changes {
        let email_key = change.email_key.unwrap_or_else(|| known.email_key.clone());
        let taken = sqlx::query("SELECT id FROM customers WHERE email_key = $1 AND id <> $2")
            .bind(email_key.clone())
            .bind(id.clone())
            .fetch_optional(&mut **transaction)
            .await?;
        if taken.is_some() {
            return Err(SqlError::Conflict(
                "there is an account of this e-mail address".to_owned(),
            ));
        }
        let done = sqlx::query(
            "UPDATE customers SET version = version + 1, account = $3, profile = $4, email_key = $5 WHERE id = $1 AND version = $2",
        )
        .bind(id.clone())
        .bind(known.version)
        .bind(change.account.unwrap_or_else(|| known.account.clone()))
        .bind(change.profile.unwrap_or_else(|| known.profile.clone()))
        .bind(email_key)
        .execute(&mut **transaction)
        .await?;
        if done.rows_affected() != 1 {
            return Err(SqlError::Conflict("the account was changed meanwhile".to_owned()));
        }
    }
    for op in change.ops {
        apply(transaction, id, op).await?;
    }
    let mut last = None;
    for event in change.events {
        let seq = next_id(transaction, "account_events").await?;
        sqlx::query("INSERT INTO account_events (seq, customer_id, at, kind, actor, detail) VALUES ($1, $2, $3, $4, $5, $6)")
            .bind(seq)
            .bind(id.clone())
            .bind(event.at)
            .bind(event.kind)
            .bind(event.actor)
            .bind(event.detail)
            .execute(&mut **transaction)
            .await?;
        last = Some((seq, event.at));
    }
    let at = last.map_or(known.created_at, |(_, at)| at);
    for parcel in &change.parcels {
        put_parcel(transaction, Some(id), parcel, at).await?;
    }
    Ok(last.map(|(seq, _)| seq))
}

async fn put_parcel(
    transaction: &mut Transaction<'_, Any>,
    customer_id: Option<&str>,
    parcel: &Parcel,
    at: i64,
) -> Result<(), SqlError> {
    let number = next_id(transaction, "outbox").await?;
    sqlx::query("INSERT INTO outbox (id, kind, customer_id, body, state, tries, next_at, detail, created_at) VALUES ($1, $2, $3, $4, 'waiting', 0, $5, '', $5)")
        .bind(number)
        .bind(parcel.kind)
        .bind(customer_id.map(str::to_owned))
        .bind(parcel.body.clone())
        .bind(at)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

async fn put_link(transaction: &mut Transaction<'_, Any>, link: &LinkRow) -> Result<(), SqlError> {
    sqlx::query("DELETE FROM account_links WHERE subject = $1 AND kind = $2")
        .bind(link.subject.clone())
        .bind(link.kind.clone())
        .execute(&mut **transaction)
        .await?;
    add_link(transaction, link).await
}

async fn add_link(transaction: &mut Transaction<'_, Any>, link: &LinkRow) -> Result<(), SqlError> {
    sqlx::query("INSERT INTO account_links (token_hash, kind, subject, detail, tries, expires_at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(link.token_hash.clone())
        .bind(link.kind.clone())
        .bind(link.subject.clone())
        .bind(link.detail.clone())
        .bind(link.tries)
        .bind(link.expires_at)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

async fn apply(
    transaction: &mut Transaction<'_, Any>,
    customer_id: &str,
    op: CustomerOp,
) -> Result<(), SqlError> {
    let mine = customer_id.to_owned();
    match op {
        CustomerOp::AddCredential(row) => add_credential(transaction, row).await?,
        CustomerOp::RemoveCredential(id) => {
            sqlx::query("DELETE FROM credentials WHERE customer_id = $1 AND id = $2")
                .bind(mine)
                .bind(id)
                .execute(&mut **transaction)
                .await?;
        }
        CustomerOp::RemoveCredentials(kind) => {
            sqlx::query("DELETE FROM credentials WHERE customer_id = $1 AND kind = $2")
                .bind(mine)
                .bind(kind.name())
                .execute(&mut **transaction)
                .await?;
        }
        CustomerOp::NameCredential { id, name } => {
            sqlx::query("UPDATE credentials SET name = $3 WHERE customer_id = $1 AND id = $2")
                .bind(mine)
                .bind(id)
                .bind(name)
                .execute(&mut **transaction)
                .await?;
        }
        CustomerOp::UseCredential { id, secret, at } => {
            sqlx::query("UPDATE credentials SET last_used_at = $3, secret = COALESCE($4, secret) WHERE customer_id = $1 AND id = $2")
                .bind(mine)
                .bind(id)
                .bind(at)
                .bind(secret)
                .execute(&mut **transaction)
                .await?;
        }
        CustomerOp::UseStep { id, step, at } => {
            let done = sqlx::query("UPDATE credentials SET last_step = $3, last_used_at = $4 WHERE customer_id = $1 AND id = $2 AND last_step < $3")
                .bind(mine)
                .bind(id)
                .bind(step)
                .bind(at)
                .execute(&mut **transaction)
                .await?;
            if done.rows_affected() == 0 {
                return Err(SqlError::Conflict("the code was used before".to_owned()));
            }
        }
        CustomerOp::AddSession(row) => add_session(transaction, row).await?,
        CustomerOp::EndSession(id) => {
            sqlx::query("DELETE FROM customer_sessions WHERE customer_id = $1 AND id = $2")
                .bind(mine)
                .bind(id)
                .execute(&mut **transaction)
                .await?;
        }
        CustomerOp::EndSessionOf(id_hash) => {
            sqlx::query("DELETE FROM customer_sessions WHERE id_hash = $1")
                .bind(id_hash)
                .execute(&mut **transaction)
                .await?;
        }
        CustomerOp::EndSessions { except } => {
            sqlx::query("DELETE FROM customer_sessions WHERE customer_id = $1 AND id_hash <> $2")
                .bind(mine)
                .bind(except.unwrap_or_default())
                .execute(&mut **transaction)
                .await?;
        }
        CustomerOp::PutDevice(row) => put_device(transaction, row).await?,
        CustomerOp::ForgetDevice(id) => {
            sqlx::query("DELETE FROM customer_sessions WHERE customer_id = $1 AND device_hash IN (SELECT device_hash FROM devices WHERE customer_id = $1 AND id = $2)")
                .bind(mine.clone())
                .bind(id.clone())
                .execute(&mut **transaction)
                .await?;
            sqlx::query("DELETE FROM devices WHERE customer_id = $1 AND id = $2")
                .bind(mine)
                .bind(id)
                .execute(&mut **transaction)
                .await?;
        }
        // Links of mails stay beside each other: each mail has its own.
        CustomerOp::PutLink(link) if link.kind == "freeze" => add_link(transaction, &link).await?,
        CustomerOp::PutLink(link) => put_link(transaction, &link).await?,
        CustomerOp::EndLinks { kind, subject } => {
            sqlx::query("DELETE FROM account_links WHERE subject = $1 AND kind = $2")
                .bind(subject)
                .bind(kind)
                .execute(&mut **transaction)
                .await?;
        }
        CustomerOp::AddKey(row) => {
            let done = sqlx::query("INSERT INTO account_keys (id, customer_id, name, public_key, scopes, ips, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING")
                .bind(row.id)
                .bind(mine)
                .bind(row.name)
                .bind(row.public_key)
                .bind(row.scopes)
                .bind(row.ips)
                .bind(row.created_at)
                .execute(&mut **transaction)
                .await?;
            if done.rows_affected() == 0 {
                return Err(SqlError::Conflict("this public key is in use".to_owned()));
            }
        }
        CustomerOp::RevokeKey { id, at } => {
            sqlx::query("UPDATE account_keys SET revoked_at = COALESCE(revoked_at, $3) WHERE customer_id = $1 AND id = $2")
                .bind(mine)
                .bind(id)
                .bind(at)
                .execute(&mut **transaction)
                .await?;
        }
        CustomerOp::ForgetAll { at } => {
            sqlx::query("UPDATE account_keys SET revoked_at = COALESCE(revoked_at, $2) WHERE customer_id = $1")
                .bind(mine.clone())
                .bind(at)
                .execute(&mut **transaction)
                .await?;
            sqlx::query("DELETE FROM devices WHERE customer_id = $1")
                .bind(mine)
                .execute(&mut **transaction)
                .await?;
        }
        CustomerOp::AddWithdrawal(row) => add_withdrawal(transaction, row).await?,
        CustomerOp::PutWithdrawal(row) => put_withdrawal(transaction, row).await?,
        CustomerOp::PutBehavior(profile) => {
            sqlx::query("INSERT INTO behaviors (customer_id, profile) VALUES ($1, $2) ON CONFLICT (customer_id) DO UPDATE SET profile = excluded.profile")
                .bind(mine)
                .bind(profile)
                .execute(&mut **transaction)
                .await?;
        }
        CustomerOp::UseVouch(id) => {
            let done = sqlx::query("DELETE FROM vouches WHERE customer_id = $1 AND id = $2")
                .bind(mine)
                .bind(id)
                .execute(&mut **transaction)
                .await?;
            if done.rows_affected() == 0 {
                return Err(SqlError::Conflict("the identity check was used before".to_owned()));
            }
        }
    }
    Ok(())
}

async fn add_credential(
    transaction: &mut Transaction<'_, Any>,
    row: CredentialRow,
) -> Result<(), SqlError> {
    let done = sqlx::query("INSERT INTO credentials (id, customer_id, kind, secret, name, is_duress, is_synced, last_step, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING")
        .bind(row.id)
        .bind(row.customer_id)
        .bind(row.kind.name())
        .bind(row.secret)
        .bind(row.name)
        .bind(i64::from(row.is_duress))
        .bind(i64::from(row.is_synced))
        .bind(row.last_step)
        .bind(row.created_at)
        .execute(&mut **transaction)
        .await?;
    if done.rows_affected() == 0 {
        return Err(SqlError::Conflict("this passkey is registered already".to_owned()));
    }
    Ok(())
}

async fn add_session(
    transaction: &mut Transaction<'_, Any>,
    row: CustomerSessionRow,
) -> Result<(), SqlError> {
    sqlx::query("DELETE FROM customer_sessions WHERE customer_id = $1 AND id_hash NOT IN (SELECT id_hash FROM customer_sessions WHERE customer_id = $1 ORDER BY last_seen_at DESC, id_hash LIMIT $2)")
        .bind(row.customer_id.clone())
        .bind(SESSIONS_MAX - 1)
        .execute(&mut **transaction)
        .await?;
    sqlx::query("INSERT INTO customer_sessions (id_hash, id, customer_id, device_hash, ip, place, agent, created_at, last_seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)")
        .bind(row.id_hash)
        .bind(row.id)
        .bind(row.customer_id)
        .bind(row.device_hash)
        .bind(row.ip)
        .bind(row.place)
        .bind(row.agent)
        .bind(row.created_at)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

async fn put_device(
    transaction: &mut Transaction<'_, Any>,
    row: DeviceRow,
) -> Result<(), SqlError> {
    sqlx::query("INSERT INTO devices (customer_id, device_hash, id, name, created_at, last_seen_at, last_ip) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (customer_id, device_hash) DO UPDATE SET last_seen_at = excluded.last_seen_at, last_ip = excluded.last_ip, name = excluded.name")
        .bind(row.customer_id.clone())
        .bind(row.device_hash)
        .bind(row.id)
        .bind(row.name)
        .bind(row.created_at)
        .bind(row.last_seen_at)
        .bind(row.last_ip)
        .execute(&mut **transaction)
        .await?;
    sqlx::query("DELETE FROM devices WHERE customer_id = $1 AND device_hash NOT IN (SELECT device_hash FROM devices WHERE customer_id = $1 ORDER BY last_seen_at DESC, id LIMIT $2)")
        .bind(row.customer_id)
        .bind(DEVICES_MAX)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

async fn add_withdrawal(
    transaction: &mut Transaction<'_, Any>,
    row: WithdrawalRow,
) -> Result<(), SqlError> {
    let done = sqlx::query("INSERT INTO withdrawals (id, customer_id, request_id, asked, state, status, value_cents, version, asked_at, changed_at, wake_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING")
        .bind(row.id)
        .bind(row.customer_id)
        .bind(row.request_id)
        .bind(row.asked)
        .bind(row.state)
        .bind(row.status)
        .bind(row.value_cents)
        .bind(row.version)
        .bind(row.asked_at)
        .bind(row.changed_at)
        .bind(row.wake_at)
        .execute(&mut **transaction)
        .await?;
    if done.rows_affected() == 0 {
        return Err(SqlError::Conflict("this withdrawal was asked for before".to_owned()));
    }
    Ok(())
}

async fn put_withdrawal(
    transaction: &mut Transaction<'_, Any>,
    row: WithdrawalRow,
) -> Result<(), SqlError> {
    let done = sqlx::query("UPDATE withdrawals SET state = $3, status = $4, version = version + 1, changed_at = $5, wake_at = $6 WHERE id = $1 AND version = $2")
        .bind(row.id)
        .bind(row.version)
        .bind(row.state)
        .bind(row.status)
        .bind(row.changed_at)
        .bind(row.wake_at)
        .execute(&mut **transaction)
        .await?;
    if done.rows_affected() != 1 {
        return Err(SqlError::Conflict("the withdrawal was changed meanwhile".to_owned()));
    }
    Ok(())
}
