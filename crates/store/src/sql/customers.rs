//! Customers: one row each, changed by one transaction at a time together with all that belongs to the
//! change, so that nothing is told that did not happen and nothing happens untold.

mod change;
mod read;

pub use change::{AccountEvent, CustomerChange, CustomerOp, Parcel};
pub use read::{AccountEventRow, WithdrawalFilter};

use sqlx::Row;
use sqlx::any::AnyRow;

use super::SqlError;

/// Devices of a customer that are remembered; the one that was not used for longest gives way.
pub const DEVICES_MAX: i64 = 64;
/// Sessions of a customer at a time; the oldest gives way.
pub const SESSIONS_MAX: i64 = 32;

/// A customer.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct CustomerRow {
    pub id: String,
    pub email_key: String,
    pub version: i64,
    /// JSON of what protects the account.
    pub account: String,
    /// JSON of name, addresses and choices.
    pub profile: String,
    pub created_at: i64,
}

/// What kind of thing a customer signs in with.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CredentialKind {
    /// A passkey.
    Passkey,
    /// A password's hash.
    Password,
    /// The sealed seed of an authenticator app.
    Totp,
    /// The hash of a recovery code.
    RecoveryCode,
}

impl CredentialKind {
    const ALL: [CredentialKind; 4] = [
        CredentialKind::Passkey,
        CredentialKind::Password,
        CredentialKind::Totp,
        CredentialKind::RecoveryCode,
    ];

    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            CredentialKind::Passkey => "passkey",
            CredentialKind::Password => "password",
            CredentialKind::Totp => "totp",
            CredentialKind::RecoveryCode => "recovery_code",
        }
    }
}

/// Something that a customer signs in with.
#[derive(Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct CredentialRow {
    pub id: String,
    pub customer_id: String,
    pub kind: CredentialKind,
    /// Public key, hash, or sealed seed.
    pub secret: String,
    pub name: String,
    pub is_duress: bool,
    pub is_synced: bool,
    pub last_step: i64,
    pub created_at: i64,
    pub last_used_at: Option<i64>,
}

impl std::fmt::Debug for CredentialRow {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("CredentialRow")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// A session of a customer.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct CustomerSessionRow {
    pub id_hash: String,
    pub id: String,
    pub customer_id: String,
    pub device_hash: String,
    pub ip: String,
    pub place: Option<String>,
    pub agent: String,
    pub created_at: i64,
    pub last_seen_at: i64,
}

/// A device that a customer has signed in on.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct DeviceRow {
    pub customer_id: String,
    pub device_hash: String,
    pub id: String,
    pub name: String,
    pub created_at: i64,
    pub last_seen_at: i64,
    pub last_ip: String,
}

/// A link or code that was sent to somebody.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct LinkRow {
    pub token_hash: String,
    pub kind: String,
    pub subject: String,
    pub detail: String,
    pub tries: i64,
    pub expires_at: i64,
}

/// A key of a customer's program.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct AccountKeyRow {
    pub id: String,
    pub customer_id: String,
    pub name: String,
    pub public_key: String,
    pub scopes: String,
    pub ips: String,
    pub created_at: i64,
    pub last_used_at: Option<i64>,
    pub revoked_at: Option<i64>,
}

/// A withdrawal.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct WithdrawalRow {
    pub id: String,
    pub customer_id: String,
    pub request_id: String,
    /// JSON of what was asked.
    pub asked: String,
    /// The state's name.
    pub state: String,
    /// JSON of state, reasons and times.
    pub status: String,
    pub value_cents: i64,
    pub version: i64,
    pub asked_at: i64,
    pub changed_at: i64,
    pub wake_at: Option<i64>,
}

/// A customer with all that a change may depend on.
#[derive(Clone, Debug)]
pub struct Customer {
    /// The row.
    pub row: CustomerRow,
    /// What they sign in with.
    pub credentials: Vec<CredentialRow>,
    /// Withdrawals that have not ended, the oldest first.
    pub open: Vec<WithdrawalRow>,
    /// What was asked for or has left in the day before and was not taken back, in cents.
    pub left_cents: i64,
}

const CUSTOMER: &str = "id, email_key, version, account, profile, created_at";
const CREDENTIAL: &str = "id, customer_id, kind, secret, name, is_duress, is_synced, last_step, created_at, last_used_at";
const SESSION: &str =
    "id_hash, id, customer_id, device_hash, ip, place, agent, created_at, last_seen_at";
const DEVICE: &str = "customer_id, device_hash, id, name, created_at, last_seen_at, last_ip";
const KEY: &str =
    "id, customer_id, name, public_key, scopes, ips, created_at, last_used_at, revoked_at";
const WITHDRAWAL: &str = "id, customer_id, request_id, asked, state, status, value_cents, version, asked_at, changed_at, wake_at";

fn customer(row: &AnyRow) -> Result<CustomerRow, SqlError> {
    Ok(CustomerRow {
        id: row.try_get(0)?,
        email_key: row.try_get(1)?,
        version: row.try_get(2)?,
        account: row.try_get(3)?,
        profile: row.try_get(4)?,
        created_at: row.try_get(5)?,
    })
}

fn credential(row: &AnyRow) -> Result<CredentialRow, SqlError> {
    let kind: String = row.try_get(2)?;
    let known = CredentialKind::ALL.into_iter().find(|known| known.name() == kind);
    Ok(CredentialRow {
        id: row.try_get(0)?,
        customer_id: row.try_get(1)?,
        kind: known.ok_or_else(|| SqlError::foreign("credential", &kind))?,
        secret: row.try_get(3)?,
        name: row.try_get(4)?,
        is_duress: row.try_get::<i64, _>(5)? != 0,
        is_synced: row.try_get::<i64, _>(6)? != 0,
        last_step: row.try_get(7)?,
        created_at: row.try_get(8)?,
        last_used_at: row.try_get(9)?,
    })
}

fn session(row: &AnyRow) -> Result<CustomerSessionRow, SqlError> {
    Ok(CustomerSessionRow {
        id_hash: row.try_get(0)?,
        id: row.try_get(1)?,
        customer_id: row.try_get(2)?,
        device_hash: row.try_get(3)?,
        ip: row.try_get(4)?,
        place: row.try_get(5)?,
        agent: row.try_get(6)?,
        created_at: row.try_get(7)?,
        last_seen_at: row.try_get(8)?,
    })
}

fn device(row: &AnyRow) -> Result<DeviceRow, SqlError> {
    Ok(DeviceRow {
        customer_id: row.try_get(0)?,
        device_hash: row.try_get(1)?,
        id: row.try_get(2)?,
        name: row.try_get(3)?,
        created_at: row.try_get(4)?,
        last_seen_at: row.try_get(5)?,
        last_ip: row.try_get(6)?,
    })
}

fn key(row: &AnyRow) -> Result<AccountKeyRow, SqlError> {
    Ok(AccountKeyRow {
        id: row.try_get(0)?,
        customer_id: row.try_get(1)?,
        name: row.try_get(2)?,
        public_key: row.try_get(3)?,
        scopes: row.try_get(4)?,
        ips: row.try_get(5)?,
        created_at: row.try_get(6)?,
        last_used_at: row.try_get(7)?,
        revoked_at: row.try_get(8)?,
    })
}

fn withdrawal(row: &AnyRow) -> Result<WithdrawalRow, SqlError> {
    Ok(WithdrawalRow {
        id: row.try_get(0)?,
        customer_id: row.try_get(1)?,
        request_id: row.try_get(2)?,
        asked: row.try_get(3)?,
        state: row.try_get(4)?,
        status: row.try_get(5)?,
        value_cents: row.try_get(6)?,
        version: row.try_get(7)?,
        asked_at: row.try_get(8)?,
        changed_at: row.try_get(9)?,
        wake_at: row.try_get(10)?,
    })
}

#[cfg(test)]
mod tests;
