/* From a chart to its messages, and rest while nobody looks.
   A figure's layout.meta (components/charts/plotly.py) holds the log's address, and the parameters that narrow it to one
   category (x), one series, or all series of a category (row). */
(function () {
  'use strict';
  var clientside = (window.dash_clientside = window.dash_clientside || {});
  var pressed = null;
  document.addEventListener('pointerdown', function (event) { pressed = event; }, true);

  /* Hover is for all series of a category at once, so a click does not say which it meant: its height does. */
  function seriesAt(figure, index, graph) {
    var plot = graph && graph.querySelector('.nsewdrag');
    var range = figure.layout.yaxis.range;
    if (!plot || !pressed || figure.data.length === 1) return 0;
    var box = plot.getBoundingClientRect();
    var value = range[0] + (1 - (pressed.clientY - box.top) / box.height) * (range[1] - range[0]);
    var nearest = 0, distance = Infinity, top = 0;
    for (var i = 0; i < figure.data.length; i++) {
      var one = figure.data[i].y[index];
      if (one === null) continue;
      if (figure.data[i].type === 'bar') {
        top += one;
        if (value < top) return i;
        nearest = null; /* above the stack: all of it */
      } else if (figure.layout.meta.series[i] !== undefined && Math.abs(one - value) < distance) {
        distance = Math.abs(one - value);
        nearest = i;
      }
    }
    return nearest;
  }

  function address(point, figure, graph) {
    var meta = figure && figure.layout && figure.layout.meta;
    if (!point || !meta || !meta.link || !meta.x) return null;
    var trace = figure.data[point.curveNumber] || {};
    var lying = trace.orientation === 'h', heatmap = trace.type === 'heatmap', scatter = trace.mode === 'markers';
    var index = scatter ? point.pointIndex : meta.labels.indexOf(lying ? point.y : point.x);
    if (!(index >= 0)) return null;
    var series = heatmap ? trace.y.indexOf(point.y) : lying || scatter ? point.curveNumber : seriesAt(figure, index, graph);
    var narrowing = series === null ? meta.row : meta.series[series];
    if (narrowing === undefined || narrowing === null) return null;
    var parts = [meta.x[index], narrowing].filter(Boolean).join('&');
    return parts ? meta.link + (meta.link.indexOf('?') < 0 ? '?' : '&') + parts : meta.link;
  }

  clientside.portal = Object.assign(clientside.portal || {}, {
    /* clickData of every graph, then the figure of every graph, in the same order. */
    openLog: function () {
      var triggered = clientside.callback_context.triggered[0];
      var clicked = triggered && triggered.value;
      if (!clicked || !clicked.points || !clicked.points.length) return clientside.no_update;
      var half = arguments.length / 2;
      for (var i = 0; i < half; i++) {
        if (arguments[i] === clicked) {
          var graph = document.getElementById(triggered.prop_id.replace(/\.clickData$/, ''));
          return address(clicked.points[0], arguments[half + i], graph) || clientside.no_update;
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
