//! What the services of the reference APIs do wrong.
