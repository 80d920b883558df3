//! Why a text or a setting is not taken, and why something was not delivered.

/// Why a text or a configuration is not taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Invalid {
    /// No mail address that is written to.
    #[error("mail address: {0}")]
    Address(&'static str),
    /// No text for a header.
    #[error("header: {0}")]
    Header(&'static str),
    /// No link.
    #[error("link: {0}")]
    Link(&'static str),
    /// No id.
    #[error("id: 1 to 64 letters, digits, '-' and '_' are needed")]
    Id,
    /// No network.
    #[error("network '{0}': write it as 10.0.0.0/8")]
    Network(String),
    /// The mail server is not described well.
    #[error("mail server: {0}")]
    Server(&'static str),
    /// No secret of a webhook.
    #[error("webhook secret: 'whsec_' and the base64 of 32 bytes are needed")]
    Secret,
    /// A body that is too long.
    #[error("webhook body: {len} bytes, at most {max} are sent")]
    Body {
        /// Bytes of it.
        len: usize,
        /// Most bytes.
        max: usize,
    },
}

impl Invalid {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Invalid::Address(_) => "post.address.invalid",
            Invalid::Header(_) => "post.header.invalid",
            Invalid::Link(_) => "post.link.invalid",
            Invalid::Id => "post.id.invalid",
            Invalid::Network(_) => "post.network.invalid",
            Invalid::Server(_) => "post.server.invalid",
            Invalid::Secret => "post.secret.invalid",
            Invalid::Body { .. } => "post.body.too_long",
        }
    }
}

/// Why a mail or a webhook was not delivered.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SendError {
    /// There is no connection, or it broke.
    #[error("no connection: {0}")]
    Connection(String),
    /// The other side did not answer in time. It may have taken what was sent.
    #[error("no answer in time; it may have arrived")]
    Timeout,
    /// The mail server offers no encryption, or none that can be trusted.
    #[error("no connection that can be trusted: {0}")]
    Untrusted(String),
    /// The mail server does not know us.
    #[error("the mail server refused the login with {0}")]
    Login(u16),
    /// The mail server cannot take it now (4xx), or the greeting went wrong.
    #[error("the mail server answered {0}: later")]
    Later(u16),
    /// The mail server will not take this mail (5xx).
    #[error("the mail server answered {0}: never")]
    Never(u16),
    /// The mail cannot be written.
    #[error("the mail cannot be written: {0}")]
    Unwritable(String),
    /// A webhook's receiver did not take it.
    #[error("the receiver answered with status {0}")]
    Status(u16),
    /// A webhook's receiver wants to be found elsewhere; it is not followed.
    #[error("the receiver answered with a redirect ({0}), which is not followed")]
    Redirect(u16),
    /// A webhook's receiver is where webhooks do not go.
    #[error("the receiver is at no public address; the operator can allow its network")]
    Forbidden,
}

impl SendError {
    /// Whether sending the same again cannot help.
    pub fn is_permanent(&self) -> bool {
        matches!(
            self,
            SendError::Never(_)
                | SendError::Unwritable(_)
                | SendError::Forbidden
                // Gone: the receiver says that it wants nothing more (RFC 9110, section 15.5.11).
                | SendError::Status(410)
        )
    }

    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            SendError::Connection(_) => "post.connection",
            SendError::Timeout => "post.timeout",
            SendError::Untrusted(_) => "post.untrusted",
            SendError::Login(_) => "post.login",
            SendError::Later(_) => "post.refused.later",
            SendError::Never(_) => "post.refused.never",
            SendError::Unwritable(_) => "post.unwritable",
            SendError::Status(_) => "post.status",
            SendError::Redirect(_) => "post.redirect",
            SendError::Forbidden => "post.forbidden",
        }
    }
}
