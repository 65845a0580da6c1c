"""HTTP and WebSocket endpoints, one module per noun. A route resolves who and what, calls one service, and returns."""
