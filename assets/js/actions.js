/* Buttons that need no server: the theme, a chart as PNG, a table as CSV. They are named by data attributes, so they work
   wherever they stand. */
(function () {
  'use strict';

  function save(blob, name) {
    var link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  /* The chart as it leaves the page: on paper, whatever the theme, with the title and legend that stand beside it here. */
  function onPaper(plot, size) {
    var layout = plot.layout || {}, margin = layout.margin || {}, rtl = document.documentElement.dir === 'rtl';
    var card = plot.closest('.chart-card'), title = card && card.querySelector('.chart-title');
    var legend = plot.data.length > 1, top = title ? 44 : 0;
    var bottom = legend ? 16 + 20 * Math.ceil(plot.data.length / Math.max(1, Math.floor(size.width / 130))) : 0;
    return {
      data: plot.data,
      layout: Object.assign({}, layout, {
        width: size.width,
        height: size.height + top + bottom,
        margin: Object.assign({}, margin, { t: (margin.t || 0) + top, b: (margin.b || 0) + bottom }),
        title: title ? { text: rtl ? '\u2067' + title.textContent + '\u2069' : title.textContent, x: rtl ? 0.98 : 0.02, xanchor: rtl ? 'right' : 'left', yref: 'container', y: 1, yanchor: 'top', pad: { t: 14 }, font: { size: 16 } } : undefined,
        font: Object.assign({}, layout.font, { family: getComputedStyle(document.body).fontFamily }),
        showlegend: legend,
        legend: { orientation: 'h', traceorder: 'normal', yref: 'container', y: 0.01, yanchor: 'bottom', x: rtl ? 1 : 0, xanchor: rtl ? 'right' : 'left' },
        paper_bgcolor: '#fff'
      }),
      size: { width: size.width, height: size.height + top + bottom }
    };
  }

  /* Through SVG and a data: address: the stock way draws through blob:, which the policy refuses. */
  function savePng(graph, name) {
    var plot = graph && (graph.querySelector('.js-plotly-plot') || graph);
    if (!plot || !window.Plotly || !plot._fullLayout) return;
    var paper = onPaper(plot, plot.getBoundingClientRect()), size = paper.size;
    window.Plotly.toImage({ data: paper.data, layout: paper.layout }, { format: 'svg', width: size.width, height: size.height }).then(function (address) {
      var image = new Image();
      image.src = address;
      return image.decode().then(function () {
        var canvas = document.createElement('canvas');
        canvas.width = size.width * 2;
        canvas.height = size.height * 2;
        var context = canvas.getContext('2d');
        context.fillStyle = '#fff';
        context.fillRect(0, 0, canvas.width, canvas.height);
        context.drawImage(image, 0, 0, canvas.width, canvas.height);
        canvas.toBlob(function (blob) { save(blob, name + '.png'); });
      });
    });
  }

  /* RFC 4180. A cell's data-value is what a machine should read; a leading = + - @ would be run by a spreadsheet. */
  function cellText(cell) {
    var text = cell.dataset.value !== undefined ? cell.dataset.value : cell.textContent.trim();
    if (/^[=+\-@\t\r]/.test(text) && isNaN(Number(text))) text = "'" + text;
    return /[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }

  function saveCsv(table, name) {
    var lines = Array.prototype.map.call(table.querySelectorAll('tr'), function (row) {
      return Array.prototype.map.call(row.cells, cellText).join(',');
    });
    save(new Blob(['\ufeff' + lines.join('\r\n') + '\r\n'], { type: 'text/csv;charset=utf-8' }), name + '.csv');
  }

  function setTheme(theme) {
    document.documentElement.setAttribute('data-bs-theme', theme);
    document.cookie = '__theme=' + theme + '; Path=/; Max-Age=31536000; SameSite=Lax' + (location.protocol === 'https:' ? '; Secure' : '');
  }

  document.addEventListener('click', function (event) {
    var control = event.target.closest ? event.target.closest('[data-theme-toggle],[data-chart-png],[data-table-csv]') : null;
    if (!control) return;
    var name = control.dataset.fileName || 'portal';
    if (control.hasAttribute('data-theme-toggle')) {
      setTheme(document.documentElement.getAttribute('data-bs-theme') === 'dark' ? 'light' : 'dark');
    } else if (control.hasAttribute('data-chart-png')) {
      window.portalCharts.draw(control.dataset.chartPng).then(function () {
        savePng(document.getElementById(control.dataset.chartPng), name);
      }, function () { /* without Plotly there is nothing to save; the picture stays */ });
    } else {
      var table = document.getElementById(control.dataset.tableCsv);
      if (table) saveCsv(table, name);
    }
  });
})();
