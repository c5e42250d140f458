"""Checking a report: the form, what was found, and how to find it out without us."""

from __future__ import annotations

from enum import StrEnum

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.attributes import attributes
from components.states import build_icon
from portal.domain.report_checks import LARGEST_BYTES, CheckResult, ReportCheck, ReportVerdict, UploadProblem
from portal.i18n import fmt, ltr, t

ACTION = "/verify"
LARGEST_MEGABYTES = LARGEST_BYTES // 1024**2
FIELD = "report"
CERTIFICATES = "/verify/certificate"
PDFSIG = "pdfsig report.pdf"
PYHANKO = "pyhanko sign validate --trust report-certificates.pem --pretty-print report.pdf"

# Result → tone, icon. The word says it as well: colour alone never does.
_LOOKS: dict[CheckResult, tuple[str, str]] = {
    CheckResult.GENUINE: ("good", "shield-check"),
    CheckResult.DEVELOPMENT: ("warn", "exclamation-triangle"),
    CheckResult.FOREIGN: ("warn", "question-circle"),
    CheckResult.EXTENDED: ("bad", "exclamation-circle"),
    CheckResult.CHANGED: ("bad", "x-circle"),
    CheckResult.NOT_SIGNED: ("warn", "slash-circle"),
    CheckResult.NOT_PDF: ("warn", "slash-circle"),
    CheckResult.UNREADABLE: ("warn", "question-circle"),
}


# Screen readers are told by the browser's control, which has the label and the file's name.
_UNSPOKEN = attributes(aria_hidden="true")


class ReportCheckIds(StrEnum):
    RESULT = "report-check-result"
    FILE = "report-check-file"
    FORM = "report-check-form"


def build_check_form() -> Component:
    """A form that the browser itself sends: it works without a script, and no script reads the file."""
    return html.Form(
        [
            html.Div(
                [
                    dbc.Label(
                        [
                            t("verify.file"),
                            html.Span(t("verify.file.help", count=LARGEST_MEGABYTES), className="form-field-help"),
                        ],
                        html_for=ReportCheckIds.FILE,
                        class_name="form-field-label verify-label",
                    ),
                    _build_file_field(),
                ],
                className="form-field",
            ),
            html.Div(
                html.Button(t("verify.submit"), type="submit", className="btn btn-primary"), className="form-buttons"
            ),
        ],
        id=ReportCheckIds.FORM,
        method="post",
        action=ACTION,
        encType="multipart/form-data",
        className="form",
    )


def _build_file_field() -> Component:
    """The browser's control speaks the browser's language: ours stands in its place, and it lies unseen over it.

    ``assets/js/file_fields.js`` writes the name of what was chosen; no script of ours or of anybody's reads the file.
    So another language, which is another page, is given the name alone, and asks for the file again.
    """
    return html.Div(
        [
            # The library knows no such type, and passes it on.
            dbc.Input(id=ReportCheckIds.FILE, type="file", name=FIELD, required=True),
            html.Span(t("verify.choose"), className="btn btn-outline-secondary file-button", **_UNSPOKEN),
            html.Span(
                [
                    html.Span(t("verify.none"), className="file-none"),
                    html.Bdi(className="file-name", dir="ltr"),
                ],
                className="file-told",
                **_UNSPOKEN,
            ),
            html.P(t("verify.again"), className="file-again", role="status", hidden=True),
        ],
        className="file-field",
    )


def build_result(check: ReportCheck, request_id: str = "") -> Component:
    """What is to be told of an upload, in one sentence first, then what stands in the file."""
    if check.verdict is None:
        problem = check.problem or UploadProblem.MISSING
        return _panel(
            "warn", "exclamation-triangle", f"verify.problem.{problem}", check, check.request_id or request_id
        )
    tone, icon = _LOOKS[check.verdict.result]
    return _panel(tone, icon, f"verify.result.{check.verdict.result}", check)


def _panel(tone: str, icon: str, key: str, check: ReportCheck, request_id: str = "") -> Component:
    # What the platform could not do is looked up by its id; what was sent wrongly is not.
    asked = check.problem in {UploadProblem.UNAVAILABLE, UploadProblem.BUSY}
    return html.Section(
        [
            html.Div(
                [
                    build_icon(icon, className="verdict-icon"),
                    html.Div(
                        [
                            html.H2(t(f"{key}.title"), className="verdict-title", id="report-check-verdict"),
                            html.P(t(f"{key}.text", **_sizes(key)), className="verdict-text"),
                            html.P(t("state.request", id=ltr(request_id)), className="state-note")
                            if asked and request_id
                            else None,
                        ]
                    ),
                ],
                className="verdict-head",
            ),
            _build_facts(check, check.verdict),
        ],
        className=f"panel verdict verdict-{tone}",
        role="alert" if tone == "bad" else "status",
        **attributes(aria_labelledby="report-check-verdict"),
    )


def _sizes(key: str) -> dict[str, int]:
    return {"count": LARGEST_MEGABYTES} if key.endswith(".too_large") else {}


def _build_facts(check: ReportCheck, verdict: ReportVerdict | None) -> Component | None:
    facts: list[tuple[str, object]] = []
    if check.file_name:
        facts.append(("file", html.Bdi(check.file_name)))
    if verdict is not None:
        if verdict.signed_by:
            facts.append(("signed_by", html.Bdi(verdict.signed_by)))
        if verdict.organization:
            facts.append(("organization", html.Bdi(verdict.organization)))
        if verdict.signed_at:
            facts.append(("signed_at", fmt.datetime(verdict.signed_at)))
        if verdict.certificate_sha256:
            facts.append(("certificate", html.Code(verdict.certificate_sha256, dir="ltr")))
        facts.append(("sha256", html.Code(verdict.sha256, dir="ltr")))
    if not facts:
        return None
    rows = [part for name, value in facts for part in (html.Dt(t(f"verify.fact.{name}")), html.Dd(value))]
    return html.Dl(rows, className="facts verdict-facts")


def build_without_us() -> Component:
    """How to check a report with programs that are not ours."""
    return html.Div(
        [
            html.P(t("verify.without_us.lead")),
            html.Ol(
                [
                    html.Li(
                        [
                            html.P(t("verify.without_us.certificate")),
                            html.A(
                                [build_icon("download"), " ", t("verify.without_us.download")],
                                href=CERTIFICATES,
                                className="btn btn-outline-secondary",
                            ),
                        ]
                    ),
                    html.Li(
                        [
                            html.P(
                                t(
                                    "verify.without_us.pdfsig",
                                    valid=ltr("Signature is Valid"),
                                    whole=ltr("Total document signed"),
                                )
                            ),
                            _command(PDFSIG),
                        ]
                    ),
                    html.Li(
                        [
                            html.P(t("verify.without_us.pyhanko", valid=ltr("The signature is judged VALID"))),
                            _command(PYHANKO),
                        ]
                    ),
                ],
                className="verify-steps",
            ),
            html.P(t("verify.without_us.development"), className="panel-lead"),
        ]
    )


def _command(text: str) -> Component:
    return html.Pre(html.Code(text), dir="ltr", tabIndex="0", className="verify-command")
