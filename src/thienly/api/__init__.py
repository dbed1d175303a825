"""The OpenAPI interface: parse, call one service, answer."""
