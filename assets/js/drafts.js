/* What is being written, told once the typing pauses. Whoever sends it sends the fields themselves, which do not wait. */
(function () {
  'use strict';
  var PAUSE = 250;
  var clientside = (window.dash_clientside = window.dash_clientside || {});
  var latest = 0;

  clientside.portal = Object.assign(clientside.portal || {}, {
    onceSettled: function () {
      var values = Array.prototype.slice.call(arguments), mine = ++latest;
      return new Promise(function (resolve) {
        setTimeout(function () { resolve(mine === latest ? values : clientside.no_update); }, PAUSE);
      });
    },
  });
})();
