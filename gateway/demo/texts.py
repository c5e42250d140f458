"""The texts of the demo: templates by use and language, filled in with codes, names and amounts.

A few thousand texts are made once and then drawn from: counting segments and building strings for each of millions of
messages would take longer than storing them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gateway.domain.segments import segment

VARIANTS = 120
LANGUAGES = ("fa", "ps", "en")

TEMPLATES: dict[str, dict[str, tuple[str, ...]]] = {
    "otp": {
        "fa": (
            "کد تایید شما {code} است. آن را به کسی ندهید.",
            "{name}: کد ورود {code}",
            "برای تایید انتقال {amount} افغانی کد {code} را وارد کنید. این کد تا ۵ دقیقه اعتبار دارد.",
        ),
        "ps": (
            "ستاسو د تایید کوډ {code} دی. بل چا ته یې مه ورکوئ.",
            "{name}: د ننوتلو کوډ {code}",
            "د {amount} افغانیو د لېږد لپاره دا کوډ ولیکئ: {code}",
        ),
        "en": (
            "Your {name} code is {code}. Do not share it with anyone.",
            "{code} is your verification code. It expires in 5 minutes.",
        ),
    },
    "notice": {
        "fa": (
            "مشتری گرامی، مبلغ {amount} افغانی از حساب شما برداشت شد. بیلانس: {balance} افغانی.",
            "مشتری گرامی، سفارش شماره {code} آماده است.",
            "{name}: یادآوری وقت شما فردا ساعت ۱۰:۳۰. برای تغییر وقت به شماره {code} زنگ بزنید.",
            "پرداخت شما به مبلغ {amount} افغانی ثبت شد. تشکر که با ما هستید. در صورت سوال با مرکز خدمات مشتریان ما "
            "به تماس شوید و شماره پیگیری {code} را بگویید.",
        ),
        "ps": (
            "ګرانه پیرودونکی، ستاسو له حسابه {amount} افغانۍ وایستل شوې. پاتې: {balance} افغانۍ.",
            "ګرانه پیرودونکی، ستاسو غوښتنه {code} چمتو ده.",
            "{name}: ستاسو د سبا د لیدنې وخت ۱۰:۳۰ دی. د بدلون لپاره {code} ته زنګ ووهئ.",
        ),
        "en": (
            "Dear customer, {amount} AFN was withdrawn from your account. Balance {balance} AFN.",
            "Order #{code} has shipped & will arrive tomorrow.",
            "{name}: your appointment is tomorrow at 10:30. To change it call us and mention {code}. Please bring "
            "your card and the papers of your last visit, and come ten minutes early.",
        ),
    },
    "campaign": {
        "fa": (
            "{name}: تا پایان هفته ۲۰٪ تخفیف روی همه خریدها! کد تخفیف {code}",
            "عید مبارک! {name} برای شما و خانواده شما آرزوی صحت و خوشی دارد. "
            "هدیه شما: {amount} افغانی اعتبار با کد {code}.",
        ),
        "ps": (
            "{name}: د اونۍ تر پایه په ټولو پېرودنو ۲۰٪ تخفیف! د تخفیف کوډ {code}",
            "اختر مو مبارک شه! {name} تاسو او ستاسو کورنۍ ته نېکمرغي غواړي. ستاسو ډالۍ: {amount} افغانۍ، کوډ {code}.",
        ),
        "en": (
            "{name}: 20% off everything until Friday! Use {code} at checkout. Reply STOP to opt out.",
            "Happy Eid from {name} \N{CRESCENT MOON}! Your gift: {amount} AFN with code {code}.",
        ),
    },
}


@dataclass(frozen=True)
class Texts:
    """All texts of an account: parallel arrays, and where those of each (kind, language) begin and end."""

    bodies: tuple[str, ...]
    segments: npt.NDArray[np.int16]
    unicode: npt.NDArray[np.bool_]
    ranges: dict[tuple[str, str], tuple[int, int]]


def make_texts(name: str, kinds: frozenset[str], rng: np.random.Generator) -> Texts:
    """The texts of the account called `name`; the same `rng` makes the same ones."""
    bodies: list[str] = []
    ranges: dict[tuple[str, str], tuple[int, int]] = {}
    for kind in sorted(kinds):
        for language in LANGUAGES:
            first = len(bodies)
            for template in TEMPLATES[kind][language]:
                bodies.extend(_filled(template, name, rng))
            ranges[kind, language] = (first, len(bodies))
    counted = [segment(body) for body in bodies]
    return Texts(
        tuple(bodies),
        np.array([each.segments for each in counted], dtype=np.int16),
        np.array([each.encoding == "UCS-2" for each in counted]),
        ranges,
    )


def _filled(template: str, name: str, rng: np.random.Generator) -> list[str]:
    codes = rng.integers(100_000, 1_000_000, VARIANTS)
    amounts = rng.integers(2, 900, VARIANTS) * 50
    balances = rng.integers(1_000, 250_000, VARIANTS)
    return [
        template.format(name=name, code=code, amount=f"{amount:,}", balance=f"{balance:,}")
        for code, amount, balance in zip(codes.tolist(), amounts.tolist(), balances.tolist(), strict=True)
    ]
