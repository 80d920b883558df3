//! What somebody shows is checked here: passwords, passkeys, codes of an app, printed codes. What it is
//! good for is decided in the crate `account`.
//!
//! Reading order: [`secret`] (what must not be seen), [`password`] (which ones are taken, and how they are
//! hashed), [`totp`] (codes of an app), [`recovery_code`] (codes on paper), [`sealed`] (seeds at rest),
//! [`passkey`] (WebAuthn: registration, sign-in, confirmation of a transaction), [`ceremony`] (what waits
//! for an answer), [`throttle`] (how often it may be tried), [`work`] (what a stranger pays), [`stuffing`]
//! (an attack on all of it, simulated), [`measure`] (what hashing costs, and whether its time tells who is
//! known).
//!
//! Time and randomness are parameters, with two exceptions: the pool of [`password`] measures how long a
//! request has waited, and the WebAuthn library draws its challenges. Nothing here keeps anything: what
//! has to be remembered is a value for the caller to store. No type of a library crosses the border.

pub mod ceremony;
pub mod measure;
pub mod passkey;
pub mod password;
mod random;
pub mod recovery_code;
pub mod request;
pub mod sealed;
pub mod secret;
pub mod stuffing;
pub mod throttle;
pub mod totp;
pub mod work;
