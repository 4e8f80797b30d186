//! The cookie: an opaque session token, the secret of the forms, what to say on the next page, and whom this browser
//! knows. It is encrypted, and worth nothing without the row in the database.

use actix_session::config::{PersistentSession, TtlExtensionPolicy};
use actix_session::storage::CookieSessionStore;
use actix_session::{Session, SessionMiddleware};
use actix_web::cookie::{Key, SameSite, time::Duration};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use super::view::Undo;
use crate::config::PublicUrl;
use crate::domain::id::UserId;
use crate::domain::secret::{Token, hex, unhex};
use crate::domain::session::LONGEST;
use crate::ops::sign_in::Browser;
use crate::sys::entropy::Entropy;
use crate::sys::key::SecretKey;

const TOKEN: &str = "token";
const FORMS: &str = "forms";
const FLASH: &str = "flash";
const DEVICE: &str = "device";
const KNOWN: &str = "known";
/// Enough for a family's computer; the cookie stays small.
const MOST_KNOWN: usize = 8;

/// The middleware that opens and seals the cookie.
pub fn middleware(key: &SecretKey, url: &PublicUrl) -> SessionMiddleware<CookieSessionStore> {
    let secure = url.is_https();
    let lifecycle = PersistentSession::default()
        .session_ttl(Duration::seconds(LONGEST.num_seconds()))
        .session_ttl_extension_policy(TtlExtensionPolicy::OnStateChanges);
    SessionMiddleware::builder(CookieSessionStore::default(), Key::derive_from(key.expose_secret()))
        // The prefix binds the cookie to this host and to TLS; browsers refuse it over plain http.
        .cookie_name(if secure { "__Host-doorlist" } else { "doorlist" }.to_owned())
        .cookie_secure(secure)
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_path("/".to_owned())
        .session_lifecycle(lifecycle)
        .build()
}

/// What the browser brought in its cookie.
#[derive(Clone)]
pub struct Jar(Session);

impl Jar {
    /// The jar of a request.
    #[must_use]
    pub const fn new(session: Session) -> Self {
        Self(session)
    }

    /// A value, or none where the cookie holds something else.
    fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.0.get(key).ok().flatten()
    }

    fn put<T: Serialize>(&self, key: &str, value: T) -> Result<(), Problem> {
        self.0.insert(key, value).map_err(|error| Problem::Internal(error.to_string()))
    }

    /// The session token.
    #[must_use]
    pub fn token(&self) -> Option<Token> {
        Token::parse(&self.get::<String>(TOKEN)?)
    }

    /// Signs in: the new token, and a new secret for forms, so that nothing from before goes on.
    ///
    /// # Errors
    /// [`Problem::Internal`] when the cookie cannot be written.
    pub fn sign_in(&self, token: &Token, entropy: &dyn Entropy) -> Result<(), Problem> {
        self.0.remove(FORMS);
        if self.get::<String>(DEVICE).is_none() {
            self.put(DEVICE, hex(&entropy.bytes::<16>()))?;
        }
        self.put(TOKEN, token.reveal())
    }

    /// Remembers that somebody signed in with this browser.
    ///
    /// # Errors
    /// [`Problem::Internal`] when the cookie cannot be written.
    pub fn remember(&self, user: UserId) -> Result<(), Problem> {
        let mut known = self.known();
        known.retain(|id| *id != user);
        known.insert(0, user);
        known.truncate(MOST_KNOWN);
        self.put(KNOWN, known.iter().map(UserId::key).collect::<Vec<_>>())
    }

    /// Signs out. The browser stays known.
    pub fn sign_out(&self) {
        self.0.remove(TOKEN);
        self.0.remove(FORMS);
        self.0.remove(FLASH);
    }

    fn known(&self) -> Vec<UserId> {
        let keys: Vec<String> = self.get(KNOWN).unwrap_or_default();
        keys.iter().filter_map(|key| UserId::from_key(key).ok()).collect()
    }

    /// The browser, as signing in wants to know it.
    #[must_use]
    pub fn browser(&self, agent: String) -> Browser {
        let replaces = self.token().map(|token| token.hash());
        Browser { agent, device: self.get(DEVICE), known: self.known(), replaces }
    }

    /// The secret behind the forms' tokens, made on first use.
    ///
    /// # Errors
    /// [`Problem::Internal`] when the cookie cannot be written.
    pub fn form_secret(&self, entropy: &dyn Entropy) -> Result<Vec<u8>, Problem> {
        if let Some(secret) = self.present_form_secret() {
            return Ok(secret);
        }
        let secret = entropy.bytes::<32>();
        self.put(FORMS, hex(&secret))?;
        Ok(secret.to_vec())
    }

    /// The secret behind the forms' tokens, if a form was ever shown.
    #[must_use]
    pub fn present_form_secret(&self) -> Option<Vec<u8>> {
        unhex(&self.get::<String>(FORMS)?).filter(|secret| secret.len() == 32)
    }

    /// Leaves a word for the next page, and the way back from what it tells.
    ///
    /// # Errors
    /// [`Problem::Internal`] when the cookie cannot be written.
    pub fn flash(&self, text: &str, undo: Option<&Undo>) -> Result<(), Problem> {
        self.put(FLASH, (text, undo))
    }

    /// Takes the word that was left.
    #[must_use]
    pub fn take_flash(&self) -> Option<(String, Option<Undo>)> {
        let said = self.get(FLASH)?;
        self.0.remove(FLASH);
        Some(said)
    }
}
