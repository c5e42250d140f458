/* React takes over from the page that the server drew. In the moment it does, and before the browser paints again, the
   charts' SVG move over their graphs (where they stay until Plotly has drawn), the focus moves to the same element of the
   new page, and the old one goes. */
(function () {
  'use strict';
  var entry = document.getElementById('react-entry-point');
  var drawn = document.getElementById('portal-first-paint');
  if (!entry || !drawn) return;

  var covers = [];

  /* In steps, each for all charts: to read a place after something was written makes the browser lay out everything anew. */
  function cover(pictures) {
    pictures.forEach(function (picture) { picture.placed = getComputedStyle(picture.box).position !== 'static'; });
    pictures.forEach(function (picture) {
      if (!picture.placed) picture.box.classList.add('portal-chart-box');
      /* Until it has code to run, dcc.Graph is an empty placeholder; the box keeps the room that the picture had. */
      picture.box.style.minBlockSize = picture.room + 'px';
    });
    pictures.forEach(function (picture) { picture.start = picture.graph.offsetTop; });
    pictures.forEach(function (picture) {
      var sheet = document.createElement('div');
      sheet.className = 'portal-chart-cover';
      sheet.style.insetBlockStart = picture.start + 'px';
      sheet.style.blockSize = picture.size + 'px';
      sheet.append(picture.svg);
      picture.box.append(sheet);
      covers.push({ id: picture.id, sheet: sheet, box: picture.box });
    });
  }

  /* A graph is done when Plotly has drawn into it and dcc no longer hides it, or when it has left the page. One that is
     gone because Plotly itself did not arrive keeps its picture: that is all the reader will have. */
  function isDone(one) {
    var graph = document.getElementById(one.id);
    if (!one.box.isConnected) return true;
    if (!graph) return !!window.Plotly;
    return !!graph.querySelector('.main-svg') && !graph.querySelector('.dash-graph--pending');
  }

  function uncover(decide) {
    covers = covers.filter(function (one) {
      if (!decide(one)) return true;
      one.sheet.remove();
      one.box.style.minBlockSize = '';
      return false;
    });
  }

  /* New numbers for a chart make its picture old, drawn or not. */
  document.addEventListener('portal:answer', function (event) {
    uncover(function (one) { return event.detail.indexOf(one.id) >= 0; });
  });

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
    drawn.style.setProperty('display', 'block', 'important'); /* its rule hides it by now, and it is to be measured */
    var pictures = Array.prototype.map.call(drawn.querySelectorAll('.dash-graph[id] > svg'), function (svg) {
      var graph = svg.parentElement;
      return { id: graph.id, svg: svg, size: graph.offsetHeight, room: graph.parentElement.offsetHeight };
    });
    drawn.remove(); /* now an id names one element again */
    cover(pictures.filter(function (picture) {
      picture.graph = document.getElementById(picture.id);
      picture.box = picture.graph && picture.graph.parentElement;
      return picture.graph && !picture.graph.querySelector('.main-svg');
    }));
    var target = (focusId && document.getElementById(focusId)) || (focusPath && follow(focusPath));
    if (target && typeof target.focus === 'function') target.focus({ preventScroll: true });
    if (!covers.length) return;
    var watch = new MutationObserver(function () {
      uncover(isDone);
      if (!covers.length) watch.disconnect();
    });
    watch.observe(entry, { childList: true, subtree: true, attributes: true, attributeFilter: ['class'] });
    uncover(isDone);
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
