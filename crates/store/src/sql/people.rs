//! Users, their one-time links and sessions, and API keys. Secrets are kept as SHA-256 hashes of
//! random values, so nothing here can be used to sign in.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Sql, SqlError, next_id};

/// What somebody may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Everything, people and keys included.
    Administrator,
    /// Alerts, rules and lists.
    Compliance,
    /// Alerts.
    Analyst,
    /// Customers who ask for help.
    Support,
    /// Withdrawals.
    Treasury,
    /// Reads everything, changes nothing.
    Auditor,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 6] = [
        Role::Administrator,
        Role::Compliance,
        Role::Analyst,
        Role::Support,
        Role::Treasury,
        Role::Auditor,
    ];

    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            Role::Administrator => "administrator",
            Role::Compliance => "compliance",
            Role::Analyst => "analyst",
            Role::Support => "support",
            Role::Treasury => "treasury",
            Role::Auditor => "auditor",
        }
    }

    /// The role with this name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// A person.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct UserRow {
    pub id: i64,
    pub name: String,
    pub role: Role,
    pub is_disabled: bool,
    pub created_at: i64,
    pub last_seen_at: Option<i64>,
}

/// A session with its person.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct SessionRow {
    pub user: UserRow,
    pub created_at: i64,
    pub last_seen_at: i64,
}

/// A key of a program.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct ApiKeyRow {
    pub id: i64,
    pub name: String,
    pub prefix: String,
    /// Names joined by spaces.
    pub scopes: String,
    pub created_by: (i64, String),
    pub created_at: i64,
    pub last_used_at: Option<i64>,
    pub revoked_at: Option<i64>,
}

/// Reads the user whose columns begin at `first`.
fn user(row: &AnyRow, first: usize) -> Result<UserRow, SqlError> {
    let role: String = row.try_get(first + 2)?;
    Ok(UserRow {
        id: row.try_get(first)?,
        name: row.try_get(first + 1)?,
        role: Role::find(&role).ok_or_else(|| SqlError::foreign("role", &role))?,
        is_disabled: row.try_get::<i64, _>(first + 3)? != 0,
        created_at: row.try_get(first + 4)?,
        last_seen_at: row.try_get(first + 5)?,
    })
}

impl Sql {
    /// Every person, in the order in which they came.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn users(&self) -> Result<Vec<UserRow>, SqlError> {
        let rows = sqlx::query(
            "SELECT id, name, role, is_disabled, created_at, last_seen_at FROM users ORDER BY id",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| user(row, 0)).collect()
    }

    /// A person by id.
    ///
    /// # Errors
    /// [`SqlError::NotFound`] without one.
    pub async fn user(&self, id: i64) -> Result<UserRow, SqlError> {
        let row = sqlx::query(
            "SELECT id, name, role, is_disabled, created_at, last_seen_at FROM users WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await?;
        row.map_or_else(
            || Err(SqlError::NotFound { what: "user", id: id.to_string() }),
            |row| user(&row, 0),
        )
    }

    /// Adds a person.
    ///
    /// # Errors
    /// [`SqlError::Conflict`] when the name is taken.
    pub async fn create_user(
        &self,
        name: &str,
        role: Role,
        now_s: i64,
    ) -> Result<UserRow, SqlError> {
        let mut transaction = self.begin().await?;
        let taken = sqlx::query("SELECT id FROM users WHERE name = $1")
            .bind(name)
            .fetch_optional(&mut *transaction)
            .await?;
        if taken.is_some() {
            return Err(SqlError::Conflict(format!("there is already somebody named '{name}'")));
        }
        let id = next_id(&mut transaction, "users").await?;
        sqlx::query("INSERT INTO users (id, name, role, is_disabled, created_at) VALUES ($1, $2, $3, 0, $4)")
            .bind(id)
            .bind(name)
            .bind(role.name())
            .bind(now_s)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        self.user(id).await
    }

    /// Changes a person's name, role or right to sign in. Whoever may no longer sign in, or has
    /// another role, is signed out.
    ///
    /// # Errors
    /// [`SqlError::NotFound`] without one; [`SqlError::Conflict`] when no administrator would be
    /// left or the name is taken.
    pub async fn update_user(
        &self,
        id: i64,
        name: Option<&str>,
        role: Option<Role>,
        is_disabled: Option<bool>,
    ) -> Result<UserRow, SqlError> {
        // Checked and changed in one: two administrators may demote each other at once.
        let mut transaction = self.begin().await?;
        if self.dialect == super::Dialect::Postgres {
            sqlx::query("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")
                .execute(&mut *transaction)
                .await?;
        }
        let rows = sqlx::query(
            "SELECT id, name, role, is_disabled, created_at, last_seen_at FROM users ORDER BY id",
        )
        .fetch_all(&mut *transaction)
        .await?;
        let users = rows.iter().map(|row| user(row, 0)).collect::<Result<Vec<_>, _>>()?;
        let known = users.iter().find(|user| user.id == id);
        let unknown = || SqlError::NotFound { what: "user", id: id.to_string() };
        let known = known.ok_or_else(unknown)?;
        let role = role.unwrap_or(known.role);
        let is_disabled = is_disabled.unwrap_or(known.is_disabled);
        let name = name.unwrap_or(&known.name);
        let others = users.iter().filter(|user| user.id != id);
        let is_admin = |role: Role, is_disabled: bool| role == Role::Administrator && !is_disabled;
        if !is_admin(role, is_disabled)
            && !others.clone().any(|user| is_admin(user.role, user.is_disabled))
        {
            let problem = "this is the last administrator: make another one first";
            return Err(SqlError::Conflict(problem.to_owned()));
        }
        if others.clone().any(|user| user.name == name) {
            return Err(SqlError::Conflict(format!("there is already somebody named '{name}'")));
        }
        sqlx::query("UPDATE users SET name = $2, role = $3, is_disabled = $4 WHERE id = $1")
            .bind(id)
            .bind(name)
            .bind(role.name())
            .bind(i64::from(is_disabled))
            .execute(&mut *transaction)
            .await?;
        if is_disabled || role != known.role {
            for text in [
                "DELETE FROM sessions WHERE user_id = $1",
                "DELETE FROM sign_in_links WHERE user_id = $1",
            ] {
                sqlx::query(text).bind(id).execute(&mut *transaction).await?;
            }
        }
        transaction.commit().await?;
        self.user(id).await
    }

    /// Keeps a one-time link; earlier ones of the same person end.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn create_link(
        &self,
        token_hash: &str,
        user_id: i64,
        expires_at: i64,
    ) -> Result<(), SqlError> {
        let mut transaction = self.begin().await?;
        sqlx::query("DELETE FROM sign_in_links WHERE user_id = $1")
            .bind(user_id)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "INSERT INTO sign_in_links (token_hash, user_id, expires_at) VALUES ($1, $2, $3)",
        )
        .bind(token_hash)
        .bind(user_id)
        .bind(expires_at)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Exchanges a one-time link for a session. A link works once, also when two use it at the
    /// same moment.
    ///
    /// # Errors
    /// [`SqlError::NotFound`] for a link that was used, has expired or never was.
    pub async fn redeem_link(
        &self,
        token_hash: &str,
        session_hash: &str,
        now_s: i64,
    ) -> Result<SessionRow, SqlError> {
        let unknown = || SqlError::NotFound { what: "sign-in link", id: "given".to_owned() };
        let mut transaction = self.begin().await?;
        let row = sqlx::query(
            "DELETE FROM sign_in_links WHERE token_hash = $1 AND expires_at > $2 RETURNING user_id",
        )
        .bind(token_hash)
        .bind(now_s)
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or_else(unknown)?;
        let user_id: i64 = row.try_get(0)?;
        sqlx::query("INSERT INTO sessions (id_hash, user_id, created_at, last_seen_at) VALUES ($1, $2, $3, $3)")
            .bind(session_hash)
            .bind(user_id)
            .bind(now_s)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        self.session(session_hash).await?.ok_or_else(unknown)
    }

    /// The session with this hash, unless its person may not sign in.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn session(&self, id_hash: &str) -> Result<Option<SessionRow>, SqlError> {
        let row = sqlx::query(
            "SELECT u.id, u.name, u.role, u.is_disabled, u.created_at, u.last_seen_at, s.created_at, s.last_seen_at \
             FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id_hash = $1 AND u.is_disabled = 0",
        )
        .bind(id_hash)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            let user = user(&row, 0)?;
            Ok(SessionRow { user, created_at: row.try_get(6)?, last_seen_at: row.try_get(7)? })
        })
        .transpose()
    }

    /// Notes that a session is used.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn touch_session(
        &self,
        id_hash: &str,
        user_id: i64,
        now_s: i64,
    ) -> Result<(), SqlError> {
        let mut transaction = self.begin().await?;
        sqlx::query("UPDATE sessions SET last_seen_at = $2 WHERE id_hash = $1")
            .bind(id_hash)
            .bind(now_s)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("UPDATE users SET last_seen_at = $2 WHERE id = $1")
            .bind(user_id)
            .bind(now_s)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn delete_session(&self, id_hash: &str) -> Result<(), SqlError> {
        sqlx::query("DELETE FROM sessions WHERE id_hash = $1")
            .bind(id_hash)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Ends sessions begun before `begun_before` or idle since before `seen_before`, and links that
    /// have expired.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn sweep_sessions(
        &self,
        begun_before: i64,
        seen_before: i64,
        now_s: i64,
    ) -> Result<(), SqlError> {
        sqlx::query("DELETE FROM sessions WHERE created_at < $1 OR last_seen_at < $2")
            .bind(begun_before)
            .bind(seen_before)
            .execute(&self.pool)
            .await?;
        sqlx::query("DELETE FROM sign_in_links WHERE expires_at < $1")
            .bind(now_s)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Adds a key.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn create_api_key(
        &self,
        name: &str,
        prefix: &str,
        secret_hash: &str,
        scopes: &str,
        created_by: i64,
        now_s: i64,
    ) -> Result<ApiKeyRow, SqlError> {
        let mut transaction = self.begin().await?;
        let id = next_id(&mut transaction, "api_keys").await?;
        sqlx::query("INSERT INTO api_keys (id, name, prefix, secret_hash, scopes, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)")
            .bind(id)
            .bind(name)
            .bind(prefix)
            .bind(secret_hash)
            .bind(scopes)
            .bind(created_by)
            .bind(now_s)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        let keys = self.api_keys().await?;
        keys.into_iter()
            .find(|key| key.id == id)
            .ok_or_else(|| SqlError::NotFound { what: "API key", id: id.to_string() })
    }

    /// Every key, the newest first.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn api_keys(&self) -> Result<Vec<ApiKeyRow>, SqlError> {
        let rows = sqlx::query(
            "SELECT k.id, k.name, k.prefix, k.scopes, u.id, u.name, k.created_at, k.last_used_at, k.revoked_at \
             FROM api_keys k JOIN users u ON u.id = k.created_by ORDER BY k.id DESC",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(ApiKeyRow {
                    id: row.try_get(0)?,
                    name: row.try_get(1)?,
                    prefix: row.try_get(2)?,
                    scopes: row.try_get(3)?,
                    created_by: (row.try_get(4)?, row.try_get(5)?),
                    created_at: row.try_get(6)?,
                    last_used_at: row.try_get(7)?,
                    revoked_at: row.try_get(8)?,
                })
            })
            .collect()
    }

    /// Id and scopes of a key that is not revoked, by the hash of its secret.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn find_api_key(&self, secret_hash: &str) -> Result<Option<(i64, String)>, SqlError> {
        let row = sqlx::query(
            "SELECT id, scopes FROM api_keys WHERE secret_hash = $1 AND revoked_at IS NULL",
        )
        .bind(secret_hash)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
    }

    /// Notes that a key is used.
    ///
    /// # Errors
    /// [`SqlError`] when the database does not answer.
    pub async fn touch_api_key(&self, id: i64, now_s: i64) -> Result<(), SqlError> {
        sqlx::query("UPDATE api_keys SET last_used_at = $2 WHERE id = $1")
            .bind(id)
            .bind(now_s)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Revokes a key. Revoking it again changes nothing.
    ///
    /// # Errors
    /// [`SqlError::NotFound`] without one.
    pub async fn revoke_api_key(&self, id: i64, now_s: i64) -> Result<(), SqlError> {
        let done =
            sqlx::query("UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1")
                .bind(id)
                .bind(now_s)
                .execute(&self.pool)
                .await?;
        if done.rows_affected() == 0 {
            return Err(SqlError::NotFound { what: "API key", id: id.to_string() });
        }
        Ok(())
    }
}
