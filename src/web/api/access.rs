//! Who calls: a token, for one of its scopes.

use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use crate::app::App;
use crate::domain::access::{
    self, Actor, CreateInvites, ManageInvites, ManagePeople, Permission, Permit, SeeAudit, SeePeople,
};
use crate::domain::audit::Origin;
use crate::domain::token::{ApiToken, Scopes};
use crate::ops::tokens as ops;
use crate::web::limits::{Allowance, Limits};
use crate::web::observe::Seen;
use crate::web::problem::Problem;
use crate::web::who;

/// What an endpoint asks of a token: a scope, and a permission of whoever it belongs to.
pub trait Access: 'static {
    /// The permission.
    type Permission: Permission;
    /// The scope.
    const SCOPE: Scopes;
}

macro_rules! accesses {
    ($($(#[$doc:meta])* $name:ident = $scope:ident, $permission:ty;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub enum $name {}
        impl Access for $name {
            type Permission = $permission;
            const SCOPE: Scopes = Scopes::$scope;
        }
    )*};
}

accesses! {
    /// Seeing invites and who joined with them.
    ReadInvites = INVITES_READ, SeePeople;
    /// Making invites.
    MakeInvites = INVITES_WRITE, CreateInvites;
    /// Changing invites.
    ChangeInvites = INVITES_WRITE, ManageInvites;
    /// Seeing people.
    ReadUsers = USERS_READ, SeePeople;
    /// Changing people.
    ChangeUsers = USERS_WRITE, ManagePeople;
    /// Reviewing people, and with more rights changing them.
    ReviewUsers = USERS_WRITE, access::ReviewPeople;
    /// Reading the log.
    ReadAudit = AUDIT_READ, SeeAudit;
}

/// Whoever brings a good token, whatever it is for.
pub struct Known {
    /// The token, its owner and the settings.
    pub caller: ops::Caller,
    /// For the audit log.
    pub origin: Origin,
}

/// Whoever brings a good token for `A`.
pub struct Caller<A: Access> {
    /// The token, its owner and the settings.
    pub caller: ops::Caller,
    /// The proof.
    pub permit: Permit<A::Permission>,
    /// For the audit log.
    pub origin: Origin,
    of: PhantomData<A>,
}

impl<A: Access> Caller<A> {
    /// With which rights.
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.permit.actor()
    }
}

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// The one token of a request. Cookies are not looked at.
fn token(request: &HttpRequest) -> Option<ApiToken> {
    let mut sent = request.headers().get_all(AUTHORIZATION);
    let (first, None) = (sent.next()?, sent.next()) else { return None };
    let (scheme, token) = first.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") { ApiToken::parse(token.trim()) } else { None }
}

async fn known(request: &HttpRequest) -> Result<(web::Data<App>, Known), Problem> {
    let app = who::app(request)?;
    let limits = request.app_data::<web::Data<Limits>>().cloned();
    let limits = limits.ok_or_else(|| Problem::Internal("the limits are not set up".to_owned()))?;
    let token = token(request).ok_or(Problem::SignedOut)?;
    let caller = ops::present(&app, &token).await?.ok_or(Problem::SignedOut)?;
    let (allowance, charged) = limits.api.charge(caller.token.id);
    request.extensions_mut().insert::<Allowance>(allowance);
    charged?;
    let origin = Seen::of(request).origin;
    Ok((app, Known { caller, origin }))
}

impl FromRequest for Known {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Ok(known(&request).await?.1) })
    }
}

impl<A: Access> FromRequest for Caller<A> {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (app, Known { caller, origin }) = known(&request).await?;
            let actor = caller.actor();
            let refusal = match actor.permit::<A::Permission>() {
                _ if !caller.token.scopes.contains(A::SCOPE) => Problem::MissingScope(A::SCOPE),
                Some(permit) => return Ok(Self { caller, permit, origin, of: PhantomData }),
                None => Problem::Forbidden,
            };
            let route = request.match_pattern().unwrap_or_default();
            crate::ops::access::refused(&app, actor, origin, &route).await?;
            Err(refusal)
        })
    }
}
