//! Floor 3, for browsers: all routes and the order of the layers stand on this page.

pub mod api;
pub mod assets;
pub mod chrome;
pub mod client;
pub mod csrf;
pub mod escaped;
pub mod form;
pub mod headers;
pub mod health;
pub mod limits;
pub mod metrics;
pub mod moment;
pub mod next;
pub mod observe;
pub mod pages;
pub mod paging;
pub mod payload;
pub mod problem;
pub mod qr;
pub mod reply;
mod run;
pub mod sentence;
pub mod session;
pub mod spreadsheet;
pub mod view;
pub mod who;

pub use run::run;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::guard::{self, Guard};
use actix_web::http::{Method, header};
use actix_web::middleware::{Next, from_fn};

use actix_web::{App as Actix, Error, Handler, HttpResponse, HttpServer, Responder, web};

use self::limits::Limits;
use self::pages::{
    account, audit, home, invites, join, overview, preferences, problems, reset, review, settings, setup,
    sign_in, tokens, users,
};
use self::problem::Problem;
use crate::app::App;
use crate::sys::key::SecretKey;

/// The whole request, its body included.
const DEADLINE: Duration = Duration::from_secs(10);
/// How long a stopping server waits for what still runs.
const GRACE_SECONDS: u64 = 10;

/// One address of the panel.
pub struct Route {
    /// GET routes answer HEAD too.
    pub method: Method,
    /// As actix writes it: `/account/sessions/{id}/end`.
    pub path: &'static str,
    handler: fn() -> actix_web::Route,
}

macro_rules! route {
    ($method:ident $path:literal => $handler:path) => {
        $crate::web::Route {
            method: actix_web::http::Method::$method,
            path: $path,
            handler: || $crate::web::to($handler),
        }
    };
}
use route;

fn to<F, Args>(handler: F) -> actix_web::Route
where
    F: Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::route().to(handler)
}

/// Every page and form of the panel. Who may do what stands in the handlers' first parameter.
#[must_use]
pub fn routes() -> Vec<Route> {
    [own_pages(), panel_pages(), people_pages(), invite_pages(), token_pages()]
        .into_iter()
        .flatten()
        .collect()
}

/// The way in, and what everybody has of their own.
fn own_pages() -> Vec<Route> {
    vec![
        route!(GET "/" => home::show),
        route!(GET "/setup" => setup::show),
        route!(POST "/setup" => setup::submit),
        route!(GET "/sign-in" => sign_in::show),
        route!(POST "/sign-in" => sign_in::submit),
        route!(POST "/sign-out" => sign_in::sign_out),
        route!(GET "/account" => account::show),
        route!(POST "/account/profile" => account::profile),
        route!(POST "/account/password" => account::password),
        route!(POST "/account/sessions/others" => account::end_other_sessions),
        route!(POST "/account/sessions/{id}/end" => account::end_session),
        route!(POST "/account/preferences" => account::preferences),
        route!(POST "/preferences/theme" => preferences::theme),
        route!(GET "/join" => join::show),
        route!(POST "/join" => join::submit),
        route!(POST "/join/check" => join::check),
        route!(GET "/api/docs" => api::reference::show),
        route!(GET "/reset" => reset::show),
        route!(POST "/reset" => reset::submit),
    ]
}

/// The instance as a whole.
fn panel_pages() -> Vec<Route> {
    vec![
        route!(GET "/admin" => overview::show),
        route!(GET "/admin/audit.csv" => audit::csv::export),
        route!(GET "/admin/audit" => audit::list::show),
        route!(GET "/admin/settings" => settings::show),
        route!(POST "/admin/settings/general" => settings::general),
        route!(POST "/admin/settings/registration" => settings::registration),
        route!(POST "/admin/settings/codes" => settings::codes),
        route!(POST "/admin/settings/retention" => settings::retention),
        route!(POST "/admin/settings/resume" => settings::resume),
    ]
}

/// User Management.
fn people_pages() -> Vec<Route> {
    vec![
        route!(GET "/admin/users" => users::list::show),
        route!(POST "/admin/users/bulk" => users::bulk::apply),
        route!(GET "/admin/users/{id}" => users::detail::show),
        route!(GET "/admin/users/{id}/role" => users::dialogs::role),
        route!(POST "/admin/users/{id}/role" => users::change::role),
        route!(GET "/admin/users/{id}/suspend" => users::dialogs::suspend),
        route!(POST "/admin/users/{id}/suspend" => users::change::suspend),
        route!(POST "/admin/users/{id}/unsuspend" => users::change::unsuspend),
        route!(POST "/admin/users/{id}/end-sessions" => users::change::end_sessions),
        route!(POST "/admin/users/{id}/reset-link" => users::change::reset_link),
        route!(POST "/admin/users/{id}/keep" => users::change::keep),
        route!(POST "/admin/users/{id}/unkeep" => users::change::unkeep),
        route!(GET "/admin/users/{id}/remove" => users::dialogs::remove),
        route!(POST "/admin/users/{id}/remove" => users::removal::remove),
        route!(POST "/admin/users/{id}/restore" => users::removal::restore),
        route!(GET "/admin/review" => review::list::show),
        route!(POST "/admin/review/approve" => review::change::approve_many),
        route!(POST "/admin/users/{id}/review" => review::change::decide),
    ]
}

/// Invite Code Management.
fn invite_pages() -> Vec<Route> {
    vec![
        route!(GET "/admin/invites.csv" => invites::csv::export),
        route!(GET "/admin/invites" => invites::list::show),
        route!(POST "/admin/invites" => invites::generate::create),
        route!(GET "/admin/invites/new" => invites::generate::new),
        route!(POST "/admin/invites/preview" => invites::generate::preview),
        route!(GET "/admin/invites/created" => invites::made::show),
        route!(POST "/admin/invites/bulk" => invites::bulk::apply),
        route!(GET "/admin/invites/{id}" => invites::detail::show),
        route!(POST "/admin/invites/{id}" => invites::detail::edit),
        route!(GET "/admin/invites/{id}/share" => invites::dialogs::share),
        route!(GET "/admin/invites/{id}/extend" => invites::dialogs::extend),
        route!(POST "/admin/invites/{id}/extend" => invites::change::extend),
        route!(GET "/admin/invites/{id}/delete" => invites::dialogs::delete),
        route!(POST "/admin/invites/{id}/delete" => invites::change::delete),
        route!(POST "/admin/invites/{id}/pause" => invites::change::pause),
        route!(POST "/admin/invites/{id}/resume" => invites::change::resume),
        route!(POST "/admin/invites/{id}/restore" => invites::change::restore),
        route!(POST "/admin/invites/{id}/bring-back" => invites::change::bring_back),
    ]
}

/// API tokens.
fn token_pages() -> Vec<Route> {
    vec![
        route!(GET "/admin/tokens" => tokens::list::show),
        route!(POST "/admin/tokens" => tokens::change::create),
        route!(GET "/admin/tokens/new" => tokens::dialogs::new),
        route!(GET "/admin/tokens/{id}/revoke" => tokens::dialogs::revoke),
        route!(POST "/admin/tokens/{id}/revoke" => tokens::change::revoke),
    ]
}

/// Starts serving the panel.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(
    app: &App,
    key: SecretKey,
    metrics: web::Data<metrics::Metrics>,
    listener: TcpListener,
    workers: usize,
) -> io::Result<Server> {
    let limits = web::Data::new(Limits::new(&app.config, &app.clock));
    let (app, key) = (web::Data::new(app.clone()), Arc::new(key));
    let server = HttpServer::new(move || {
        let sessions = session::middleware(&key, &app.config.public_url);
        Actix::new()
            .app_data(app.clone())
            .app_data(limits.clone())
            .app_data(metrics.clone())
            .app_data(
                web::QueryConfig::default()
                    .error_handler(|_, _| Problem::BadRequest("The address cannot be read.").into()),
            )
            // From the innermost layer to the outermost.
            .wrap(from_fn(deadline))
            .wrap(from_fn(reply::problems))
            .wrap(from_fn(headers::add))
            .wrap(from_fn(observe::watch))
            .service(reading("/healthz", health::healthz))
            .service(reading("/readyz", health::readyz))
            .service(reading("/static/{hash}/{path:.*}", assets::serve))
            .configure(api::configure)
            .service(
                web::scope("")
                    .wrap(from_fn(form::guard))
                    .wrap(sessions)
                    .configure(pages)
                    .default_service(web::to(problems::nowhere)),
            )
    });
    Ok(server
        .workers(workers)
        .disable_signals()
        .shutdown_timeout(GRACE_SECONDS)
        .client_request_timeout(DEADLINE)
        .listen(listener)?
        .run())
}

fn pages(config: &mut web::ServiceConfig) {
    add(config, &routes(), "");
}

/// Adds routes, under a scope that begins like this.
fn add(config: &mut web::ServiceConfig, routes: &[Route], scope: &str) {
    // Routes of one path stand together.
    for here in routes.chunk_by(|one, next| one.path == next.path) {
        let Some(first) = here.first() else { continue };
        let path = first.path.strip_prefix(scope).unwrap_or(first.path);
        let resource = here.iter().fold(web::resource(path), |resource, route| {
            resource.route((route.handler)().guard(taking(route.method.clone())))
        });
        let methods = here.iter().map(|route| route.method.as_str()).collect::<Vec<_>>().join(", ");
        config.service(resource.default_service(refusing(methods.replace("GET", "GET, HEAD"))));
    }
}

/// An address outside of the pages that is only ever read.
fn reading<F, Args>(path: &str, handler: F) -> actix_web::Resource
where
    F: Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::resource(path)
        .route(to(handler).guard(taking(Method::GET)))
        .default_service(refusing("GET, HEAD".to_owned()))
}

/// Whoever may read a page may also ask for its headers only.
fn taking(wanted: Method) -> impl Guard {
    guard::fn_guard(move |request| {
        let asked = &request.head().method;
        *asked == wanted || (wanted == Method::GET && *asked == Method::HEAD)
    })
}

fn refusing(methods: String) -> actix_web::Route {
    web::route().to(move || {
        let allow = (header::ALLOW, methods.clone());
        async move { HttpResponse::MethodNotAllowed().insert_header(allow).finish() }
    })
}

/// Ends a request that takes too long, above all one whose body never comes.
async fn deadline(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    match tokio::time::timeout(DEADLINE, next.call(request)).await {
        Ok(answer) => answer,
        Err(_) => Err(Problem::Timeout.into()),
    }
}
