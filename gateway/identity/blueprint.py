"""The identity service as one Flask blueprint."""

from __future__ import annotations

from flask import Blueprint, request
from flask.blueprints import BlueprintSetupState

from gateway.identity.endpoints import register_endpoints
from gateway.identity.own_account import EXTENSION as OWN_ACCOUNT
from gateway.identity.own_account import OwnAccount
from gateway.identity.pages import Pages, register_assets
from gateway.identity.policy import IdentityPolicy
from gateway.identity.provider import Provider
from gateway.identity.routes import register_routes
from gateway.identity.tokens import EXTENSION
from gateway.settings import GatewaySettings
from gateway.store.connections import Engine
from gateway.store.engine import create_engine


class _InvalidText(ValueError):
    """A parameter holds a NUL, which no text in PostgreSQL can."""


def create_blueprint(
    settings: GatewaySettings, engine: Engine | None = None, *, policy: IdentityPolicy | None = None
) -> Blueprint:
    """Everything under ``/v1/auth`` and ``/.well-known``, to be registered on the API's application.

    ``engine`` must have the role ``gateway_identity``; without one it is made from ``settings``. Registering the
    blueprint also lets ``gateway.identity.tokens.verify_access_token`` and ``gateway.identity.own_account`` work within
    that application.
    """
    rules = policy or IdentityPolicy.from_settings(settings)
    provider = Provider(rules, engine or create_engine(settings, "identity"))
    pages = Pages(rules)
    blueprint = Blueprint("identity", __name__, template_folder="templates")

    @blueprint.record_once
    def share(state: BlueprintSetupState) -> None:
        state.app.extensions[EXTENSION] = provider.tokens
        state.app.extensions[OWN_ACCOUNT] = OwnAccount(provider)

    @blueprint.before_request
    def refuse_nul() -> None:
        if any("\0" in value for value in (*request.args.values(), *request.form.values())):
            raise _InvalidText

    @blueprint.errorhandler(_InvalidText)
    def answer_invalid_text(_problem: _InvalidText) -> tuple[dict[str, str], int]:
        return {"error": "invalid_request"}, 400

    register_assets(blueprint)
    register_routes(blueprint, provider, pages)
    register_endpoints(blueprint, provider)
    return blueprint
