//! Import circles between the files of a crate: files that can only be understood together.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use syn::visit::{self, Visit};
use syn::{Ident, ItemMod, ItemUse, UseTree, Visibility};

use super::finding::Finding;
use super::sources::rust_files;

/// Maximum number of files in a circle: a module with its parts.
const MAX_FILES: usize = 8;

/// Maximum number of re-exports of re-exports.
const MAX_DEPTH: usize = 8;

/// The path of a module within its crate.
type Module = Vec<String>;

/// Reports circles of more than [`MAX_FILES`] files below `src` of the crate at `directory`.
pub(super) fn check(directory: &Path) -> Result<Vec<Finding>> {
    let source = directory.join("src");
    if !source.is_dir() {
        return Ok(Vec::new());
    }
    let (mut files, mut parsed) = (BTreeMap::new(), BTreeMap::new());
    for file in rust_files(&source)? {
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let module = module_of(file.strip_prefix(&source)?);
        // Other checks report files that do not parse.
        if let Ok(syntax) = syn::parse_file(&text) {
            parsed.insert(module.clone(), Paths::of(&syntax));
        }
        files.insert(module, file);
    }
    let circles = circles(&imports(&parsed)).into_iter();
    let circles = circles.filter(|circle| circle.len() > MAX_FILES);
    Ok(circles.filter_map(|circle| report(&circle, &files)).collect())
}

/// The modules that each module names, but for the root of the crate.
fn imports(files: &BTreeMap<Module, Paths>) -> BTreeMap<Module, BTreeSet<Module>> {
    let imports = files.iter().map(|(module, paths)| {
        let found = paths.used.iter().filter_map(|path| resolve(module, path, files, MAX_DEPTH));
        let found = found.filter(|found| found != module && !found.is_empty());
        (module.clone(), found.collect())
    });
    imports.collect()
}

fn report(circle: &[Module], files: &BTreeMap<Module, PathBuf>) -> Option<Finding> {
    let names: Vec<_> = circle.iter().map(|module| module.join("::")).collect();
    let message = format!(
        "{} files import each other in a circle, more than {MAX_FILES}: {}",
        circle.len(),
        names.join(", "),
    );
    Some(Finding::error(files.get(circle.first()?)?, 1, message))
}

/// `a/b.rs` is `["a", "b"]`; the root of the crate is the empty path.
fn module_of(file: &Path) -> Module {
    let path = file.with_extension("");
    let names: Module = path.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    if names == ["lib"] || names == ["main"] { Vec::new() } else { names }
}

/// The module that declares what `path` names in `module`: re-exports are followed.
fn resolve(
    module: &Module,
    path: &[String],
    files: &BTreeMap<Module, Paths>,
    depth: usize,
) -> Option<Module> {
    let levels = path.iter().take_while(|name| *name == "super").count();
    let (mut found, mut rest) = match path.first()?.as_str() {
        "crate" => (Vec::new(), path.get(1..)?),
        "self" => (module.clone(), path.get(1..)?),
        "super" => (module.get(..module.len().checked_sub(levels)?)?.to_vec(), path.get(levels..)?),
        _ => (module.clone(), path),
    };
    while let Some((name, after)) = rest.split_first() {
        let next = [found.as_slice(), std::slice::from_ref(name)].concat();
        if files.contains_key(&next) {
            (found, rest) = (next, after);
            continue;
        }
        let export = files.get(&found).and_then(|paths| paths.exported.get(name));
        return match (export, depth.checked_sub(1)) {
            (Some(export), Some(depth)) => {
                let path = [export.as_slice(), after].concat();
                resolve(&found, &path, files, depth)
            }
            _ => Some(found),
        };
    }
    Some(found)
}

/// The paths in a file, but for those of modules within it.
#[derive(Default)]
struct Paths {
    used: Vec<Vec<String>>,
    /// The paths of re-exports, by name.
    exported: BTreeMap<String, Vec<String>>,
}

impl Paths {
    fn of(file: &syn::File) -> Self {
        let mut paths = Self::default();
        paths.visit_file(file);
        paths
    }
}

/// Adds the names that `tree` imports, with their paths.
fn leaves(tree: &UseTree, before: &[String], found: &mut Vec<(String, Vec<String>)>) {
    let with = |name: &Ident| [before, &[name.to_string()]].concat();
    match tree {
        UseTree::Path(path) => leaves(&path.tree, &with(&path.ident), found),
        UseTree::Name(name) if name.ident == "self" => {
            found.push((before.last().cloned().unwrap_or_default(), before.to_vec()));
        }
        UseTree::Name(name) => found.push((name.ident.to_string(), with(&name.ident))),
        UseTree::Rename(name) => found.push((name.rename.to_string(), with(&name.ident))),
        UseTree::Glob(_) => found.push((String::new(), before.to_vec())),
        UseTree::Group(group) => group.items.iter().for_each(|tree| leaves(tree, before, found)),
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let mut found = Vec::new();
        leaves(&item.tree, &[], &mut found);
        if matches!(item.vis, Visibility::Inherited) {
            self.used.extend(found.into_iter().map(|(_, path)| path));
        } else {
            self.exported.extend(found);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<_> = path.segments.iter().map(|part| part.ident.to_string()).collect();
        // `token` alone may be a variable, `Token` or `token::read` can't.
        let is_item =
            names.len() > 1 || names.iter().any(|name| name.starts_with(char::is_uppercase));
        self.used.extend(is_item.then_some(names));
        visit::visit_path(self, path);
    }

    /// `pub(super)` imports nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    /// Modules within a file are tests.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}
}

/// The sets of modules of which each reaches each other (Kosaraju's algorithm).
fn circles(imports: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<Vec<Module>> {
    let mut reversed: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (from, all) in imports {
        for to in all {
            reversed.entry(to.clone()).or_default().insert(from.clone());
        }
    }
    let (mut seen, mut order) = (BTreeSet::new(), Vec::new());
    for module in imports.keys() {
        visit_from(module, imports, &mut seen, &mut order);
    }
    let mut seen = BTreeSet::new();
    let mut circles = Vec::new();
    for module in order.iter().rev() {
        let mut circle = Vec::new();
        visit_from(module, &reversed, &mut seen, &mut circle);
        if circle.len() > 1 {
            circle.sort();
            circles.push(circle);
        }
    }
    circles
}

/// Adds all modules that `module` reaches and that were not `seen`, after those that they reach.
fn visit_from(
    module: &Module,
    edges: &BTreeMap<Module, BTreeSet<Module>>,
    seen: &mut BTreeSet<Module>,
    order: &mut Vec<Module>,
) {
    if !seen.insert(module.clone()) {
        return;
    }
    for next in edges.get(module).into_iter().flatten() {
        visit_from(next, edges, seen, order);
    }
    order.push(module.clone());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(names: &[&str]) -> BTreeSet<Module> {
        let module = |name: &&str| name.split("::").map(str::to_owned).collect();
        names.iter().map(module).collect()
    }

    #[test]
    fn imports_are_the_files_that_declare_what_paths_name() {
        let files = [
            ("a", "mod b;\npub use b::{X, deep as shallow};\nuse b::Y;\n"),
            ("a::b", "use super::c::Z;\nuse crate::d::W;\nfn f() { e::g(); std::fs::h(); }\n"),
            ("a::c", "use super::{X, shallow, V};\nmod tests { use crate::d::W; }\n"),
            ("d", "use crate::a::X;\npub use crate::a::c::W;\n"),
        ];
        let files = files.map(|(name, text)| {
            let module: Module = name.split("::").map(str::to_owned).collect();
            (module, Paths::of(&syn::parse_file(text).unwrap()))
        });
        let imports = imports(&files.into_iter().collect());
        let found: Vec<_> = imports.into_values().collect();
        let expected =
            [modules(&["a::b"]), modules(&["a::c"]), modules(&["a", "a::b"]), modules(&["a::b"])];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_circle_is_found_whatever_hangs_on_it() {
        let edges = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("e", "a"), ("d", "f")];
        let mut imports: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
        for (from, to) in edges {
            imports.entry(vec![from.to_owned()]).or_default().insert(vec![to.to_owned()]);
        }
        let circles: Vec<BTreeSet<Module>> =
            circles(&imports).into_iter().map(|circle| circle.into_iter().collect()).collect();
        assert_eq!(circles, [modules(&["a", "b", "c"])]);
    }
}
