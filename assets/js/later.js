/* What only one kind of menu needs is fetched when a reader comes near one (LATER in portal/shell/scripts.py). It lies
   beside the script that this is a part of. */
(function () {
  'use strict';
  var here = document.getElementById('_dash-renderer').src, asked = false;

  function fetchMonths(event) {
    if (asked || !event.target.closest) return;
    var menu = event.target.closest('#react-entry-point details');
    if (!menu || !menu.querySelector('[data-date-range]')) return;
    asked = true;
    var script = document.createElement('script');
    script.onerror = function () { asked = false; }; /* days can be typed meanwhile; the next move asks again */
    script.src = new URL('dates.js', here).pathname;
    document.head.append(script);
  }

  ['pointerover', 'focusin', 'toggle'].forEach(function (name) { document.addEventListener(name, fetchMonths, true); });
})();
