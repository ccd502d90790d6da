//! Lists the events of an audit trail, page by page.

use actix_web::{HttpRequest, HttpResponse};
use domain::model::{Action, AdminId, EventFilter, Invalid, LoggedEvent, Seq, Timestamp};
use domain::service::{Services, TrailContext};

use crate::idle;
use crate::input::{FieldReader, FromFields, PageQuery, text, time};
use crate::problem::Problem;
use crate::response::PageBody;
use crate::v1::model::ActionBody;

/// Filters of a list of events.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct EventFilterParams {
    /// Only events with this action.
    #[param(value_type = Option<ActionBody>, nullable = false, inline, example = "login.failed")]
    action: Option<Action>,
    /// Only events caused by this admin (its id), or by `operator`, `anonymous` or `system`.
    #[param(
        nullable = false,
        min_length = 1,
        max_length = 64,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "operator"
    )]
    actor: Option<String>,
    /// Only events at or after this time.
    #[param(
        value_type = Option<String>,
        nullable = false,
        format = DateTime,
        example = "2026-01-01T00:00:00Z"
    )]
    since: Option<Timestamp>,
    /// Only events before this time.
    #[param(
        value_type = Option<String>,
        nullable = false,
        format = DateTime,
        example = "2027-01-01T00:00:00Z"
    )]
    until: Option<Timestamp>,
}

/// Query parameters of a list of events: filters and page.
pub(super) struct ListEvents {
    params: EventFilterParams,
    page: PageQuery<SeqCursor>,
}

/// Cursor of a list of events: the sequence number of the last event of a page.
struct SeqCursor(Seq);

impl TryFrom<String> for SeqCursor {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let number =
            text.parse().map_err(|_| Invalid::Format("must be a sequence number of the trail"))?;
        Ok(Self(Seq::new(number)))
    }
}

impl FromFields for ListEvents {
    fn from_fields(fields: &mut FieldReader) -> Option<Self> {
        let action = fields.optional("action", text(parse_action));
        let actor = fields.optional("actor", text(AdminId::parse));
        let since = fields.optional("since", text(time));
        let until = fields.optional("until", text(time));
        let page = PageQuery::from_fields(fields);
        let actor = actor?.map(String::from);
        let params = EventFilterParams { action: action?, actor, since: since?, until: until? };
        Some(Self { params, page: page? })
    }
}

impl From<EventFilterParams> for EventFilter {
    fn from(params: EventFilterParams) -> Self {
        let EventFilterParams { action, actor, since, until } = params;
        Self { action, actor, since, until }
    }
}

fn parse_action(text: String) -> Result<Action, Invalid> {
    Action::parse(&text).map_err(|_| {
        Invalid::Format("must be one of the actions that /docs lists for this parameter")
    })
}

/// Returns the page of `trail` that `query` requests.
pub(super) async fn page(
    services: &Services,
    trail: &TrailContext,
    query: ListEvents,
    request: &HttpRequest,
) -> Result<HttpResponse, Problem> {
    let ListEvents { params, page: PageQuery { after, size } } = query;
    let after = after.map_or(Seq::START, |SeqCursor(seq)| seq);
    let filter = params.into();
    let list = services.audit.list(trail, &filter, after, size);
    let found = idle::while_connected(request, list).await??;
    let last = found.items.last().filter(|_| found.more);
    let next = last.map(|last| last.seq.to_string());
    let events: Vec<LoggedEvent> = found.items.into_iter().map(|stored| stored.event).collect();
    Ok(PageBody::from_items(events, next.as_deref()).respond(request))
}
