/* The table behind a chart, made from the figure when it is opened or downloaded: hundreds of cells as Dash components
   would make every update of the page slow, and in the page's HTML were a fifth of it. */
(function () {
  'use strict';
  var clientside = (window.dash_clientside = window.dash_clientside || {});
  var figures = {};

  function element(tag, attributes, children) {
    var made = document.createElement(tag);
    Object.keys(attributes).forEach(function (name) { made.setAttribute(name, attributes[name]); });
    made.append.apply(made, children || []);
    return made;
  }

  /* Headings and values by column: a heatmap's rows are columns here, so that hours run downwards. */
  function columns(figure) {
    var meta = figure.layout.meta, heatmap = figure.data[0] && figure.data[0].type === 'heatmap';
    return meta.columns.map(function (key, at) {
      var trace = heatmap ? figure.data[0] : figure.data[at];
      return {
        key: key,
        name: heatmap ? trace.y[at] : trace.name,
        values: heatmap ? trace.z[at] : trace.orientation === 'h' ? trace.x : trace.y,
        texts: heatmap ? meta.cells[at] : trace.hovertext,
        compared: !heatmap && at >= (meta.series || meta.columns).length
      };
    }).concat(meta.more || []);
  }

  function href(meta, at) {
    if (!meta.link || !meta.x) return null;
    var parts = [meta.x[at], meta.row].filter(Boolean).join('&');
    return parts ? meta.link + (meta.link.indexOf('?') < 0 ? '?' : '&') + parts : meta.link;
  }

  function build(graph, figure) {
    var meta = figure.layout.meta, shown = columns(figure);
    var head = [element('th', { scope: 'col', 'data-value': 'key' }, [meta.heading])].concat(shown.map(function (column) {
      return element('th', { scope: 'col', class: 'text-end', 'data-value': column.key }, [column.name]);
    }));
    var rows = meta.labels.map(function (label, at) {
      var some = shown.some(function (column) { return !column.compared && column.values[at]; });
      var address = some ? href(meta, at) : null;
      var name = element('th', { scope: 'row', class: 'fw-normal', 'data-value': meta.keys[at] },
        [address ? element('a', { href: address }, [label]) : label]);
      return element('tr', {}, [name].concat(shown.map(function (column) {
        var gap = column.values[at] === null;
        return element('td', { class: 'text-end', 'data-value': gap ? '' : column.values[at] }, [gap ? '–' : column.texts[at]]);
      })));
    });
    return element('table', { id: graph + '-rows', class: 'table table-sm mb-0' }, [
      element('caption', { class: 'visually-hidden' }, [meta.caption]),
      element('thead', {}, [element('tr', {}, head)]),
      element('tbody', {}, rows)
    ]);
  }

  function fill(holder) {
    var graph = holder.dataset.chartTable, figure = figures[graph];
    if (!figure || holder.portalFigure === figure) return;
    holder.portalFigure = figure;
    holder.replaceChildren.apply(holder, figure.layout && figure.layout.meta ? [build(graph, figure)] : []);
  }

  function holderOf(graph) {
    return document.querySelector('[data-chart-table="' + graph + '"]');
  }

  document.addEventListener('toggle', function (event) {
    var holder = event.target.open && event.target.querySelector('[data-chart-table]');
    if (holder) fill(holder);
  }, true);

  /* Before the click that saves the table as CSV. */
  document.addEventListener('click', function (event) {
    var control = event.target.closest && event.target.closest('[data-table-csv]');
    var holder = control && holderOf(control.dataset.tableCsv.replace(/-rows$/, ''));
    if (holder) fill(holder);
  }, true);

  clientside.portal = Object.assign(clientside.portal || {}, {
    keepFigures: function () {
      var inputs = clientside.callback_context.inputs;
      Object.keys(inputs).forEach(function (name) {
        var graph = name.replace(/\.figure$/, '');
        figures[graph] = inputs[name];
        var holder = holderOf(graph);
        if (holder && holder.closest('details[open]')) fill(holder);
      });
      return clientside.no_update;
    },
  });
})();
