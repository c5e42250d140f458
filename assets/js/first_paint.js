/* React takes over from the page that the server drew. In the moment it does, and before the browser paints again, the
   charts' SVG move over their graphs (where they stay until Plotly has drawn), the focus moves to the same element of the
   new page, and the old one goes. */
(function () {
  'use strict';
  var entry = document.getElementById('react-entry-point');
  var drawn = document.getElementById('portal-first-paint');
  if (!entry || !drawn) return;

  var covers = [];

  function cover(graph, svg) {
    var box = graph.parentElement;
    if (getComputedStyle(box).position === 'static') box.classList.add('portal-chart-box');
    var sheet = document.createElement('div');
    sheet.className = 'portal-chart-cover';
    sheet.style.insetBlockStart = graph.offsetTop + 'px';
    sheet.style.blockSize = graph.offsetHeight + 'px';
    sheet.append(svg);
    box.append(sheet);
    covers.push({ id: graph.id, sheet: sheet });
  }

  /* A graph is done when Plotly has drawn into it and dcc no longer hides it. */
  function uncover() {
    covers = covers.filter(function (one) {
      var graph = document.getElementById(one.id);
      var done = !graph || (graph.querySelector('.main-svg') && !graph.querySelector('.dash-graph--pending'));
      if (done) one.sheet.remove();
      return !done;
    });
  }

  /* The way from the drawn page's root to an element, as the child's place on each level. */
  function pathTo(element) {
    var path = [];
    while (element !== drawn) {
      path.unshift(Array.prototype.indexOf.call(element.parentElement.children, element));
      element = element.parentElement;
    }
    return path;
  }

  function follow(path) {
    return path.reduce(function (element, at) { return element && element.children[at]; }, entry.firstElementChild && entry);
  }

  function takeOver() {
    var focused = drawn.contains(document.activeElement) ? document.activeElement : null;
    var focusId = focused && focused.id;
    var focusPath = focused && pathTo(focused);
    var pictures = Array.prototype.map.call(drawn.querySelectorAll('.dash-graph[id] > svg'), function (svg) {
      return { id: svg.parentElement.id, svg: svg };
    });
    drawn.remove(); /* now an id names one element again */
    pictures.forEach(function (picture) {
      var graph = document.getElementById(picture.id);
      if (graph && !graph.querySelector('.main-svg')) cover(graph, picture.svg);
    });
    var target = (focusId && document.getElementById(focusId)) || (focusPath && follow(focusPath));
    if (target && typeof target.focus === 'function') target.focus({ preventScroll: true });
    /* dcc.Graph starts as a placeholder and is put in anew when its code runs: the covers stay, they are its siblings. */
    if (!covers.length) return;
    var watch = new MutationObserver(function () {
      uncover();
      if (!covers.length) watch.disconnect();
    });
    watch.observe(entry, { childList: true, subtree: true, attributes: true, attributeFilter: ['class'] });
    uncover();
  }

  function ready() {
    return !!entry.querySelector(':scope > :not(._dash-loading)');
  }

  if (ready()) {
    takeOver();
    return;
  }
  var arrival = new MutationObserver(function () {
    if (!ready()) return;
    arrival.disconnect();
    takeOver();
  });
  arrival.observe(entry, { childList: true });
})();
