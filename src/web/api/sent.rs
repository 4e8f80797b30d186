//! What programs send: JSON bodies and queries, read strictly. What is not known is refused, so that a mistyped field is never
//! taken for one left out.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use super::access::{Access, Caller};
use crate::domain::audit::{Once, Origin};
use crate::domain::field::Errors;
use crate::domain::id::TokenId;
use crate::domain::secret::Token;
use crate::web::problem::Problem;

const MOST_BYTES: usize = 32 * 1024;
const MOST_PAIRS: usize = 64;
const LONGEST_KEY: usize = 255;
const OTHER_TYPE: &str = "This is not of the type that the document describes.";
const KEY: &str = "idempotency-key";

/// What keeps a request from being done twice: the hashes of its key and of itself.
#[derive(Debug, Clone, Copy)]
pub struct Repeatable {
    key: [u8; 32],
    request: [u8; 32],
}

impl Repeatable {
    fn of(request: &HttpRequest, body: &[u8]) -> Result<Option<Self>, Problem> {
        let mut sent = request.headers().get_all(KEY);
        let Some(key) = sent.next() else { return Ok(None) };
        let key = key.as_bytes();
        let is_good = (1..=LONGEST_KEY).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic);
        if !is_good || sent.next().is_some() {
            let rule = "Send one key of 1 to 255 visible characters.";
            return Err(Problem::Invalid(Errors::one("Idempotency-Key", rule)));
        }
        let asked = Sha256::new()
            .chain_update(request.method().as_str())
            .chain_update([0])
            .chain_update(request.uri().path())
            .chain_update([0])
            .chain_update(body);
        Ok(Some(Self { key: Sha256::digest(key).into(), request: asked.finalize().into() }))
    }

    fn once(self, token: TokenId) -> Once {
        Once { token, key: self.key, request: self.request }
    }

    /// The number of a registration: the same for the same key, and known to nobody else.
    #[must_use]
    pub fn attempt(self) -> Token {
        Token::new(Sha256::new().chain_update("registration").chain_update(self.key).finalize().into())
    }
}

/// A JSON body.
pub struct Body<T> {
    /// What it says.
    pub value: T,
    /// What keeps it from being done twice, if the program wants that.
    pub repeatable: Option<Repeatable>,
}

impl<T> Body<T> {
    /// Where it came from, with what keeps it from being done twice.
    #[must_use]
    pub fn origin<A: Access>(&self, caller: &Caller<A>) -> Origin {
        let token = caller.caller.token.id;
        Origin { once: self.repeatable.map(|repeatable| repeatable.once(token)), ..caller.origin }
    }
}

/// The body of a request that says all by its address.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A body that may be left out.
pub trait Optional: DeserializeOwned {
    /// What stands for no body at all, if anything does.
    fn absent() -> Option<Self> {
        None
    }
}

impl Optional for Nothing {
    fn absent() -> Option<Self> {
        Some(Self {})
    }
}

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

impl<T: Optional + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), web::Payload::from_request(request, payload));
        Box::pin(async move {
            let announced = request.headers().get(CONTENT_LENGTH);
            let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
            if announced.is_some_and(|length| length > MOST_BYTES) {
                return Err(Problem::TooLarge);
            }
            let payload = payload.await.map_err(|error| Problem::Internal(error.to_string()))?;
            let bytes = match payload.to_bytes_limited(MOST_BYTES).await {
                Ok(Ok(bytes)) => bytes,
                Ok(Err(_)) => return Err(Problem::BadRequest("The request could not be read.")),
                Err(_) => return Err(Problem::TooLarge),
            };
            let value = match T::absent() {
                Some(absent) if bytes.is_empty() => absent,
                _ if !is_json(request.headers()) => return Err(Problem::NotAForm),
                _ => read(&bytes)?,
            };
            Ok(Self { value, repeatable: Repeatable::of(&request, &bytes)? })
        })
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).is_some_and(|kind| {
        let (kind, parameters) = kind.split_once(';').unwrap_or((kind, ""));
        let charset = parameters.trim().to_ascii_lowercase();
        let is_utf8 = matches!(charset.as_str(), "" | "charset=utf-8" | "charset=\"utf-8\"");
        kind.trim().eq_ignore_ascii_case("application/json") && is_utf8
    })
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| Problem::BadRequest("The body is not UTF-8."))?;
    // A list would be read as the fields in their order.
    if text.trim_start().starts_with('[') {
        return Err(Problem::Invalid(Errors::one("body", OTHER_TYPE)));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let cause = error.into_inner();
        if !cause.is_data() {
            return Problem::BadRequest("The body is not JSON.");
        }
        let field = if path == "." { "body".to_owned() } else { path };
        Problem::Invalid(Errors::one(field, wrong(&cause)))
    })?;
    reader.end().map_err(|_| Problem::BadRequest("The body is not JSON."))?;
    Ok(value)
}

/// What is wrong with a field, without what was sent.
fn wrong(error: &serde_json::Error) -> &'static str {
    let text = error.to_string();
    match text.split(' ').next() {
        Some("unknown") => "There is no such field.",
        Some("missing") => "A field that is needed is missing.",
        Some("duplicate") => "A field stands there twice.",
        _ => OTHER_TYPE,
    }
}

/// The part of an address behind the question mark.
pub struct Search<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Search<T> {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(query(request.query_string()).map(Self))
    }
}

fn query<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let invalid = |what| Problem::Invalid(Errors::one("query", what));
    let pairs: Vec<(String, String)> =
        form_urlencoded::parse(text.as_bytes()).into_owned().take(MOST_PAIRS + 1).collect();
    // Bytes that are not UTF-8 were replaced while parsing.
    let unreadable = |text: &str| text.chars().any(|c| c == '\u{fffd}' || c.is_control());
    if pairs.len() > MOST_PAIRS || pairs.iter().any(|(name, value)| unreadable(name) || unreadable(value)) {
        return Err(invalid("There are characters that cannot be read."));
    }
    let clean = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
    serde_html_form::from_str(&clean)
        .map_err(|_| invalid("There is a parameter that is not known, or one stands there twice."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[serde(default)]
        days: Option<u32>,
    }

    fn refusal(bytes: &[u8]) -> String {
        match read::<Sample>(bytes) {
            Ok(sample) => format!("{:?}", sample.days),
            Err(Problem::Invalid(errors)) => format!("{:?}", errors.list()),
            Err(Problem::BadRequest(why)) => why.to_owned(),
            Err(other) => other.to_string(),
        }
    }

    #[test]
    fn what_is_not_known_is_refused_and_named() {
        assert_eq!(refusal(br#"{"days": 7}"#), "Some(7)");
        assert_eq!(refusal(b"{"), "The body is not JSON.");
        assert_eq!(refusal(b"{} {}"), "The body is not JSON.");
        assert_eq!(refusal(b"{\"days\": \"\xff\"}"), "The body is not UTF-8.");
        assert!(refusal(br#"{"days": "7"}"#).contains("(\"days\", "), "{}", refusal(br#"{"days": "7"}"#));
        assert!(refusal(br#"{"day": 7}"#).contains("no such field"));
        assert!(refusal(br#"{"days": 7, "days": 8}"#).contains("twice"));
        assert!(refusal(b"[]").contains("body"));
    }

    #[test]
    fn queries_are_read_strictly() {
        assert!(query::<Sample>("days=7").is_ok_and(|sample| sample.days == Some(7)));
        for wrong in ["days=7&days=8", "day=7", "days=%ff", "days=%00", "days=x"] {
            assert!(query::<Sample>(wrong).is_err(), "{wrong}");
        }
    }
}
