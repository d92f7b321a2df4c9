"""A published OpenAPI description: what requests it rejects, and answers that it allows."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from ingestion.simulator.platforms.server import Request

FIXTURES = Path(__file__).parents[2] / "fixtures" / "openapi"
_DEPTH = 9
# What formats and names mean that a schema does not say in full.
_FORMATS = {
    "date-time": "2026-11-20T12:00:00Z",
    "uri": "https://example.org/a",
    "uint64": "1234567",
    "int64": "1234567",
    "snowflake": "1234567890123456789",
    "nonce": "1",
}
_NAMES = {"duration": "3h8m33s"}


class Description:
    """One description of the fixtures, `name`.json."""

    def __init__(self, name: str) -> None:
        self._document: dict[str, Any] = _without_nullable(json.loads((FIXTURES / f"{name}.json").read_text()))

    @property
    def routes(self) -> list[str]:
        return list(self._document["paths"])

    def route(self, path: str) -> str | None:
        """The description's route of a path."""
        for route in self.routes:
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(route))
            if re.fullmatch(pattern, path):
                return route
        return None

    def violations(self, request: Request) -> list[str]:
        """Why the description rejects a request; empty when it does not."""
        route = self.route(request.path)
        if route is None:
            return [f"no route {request.path}"]
        if request.method.lower() not in self._document["paths"][route]:
            return [f"no method {request.method} on {route}"]
        found = self._credentials(route, request)
        named = {p["name"]: p for p in self._parameters(route) if p["in"] == "query"}
        found += [f"{route}: no parameter {name}" for name in request.query if name not in named]
        for name, parameter in named.items():
            if name in request.query:
                found += [f"{route}: {name}: {fault}" for fault in self._faults(parameter, request.query[name])]
            elif parameter.get("required"):
                found.append(f"{route}: {name} is required")
        parts = dict(zip(re.findall(r"\{(\w+)\}", route), _values(route, request.path), strict=True))
        for parameter in self._parameters(route):
            if parameter["in"] == "path":
                value = [parts[parameter["name"]]]
                found += [f"{route}: {parameter['name']}: {fault}" for fault in self._faults(parameter, value)]
        return found

    def examples(self, route: str, code: str = "200") -> dict[str, Any]:
        """Documented answers by name."""
        return {name: example["value"] for name, example in self._content(route, code).get("examples", {}).items()}

    def generated(self, route: str, code: str = "200", *, full: bool) -> Any:
        """An answer made from the schema: with all fields, or with those only that it requires and NULL where it may be.

        Raises:
            jsonschema.ValidationError: the schema does not allow what was made.
        """
        schema = self._content(route, code)["schema"]
        made = self._sample(schema, "", full, 0)
        self.validate(made, schema)
        return made

    def validate_answer(self, route: str, answer: Any) -> None:
        """Raise jsonschema.ValidationError where a route's schema does not allow an answer."""
        self.validate(answer, self._content(route, "200")["schema"])

    def smallest(self, name: str) -> Any:
        """A value of a named schema with its required fields only."""
        schema = {"$ref": f"#/components/schemas/{name}"}
        made = self._sample(schema, "", False, 1)
        self.validate(made, schema)
        return made

    def validate(self, value: Any, schema: dict[str, Any]) -> None:
        Draft202012Validator({**schema, "components": self._document["components"]}).validate(value)

    def _credentials(self, route: str, request: Request) -> list[str]:
        schemes = [name for one in self._document["paths"][route]["get"].get("security", []) for name in one]
        for name in schemes:
            scheme = self._document["components"]["securitySchemes"][name]
            header = scheme["name"].lower() if scheme["type"] == "apiKey" else "authorization"
            kind = r"Bearer \S+" if scheme["type"] == "oauth2" else r"\S+( \S+)?"
            if re.fullmatch(kind, request.headers.get(header, "")):
                return []
        return [f"{route}: no credentials as {' or '.join(schemes)} wants them"] if schemes else []

    def _parameters(self, route: str) -> list[dict[str, Any]]:
        item = self._document["paths"][route]
        return [*item.get("parameters", []), *item["get"].get("parameters", [])]

    def _faults(self, parameter: dict[str, Any], texts: list[str]) -> list[str]:
        schema = self._resolved(parameter["schema"])
        if schema.get("type") == "array":
            parts = [part for text in texts for part in text.split(",")] if parameter.get("explode") is False else texts
            return [fault for part in parts for fault in self._text_faults(schema["items"], part)]
        many = ["given more than once"] if len(texts) > 1 else []
        return many + self._text_faults(schema, texts[0])

    def _text_faults(self, schema: dict[str, Any], text: str) -> list[str]:
        schema = self._resolved(schema)
        value: Any = text
        if schema.get("type") in ("integer", "number"):
            if not re.fullmatch(r"-?\d+" if schema["type"] == "integer" else r"-?\d+(\.\d+)?", text):
                return [f"{text!r} is no {schema['type']}"]
            value = int(text) if schema["type"] == "integer" else float(text)
        elif schema.get("format") == "date-time":
            try:
                if datetime.fromisoformat(text).tzinfo is None:
                    return [f"{text!r} has no zone"]
            except ValueError:
                return [f"{text!r} is no date and time"]
        validator = Draft202012Validator({**schema, "components": self._document["components"]})
        return [error.message for error in validator.iter_errors(value)]

    def _content(self, route: str, code: str) -> dict[str, Any]:
        response = self._resolved(self._document["paths"][route]["get"]["responses"][code])
        content: dict[str, Any] = response["content"]["application/json"]
        return content

    def _resolved(self, value: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in value:
            found: Any = self._document
            for part in value["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            value = found
        return value

    def _sample(self, given: dict[str, Any], name: str, full: bool, depth: int) -> Any:
        schema = self._resolved(given)
        if "const" in schema or "enum" in schema:
            return schema["const"] if "const" in schema else schema["enum"][0]
        if "allOf" in schema:
            merged: dict[str, Any] = {}
            for part in schema["allOf"]:
                merged |= self._sample(part, name, full, depth + 1)
            return merged
        for choice in ("oneOf", "anyOf"):
            if choice in schema:
                options = sorted(schema[choice], key=lambda one: (self._resolved(one).get("type") == "null") is full)
                return self._sample(options[0], name, full, depth + 1)
        kinds = schema.get("type", "object")
        if isinstance(kinds, list):
            if not full and "null" in kinds:
                return None
            kinds = next(kind for kind in kinds if kind != "null")
        match kinds:
            case "object":
                wanted = schema.get("required", [])
                names = schema.get("properties", {}) if full and depth < _DEPTH else wanted
                return {one: self._sample(schema["properties"][one], one, full, depth + 1) for one in names}
            case "array":
                count = max(schema.get("minItems", 0), 1 if (full and depth < _DEPTH) or depth == 0 else 0)
                # The list of an answer is never empty: an empty one has no shape.
                count = max(count, 1 if name in ("data", "items") and depth < 3 else 0)
                return [self._sample(schema["items"], name, full, depth + 1) for _ in range(count)]
            case "string":
                return _NAMES.get(name) or _FORMATS.get(schema.get("format", ""), "text")
            case "integer":
                return max(schema.get("minimum", 0), 1)
            case "number":
                return 1.5
            case "boolean":
                return True
            case _:
                return None


def _values(route: str, path: str) -> list[str]:
    pattern = re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(route))
    match = re.fullmatch(pattern, path)
    return list(match.groups()) if match else []


def _without_nullable(value: Any) -> Any:
    """OpenAPI 3.0's `nullable` as JSON Schema says it."""
    if isinstance(value, list):
        return [_without_nullable(part) for part in value]
    if not isinstance(value, dict):
        return value
    found = {name: _without_nullable(part) for name, part in value.items() if name != "nullable"}
    if value.get("nullable") is True:
        return {"anyOf": [found, {"type": "null"}]}
    return found
