/* Runs the bundle's parts one after the other, each in a task of its own. Evaluated in one go they would hold a slow telephone
   up for longer than a reader who taps should wait. The server puts the parts in below; one that fails ends it. */
(function (parts) {
  'use strict';
  var turn = new MessageChannel(); /* the browser makes its timers wait, and more so one within another */
  turn.port1.onmessage = function () {
    parts.shift()();
    if (parts.length) turn.port2.postMessage(0);
    else turn.port1.close();
  };
  turn.port2.postMessage(0);
})(/*PARTS*/ []);
