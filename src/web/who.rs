//! Who asks: the extractors that handlers begin with.

use std::pin::Pin;

use actix_session::SessionExt;
use actix_web::dev::Payload;
use actix_web::http::header::USER_AGENT;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use super::chrome::{Chrome, Preferences};
use super::observe::Seen;
use super::problem::Problem;
use super::session::Jar;
use crate::app::App;
use crate::domain::access::{Permission, Permit};
use crate::domain::agent;
use crate::domain::audit::Origin;
use crate::domain::settings::Settings;
use crate::ops::sessions::Present;
use crate::ops::{self};

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// A request, as handlers want to know it.
#[derive(Clone)]
pub struct Visit {
    /// Its cookie.
    pub jar: Jar,
    /// Where it comes from, for the audit log.
    pub origin: Origin,
    /// Whether htmx asks for a part of a page.
    pub hx: bool,
    /// Its path.
    pub path: String,
    /// The page from which htmx asks.
    pub from: Option<String>,
    /// The browser, in a few words.
    pub agent: String,
    /// What the browser likes.
    pub preferences: Preferences,
}

impl Visit {
    fn of(request: &HttpRequest) -> Self {
        let header =
            |name| request.headers().get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
        Self {
            jar: Jar::new(request.get_session()),
            origin: Seen::of(request).origin,
            hx: is_htmx(request),
            from: current_page(request),
            path: request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            agent: agent::describe(header(USER_AGENT).unwrap_or_default()),
            preferences: preferences(request),
        }
    }
}

use actix_web::http::header;

/// Whether htmx asks for a part of a page.
#[must_use]
pub fn is_htmx(request: &HttpRequest) -> bool {
    request.headers().contains_key("hx-request")
}

/// The page from which htmx asks.
#[must_use]
pub fn current_page(request: &HttpRequest) -> Option<String> {
    let url = request.headers().get("hx-current-url")?.to_str().ok()?;
    let url = url::Url::parse(url).ok()?;
    url.query().map_or_else(|| Some(url.path().to_owned()), |query| Some(format!("{}?{query}", url.path())))
}

/// What the browser likes.
#[must_use]
pub fn preferences(request: &HttpRequest) -> Preferences {
    let secure = app(request).is_ok_and(|app| app.config.public_url.is_https());
    Preferences::read(secure, |name| request.cookie(name).map(|cookie| cookie.value().to_owned()))
}

/// The program's parts.
///
/// # Errors
/// [`Problem::Internal`] when the server was put together without them.
pub fn app(request: &HttpRequest) -> Result<web::Data<App>, Problem> {
    let app = request.app_data::<web::Data<App>>().cloned();
    app.ok_or_else(|| Problem::Internal("the application is not set up".to_owned()))
}

/// Looks the session of a request up, and leaves a note of it for the surroundings of a problem page.
async fn look_up(request: &HttpRequest, app: &App, visit: &Visit) -> Result<Option<Present>, Problem> {
    let Some(token) = visit.jar.token() else { return Ok(None) };
    let present = ops::sessions::present(app, &token, visit.origin).await?;
    if let Some(present) = &present {
        request.extensions_mut().insert(present.settings.clone());
    }
    Ok(present)
}

/// Somebody who may be signed in or not.
pub struct Guest {
    /// The request.
    pub visit: Visit,
    /// The settings.
    pub settings: Settings,
    /// As whom they are signed in, if at all.
    pub present: Option<Present>,
}

impl Guest {
    /// The surroundings of a page for somebody who is not signed in.
    ///
    /// # Errors
    /// [`Problem::Internal`] when the cookie cannot be written.
    pub fn chrome(&self, app: &App) -> Result<Chrome, Problem> {
        Chrome::new(app, &self.visit, &self.settings, None)
    }
}

impl FromRequest for Guest {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (app, visit) = (app(&request)?, Visit::of(&request));
            let present = look_up(&request, &app, &visit).await?;
            let settings = match &present {
                Some(present) => present.settings.clone(),
                None => ops::sessions::settings(&app).await?,
            };
            request.extensions_mut().insert(settings.clone());
            Ok(Self { visit, settings, present })
        })
    }
}

/// Somebody who is signed in and may do `P`.
pub struct Signed<P> {
    /// The request.
    pub visit: Visit,
    /// Who.
    pub present: Present,
    /// The proof.
    pub permit: Permit<P>,
}

impl<P> Signed<P> {
    /// The surroundings of a page.
    ///
    /// # Errors
    /// [`Problem::Internal`] when the cookie cannot be written.
    pub fn chrome(&self, app: &App) -> Result<Chrome, Problem> {
        let chrome = Chrome::new(app, &self.visit, &self.present.settings, Some(&self.present.account))?;
        Ok(Chrome { waiting: self.present.waiting, ..chrome })
    }
}

impl<P: Permission> FromRequest for Signed<P> {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (app, visit) = (app(&request)?, Visit::of(&request));
            let present = look_up(&request, &app, &visit).await?.ok_or(Problem::SignedOut)?;
            let actor = present.account.actor();
            let Some(permit) = actor.permit::<P>() else {
                let route = request.match_pattern().unwrap_or_default();
                ops::access::refused(&app, actor, visit.origin, &route).await?;
                return Err(Problem::Forbidden);
            };
            Ok(Self { visit, present, permit })
        })
    }
}
