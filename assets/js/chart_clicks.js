/* From a chart to its messages, and rest while nobody looks.
   A figure's layout.meta (components/charts/plotly.py) holds the log's address, and the parameters that narrow it to one
   category and one series. */
(function () {
  'use strict';
  var clientside = (window.dash_clientside = window.dash_clientside || {});

  function address(point, figure) {
    var meta = figure && figure.layout && figure.layout.meta;
    if (!point || !meta || !meta.link || !meta.x) return null;
    var trace = figure.data[point.curveNumber] || {};
    var series = point.curveNumber;
    var category = trace.orientation === 'h' ? point.y : point.x;
    if (trace.type === 'heatmap') series = trace.y.indexOf(point.y);
    var narrowing = meta.series[series];
    var index = meta.labels.indexOf(category);
    if (index < 0 || narrowing === undefined || narrowing === null) return null;
    var parts = [meta.x[index], narrowing].filter(Boolean).join('&');
    return parts ? meta.link + (meta.link.indexOf('?') < 0 ? '?' : '&') + parts : meta.link;
  }

  clientside.portal = Object.assign(clientside.portal || {}, {
    /* clickData of every graph, then the figure of every graph, in the same order. */
    openLog: function () {
      var triggered = clientside.callback_context.triggered[0];
      var half = arguments.length / 2;
      if (!triggered || !triggered.value || !triggered.value.points) return clientside.no_update;
      for (var i = 0; i < half; i++) {
        if (arguments[i] === triggered.value) {
          return address(triggered.value.points[0], arguments[half + i]) || clientside.no_update;
        }
      }
      return clientside.no_update;
    },
  });

  /* A page in a hidden tab asks for nothing; when it is seen again, the next tick does. */
  document.addEventListener('visibilitychange', function () {
    var live = document.querySelector('[data-live]');
    if (live) clientside.set_props(live.dataset.live, { disabled: document.hidden });
  });
})();
