//! Traces to an OpenTelemetry collector: OTLP over HTTP, protobuf. Built with the feature `otlp`.
//!
//! The environment says where to, as OpenTelemetry's specification names it:
//! `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_SERVICE_NAME`,
//! `OTEL_TRACES_SAMPLER` and the others. A caller's `traceparent` (W3C Trace Context) is taken up.

use axum::http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;

/// Sends from the exporter's own thread, which may wait.
#[derive(Debug)]
struct Client(live::fetch::Sender);

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let answer = self.0.send(Request::from_parts(head, body.to_vec()))?;
        Ok(answer.map(Bytes::from))
    }
}

/// Sends what is left when it is dropped.
pub struct Traces(SdkTracerProvider);

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown() {
            tracing::warn!(%error, "the last traces did not reach the collector");
        }
    }
}

/// What takes the spans of this crate to the collector.
///
/// # Errors
/// When the environment names no valid collector.
pub fn traces<S>() -> Result<(impl Layer<S>, Traces), opentelemetry_otlp::ExporterBuildError>
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span>,
{
    let client = Client(live::fetch::Sender::default());
    let exporter = SpanExporter::builder().with_http().with_http_client(client).build()?;
    // `OTEL_SERVICE_NAME` goes before it.
    let named = std::env::var_os("OTEL_SERVICE_NAME").is_some();
    let resource = Resource::builder();
    let resource = if named { resource } else { resource.with_service_name("ringfence") };
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource.build())
        .build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("ringfence"))
        .with_filter(Targets::new().with_target(crate::TRACE, tracing::Level::DEBUG));
    Ok((layer, Traces(provider)))
}

/// Makes the caller's span the parent of `span`.
pub(crate) fn follow(span: &tracing::Span, headers: &HeaderMap) {
    let parent =
        TraceContextPropagator::new().extract(&opentelemetry_http::HeaderExtractor(headers));
    // Refused only when nobody takes spans.
    let _ = span.set_parent(parent);
}
