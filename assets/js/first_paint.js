/* React takes over from the page that the server drew. In the moment it does, and before the browser paints again, the focus
   moves to the same element of the new page, and the old one goes. The charts' pictures went over before, as React drew
   their graphs (near_charts.js). */
(function () {
  'use strict';
  var entry = document.getElementById('react-entry-point');
  var drawn = document.getElementById('portal-first-paint');
  if (!entry || !drawn) return;

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
    drawn.remove(); /* now an id names one element again */
    var target = (focusId && document.getElementById(focusId)) || (focusPath && follow(focusPath));
    if (target && typeof target.focus === 'function') target.focus({ preventScroll: true });
  }

  function ready() {
    return !!entry.querySelector(':scope > :not([class^="_dash-loading"])'); /* which stand there before the page, or beside it */
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
