//! What is told to people and programs, prices of assets, and staff's passkeys and identity checks.

use sqlx::Row;

use super::{Sql, SqlError, next_id};

/// Something to be sent, as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct ParcelRow {
    pub id: i64,
    pub kind: String,
    pub customer_id: Option<String>,
    pub body: String,
    pub tries: i64,
    pub created_at: i64,
}

/// What an asset is worth.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct AssetPriceRow {
    pub network: String,
    pub asset: String,
    pub symbol: String,
    pub decimals: i64,
    /// Cents for one whole unit.
    pub price_cents: i64,
    pub price_at: i64,
}

/// Where programs are told.
#[derive(Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct WebhookRow {
    pub id: i64,
    pub url: String,
    /// Sealed.
    pub secret: String,
    pub created_by: i64,
    pub created_at: i64,
}

/// A passkey of somebody of the staff.
#[derive(Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct StaffPasskeyRow {
    pub id: String,
    pub user_id: i64,
    pub secret: String,
    pub name: String,
    pub created_at: i64,
    pub last_used_at: Option<i64>,
}

/// An identity check in which staff vouch for a customer.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct VouchRow {
    pub id: i64,
    pub customer_id: String,
    pub user_id: i64,
    pub approved_by: Option<i64>,
    pub reason: String,
    pub created_at: i64,
    pub expires_at: i64,
}

/// The kind of parcels to one receiver.
pub fn hook_kind(webhook_id: i64) -> String {
    format!("webhook-{webhook_id}")
}

fn vouch(row: &sqlx::any::AnyRow) -> Result<VouchRow, SqlError> {
    Ok(VouchRow {
        id: row.try_get(0)?,
        customer_id: row.try_get(1)?,
        user_id: row.try_get(2)?,
        approved_by: row.try_get(3)?,
        reason: row.try_get(4)?,
        created_at: row.try_get(5)?,
        expires_at: row.try_get(6)?,
    })
}

fn staff_passkey(row: &sqlx::any::AnyRow) -> Result<StaffPasskeyRow, SqlError> {
    Ok(StaffPasskeyRow {
        id: row.try_get(0)?,
        user_id: row.try_get(1)?,
        secret: row.try_get(2)?,
        name: row.try_get(3)?,
        created_at: row.try_get(4)?,
        last_used_at: row.try_get(5)?,
    })
}

impl Sql {
    /// What of a kind is due to be sent, the oldest first.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn due_parcels(
        &self,
        kind: &str,
        now_s: i64,
        limit: u32,
    ) -> Result<Vec<ParcelRow>, SqlError> {
        let rows = sqlx::query("SELECT id, kind, customer_id, body, tries, created_at FROM outbox WHERE state = 'waiting' AND next_at <= $1 AND kind = $3 ORDER BY next_at, id LIMIT $2")
            .bind(now_s)
            .bind(i64::from(limit))
            .bind(kind.to_owned())
            .fetch_all(&self.pool)
            .await?;
        let parcel = |row: &sqlx::any::AnyRow| {
            Ok(ParcelRow {
                id: row.try_get(0)?,
                kind: row.try_get(1)?,
                customer_id: row.try_get(2)?,
                body: row.try_get(3)?,
                tries: row.try_get(4)?,
                created_at: row.try_get(5)?,
            })
        };
        rows.iter().map(parcel).collect()
    }

    /// Makes a parcel for each receiver of one that is for all of them, which has then gone.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer; nothing has changed then.
    pub async fn hand_out(
        &self,
        parcel: &ParcelRow,
        receivers: &[i64],
        now_s: i64,
    ) -> Result<(), SqlError> {
        let mut transaction = self.begin().await?;
        let done = sqlx::query("UPDATE outbox SET state = 'sent', body = '', done_at = $2 WHERE id = $1 AND state = 'waiting'")
            .bind(parcel.id)
            .bind(now_s)
            .execute(&mut *transaction)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(());
        }
        for receiver in receivers {
            let id = next_id(&mut transaction, "outbox").await?;
            sqlx::query("INSERT INTO outbox (id, kind, customer_id, body, state, tries, next_at, detail, created_at) VALUES ($1, $2, $3, $4, 'waiting', 0, $5, '', $6)")
                .bind(id)
                .bind(hook_kind(*receiver))
                .bind(parcel.customer_id.clone())
                .bind(parcel.body.clone())
                .bind(now_s)
                .bind(parcel.created_at)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Notes what became of sending something: sent, to be tried again at a time, or given up.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn put_delivery(
        &self,
        id: i64,
        state: &str,
        next_at: i64,
        detail: &str,
        now_s: i64,
    ) -> Result<(), SqlError> {
        sqlx::query("UPDATE outbox SET state = $2, next_at = $3, detail = $4, tries = tries + 1, done_at = CASE WHEN $2 = 'waiting' THEN NULL ELSE $5 END, body = CASE WHEN $2 = 'sent' THEN '' ELSE body END WHERE id = $1 AND state = 'waiting'")
            .bind(id)
            .bind(state.to_owned())
            .bind(next_at)
            .bind(detail.to_owned())
            .bind(now_s)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// How many wait to be sent, and how many were given up.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn outbox_counts(&self) -> Result<(u64, u64), SqlError> {
        let mut counts = [0u64; 2];
        for (count, state) in counts.iter_mut().zip(["waiting", "failed"]) {
            let row = sqlx::query("SELECT COUNT(*) FROM outbox WHERE state = $1")
                .bind(state)
                .fetch_one(&self.pool)
                .await?;
            *count = row.try_get::<i64, _>(0)?.cast_unsigned();
        }
        Ok(counts.into())
    }

    /// Forgets what was sent before a time.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn sweep_outbox(&self, done_before: i64) -> Result<(), SqlError> {
        sqlx::query("DELETE FROM outbox WHERE state = 'sent' AND done_at < $1")
            .bind(done_before)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Keeps what an asset is worth. An older price does not replace a newer one.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn put_asset_price(&self, row: &AssetPriceRow) -> Result<(), SqlError> {
        sqlx::query("INSERT INTO asset_prices (network, asset, symbol, decimals, price_cents, price_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (network, asset) DO UPDATE SET symbol = excluded.symbol, decimals = excluded.decimals, price_cents = excluded.price_cents, price_at = excluded.price_at WHERE asset_prices.price_at <= excluded.price_at")
            .bind(row.network.clone())
            .bind(row.asset.clone())
            .bind(row.symbol.clone())
            .bind(row.decimals)
            .bind(row.price_cents)
            .bind(row.price_at)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// What assets are worth.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn asset_prices(&self) -> Result<Vec<AssetPriceRow>, SqlError> {
        let rows = sqlx::query("SELECT network, asset, symbol, decimals, price_cents, price_at FROM asset_prices ORDER BY network, asset")
            .fetch_all(&self.pool)
            .await?;
        let price = |row: &sqlx::any::AnyRow| {
            Ok(AssetPriceRow {
                network: row.try_get(0)?,
                asset: row.try_get(1)?,
                symbol: row.try_get(2)?,
                decimals: row.try_get(3)?,
                price_cents: row.try_get(4)?,
                price_at: row.try_get(5)?,
            })
        };
        rows.iter().map(price).collect()
    }

    /// Adds a place where programs are told.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn create_webhook(
        &self,
        url: &str,
        secret: &str,
        created_by: i64,
        now_s: i64,
    ) -> Result<i64, SqlError> {
        let mut transaction = self.begin().await?;
        let id = next_id(&mut transaction, "webhooks").await?;
        sqlx::query("INSERT INTO webhooks (id, url, secret, created_by, created_at) VALUES ($1, $2, $3, $4, $5)")
            .bind(id)
            .bind(url.to_owned())
            .bind(secret.to_owned())
            .bind(created_by)
            .bind(now_s)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// Places where programs are told.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn webhooks(&self) -> Result<Vec<WebhookRow>, SqlError> {
        let rows = sqlx::query("SELECT id, url, secret, created_by, created_at FROM webhooks WHERE revoked_at IS NULL ORDER BY id")
            .fetch_all(&self.pool)
            .await?;
        let webhook = |row: &sqlx::any::AnyRow| {
            Ok(WebhookRow {
                id: row.try_get(0)?,
                url: row.try_get(1)?,
                secret: row.try_get(2)?,
                created_by: row.try_get(3)?,
                created_at: row.try_get(4)?,
            })
        };
        rows.iter().map(webhook).collect()
    }

    /// Takes a place away where programs are told.
    ///
    /// # Errors
    /// [`SqlError::NotFound`] without one.
    pub async fn revoke_webhook(&self, id: i64, now_s: i64) -> Result<(), SqlError> {
        let done =
            sqlx::query("UPDATE webhooks SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1")
                .bind(id)
                .bind(now_s)
                .execute(&self.pool)
                .await?;
        if done.rows_affected() == 0 {
            return Err(SqlError::NotFound { what: "webhook", id: id.to_string() });
        }
        sqlx::query("DELETE FROM outbox WHERE kind = $1 AND state = 'waiting'")
            .bind(hook_kind(id))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Adds a passkey of somebody of the staff.
    ///
    /// # Errors
    /// [`SqlError::Conflict`] when it is registered.
    pub async fn create_staff_passkey(&self, row: &StaffPasskeyRow) -> Result<(), SqlError> {
        let done = sqlx::query("INSERT INTO staff_passkeys (id, user_id, secret, name, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING")
            .bind(row.id.clone())
            .bind(row.user_id)
            .bind(row.secret.clone())
            .bind(row.name.clone())
            .bind(row.created_at)
            .execute(&self.pool)
            .await?;
        if done.rows_affected() == 0 {
            return Err(SqlError::Conflict("this passkey is registered already".to_owned()));
        }
        Ok(())
    }

    /// Passkeys of somebody of the staff.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn staff_passkeys(&self, user_id: i64) -> Result<Vec<StaffPasskeyRow>, SqlError> {
        let rows = sqlx::query("SELECT id, user_id, secret, name, created_at, last_used_at FROM staff_passkeys WHERE user_id = $1 ORDER BY created_at, id")
            .bind(user_id)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(staff_passkey).collect()
    }

    /// Notes that a passkey of the staff was used, with its new record.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn use_staff_passkey(
        &self,
        id: &str,
        secret: Option<&str>,
        now_s: i64,
    ) -> Result<(), SqlError> {
        sqlx::query("UPDATE staff_passkeys SET last_used_at = $2, secret = COALESCE($3, secret) WHERE id = $1")
            .bind(id.to_owned())
            .bind(now_s)
            .bind(secret.map(str::to_owned))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Takes a passkey of somebody of the staff away.
    ///
    /// # Errors
    /// [`SqlError::NotFound`] when they have none of this id.
    pub async fn remove_staff_passkey(&self, user_id: i64, id: &str) -> Result<(), SqlError> {
        let done = sqlx::query("DELETE FROM staff_passkeys WHERE user_id = $1 AND id = $2")
            .bind(user_id)
            .bind(id.to_owned())
            .execute(&self.pool)
            .await?;
        if done.rows_affected() == 0 {
            return Err(SqlError::NotFound { what: "passkey", id: id.to_owned() });
        }
        Ok(())
    }

    /// Begins a session of somebody of the staff.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn create_session(
        &self,
        id_hash: &str,
        user_id: i64,
        now_s: i64,
    ) -> Result<(), SqlError> {
        sqlx::query("INSERT INTO sessions (id_hash, user_id, created_at, last_seen_at) VALUES ($1, $2, $3, $3)")
            .bind(id_hash.to_owned())
            .bind(user_id)
            .bind(now_s)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Somebody of the staff has checked a customer's identity.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn create_vouch(
        &self,
        customer_id: &str,
        user_id: i64,
        reason: &str,
        now_s: i64,
        expires_at: i64,
    ) -> Result<i64, SqlError> {
        let mut transaction = self.begin().await?;
        let id = next_id(&mut transaction, "vouches").await?;
        sqlx::query("INSERT INTO vouches (id, customer_id, user_id, reason, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)")
            .bind(id)
            .bind(customer_id.to_owned())
            .bind(user_id)
            .bind(reason.to_owned())
            .bind(now_s)
            .bind(expires_at)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// A second person approves an identity check.
    ///
    /// # Errors
    /// [`SqlError::Conflict`] when it is the same person, or it has ended.
    pub async fn approve_vouch(
        &self,
        id: i64,
        customer_id: &str,
        user_id: i64,
        now_s: i64,
    ) -> Result<(), SqlError> {
        let done = sqlx::query("UPDATE vouches SET approved_by = $3 WHERE id = $1 AND customer_id = $2 AND user_id <> $3 AND approved_by IS NULL AND expires_at > $4")
            .bind(id)
            .bind(customer_id.to_owned())
            .bind(user_id)
            .bind(now_s)
            .execute(&self.pool)
            .await?;
        if done.rows_affected() == 0 {
            let problem =
                "the check has ended, was approved, or is your own: another person approves it";
            return Err(SqlError::Conflict(problem.to_owned()));
        }
        Ok(())
    }

    /// Identity checks of a customer that have not ended.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn vouches(&self, customer_id: &str, now_s: i64) -> Result<Vec<VouchRow>, SqlError> {
        let rows = sqlx::query("SELECT id, customer_id, user_id, approved_by, reason, created_at, expires_at FROM vouches WHERE customer_id = $1 AND expires_at > $2 ORDER BY id")
            .bind(customer_id.to_owned())
            .bind(now_s)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(vouch).collect()
    }
}
