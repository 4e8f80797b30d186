//! `/`: who I am, which server, my role.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use crate::app::App;
use crate::domain::access::OwnAccount;
use crate::ops;
use crate::web::chrome::Chrome;
use crate::web::moment::Moment;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::view::SessionRow;
use crate::web::who::Signed;

#[derive(Debug, Template)]
#[template(path = "home/page.html")]
struct HomePage {
    chrome: Chrome,
    joined: Moment,
    sessions: Vec<SessionRow>,
    missing_name: bool,
    missing_email: bool,
}

/// Shows it.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub async fn show(app: web::Data<App>, me: Signed<OwnAccount>) -> Result<HttpResponse, Problem> {
    let sessions = ops::sessions::own(&app, me.permit).await?;
    let (now, account) = (app.clock.now(), &me.present.account);
    let page = HomePage {
        chrome: me.chrome(&app)?,
        joined: Moment::new(account.created_at, now),
        sessions: SessionRow::list(sessions, me.present.session.id, now),
        missing_name: account.display_name.is_none(),
        missing_email: account.email.is_none(),
    };
    reply::html(StatusCode::OK, &page)
}
