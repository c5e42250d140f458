"""The peer: the same dashboard in Streamlit, as its documentation teaches. Run by ``streamlit run``."""

from __future__ import annotations

import streamlit as st

from bench.peers import figures

st.set_page_config(page_title="Portal", layout="wide")


def overview() -> None:
    days = st.radio("Period", figures.PERIODS, index=2, horizontal=True)
    for place, (name, value) in zip(st.columns(4), figures.key_figures(days), strict=True):
        place.metric(name, value)
    left, right = st.columns([2, 1])
    left.plotly_chart(figures.volume(days))
    right.plotly_chart(figures.rate(days))
    left, right = st.columns([1, 2])
    left.plotly_chart(figures.operators())
    right.plotly_chart(figures.heatmap())
    st.plotly_chart(figures.errors())
    st.table(figures.table(days))


def statuses() -> None:
    st.plotly_chart(figures.by_status(90))
    st.table(figures.table(90, 50))


st.navigation(
    [st.Page(overview, title="Overview", default=True), st.Page(statuses, title="Statuses", url_path="statuses")],
    position="top",
).run()
