/* One click makes some two hundred changes of the page's state, and after each Dash asks every component three times whether
   it is concerned. React shows what came of them once, when the task that made them is over: only then components are
   asked here, once for all changes together. What a reader does is told at once, as a field that is typed into must hold
   what was typed before the browser goes on. Runs before the renderer, which takes the hook from React when it is read. */
(function () {
  'use strict';
  if (window.__off) return;
  var React = window.React, flushSync = window.ReactDOM.flushSync, follow = React.useSyncExternalStore;
  var waiting = new Set();

  function tell() {
    var all = waiting;
    waiting = new Set();
    flushSync(function () { all.forEach(function (ask) { ask(); }); });
  }

  /* React's own work comes as messages, too. */
  function isReadersDoing() { return window.event && window.event.type !== 'message'; }

  React.useSyncExternalStore = function (subscribe, getSnapshot, getServerSnapshot) {
    var gathered = React.useCallback(function (ask) {
      var isWaiting = false;
      function askLater() { isWaiting = false; ask(); }
      var leave = subscribe(function () {
        if (isWaiting) return;
        if (isReadersDoing()) { ask(); return; }
        isWaiting = true;
        if (!waiting.size) queueMicrotask(tell);
        waiting.add(askLater);
      });
      return function () { waiting.delete(askLater); leave(); };
    }, [subscribe]);
    return follow(gathered, getSnapshot, getServerSnapshot);
  };
})();
