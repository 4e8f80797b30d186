//! A body outlives whoever gave up reading it.
//!
//! The server closes a connection whose body was not read to its end, but not when the body was dropped before the
//! answer was written: then it waits for the rest without a limit, and a body that never ends holds its connection for
//! ever. So the outer layers hold on to the body until the answer is out.

use std::cell::RefCell;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::HttpMessage;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::Stream;

/// A hold on the body of a request.
#[derive(Clone)]
pub struct Held(Rc<RefCell<Payload>>);

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
    }
}

impl Held {
    /// Takes hold of a body. Who handles the request reads it all the same.
    pub fn of(request: &mut ServiceRequest) -> Self {
        let held = Self(Rc::new(RefCell::new(request.take_payload())));
        request.set_payload(Payload::Stream { payload: Box::pin(held.clone()) });
        held
    }
}

impl Stream for Held {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}

/// The body of an answer, which keeps hold of the body of its request until it is written.
pub struct Answer {
    body: BoxBody,
    _held: Held,
}

impl Answer {
    /// An answer that keeps hold.
    #[must_use]
    pub fn holding(body: BoxBody, held: Held) -> BoxBody {
        BoxBody::new(Self { body, _held: held })
    }
}

impl MessageBody for Answer {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
