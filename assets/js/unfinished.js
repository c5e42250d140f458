/* A page that is loaded anew while a form of it is being sent (components/forms.py, `keeps`): what was entered, and the
   key it was sent with, stand in the history's entry until there is an answer, and are put back into the form of the same
   reader. Sending it again is then the same request, which has no second effect. */
(function () {
  'use strict';
  var NAME = 'portalUnfinished', LONGEST = 600000, HERE = '#react-entry-point form[data-keeps]';
  var pending = (history.state || {})[NAME], leaving = false;
  if (pending && Date.now() - pending.at > LONGEST) pending = null;

  function reader() {
    var portal = document.querySelector('#react-entry-point [data-reader]');
    return portal && portal.dataset.reader;
  }

  function keep(what) {
    var state = Object.assign({}, history.state);
    delete state[NAME];
    if (what) state[NAME] = what;
    history.replaceState(state, '');
  }

  window.addEventListener('pagehide', function () { leaving = true; });
  window.addEventListener('pageshow', function () { leaving = false; });

  document.addEventListener('click', function (event) {
    var button = event.target.closest && event.target.closest(HERE + ' [type="submit"]');
    if (!button || button.disabled) return;
    var form = button.closest('form'), values = {};
    form.querySelectorAll('.form-field :is(input, textarea)').forEach(function (control) {
      values[control.id] = control.value;
    });
    keep({ at: Date.now(), reader: reader(), form: form.dataset.form, button: button.id, key: button.value, values: values });
  }, true);

  function restore(form) {
    var found = pending, set = window.dash_clientside.set_props;
    pending = null;
    if (found.reader !== reader()) keep(null);
    if (found.reader !== reader() || found.form !== form.dataset.form) return;
    Object.keys(found.values).forEach(function (id) { set(JSON.parse(id), { value: found.values[id] }); });
    set(found.button, { value: found.key });
    keep(found);
  }

  /* The button rests while it is being sent; when it no longer does, there is an answer. A page that is being left gives
     its requests up, which is none. */
  new MutationObserver(function (changes) {
    var form = pending && document.querySelector(HERE);
    if (form) restore(form);
    changes.forEach(function (change) {
      var button = change.target;
      if (change.type !== 'attributes' || leaving || button.disabled || !button.matches(HERE + ' [type="submit"]')) return;
      keep(null);
    });
  }).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ['disabled'] });
})();
