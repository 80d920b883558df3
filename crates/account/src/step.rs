//! What may be done to an account, and by whom: one pure function.
//!
//! What makes an account safer needs a session, or a link that was sent to the customer. What could hurt
//! needs the strongest thing that the account has, shown for this very change, and is followed by a
//! hold and a notice. A recovery needs evidence of two classes, waits, can be stopped, and gives no session.

use serde::{Deserialize, Serialize};

use crate::account::{Account, Recovery, Rules};
use crate::book::{ADDRESSES_MAX, Destination};
use crate::factor::{Factor, Factors};
use crate::hold::Cause;
use crate::notice::Notice;
use crate::setting::{Effect, Setting};
use crate::time::{At, Span};

/// Most passkeys of an account.
pub const PASSKEYS_MAX: u8 = 32;
/// Recovery codes that are given at a time.
pub const RECOVERY_CODES: u8 = 8;

/// Who asks, and what they have shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct By {
    /// Whether they are signed in.
    pub is_signed_in: bool,
    /// What was shown for this very thing; an old session is none of it.
    pub fresh: Factors,
}

/// A credential that is added or changed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Credential {
    /// A passkey more.
    Passkey,
    /// Another password.
    Password,
    /// An authenticator app, or another one.
    Totp,
    /// New recovery codes; those before are void.
    RecoveryCodes,
    /// A key for a program of the customer.
    ApiKey,
}

/// What may be done to an account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Put an address into the book.
    AddAddress(Destination),
    /// Take an address out of the book.
    RemoveAddress(Destination),
    /// Change a setting.
    Change(Setting),
    /// Add or change a credential.
    Set(Credential),
    /// Take a passkey away.
    RemovePasskey,
    /// Take the authenticator app away.
    RemoveTotp,
    /// Change the e-mail address or the phone number.
    ChangeContact,
    /// Begin to recover the account.
    BeginRecovery,
    /// Stop a recovery.
    StopRecovery,
    /// Finish a recovery with a new passkey; all else that was known is void.
    FinishRecovery,
    /// Let nothing leave.
    Freeze,
    /// End a freeze.
    Unfreeze,
    /// Keep money for so long; for staff and for what watches accounts.
    Hold(Cause, Span),
}

/// Why something is not done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// Nobody is signed in.
    #[error("sign in first")]
    SignedOut,
    /// It is not confirmed.
    #[error("confirm it with {wanted:?}: what was shown is not enough")]
    Unconfirmed {
        /// What is wanted.
        wanted: Factors,
    },
    /// Settings are locked.
    #[error("settings are locked: unlock them first, which takes as long as you have chosen")]
    Locked,
    /// The account is frozen.
    #[error("the account is frozen: end the freeze first")]
    Frozen,
    /// Evidence for a recovery is not of two classes.
    #[error(
        "two different ways to know you are wanted, such as a recovery code and the e-mail address"
    )]
    Evidence,
    /// No recovery was begun.
    #[error("no recovery was begun, or it was stopped")]
    NoRecovery,
    /// A recovery was begun a short while ago.
    #[error("the recovery can be finished from {ripe_at:?} on: until then it can be stopped")]
    Unripe {
        /// From when on it can be finished.
        ripe_at: At,
    },
    /// There is nothing of this kind, or it is the last one.
    #[error("there is none that could be taken away: add another first")]
    Last,
    /// There are too many.
    #[error("there are as many as there may be: take one away first")]
    Full,
    /// The value is none that may be chosen.
    #[error("this value may not be chosen: it protects less than the least, or more than can be")]
    Value,
}

impl Refused {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Refused::SignedOut => "account.signed_out",
            Refused::Unconfirmed { .. } => "account.unconfirmed",
            Refused::Locked => "account.locked",
            Refused::Frozen => "account.frozen",
            Refused::Evidence => "account.recovery.evidence",
            Refused::NoRecovery => "account.recovery.none",
            Refused::Unripe { .. } => "account.recovery.unripe",
            Refused::Last => "account.credential.last",
            Refused::Full => "account.full",
            Refused::Value => "account.setting.value",
        }
    }
}

/// What has changed: the account as it is now, and what the customer is told on all channels.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The account.
    pub account: Account,
    /// What is told.
    pub notice: Option<Notice>,
}

impl Account {
    fn confirmed(&self, by: &By) -> Result<(), Refused> {
        let wanted = self.credentials.confirming();
        match (by.is_signed_in, by.fresh.has_all(wanted)) {
            (false, _) => Err(Refused::SignedOut),
            (true, false) => Err(Refused::Unconfirmed { wanted }),
            (true, true) => Ok(()),
        }
    }

    /// What could hurt: confirmed, and neither frozen nor locked.
    fn may_loosen(&self, by: &By) -> Result<(), Refused> {
        self.confirmed(by)?;
        match (self.is_frozen, self.settings.is_locked()) {
            (true, _) => Err(Refused::Frozen),
            (_, true) => Err(Refused::Locked),
            _ => Ok(()),
        }
    }

    fn hold(&mut self, rules: &Rules, cause: Cause, now: At) {
        self.holds.add(cause, now + rules.holds.of(cause));
    }

    fn set_credential(&mut self, credential: Credential) -> Result<(), Refused> {
        let credentials = &mut self.credentials;
        match credential {
            Credential::Passkey if credentials.passkeys >= PASSKEYS_MAX => {
                return Err(Refused::Full);
            }
            Credential::Passkey => credentials.passkeys += 1,
            Credential::Password => credentials.has_password = true,
            Credential::Totp => credentials.has_totp = true,
            Credential::RecoveryCodes => credentials.recovery_codes = RECOVERY_CODES,
            // A key is no way to sign in or to confirm: it pays addresses of the book.
            Credential::ApiKey => {}
        }
        Ok(())
    }

    fn change_setting(
        &mut self,
        rules: &Rules,
        wanted: Setting,
        by: &By,
        now: At,
    ) -> Result<Option<Notice>, Refused> {
        let is_within = match wanted {
            Setting::Cooldown(span) => span >= rules.waits.cooldown_min,
            Setting::Lock(Span(0)) => true,
            Setting::Lock(span) => (rules.waits.lock[0]..=rules.waits.lock[1]).contains(&span),
            _ => true,
        };
        if !is_within {
            return Err(Refused::Value);
        }
        let mut settings = self.settings.clone();
        let effect = settings.set(wanted, &rules.waits, now);
        if let Effect::At(_) = effect {
            self.confirmed(by)?;
            // The lock itself is what can be loosened of locked settings.
            let is_lock = matches!(wanted, Setting::Lock(_));
            if self.is_frozen || (self.settings.is_locked() && !is_lock) {
                return Err(if self.is_frozen { Refused::Frozen } else { Refused::Locked });
            }
        }
        self.settings = settings;
        Ok(matches!(effect, Effect::At(_)).then_some(Notice::Loosened))
    }

    fn begin_recovery(&mut self, rules: &Rules, by: &By, now: At) -> Result<(), Refused> {
        let evidence = self.credentials.evidence(by.fresh);
        if evidence.count() < 2 {
            return Err(Refused::Evidence);
        }
        if evidence.has(Factor::RecoveryCode) {
            self.credentials.recovery_codes -= 1;
        }
        // One that runs goes on: beginning again neither hurries nor stops it.
        let ripe_at = now + rules.recovery_wait;
        self.recovery.get_or_insert(Recovery { evidence, ripe_at });
        self.hold(rules, Cause::Recovery, now);
        Ok(())
    }

    fn finish_recovery(&mut self, rules: &Rules, by: &By, now: At) -> Result<(), Refused> {
        let Recovery { evidence, ripe_at } = self.recovery.ok_or(Refused::NoRecovery)?;
        if ripe_at > now {
            return Err(Refused::Unripe { ripe_at });
        }
        // The same two things again; the code is used up and was shown.
        let wanted = evidence.without(Factor::RecoveryCode);
        if !by.fresh.has_all(wanted) {
            return Err(Refused::Unconfirmed { wanted });
        }
        let has_phone = self.credentials.has_phone;
        self.credentials = crate::factor::Credentials {
            has_password: false,
            has_totp: false,
            passkeys: 1,
            recovery_codes: 0,
            has_phone,
        };
        self.recovery = None;
        self.hold(rules, Cause::Recovery, now);
        Ok(())
    }
}

/// Does something to an account.
///
/// # Errors
/// [`Refused`]; nothing has changed then.
pub fn step(
    account: &Account,
    rules: &Rules,
    command: &Command,
    by: &By,
    now: At,
) -> Result<Change, Refused> {
    let mut account = account.clone();
    account.settings.settle(now);
    let notice = match command {
        Command::AddAddress(destination) => {
            account.may_loosen(by)?;
            let usable_from = now + account.settings.cooldown();
            if account.book.entries().len() >= ADDRESSES_MAX {
                return Err(Refused::Full);
            }
            account.book.add(destination.clone(), usable_from);
            Some(Notice::NewAddress)
        }
        Command::RemoveAddress(destination) => {
            by.is_signed_in.then_some(()).ok_or(Refused::SignedOut)?;
            account.book.remove(destination);
            None
        }
        Command::Change(setting) => {
            by.is_signed_in.then_some(()).ok_or(Refused::SignedOut)?;
            account.change_setting(rules, *setting, by, now)?
        }
        Command::Set(credential) => {
            account.may_loosen(by)?;
            account.set_credential(*credential)?;
            account.hold(rules, Cause::Credential, now);
            Some(Notice::Credential)
        }
        Command::RemovePasskey | Command::RemoveTotp => {
            account.may_loosen(by)?;
            let credentials = &mut account.credentials;
            let is_passkey = *command == Command::RemovePasskey;
            // What remains signs in by itself.
            let is_left = credentials.has_password || credentials.passkeys > u8::from(is_passkey);
            match is_passkey {
                true if credentials.passkeys > 0 && is_left => credentials.passkeys -= 1,
                false if credentials.has_totp && is_left => credentials.has_totp = false,
                _ => return Err(Refused::Last),
            }
            account.hold(rules, Cause::Credential, now);
            Some(Notice::Credential)
        }
        Command::ChangeContact => {
            account.may_loosen(by)?;
            account.hold(rules, Cause::Contact, now);
            Some(Notice::Contact)
        }
        Command::BeginRecovery => {
            account.begin_recovery(rules, by, now)?;
            Some(Notice::RecoveryBegun)
        }
        Command::StopRecovery => {
            let links = [Factor::Mailbox, Factor::Phone, Factor::KnownDevice];
            let is_owner = by.is_signed_in || links.iter().any(|link| by.fresh.has(*link));
            is_owner.then_some(()).ok_or(Refused::SignedOut)?;
            account.recovery.take().ok_or(Refused::NoRecovery)?;
            None
        }
        Command::FinishRecovery => {
            account.finish_recovery(rules, by, now)?;
            Some(Notice::Recovered)
        }
        Command::Freeze => {
            account.is_frozen = true;
            Some(Notice::Freeze)
        }
        Command::Unfreeze => {
            account.confirmed(by)?;
            account.is_frozen = false;
            account.hold(rules, Cause::Unfreeze, now);
            Some(Notice::Freeze)
        }
        Command::Hold(cause, span) => {
            account.holds.add(*cause, now + *span);
            None
        }
    };
    Ok(Change { account, notice })
}

#[cfg(test)]
mod tests;
