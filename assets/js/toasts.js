/* Notes in the corner (components/toasts.py). They go by themselves when they were good news, and never while somebody is
   at them; bad news stays until it is closed. */
(function () {
  'use strict';
  var clientside = (window.dash_clientside = window.dash_clientside || {});
  var STAYS = 6000;
  var last = null;

  function element(name, className, text) {
    var made = document.createElement(name);
    made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  function show(list, said) {
    var note = element('div', 'toast-note toast-' + said.tone);
    note.append(element('span', 'toast-text', said.text));
    if (said.href && said.link) {
      var link = element('a', 'toast-link', said.link);
      link.href = said.href;
      note.append(link);
    }
    var close = element('button', 'btn-close');
    close.type = 'button';
    close.setAttribute('aria-label', list.dataset.close);
    close.addEventListener('click', function () { note.remove(); });
    note.append(close);
    list.append(note);
    if (said.tone === 'done') window.setTimeout(leave, STAYS, note);
  }

  function leave(note) {
    if (!note.isConnected) return;
    if (note.matches(':hover, :focus-within')) window.setTimeout(leave, STAYS, note);
    else note.remove();
  }

  clientside.portal = Object.assign(clientside.portal || {}, {
    showToast: function (said) {
      var list = document.querySelector('#react-entry-point #toasts-list');
      if (said && list && said.id !== last) {
        last = said.id;
        show(list, said);
      }
      return clientside.no_update;
    },
  });
})();
