//! The ports of one use case.

/// Declares the ports that a use case may call, such as
/// `port_set! { LoginPorts { admins: AdminRepo, clock: Clock } }`. With `+ events` the use case
/// also builds audit events.
macro_rules! port_set {
    ($name:ident { $($field:ident: $port:ident),+ $(,)? } $(+ $events:ident)?) => {
        #[derive(Clone)]
        struct $name {
            $($field: std::sync::Arc<dyn $crate::ports::$port>,)+
            $($events: $crate::service::audit_events::EventPorts,)?
        }

        impl From<&$crate::ports::Ports> for $name {
            fn from(ports: &$crate::ports::Ports) -> Self {
                Self {
                    $($field: ports.$field.clone(),)+
                    $($events: ports.into(),)?
                }
            }
        }
    };
}

pub(super) use port_set;
