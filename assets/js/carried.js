/* Another language is another page from the server. What was entered on this one and not sent yet goes along: it waits in
   the tab's own storage for the page that comes next, is put in there as if it were typed, and is gone. Only what somebody
   touched; never a password, of a file only its name; only for the same reader of the same page. */
(function () {
  'use strict';
  var NAME = 'portal-carried', LONGEST = 60000, PATIENCE = 10000;
  var CONTROLS = 'input, textarea, select', HERE = '#react-entry-point main', NEVER = ['password', 'file', 'hidden', 'submit', 'button'];
  var CHANGES = 'form[action$="/preferences/locale"], form[action$="/profile/preferences"]';
  var touched = new Set();

  function reader() {
    var portal = document.querySelector('#react-entry-point [data-reader]');
    return portal && portal.dataset.reader;
  }

  function controls() {
    return Array.prototype.slice.call(document.querySelectorAll(HERE + ' :is(' + CONTROLS + ')'));
  }

  /* A control's id, else its place among all that have none. */
  function nameOf(control, all) {
    return control.id || 'at ' + all.filter(function (each) { return !each.id; }).indexOf(control);
  }

  function note(event) {
    var control = event.target;
    if (control.matches && control.matches(HERE + ' :is(' + CONTROLS + ')') && NEVER.indexOf(control.type) < 0) touched.add(control);
  }

  document.addEventListener('input', note, true);
  document.addEventListener('change', note, true);
  document.addEventListener('portal:entered', note, true); /* a day chosen in the months */

  document.addEventListener('submit', function (event) {
    if (!event.target.matches(CHANGES)) return;
    var all = controls(), kept = [];
    touched.forEach(function (control) {
      /* What the form itself sends is answered for by the server. */
      if (control.isConnected && control.form !== event.target) kept.push({ name: nameOf(control, all), value: control.value, checked: !!control.checked });
    });
    all.forEach(function (control) {
      if (control.type === 'file' && control.files.length) kept.push({ name: nameOf(control, all), file: control.files[0].name });
    });
    if (!kept.length) return;
    try {
      sessionStorage.setItem(NAME, JSON.stringify({ at: Date.now(), reader: reader(), path: location.pathname, controls: kept }));
    } catch (_full) { /* then it is lost, as it was before */ }
  }, true);

  function taken() {
    try {
      var found = JSON.parse(sessionStorage.getItem(NAME));
      sessionStorage.removeItem(NAME);
      return found;
    } catch (_forbidden) {
      return null;
    }
  }

  function put(control, kept) {
    if (control.type === 'file') {
      control.dispatchEvent(new CustomEvent('portal:again', { bubbles: true, detail: kept.file }));
      return;
    }
    touched.add(control);
    if (control.type === 'checkbox' || control.type === 'radio') {
      if (control.checked !== kept.checked) control.click();
      return;
    }
    if (control.value === kept.value) return;
    /* By the element's own setter: React does not hear of a value that goes through the one it put in its place. */
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(control), 'value').set.call(control, kept.value);
    control.dispatchEvent(new Event('input', { bubbles: true }));
    control.dispatchEvent(new Event('change', { bubbles: true }));
  }

  var waiting = taken();
  if (!waiting || waiting.path !== location.pathname || Date.now() - waiting.at > LONGEST) return;

  function restore() {
    if (!reader()) return;
    if (reader() !== waiting.reader) waiting.controls = [];
    var all = controls();
    waiting.controls = waiting.controls.filter(function (kept) {
      var control = all.find(function (each) { return nameOf(each, all) === kept.name; });
      if (control) put(control, kept);
      return !control;
    });
    if (!waiting.controls.length) arrival.disconnect();
  }

  var arrival = new MutationObserver(restore);
  arrival.observe(document.documentElement, { childList: true, subtree: true });
  setTimeout(function () { arrival.disconnect(); }, PATIENCE);
  restore();
})();
