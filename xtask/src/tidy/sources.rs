//! Rules for every source file.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use syn::visit::{self, Visit};

use super::finding::Finding;

/// Maximum number of lines of a file: a longer one has more than one purpose.
const FILE_BUDGET: usize = 400;

/// Maximum number of lines of a function.
const FUNCTION_BUDGET: usize = 60;

/// Checks the Rust files in the crate at `directory`.
pub(super) fn check(directory: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in rust_files(directory)? {
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        findings.extend(check_file(&file, &text));
    }
    Ok(findings)
}

pub(super) fn rust_files(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}

fn check_file(file: &Path, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.file_name().is_some_and(|name| name == "mod.rs") {
        findings.push(Finding::error(file, 1, "a module `foo` is `foo.rs` beside `foo/`"));
    }
    for (index, line) in text.lines().enumerate() {
        if is_allow(line.trim_start()) {
            let message = "use `expect` with a reason: it complains when it is no longer needed";
            findings.push(Finding::error(file, index + 1, message));
        }
    }
    let length = text.lines().count();
    if length > FILE_BUDGET {
        let message = format!("{length} lines, over the budget of {FILE_BUDGET}");
        findings.push(Finding::warning(file, 1, message));
    }
    match functions(text) {
        Ok(functions) => findings.extend(long_functions(file, &functions)),
        Err(error) => {
            findings.push(Finding::error(file, error.span().start().line, error.to_string()));
        }
    }
    findings
}

/// Also in macros, which have no attributes before their expansion; rustfmt puts each attribute on a
/// separate line.
fn is_allow(line: &str) -> bool {
    line.starts_with("#[allow(") || line.starts_with("#![allow(")
}

fn long_functions(file: &Path, functions: &[Function]) -> impl Iterator<Item = Finding> {
    functions.iter().filter(|function| function.lines > FUNCTION_BUDGET).map(|function| {
        let Function { name, line, lines } = function;
        let message = format!("`{name}` has {lines} lines, over the budget of {FUNCTION_BUDGET}");
        Finding::warning(file, *line, message)
    })
}

#[derive(Debug, PartialEq, Eq)]
struct Function {
    name: String,
    /// Its first line, from 1.
    line: usize,
    /// From `fn` to the closing brace.
    lines: usize,
}

fn functions(text: &str) -> syn::Result<Vec<Function>> {
    let mut functions = Functions(Vec::new());
    functions.visit_file(&syn::parse_file(text)?);
    Ok(functions.0)
}

struct Functions(Vec<Function>);

impl Functions {
    fn push(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let line = signature.fn_token.span.start().line;
        let end = block.brace_token.span.close().end().line;
        self.0.push(Function { name: signature.ident.to_string(), line, lines: end - line + 1 });
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.push(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.push(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.push(&function.sig, block);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(file: &str, text: &str) -> Vec<String> {
        check_file(Path::new(file), text).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn functions_of_every_kind_are_measured() {
        let text = "/// Doc.\n#[test]\nfn free() {\n    fn inner() {}\n}\n\
                    trait T {\n    fn required();\n    fn provided() {\n    }\n}\n\
                    impl T for () {\n    fn required() {}\n}\n";
        let found = functions(text).unwrap();
        let found: Vec<_> = found.iter().map(|f| (f.name.as_str(), f.line, f.lines)).collect();
        let expected = [("free", 3, 3), ("inner", 4, 1), ("provided", 8, 2), ("required", 12, 1)];
        assert_eq!(found, expected);
    }

    #[test]
    fn budgets_are_warnings() {
        let body = "    call();\n".repeat(FUNCTION_BUDGET - 1);
        let found = messages("a.rs", &format!("\nfn long() {{\n{body}}}\n"));
        assert_eq!(found, ["warning: a.rs:2: `long` has 61 lines, over the budget of 60"]);
        let fits = "    call();\n".repeat(FUNCTION_BUDGET - 2);
        assert!(messages("a.rs", &format!("fn fits() {{\n{fits}}}\n")).is_empty());

        let found = messages("a.rs", &"\n".repeat(FILE_BUDGET + 1));
        assert_eq!(found, ["warning: a.rs:1: 401 lines, over the budget of 400"]);
        assert!(messages("a.rs", &"\n".repeat(FILE_BUDGET)).is_empty());
    }

    #[test]
    fn allow_attributes_are_errors_and_mentions_of_them_are_not() {
        let found = messages("a.rs", "mod a {\n    #[allow(dead_code)]\n    fn f() {}\n}\n");
        assert!(found[0].starts_with("error: a.rs:2: "), "{found:?}");
        assert!(
            messages("a.rs", "//! Not `#[allow(x)]`.\nconst A: &str = \"#[allow(\";\n").is_empty()
        );
    }

    #[test]
    fn mod_rs_and_broken_files_are_errors() {
        assert!(messages("a/mod.rs", "")[0].starts_with("error: a/mod.rs:1: "));
        assert!(messages("a.rs", "\nfn {")[0].starts_with("error: a.rs:2: "));
    }
}
