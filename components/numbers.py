"""A field for a number. Browsers' own number fields take ASCII digits alone and show no others, so this one holds text:
any digits go in, the reader's come out, and portal.domain.typed reads every one of them.

assets/js/numbers.js gives it what a number field has besides: up and down arrows count.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import dash_bootstrap_components as dbc
from dash.development.base_component import Component

from portal.domain.typed import LONGEST
from portal.i18n import fmt


def build_number(
    component_id: Any,
    value: int | Decimal | None,
    *,
    decimals: int = 0,
    between: tuple[int, int] | None = None,
    class_name: str = "",
) -> Component:
    """Holds ``value`` with so many ``decimals``, or nothing. ``between``: what up and down arrows keep to.

    What is entered comes as text: ``portal.domain.typed.read_number`` is how it is read.
    """
    bounds = {"min": between[0], "max": between[1]} if between else {}
    return dbc.Input(
        id=component_id,
        type="text",
        inputMode="decimal" if decimals else "numeric",
        value="" if value is None else fmt.number(value, decimals),
        autoComplete="off",
        maxLength=LONGEST,
        class_name=f"number-field {class_name}".strip(),
        **bounds,
    )
