//! Lists as files that spreadsheets read: RFC 4180, and no cell that one would take for a formula.

use actix_web::HttpResponse;
use actix_web::HttpResponseBuilder;
use actix_web::http::header::{self, HeaderValue};

use super::problem::Problem;
use crate::domain::time::Timestamp;

/// An answer that a browser keeps under a name.
///
/// # Errors
/// [`Problem::Internal`] when the name cannot be told.
pub fn attachment(name: &str) -> Result<HttpResponseBuilder, Problem> {
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\""))
        .map_err(|error| Problem::Internal(error.to_string()))?;
    let mut answer = HttpResponse::Ok();
    answer.content_type("text/csv; charset=utf-8").insert_header((header::CONTENT_DISPOSITION, disposition));
    Ok(answer)
}

/// The lines of some rows.
///
/// # Errors
/// [`Problem::Internal`] when they cannot be written.
pub fn lines<const CELLS: usize>(
    rows: impl IntoIterator<Item = [String; CELLS]>,
) -> Result<Vec<u8>, Problem> {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        let written = out.write_record(row.map(|cell| harmless(&cell)));
        written.map_err(|error| Problem::Internal(error.to_string()))?;
    }
    out.into_inner().map_err(|error| Problem::Internal(error.to_string()))
}

/// A point in time as programs read it.
#[must_use]
pub fn time(at: Timestamp) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
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
