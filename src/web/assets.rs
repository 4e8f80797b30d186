//! Static files: embedded, addressed by the hash of their content, compressed when the program was built.

use std::borrow::Cow;

use actix_web::http::header::{self, AcceptEncoding, Encoding, Header};
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::problem::Problem;

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/static/"]
struct Files;

const HASH: &str = env!("STATIC_HASH");
/// The address of the file with the icons.
pub const ICONS: &str = concat!("/static/", env!("STATIC_HASH"), "/img/icons.svg");

/// The address of a file.
#[must_use]
pub fn url(path: &str) -> String {
    format!("/static/{HASH}/{path}")
}

/// Serves a file.
///
/// # Errors
/// [`Problem::NotFound`] for a name that was not embedded.
pub async fn serve(request: HttpRequest, path: web::Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (hash, name) = path.into_inner();
    let plain = Files::get(&name).filter(|_| !is_compressed(&name)).ok_or(Problem::NotFound)?;
    let (file, encoding) = best_form(&request, &name, plain);
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, content_type(&name)))
        .insert_header((header::VARY, "Accept-Encoding"));
    if let Some(encoding) = encoding {
        response.insert_header((header::CONTENT_ENCODING, encoding));
    }
    // While replicas are replaced one by one, a page may ask for another version's file. It gets this one's, once.
    let keep = if hash == HASH { "public, max-age=31536000, immutable" } else { "no-store" };
    response.insert_header((header::CACHE_CONTROL, keep));
    Ok(match file.data {
        Cow::Borrowed(bytes) => response.body(bytes),
        Cow::Owned(bytes) => response.body(bytes),
    })
}

fn is_compressed(name: &str) -> bool {
    name.ends_with(".br") || name.ends_with(".gz")
}

fn best_form(request: &HttpRequest, name: &str, plain: EmbeddedFile) -> (EmbeddedFile, Option<&'static str>) {
    let Ok(accepted) = AcceptEncoding::parse(request) else { return (plain, None) };
    for (encoding, label) in [(Encoding::brotli(), "br"), (Encoding::gzip(), "gzip")] {
        let suffix = if label == "br" { "br" } else { "gz" };
        if accepted.negotiate([encoding.clone()].iter()).is_some_and(|chosen| chosen == encoding)
            && let Some(form) = Files::get(&format!("{name}.{suffix}"))
        {
            return (form, Some(label));
        }
    }
    (plain, None)
}

fn content_type(name: &str) -> String {
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let is_text = kind.type_() == mime_guess::mime::TEXT || kind.suffix() == Some(mime_guess::mime::XML);
    if is_text { format!("{kind}; charset=utf-8") } else { kind.to_string() }
}
