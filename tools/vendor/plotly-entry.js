// The charts this product draws, and nothing else of plotly.js: bars, lines, heat maps and what they stand on.
// Left out of the stock core: 3-D annotations, sliders, update menus, range slider and selector, layout images, subplot
// grids' chooser, sending data anywhere.
'use strict';

var registry = require('plotly.js/src/registry');
var api = require('plotly.js/src/plot_api');
var plots = require('plotly.js/src/plots/plots');
var fx = require('plotly.js/src/components/fx');

require('plotly.js/build/plotcss');

var Plotly = { version: require('plotly.js/src/version').version, register: registry.register };
Object.keys(api).forEach(function (name) {
  if (name.charAt(0) !== '_') Plotly[name] = api[name];
  registry.register({ moduleType: 'apiMethod', name: name, fn: api[name] });
});

registry.register(require('plotly.js/src/traces/scatter'));
registry.register([
  require('plotly.js/src/components/annotations'),
  require('plotly.js/src/components/selections'),
  require('plotly.js/src/components/shapes'),
  require('plotly.js/src/components/errorbars'),
  require('plotly.js/src/components/colorscale'),
  require('plotly.js/src/components/colorbar'),
  require('plotly.js/src/components/legend'), // after shapes: its defaults depend on them
  require('plotly.js/src/components/fx'), // after the legend: unified hover depends on it
  require('plotly.js/src/components/modebar'),
]);
registry.register([require('plotly.js/src/locale-en'), require('plotly.js/src/locale-en-us')]);
registry.register([require('plotly.js/lib/bar'), require('plotly.js/lib/heatmap')]);

Plotly.Plots = { resize: plots.resize, graphJson: plots.graphJson };
Plotly.Fx = { hover: fx.hover, unhover: fx.unhover };
Plotly.Icons = require('plotly.js/src/fonts/ploticon');

// Nothing of the page's data leaves it: no logo (its icon is parsed as HTML, too), no cloud button, and no stock PNG
// button (it draws through a blob: image, which the policy refuses; charts.js has its own).
Plotly.setPlotConfig({
  displaylogo: false,
  showSendToCloud: false,
  modeBarButtonsToRemove: ['toImage', 'sendDataToCloud', 'sendChartToCloud'],
});

module.exports = Plotly;
