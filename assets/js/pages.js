/* What a change of page inside the application owes to the reader: its title, its top, and the focus at its beginning. */
(function () {
  'use strict';
  var shown = window.location.pathname;
  var clientside = (window.dash_clientside = window.dash_clientside || {});
  clientside.portal = Object.assign(clientside.portal || {}, {
    announcePage: function (page) {
      if (page && page.title) document.title = page.title;
      /* A changed filter is still the same page: whoever works its controls keeps the focus. */
      if (window.location.pathname === shown) return clientside.no_update;
      shown = window.location.pathname;
      var start = document.querySelector('main h1') || document.querySelector('main');
      if (start) {
        if (!start.hasAttribute('tabindex')) start.setAttribute('tabindex', '-1');
        start.focus({ preventScroll: true });
      }
      return clientside.no_update;
    },
  });
})();
