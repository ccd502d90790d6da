//! Turns the cases of a port into tests of an adapter.

use std::pin::Pin;
use std::sync::Arc;

use tokio::runtime::Builder;
use tokio::sync::Barrier;

/// Lists the cases of a port and defines the macro that tests an adapter with them. The cases are
/// private functions of the module, so that the compiler reports one that is not in the list.
macro_rules! suite {
    ($d:tt $name:ident($port:ty): $($case:ident,)+) => {
        /// The cases, as an adapter's tests call them.
        #[doc(hidden)]
        pub mod cases {
            use super::*;
            $(pub fn $case(port: $port) -> $crate::suite::Test {
                Box::pin(super::$case(port))
            })+
        }

        /// Defines a test for each case, given an expression whose future is a new port; after
        /// `guarded`, a new port and a guard to drop when the test ends.
        #[macro_export]
        macro_rules! $name {
            (guarded $d fresh:expr) => {
                $(#[test]
                fn $case() {
                    $crate::suite::run(::std::boxed::Box::pin(async {
                        let (port, _guard) = $d fresh.await;
                        $crate::$name::cases::$case(::std::sync::Arc::new(port)).await;
                    }));
                })+
            };
            ($d fresh:expr) => {
                $crate::$name!(guarded async { ($d fresh.await, ()) });
            };
        }
    };
}

/// A running case. Boxed, because an adapter's tests would otherwise instantiate the runtime for
/// each case, and take minutes to compile.
pub type Test = Pin<Box<dyn Future<Output = ()>>>;

/// Runs a test on several threads.
///
/// # Panics
/// When the test fails.
pub fn run(test: Test) {
    let runtime = Builder::new_multi_thread().worker_threads(4).enable_all().build();
    runtime.unwrap().block_on(test);
}

/// The results of `count` tasks that begin at the same moment.
pub(crate) async fn at_once<F, T>(count: usize, task: impl Fn(usize) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let start = Arc::new(Barrier::new(count));
    let spawn = |i| {
        let (start, task) = (Arc::clone(&start), task(i));
        tokio::spawn(async move {
            start.wait().await;
            task.await
        })
    };
    let tasks: Vec<_> = (0..count).map(spawn).collect();
    let mut results = Vec::with_capacity(count);
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}
