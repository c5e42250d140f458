/* Forms (components/forms.py): sent by their button's callback, never by the browser; a field that is wrong says so to
   screen readers, and the first of them takes the focus. */
(function () {
  'use strict';
  var CONTROLS = 'input:not([type="hidden"]), select, textarea, button[role="combobox"]';

  document.addEventListener('submit', function (event) {
    if (event.target.dataset.form) event.preventDefault();
  });

  /* A field's help and error belong to its control; their ids are made here, since components cannot say it. */
  function describe(field, error, wrong) {
    var help = field.querySelector('.form-field-help');
    var name = (field.closest('form') || field).dataset.form + '-' + field.dataset.field;
    error.classList.toggle('wrong', wrong);
    field.querySelectorAll(CONTROLS).forEach(function (control) {
      var parts = [];
      if (help) {
        help.id = help.id || name + '-help';
        parts.push(help.id);
      }
      if (wrong) parts.push(error.id);
      if (parts.length) control.setAttribute('aria-describedby', parts.join(' '));
      else control.removeAttribute('aria-describedby');
      if (wrong) control.setAttribute('aria-invalid', 'true');
      else control.removeAttribute('aria-invalid');
    });
  }

  function look(form) {
    var first = null;
    form.querySelectorAll('.form-field').forEach(function (field) {
      var error = field.querySelector('.form-field-error'), wrong = !!error && error.textContent !== '';
      if (error) describe(field, error, wrong);
      if (wrong && !first) first = field.querySelector(CONTROLS);
    });
    return first;
  }

  new MutationObserver(function (changes) {
    var forms = new Set();
    changes.forEach(function (change) {
      var node = change.target.nodeType === Node.ELEMENT_NODE ? change.target : change.target.parentElement;
      var place = node && node.closest('.form-field-error, .form-summary');
      var form = place && place.closest('form[data-form]');
      if (form) forms.add(form);
    });
    forms.forEach(function (form) {
      var first = look(form);
      if (first) first.focus();
    });
  }).observe(document.documentElement, { subtree: true, childList: true, characterData: true });

  /* The help of a field that nothing is wrong with. */
  document.addEventListener('focusin', function (event) {
    var form = event.target.closest && event.target.closest('form[data-form]');
    if (form && !form.portalDescribed) {
      form.portalDescribed = true;
      look(form);
    }
  });
})();
