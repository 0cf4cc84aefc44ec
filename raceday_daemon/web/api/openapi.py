"""The description of the API (OpenAPI 3.1), made from the declarations that also refuse and answer."""

import re
from collections.abc import Iterable
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from raceday_daemon import __version__
from raceday_daemon.web.api.endpoint import JSON, Endpoint

Document = dict[str, Any]

_REF: Final = "#/components/schemas/{model}"
_PATH_PARAMETER: Final = re.compile(r"{(\w+)}")
_ERROR: Final = {
    "type": "object",
    "description": "What is wrong, in a sentence.",
    "properties": {"error": {"type": "string"}},
    "required": ["error"],
}
_EVERYWHERE: Final = {
    400: "a parameter is unknown or does not fit; the sentence names it",
    401: "this is not the token",
    421: "asked by a name that is not this machine's",
    429: "too many wrong tokens in a minute; `Retry-After` says when to try again",
    503: "the daemon is starting, its files cannot be read now, or too many questions wait",
}
_OF_PEOPLE: Final = {
    401: "the token is needed, or another one",
    403: "closed: the sentence says which setting opens it",
}
_WRITING: Final = {
    408: "what was sent took too long to come",
    413: "more was sent than is taken at once",
    415: "what was sent is not said to be JSON",
    429: "too much was written in a minute; `Retry-After` says when to try again",
}
_ABOUT: Final = (
    "The racing day as the daemon keeps it. Instants are ISO 8601 in UTC with milliseconds and Z; money is integer"
    " cents unless it says dollars; percentages are 0 to 100; what the source did not send is null. Lists have pages:"
    " `next` of one, given as `after`, asks for the following one. Every refusal is an object with `error`, a sentence."
    " Texts of the source come as they are: show them as text."
)


class _Plain(GenerateJsonSchema):
    """Leaves out the titles that pydantic would make of names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def describe(endpoints: Iterable[Endpoint]) -> Document:
    """Describe these questions."""
    schemas: Document = {"Error": _ERROR}
    paths: Document = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "raceday-daemon", "version": __version__, "description": _ABOUT},
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "RACEDAY_API_TOKEN"}},
        },
    }


def schema_of(kind: Any, schemas: Document, mode: JsonSchemaMode = "serialization") -> Document:
    """Describe a type, what it refers to among `schemas`."""
    schema = TypeAdapter(kind).json_schema(mode=mode, ref_template=_REF, schema_generator=_Plain)
    schemas.update(schema.pop("$defs", {}))
    if "title" not in schema:
        return schema
    name = schema.pop("title")
    schemas[name] = schema
    return {"$ref": _REF.format(model=name)}


def _operation(endpoint: Endpoint, schemas: Document) -> Document:
    operation: Document = {
        "summary": endpoint.summary,
        "operationId": _name(endpoint),
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint, schemas)],
        "responses": _responses(endpoint, schemas),
    }
    if endpoint.body:
        body = schema_of(endpoint.body, schemas, "validation")
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": body}}}
    if endpoint.is_of_people:
        operation["security"] = [{}, {"token": []}]
    return operation


def _responses(endpoint: Endpoint, schemas: Document) -> Document:
    for part in endpoint.parts:
        schema_of(part, schemas)
    refusals = {**_EVERYWHERE, **(_OF_PEOPLE if endpoint.is_of_people else {})}
    refusals |= _WRITING if endpoint.writes else {}
    refusals |= dict(endpoint.others)
    told = {endpoint.media: {"schema": schema_of(endpoint.answer, schemas)}} if endpoint.answer is not None else {}
    error = {JSON: {"schema": {"$ref": _REF.format(model="Error")}}}
    answers = {endpoint.status: endpoint.summary, **refusals}
    responses: Document = {}
    for status, words in sorted(answers.items()):
        content = error if status >= 400 else told if status < 300 else {}
        responses[str(status)] = {"description": words, **({"content": content} if content else {})}
    return responses


def _path_parameters(endpoint: Endpoint) -> list[Document]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _PATH_PARAMETER.findall(endpoint.path)
    ]


def _query_parameters(endpoint: Endpoint, schemas: Document) -> list[Document]:
    schema = TypeAdapter(endpoint.query).json_schema(ref_template=_REF, schema_generator=_Plain)
    schemas.update(schema.pop("$defs", {}))
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, **_parameter(dict(of_name))}
        for name, of_name in schema.get("properties", {}).items()
    ]


def _parameter(schema: Document) -> Document:
    """Split a property's schema into the parameter's words and its kind; null stands for one that is not given."""
    kinds = [kind for kind in schema.pop("anyOf", []) if kind != {"type": "null"}]
    default = schema.pop("default", None)
    schema.update(dict(kinds[0]) if kinds else {})
    words = {"description": description} if (description := schema.pop("description", None)) else {}
    return {**words, "schema": schema if default is None else {**schema, "default": default}}


def _name(endpoint: Endpoint) -> str:
    words = endpoint.path.removeprefix("/api/").replace("{", "").replace("}", "").replace("-", "_").split("/")
    return "_".join([endpoint.method.lower(), *words])
