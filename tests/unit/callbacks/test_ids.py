"""Dash does not check ids of pages that are not on the screen, so this does: every id a callback names exists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import dash

import callbacks.analytics
import callbacks.api_keys
import callbacks.assignments
import callbacks.audit_log
import callbacks.billing
import callbacks.billing_lists
import callbacks.dashboard
import callbacks.exports
import callbacks.health_score
import callbacks.health_weights
import callbacks.look_as
import callbacks.messages
import callbacks.portfolio
import callbacks.profile
import callbacks.qbr
import callbacks.refused_calls
import callbacks.report_checks
import callbacks.send_test
import callbacks.tenant
import callbacks.webhook_delivery
import callbacks.webhook_endpoint
import callbacks.webhooks
from components.api_keys_forms import build_create_form, build_revoke_form, build_rotate_form
from components.exports_forms import build_ask_form
from components.exports_forms import build_delete_form as build_export_delete_form
from components.frame import FrameView, build_frame
from components.notes_forms import build_delete_form as build_delete_note
from components.notes_forms import build_edit_form as build_edit_note
from components.notes_forms import build_write_form
from components.nps import build_question
from components.profile_sessions import build_end_others, build_end_session
from components.qbr_reports import build_ask_form as build_report_form
from components.qbr_reports import build_reports
from components.send_preview import build_preview
from components.tickets import build_link
from components.views_forms import build_delete_form as build_delete_view
from components.views_forms import build_rename_form as build_rename_view
from components.views_forms import build_save_form
from components.webhook_endpoint import WebhookEndpointIds, build_actions
from components.webhook_endpoint_forms import (
    build_delete_form,
    build_disable_form,
    build_recover_form,
    build_recover_question,
    build_test_form,
)
from components.webhook_endpoint_forms import build_rotate_form as build_secret_form
from components.webhooks_forms import build_create_form as build_endpoint_form
from components.webhooks_forms import build_edit_form
from portal import context
from portal.domain.errors import UpstreamUnavailable
from portal.domain.message_filter import MessageFilter
from portal.domain.qbr_reports import ReportPage
from portal.domain.sending import PreviewView
from portal.shell import dash_internals
from tests.support import fakes_webhooks as hooks
from tests.support.fakes import FakeMessages, fake_services, message
from tests.support.fakes_analytics import FakeAnalytics, actor
from tests.support.fakes_api_keys import key
from tests.support.fakes_billing import invoice
from tests.support.fakes_exports import export
from tests.support.fakes_health import FakeHealth
from tests.support.fakes_notes import FakeNotes, note_id
from tests.support.fakes_own_account import session
from tests.support.fakes_portfolio import FakePortfolio, tenant_id, tickets
from tests.support.fakes_qbr import FakeQbr, report
from tests.support.fakes_sending import FakeSending
from tests.support.fakes_views import view
from tests.support.fakes_webhooks import FakeWebhooks
from tests.support.portal_on_fakes import build
from tests.support.trees import nodes

LOADERS = {
    "/dashboard": callbacks.dashboard.load_dashboard,
    "/analytics": callbacks.analytics.load_analytics,
    "/api-keys": callbacks.api_keys.load_keys,
    "/billing": callbacks.billing.load_billing,
    "/billing/invoices": callbacks.billing_lists.load_invoices,
    "/billing/invoices/none": callbacks.billing_lists.load_invoice,
    "/billing/ledger": callbacks.billing_lists.load_ledger,
    "/billing/payments": callbacks.billing_lists.load_payments,
    "/billing/prices": callbacks.billing_lists.load_prices,
    "/health-score": callbacks.health_score.load_health,
    "/assignments": callbacks.assignments.load_assignments,
    "/audit-log": callbacks.audit_log.load_audit_log,
    "/health-weights": callbacks.health_weights.load_weights,
    "/look-as": callbacks.look_as.load_choice,
    "/exports": callbacks.exports.load_exports,
    "/messages": callbacks.messages.load_log,
    "/messages/none": callbacks.messages.load_message,
    "/portfolio": callbacks.portfolio.load_portfolio,
    "/profile": callbacks.profile.load_profile,
    "/qbr": callbacks.qbr.load_qbr,
    "/refused-calls": callbacks.refused_calls.load_refused_calls,
    "/send-test": callbacks.send_test.load_code,
    "/tenant": callbacks.tenant.load_tenant,
    "/verify": callbacks.report_checks.load_check,
    "/webhooks": callbacks.webhooks.load_endpoints,
    "/webhooks/none": callbacks.webhook_endpoint.load_endpoint,
    "/webhooks/none/deliveries/none": callbacks.webhook_delivery.load_delivery,
}
INTERNAL = ("/portfolio", "/health-score", "/tenant", "/health-weights", "/assignments", "/qbr", "/look-as")
OF_DASH = {
    dash_internals.CONTENT_ID, dash_internals.STORE_ID, dash_internals.LOCATION_ID, dash_internals.DUMMY_ID,
}  # fmt: skip


def trees_shown() -> list[Any]:
    """All pages, what is loaded into them when all goes well and when nothing can be had, and what dialogs hold."""
    trees: list[Any] = [build_frame(FrameView(actor()))]
    broken = fake_services(FakeMessages(error=UpstreamUnavailable()), FakeAnalytics(failing={
        name: UpstreamUnavailable() for name in ("summary", "breakdown", "heatmap", "top", "volume")
    }), portfolio=FakePortfolio(error=UpstreamUnavailable()), health=FakeHealth(no_preview=UpstreamUnavailable()),
    qbr=FakeQbr(error=UpstreamUnavailable()))  # fmt: skip
    for page in dash.page_registry.values():
        params = {
            "message_id": message(0).message_id,
            "invoice_id": invoice(0).invoice_id,
            "endpoint_id": hooks.endpoint_id(0),
            "delivery_id": hooks.delivery(0).delivery_id,
            "tenantId": tenant_id(0),
        }
        trees.append(page["layout"](**params))
        asker = actor(None, roles=("tam", "platform_admin")) if page["path"] in INTERNAL else actor()
        for services in (fake_services(), broken):
            with context.use(actor=asker, services=services):
                trees.append(LOADERS[page["path"]](params))
    trees.append(build_question())
    # What dialogs hold is made when they open.
    now = FakeNotes().list_versions("", note_id(0), actor=actor())[0]
    trees += [build_write_form(), build_edit_note(note_id(0), now), build_delete_note(note_id(0), now)]
    trees.append(build_report_form("en"))
    trees += [build_reports(ReportPage(tuple(map(report, range(5))), None))]
    trees += [build_create_form(), build_rotate_form(key()), build_revoke_form(key())]
    trees += [
        build_preview(PreviewView(FakeSending().preview(None, "“ten” ﹪ – off", actor=actor())), "“ten” ﹪ – off")
    ]
    trees += [build_end_session(session(1)), build_end_others(2)]
    trees += [build_ask_form(MessageFilter()), build_export_delete_form(export())]
    trees += [build_save_form(MessageFilter()), build_rename_view(view()), build_delete_view(view())]
    hook, types = hooks.endpoint(), FakeWebhooks().list_event_types(actor=actor())
    trees += [
        build_endpoint_form(types),
        build_edit_form(WebhookEndpointIds.EDIT_FORM, WebhookEndpointIds.EDIT, hook, types),
    ]
    trees += [build_test_form(hook, types), build_secret_form(hook), build_disable_form(hook), build_delete_form(hook)]
    trees += [build_recover_form(hook, hooks.NOW), build_recover_question(hook, hooks.NOW, 2, more=False)]
    trees += [build_actions(hooks.endpoint(3)), build_link(tickets(), may_link=True)]
    return trees


def everything_shown() -> list[Any]:
    """The ids of all of it."""
    return [node.id for tree in trees_shown() for node in nodes(tree) if getattr(node, "id", None) is not None]


def named(callback: dict[str, Any]) -> list[str]:
    outputs = callback["output"].strip(".").split("...")
    # One that puts out nothing has a name of Dash's own there, without a component.
    ids = [one.rpartition(".")[0] for one in outputs if "." in one]
    return ids + [entry["id"] for entry in (*callback["inputs"], *callback["state"])]


def matches(wanted: dict[str, Any], shown: Any) -> bool:
    """Whether a component's id fits a pattern: the same keys, and the same values but for wildcards (lists)."""
    return (
        isinstance(shown, dict)
        and set(wanted) == set(shown)
        and all(isinstance(value, list) or shown[key] == value for key, value in wanted.items())
    )


def test_every_id_a_callback_names_is_on_some_page(tmp_path: Path) -> None:
    _, app = build(tmp_path)
    app._setup_server()
    shown = everything_shown()
    texts = {one for one in shown if isinstance(one, str)} | OF_DASH
    missing = set()
    for callback in dash_internals.callbacks(app):
        for name in named(callback):
            if name.startswith("{"):
                if not any(matches(json.loads(name), one) for one in shown):
                    missing.add(name)
            elif name not in texts:
                missing.add(name)
    assert missing == set()


def test_callbacks_are_registered_at_all(tmp_path: Path) -> None:
    _, app = build(tmp_path)
    app._setup_server()
    assert len(dash_internals.callbacks(app)) > 10
