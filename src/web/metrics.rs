//! Figures for Prometheus, on an address of their own.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpResponse, web};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::problem::Problem;
use crate::app::App;
use crate::ops::health::{Load, load};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: String,
    route: String,
    status: u16,
}

/// What is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Histogram,
}

impl Metrics {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(app: &App) -> Self {
        let mut registry = Registry::with_prefix("doorlist");
        let requests = Family::default();
        let seconds =
            Histogram::new([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]);
        registry.register("http_requests", "Answers given, by method, route and status", requests.clone());
        registry.register("http_request_seconds", "Time from arrival to answer", seconds.clone());
        registry.register_collector(Box::new(Parts(app.clone())));
        Self { registry, requests, seconds }
    }

    /// Counts an answer.
    pub fn observe(&self, method: &str, route: &str, status: u16, took: Duration) {
        // A method that nobody has heard of must not make a series of its own.
        let method = match method {
            "GET" | "HEAD" | "POST" => method,
            _ => "other",
        };
        let labels = Answered { method: method.to_owned(), route: route.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
        self.seconds.observe(took.as_secs_f64());
    }
}

/// Figures that other parts keep themselves.
#[derive(Debug)]
struct Parts(App);

impl prometheus_client::collector::Collector for Parts {
    fn encode(
        &self,
        mut encoder: prometheus_client::encoding::DescriptorEncoder<'_>,
    ) -> Result<(), std::fmt::Error> {
        use prometheus_client::encoding::EncodeMetric;
        use prometheus_client::metrics::MetricType;
        let Load { reads, writes, passwords } = load(&self.0);
        for (name, help, count) in [
            ("database_reads", "Reads from the database", reads),
            ("database_writes", "Transactions that may write", writes),
        ] {
            let metric = ConstCounter::new(count);
            metric.encode(encoder.encode_descriptor(name, help, None, MetricType::Counter)?)?;
        }
        let waiting = ConstGauge::new(i64::try_from(passwords).unwrap_or(i64::MAX));
        let help = "Passwords being hashed or waiting for it";
        waiting.encode(encoder.encode_descriptor("passwords_waiting", help, None, MetricType::Gauge)?)
    }
}

/// Writes the figures down.
///
/// # Errors
/// [`Problem::Internal`] when they cannot be written, which they always can.
pub async fn serve(metrics: web::Data<Metrics>) -> Result<HttpResponse, Problem> {
    let mut body = String::new();
    text::encode(&mut body, &metrics.registry).map_err(|error| Problem::Internal(error.to_string()))?;
    Ok(HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(body))
}

/// The figures, shared by all workers.
#[must_use]
pub fn shared(app: &App) -> web::Data<Metrics> {
    web::Data::from(Arc::new(Metrics::new(app)))
}
