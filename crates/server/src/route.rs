//! Routes: one statement gives the path, the verb, the handler and the description of the API.
//!
//! A handler is a plain function. One that reads gets a consistent view of the census; one that writes
//! runs inside the writer's transaction, with the event made for it. Who may call, where from and how
//! often is decided before it runs (`dispatch`), which lies are told to foreigners inside (`Call`).

use std::pin::Pin;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use census::access::Verb;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{Read, What, Writing};

use crate::app::App;
use crate::call::Call;
use crate::fault::Fault;

/// What a handler gets of the request besides its call.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Parameters of the path, then of the query, in the form of a query.
    pub parameters: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

type Answering = Pin<Box<dyn Future<Output = Result<Response, Fault>> + Send>>;
type Handler = Arc<dyn Fn(Arc<Call>, Asked) -> Answering + Send + Sync>;
type OpenHandler = Arc<dyn Fn(Arc<App>, Asked, std::net::IpAddr) -> Answering + Send + Sync>;

/// Who is let in.
#[derive(Clone)]
pub enum Door {
    /// Anybody: signing in, health.
    Open(OpenHandler),
    /// Whoever is signed in and has the verb.
    Verb(Verb, Handler),
}

/// One call of the API.
#[derive(Clone)]
pub struct Route {
    pub method: Method,
    /// `/api/units/{id}`.
    pub path: &'static str,
    pub summary: &'static str,
    pub door: Door,
    pub shape: Shape,
    /// Largest body; `None`: the usual one.
    pub upload: bool,
}

/// Schemas of a call.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    pub parameters: Option<Schema>,
    pub body: Option<Schema>,
    pub answer: Option<Schema>,
    /// Media type of an answer that is not JSON.
    pub media: Option<&'static str>,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// No parameters, no body.
#[derive(Debug, Clone, Copy, serde::Deserialize, JsonSchema)]
pub struct Nothing {}

/// Done, and there is nothing to tell.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct Done {}

/// All routes with the schemas they share.
pub struct Routes {
    pub all: Vec<Route>,
    pub generator: SchemaGenerator,
}

impl std::fmt::Debug for Routes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.all).finish()
    }
}

impl Default for Routes {
    fn default() -> Routes {
        let settings = schemars::generate::SchemaSettings::draft2020_12().with(|s| {
            s.definitions_path = "/components/schemas".into();
            s.meta_schema = None;
        });
        Routes { all: Vec::new(), generator: settings.into_generator() }
    }
}

impl Routes {
    fn shape<P: JsonSchema, B: JsonSchema, O: JsonSchema>(&mut self, body: bool) -> Shape {
        Shape {
            // The parameters are taken apart, so their schema must stand by itself.
            parameters: Some(P::json_schema(&mut self.generator)),
            body: body.then(|| self.generator.subschema_for::<B>()),
            answer: Some(self.generator.subschema_for::<O>()),
            ..Shape::default()
        }
    }

    /// A call that reads.
    pub fn read<P, O>(
        &mut self,
        path: &'static str,
        verb: Verb,
        summary: &'static str,
        handler: fn(&Call, &mut Read<'_>, P) -> Result<O, Fault>,
    ) -> &mut Self
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        O: Serialize + JsonSchema + Send + 'static,
    {
        let shape = self.shape::<P, Nothing, O>(false);
        let run = move |call: Arc<Call>, asked: Asked| -> Answering {
            Box::pin(async move {
                let parameters: P = parameters(&asked)?;
                let inner = Arc::clone(&call);
                let answer = call.app.readers.read(move |read| handler(&inner, read, parameters)).await?;
                note_looks(&call).await?;
                Ok(axum::Json(answer).into_response())
            })
        };
        self.add(Method::GET, path, verb, summary, shape, Arc::new(run))
    }

    /// A call that changes the census, in one transaction and with one event.
    pub fn write<P, B, O>(
        &mut self,
        (method, path): (Method, &'static str),
        (verb, what): (Verb, What),
        summary: &'static str,
        handler: fn(&Call, &mut Writing<'_>, P, B) -> Result<O, Fault>,
    ) -> &mut Self
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        B: DeserializeOwned + JsonSchema + Send + 'static,
        O: Serialize + JsonSchema + Send + 'static,
    {
        let shape = self.shape::<P, B, O>(true);
        let route = path;
        let named = format!("{method} {path}");
        let run = move |call: Arc<Call>, asked: Asked| -> Answering {
            let named = named.clone();
            Box::pin(async move {
                let given: P = parameters(&asked)?;
                let body: B = body(&asked)?;
                let detail = serde_json::json!({ "call": named, "reason": call.reason, "address": call.address });
                let event = call
                    .app
                    .event(call.person(), what)
                    .about(first_of_path(route, &asked.parameters))
                    .detail(detail.to_string());
                let inner = Arc::clone(&call);
                let answer = call.app.writer.write(event, move |writing| handler(&inner, writing, given, body)).await?;
                note_looks(&call).await?;
                Ok(axum::Json(answer).into_response())
            })
        };
        self.add(method, path, verb, summary, shape, Arc::new(run))
    }

    /// A call with its own way of answering: streams, files, long work. `O` describes a JSON answer.
    pub fn raw<P, B, O, F>(
        &mut self,
        (method, path): (Method, &'static str),
        verb: Verb,
        summary: &'static str,
        handler: fn(Arc<Call>, P, Asked) -> F,
    ) -> &mut Self
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        B: JsonSchema,
        O: JsonSchema,
        F: Future<Output = Result<Response, Fault>> + Send + 'static,
    {
        let has_body = method != Method::GET && method != Method::DELETE;
        let shape = self.shape::<P, B, O>(has_body);
        let run = move |call: Arc<Call>, asked: Asked| -> Answering {
            Box::pin(async move {
                let given: P = parameters(&asked)?;
                let answer = handler(Arc::clone(&call), given, asked).await?;
                note_looks(&call).await?;
                Ok(answer)
            })
        };
        self.add(method, path, verb, summary, shape, Arc::new(run))
    }

    /// A call that anybody may make.
    pub fn open<B, O, F>(
        &mut self,
        (method, path): (Method, &'static str),
        summary: &'static str,
        handler: fn(Arc<App>, Asked, std::net::IpAddr) -> F,
    ) -> &mut Self
    where
        B: JsonSchema,
        O: JsonSchema,
        F: Future<Output = Result<Response, Fault>> + Send + 'static,
    {
        let has_body = method != Method::GET;
        let shape = self.shape::<Nothing, B, O>(has_body);
        let run: OpenHandler = Arc::new(move |app, asked, address| Box::pin(handler(app, asked, address)));
        self.all.push(Route { method, path, summary, door: Door::Open(run), shape, upload: false });
        self
    }

    fn add(
        &mut self,
        method: Method,
        path: &'static str,
        verb: Verb,
        summary: &'static str,
        shape: Shape,
        handler: Handler,
    ) -> &mut Self {
        self.all.push(Route { method, path, summary, door: Door::Verb(verb, handler), shape, upload: false });
        self
    }

    /// The answer of the route added last is of this media type.
    pub fn media(&mut self, media: &'static str) -> &mut Self {
        if let Some(last) = self.all.last_mut() {
            last.shape.media = Some(media);
            last.shape.answer = None;
        }
        self
    }

    /// The route added last takes a file.
    pub fn upload(&mut self) -> &mut Self {
        if let Some(last) = self.all.last_mut() {
            last.upload = true;
        }
        self
    }
}

/// 202 with the id of a job.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct JobStarted {
    pub job: String,
}

pub fn started(job: String) -> Response {
    (StatusCode::ACCEPTED, axum::Json(JobStarted { job })).into_response()
}

pub fn parameters<P: DeserializeOwned>(asked: &Asked) -> Result<P, Fault> {
    serde_urlencoded::from_str(&asked.parameters).map_err(|error| Fault::invalid("query", error.to_string()))
}

pub fn body<B: DeserializeOwned>(asked: &Asked) -> Result<B, Fault> {
    let bytes: &[u8] = if asked.body.is_empty() { b"{}" } else { &asked.body };
    serde_json::from_slice(bytes).map_err(|error| Fault::invalid("body", error.to_string()))
}

/// The value of the first parameter of the path: what an event is about.
fn first_of_path(route: &str, parameters: &str) -> String {
    if !route.contains('{') {
        return String::new();
    }
    form_urlencoded::parse(parameters.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// What was shown for a reason, or exported, enters the log before the answer leaves.
async fn note_looks(call: &Arc<Call>) -> Result<(), Fault> {
    for about in call.take_looked() {
        let what =
            if call.verb == Verb::ExportUnits || call.verb == Verb::ExportTables { What::Export } else { What::Access };
        let detail = serde_json::json!({ "verb": call.verb.name(), "reason": call.reason, "address": call.address });
        let event = call.app.event(call.person(), what).about(about).detail(detail.to_string());
        call.app
            .writer
            .write(event, |writing| {
                writing.note();
                Ok(())
            })
            .await?;
    }
    Ok(())
}
