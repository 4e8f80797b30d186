//! The list as a file.

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, web};

use super::list::Query;
use super::rows::link;
use crate::app::App;
use crate::domain::access::SeePeople;
use crate::ops::invites::{self, Seen};
use crate::web::problem::Problem;
use crate::web::who::Signed;

const HEAD: [&str; 10] =
    ["code", "link", "label", "status", "role", "uses", "max_uses", "expires_at", "created_at", "created_by"];

/// Everything that the list would show, page after page.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub async fn export(
    app: web::Data<App>,
    me: Signed<SeePeople>,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    let all = invites::export(&app, me.permit, query.filter()).await?;
    let now = app.clock.now();
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let failed = |error: csv::Error| Problem::Internal(error.to_string());
    out.write_record(HEAD).map_err(failed)?;
    for seen in &all {
        out.write_record(cells(seen, &app, now).map(|cell| harmless(&cell))).map_err(failed)?;
    }
    let body = out.into_inner().map_err(|error| Problem::Internal(error.to_string()))?;
    let name = HeaderValue::from_static("attachment; filename=\"invite-codes.csv\"");
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(body))
}

fn cells(seen: &Seen, app: &App, now: crate::domain::time::Timestamp) -> [String; 10] {
    let invite = &seen.invite;
    let time = |at: crate::domain::time::Timestamp| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    [
        seen.code(),
        if seen.grantable { link(&app.config.public_url, invite.code.reveal()) } else { String::new() },
        invite.label.clone().unwrap_or_default(),
        invite.status(now).key().to_owned(),
        invite.role.key().to_owned(),
        invite.uses.to_string(),
        invite.limit.most().map(|most| most.to_string()).unwrap_or_default(),
        invite.expiry.at().map(time).unwrap_or_default(),
        time(invite.created_at),
        seen.creator.clone().unwrap_or_default(),
    ]
}

/// A spreadsheet takes some cells for formulas; a mark before them keeps it from that.
fn harmless(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    if formula { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_cell_is_never_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1"] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
        assert_eq!(harmless("K7QM-2XHD"), "K7QM-2XHD");
    }
}
