//! `/assets/<name>`: scripts, styles and images of the pages, embedded in the binary.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use actix_web::web::{self, Bytes};

use super::asset::Asset;
use crate::problem::{Code, Problem};

/// Responds with the asset `name`.
pub(super) async fn get(name: web::Path<String>) -> Result<Asset, Problem> {
    let file = FILES.iter().find(|(file, _)| *file == name.as_str());
    file.map(|(_, asset)| asset.clone()).ok_or_else(|| Problem::new(Code::RouteNotFound))
}

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// Licence notices of the bundle, under the name that the bundle refers to: the licences require
/// them with every copy.
const REDOC_LICENSES: &str = concat!(
    include_str!("../../assets/redoc/LICENSE"),
    "\n",
    include_str!("../../assets/redoc/redoc.standalone.js.LICENSE.txt"),
);

static FILES: LazyLock<Vec<(&str, Asset)>> = LazyLock::new(|| {
    let texts = [
        ("docs.css", STYLE, include_str!("../../assets/docs.css")),
        ("docs.js", SCRIPT, include_str!("../../assets/docs.js")),
        ("icon.svg", "image/svg+xml", include_str!("../../assets/icon.svg")),
        ("problems.css", STYLE, include_str!("../../assets/problems.css")),
        ("redoc.css", STYLE, include_str!("../../assets/redoc.css")),
        ("redoc.js", SCRIPT, include_str!("../../assets/redoc.js")),
        ("redoc.standalone.js.LICENSE.txt", "text/plain; charset=utf-8", REDOC_LICENSES),
    ];
    let swagger_ui = [("swagger-ui.css", STYLE), ("swagger-ui-bundle.js", SCRIPT)];
    texts
        .into_iter()
        .map(|(name, content_type, text)| (name, Asset::new(content_type, text)))
        .chain(swagger_ui.into_iter().filter_map(|(name, content_type)| {
            Some((name, Asset::new(content_type, swagger_ui_file(name)?)))
        }))
        .chain([("redoc-2.5.4.js", Asset::new(SCRIPT, redoc()).immutable())])
        .collect()
});

fn swagger_ui_file(name: &str) -> Option<Bytes> {
    let file = utoipa_swagger_ui::serve(name, Arc::default()).ok().flatten()?;
    Some(match file.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    })
}

/// Removes the URL of an image that the bundle loads from its vendor's server, so that pages send
/// no request outside of this installation.
fn redoc() -> String {
    const PICTURE: &str = "https://cdn.redoc.ly/redoc/logo-mini.svg";
    include_str!("../../assets/redoc/redoc.standalone.js").replace(PICTURE, "")
}
