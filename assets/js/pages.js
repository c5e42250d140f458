/* What a change of page inside the application owes to the reader: its title, and the focus at its beginning. Another
   filter on the same page leaves the focus where it is. */
(function () {
  'use strict';
  var clientside = (window.dash_clientside = window.dash_clientside || {});
  var FRAMES_TO_STAND = 60; /* a page is there within a few; one without filters has nothing that waits to be told */
  var shown = location.pathname;

  function focusBeginning() {
    var start = document.querySelector('main h1') || document.querySelector('main');
    if (!start) return;
    if (!start.hasAttribute('tabindex')) start.setAttribute('tabindex', '-1');
    start.focus({ preventScroll: true });
  }

  clientside.portal = Object.assign(clientside.portal || {}, {
    announcePage: function (page) {
      if (page && page.title) document.title = page.title;
      if (location.pathname !== shown) {
        shown = location.pathname;
        focusBeginning();
      }
      if (page && typeof page.search === 'string' && page.search !== location.search) {
        clientside.portal.catchUp(FRAMES_TO_STAND);
      }
      return clientside.no_update;
    },
  });
})();
