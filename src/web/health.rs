//! For whoever watches the process.

use actix_web::{HttpResponse, web};

use crate::app::App;
use crate::ops::health::is_ready;

/// The process is up.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// The database answers and its schema is what this program needs.
pub async fn readyz(app: web::Data<App>) -> HttpResponse {
    let (mut answer, body) = match is_ready(&app).await {
        Ok(()) => (HttpResponse::Ok(), "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (HttpResponse::ServiceUnavailable(), "not ready\n")
        }
    };
    answer.content_type("text/plain; charset=utf-8").body(body)
}
