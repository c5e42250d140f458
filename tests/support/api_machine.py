"""Long stories told to the API along the published links: what one call made, the next read, change and delete.

Beside what the document promises of each answer, a story remembers what it made, and checks that

- what was made is there until it is deleted, and then is not;
- a revoked key is read as revoked, can be changed no more, and opens nothing from its very next call on;
- what is shown once (a key, a signing secret) is in no other answer;
- for another account none of it exists, whatever is asked of it.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.stateful import get_state_machine_test
from schemathesis.generation.stateful.state_machine import normalize_name
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance, use_after_free
from schemathesis.specs.openapi.stateful import OpenAPIStateMachine

Headers = dict[str, str]

# Which parameter of later calls holds the id that an answer gives.
MADE = {
    "create_api_key": "keyId",
    "rotate_api_key": "keyId",
    "create_webhook": "endpointId",
    "test_webhook": "deliveryId",
    "create_export": "exportId",
    "create_view": "viewId",
    "send_message": "messageId",
}
DELETED_BY = {"endpointId": "/v1/webhooks/{}", "exportId": "/v1/messages/exports/{}", "viewId": "/v1/views/{}"}
# What no schema can say: an address whose name leads somewhere, a number that can be dialled, a moment to come.
VALID: dict[str, dict[str, Any]] = {
    "send_message": {"to": "+93701234500", "from": "BANK"},
    "send_batch": {"messages": [{"to": "+93701234500", "from": "BANK", "body": "Of a story"}]},
    "preview_message": {"to": "+93701234500"},
    "create_api_key": {"expiresAt": None, "allowedIps": []},
    "change_api_key": {"expiresAt": None, "allowedIps": []},
    "recover_webhook": {"since": "2026-11-01T00:00:00Z"},
    "create_export": {"filter": {"status": ["failed"]}},
    "create_view": {"filter": {"status": ["failed"]}},
    "set_low_balance": {"threshold": "500"},
    "change_view": {"filter": {"operator": ["Roshan"]}},
}
# Lists of what has been there before the story.
BEGINNINGS = frozenset(
    f"GET /v1/{path}" for path in ("api-keys", "webhooks", "messages", "billing/invoices", "auth/sessions")
)
BYTES_OF_A_STORY = 65_536
_SHOWN_ONCE = ("rawKey", "signingSecret")
# 401: what is sent on purpose against the contract may spoil the token too.
_REFUSED_TO_STRANGERS = frozenset({401, 404, 413, 414, 415, 422, 431})
# Texts whose form no schema can say in full; a link gives a place that is one.
_PLACES = frozenset({"cursor", "page", "startDate", "endDate", "since", "until"})


@dataclass(frozen=True)
class Callers:
    """Who tells the stories, and somebody of another account; asked before each call, since tokens end."""

    owner: Callable[[], Headers]
    stranger: Callable[[], Headers]
    hook: str = "https://hooks.example.com/story"
    signed_out: Callable[[], None] = lambda: None


@dataclass
class Figures:
    """What stories were made of."""

    stories: int = 0
    calls: Counter[tuple[str, int]] = field(default_factory=Counter)
    followed: Counter[str] = field(default_factory=Counter)
    last: list[str] = field(default_factory=list)

    @property
    def succeeded(self) -> set[str]:
        """The calls that were answered with success at least once."""
        return {name for name, status in self.calls if status < 300}


def tell(
    schema: BaseSchema,
    callers: Callers,
    figures: Figures,
    *,
    seed: int,
    stories: int,
    steps: int,
    until: float = math.inf,
) -> None:
    """So many stories, those of the seed; none begins after ``until``. What is wrong is raised, with the story.

    Each is drawn from bytes of its own, and not by Hypothesis' search: that counts on a test that answers alike each time,
    while a platform remembers what was done to it.
    """
    once = settings(database=None, deadline=None, stateful_step_count=steps, suppress_health_check=list(HealthCheck))
    told = get_state_machine_test(machine_of(schema, callers, figures), settings=once, _min_steps=2)
    for number in range(stories):
        if time.monotonic() > until:
            return
        try:
            told.hypothesis.fuzz_one_input(Random(f"{seed} {number}").randbytes(BYTES_OF_A_STORY))  # type: ignore[attr-defined]
        except BaseException as error:
            error.add_note(f"Story {number} of seed {seed}:\n" + "\n".join(figures.last))
            raise


def machine_of(schema: BaseSchema, callers: Callers, figures: Figures) -> type[OpenAPIStateMachine]:
    """A state machine over the links that are published, and no guessed ones."""
    valid = VALID | {name: {"url": callers.hook} for name in ("create_webhook", "change_webhook")}
    schema.config.phases.stateful.inference.algorithms = []
    base: Any = schema.as_state_machine()

    beginnings = frozenset(label for label in base._root_labels if _begins(label))

    class Story(base):  # type: ignore[misc]
        _root_labels = beginnings

        def setup(self) -> None:
            figures.stories += 1
            self.made: dict[str, str] = {}  # id: the parameter that holds it
            self.gone: set[str] = set()
            self.revoked: set[str] = set()
            self.keys: dict[str, str] = {}  # id of a key: the key
            self.secrets: set[str] = set()
            self.places: set[str] = set()
            self.endpoint_of: dict[str, str] = {}  # of a delivery
            figures.last = []

        def teardown(self) -> None:
            """An account may keep so many of each thing, and the next story begins as this one did."""
            for each, name in self.made.items():
                if name in DELETED_BY and each not in self.gone:
                    self._ask("delete", DELETED_BY[name].format(each))

        def step(self, input: Any) -> Any:
            self.given = {name for _, name in input.applied_parameters}
            return super().step(input)

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": callers.owner()}

        def before_call(self, case: Any) -> None:
            name = _name(case)
            if name in valid and isinstance(case.body, dict) and case.meta.generation.mode.is_positive:
                wanted = valid[name]
                case.body = {**case.body, **{k: v for k, v in wanted.items() if _needed(name) or k in case.body}}
            if case.path_parameters and case.meta.generation.mode.is_positive and len(figures.last) % 6:
                case.path_parameters = self._filled(case.path_parameters)
            if case.query and case.meta.generation.mode.is_positive:
                kept = {k: v for k, v in case.query.items() if k not in _PLACES or v in self.places}
                case.query = kept
            if self._named(case):
                answer = case.call(headers=callers.stranger())
                assert answer.status_code in _REFUSED_TO_STRANGERS, (
                    f"somebody of another account asked {_told(case)} and was answered {answer.status_code}"
                )
                assert not any(secret in answer.text for secret in self.secrets)

        def after_call(self, response: Any, case: Any) -> None:
            super().after_call(response, case)
            figures.calls[(_name(case), response.status_code)] += 1
            figures.last.append(f"{_told(case)}: {response.status_code}")
            named = self._named(case)
            if named:
                figures.followed[_name(case)] += 1
            self._check_existence(response, case, named)
            self._check_secrets(response, case)
            if response.status_code < 300:
                self._remember(response, case)

        def validate_response(self, response: Any, case: Any, *_others: Any, **sent: Any) -> None:
            if response.status_code in (414, 431):
                return  # the server's own answer to lines that are too long, before there is a request
            # A revoked key is kept to be looked at; rules between fields are 422 though the schema allows the request.
            excluded = [positive_data_acceptance, *([use_after_free] if "keyId" in case.operation.path else [])]
            case.validate_response(
                response,
                headers=sent.get("headers"),
                excluded_checks=excluded,
                transport_kwargs=sent,
                recorder=self.recorder,
            )

        def _filled(self, names: dict[str, Any]) -> dict[str, Any]:
            """What a link could not give (an empty list has no first item) is something that the story made."""
            found = dict(names)
            for name in names:
                known = [each for each, holder in self.made.items() if holder == name]
                if name not in self.given and known:
                    found[name] = known[len(figures.last) % len(known)]
            if "deliveryId" in found:
                found["endpointId"] = self.endpoint_of.get(found["deliveryId"], found["endpointId"])
            return found

        def _named(self, case: Any) -> list[str]:
            """Ids of this story that the request's path names."""
            values = [str(value) for value in (case.path_parameters or {}).values()]
            return [value for value in values if value in self.made]

        def _check_existence(self, response: Any, case: Any, named: list[str]) -> None:
            status = response.status_code
            if any(each in self.gone for each in named):
                assert status not in range(200, 400), f"{_told(case)} names what was deleted and was answered {status}"
            elif named and len(named) == len(case.path_parameters):
                assert status != 404, f"{_told(case)} names what was made and not deleted, and was answered 404"
            if named and named[0] in self.revoked:
                if _name(case) in ("change_api_key", "rotate_api_key"):
                    assert status >= 400, f"{_told(case)} changed a key that was revoked"
                elif status == 200 and _name(case) != "get_api_key_usage":
                    assert response.json()["status"] == "revoked"

        def _check_secrets(self, response: Any, case: Any) -> None:
            text = response.text
            assert not any(secret in text for secret in self.secrets), f"{_told(case)} shows again what is shown once"
            if response.status_code < 300 and response.headers.get("content-type", [""])[0] == "application/json":
                answer = response.json()
                self.secrets |= {answer[name] for name in _SHOWN_ONCE if name in answer}
                self.places |= {answer["nextCursor"]} if answer.get("nextCursor") else set()

        def _remember(self, response: Any, case: Any) -> None:
            name = _name(case)
            if name in MADE:
                answer = response.json()
                self.made[answer[MADE[name]]] = MADE[name]
                if name == "test_webhook":
                    self.endpoint_of[answer["deliveryId"]] = answer["endpointId"]
                if "rawKey" in answer:
                    self.keys[answer["keyId"]] = answer["rawKey"]
                    assert self._opens(answer["rawKey"]), "a key that was just made opens nothing"
            if name == "rotate_api_key" and isinstance(case.body, dict) and case.body.get("graceSeconds") == 0:
                self._end(str(case.path_parameters["keyId"]))
            if name == "revoke_api_key":
                self._end(str(case.path_parameters["keyId"]))
            elif name == "end_session":
                callers.signed_out()  # it may have been the one that is asking
            elif case.method == "DELETE":
                self.gone |= {str(value) for value in (case.path_parameters or {}).values()}

        def _end(self, key_id: str) -> None:
            self.revoked.add(key_id)
            if key_id in self.keys:
                assert not self._opens(self.keys[key_id]), "a key that was revoked still opens something"

        def _opens(self, raw_key: str) -> bool:
            """Whether the key is let in: without the scope it is told so (403), a dead one is unknown (401)."""
            status: int = self._ask("get", "/v1/messages", {"Authorization": f"Bearer {raw_key}"}).status_code
            assert status in (200, 401, 403), status
            return status != 401

        def _ask(self, method: str, path: str, headers: Headers | None = None) -> Any:
            operation = next(
                each.ok()
                for each in schema.get_all_operations()
                if each.ok().method == method and _fits(each.ok().path, path)
            )
            names = dict(zip(operation.path.split("/"), path.split("/"), strict=True))
            inside = {name.strip("{}"): value for name, value in names.items() if name.startswith("{")}
            return operation.Case(path_parameters=inside).call(headers=headers or callers.owner())

    for label in base._root_labels - beginnings:
        setattr(Story, normalize_name(f"RANDOM -> {label}"), None)  # a rule that is not there
    return Story


def _begins(label: str) -> bool:
    """Whether a story can begin with the call: it makes something, or lists what there is; no id is made up for it."""
    return "{" not in label and (label.startswith("POST ") or label in BEGINNINGS)


def _needed(name: str) -> bool:
    """Whether the call makes something, and so needs its fields; a change may leave them out."""
    return not name.startswith("change_")


def _name(case: Any) -> str:
    found: str = case.operation.definition.raw["operationId"]
    return found


def _fits(template: str, path: str) -> bool:
    parts, given = template.split("/"), path.split("/")
    return len(parts) == len(given) and all(a == b or a.startswith("{") for a, b in zip(parts, given, strict=True))


def _told(case: Any) -> str:
    return f"{case.method} {case.formatted_path}"
