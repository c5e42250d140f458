/* Dialogs (components/dialogs.py): closing takes the body away too, so that a secret or a half-filled form is in no store
   afterwards; a secret is copied by a button. */
(function () {
  'use strict';

  function close(dialog) {
    window.dash_clientside.set_props(dialog, { is_open: false });
    window.dash_clientside.set_props(dialog + '-body', { children: null });
  }

  function copied(button) {
    var label = button.querySelector('span:last-child');
    if (!button.portalLabel) button.portalLabel = label.textContent;
    label.textContent = button.dataset.copied;
    button.classList.add('copied');
  }

  function select(holder) {
    var range = document.createRange();
    range.selectNodeContents(holder);
    var selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  }

  /* Where the clipboard is withheld (no permission, plain http) the text is marked, ready for Ctrl-C. */
  function copy(button) {
    var holder = document.getElementById(button.dataset.copy);
    if (!holder) return;
    var clipboard = navigator.clipboard;
    if (!clipboard) return select(holder);
    clipboard.writeText(holder.textContent).then(function () { copied(button); }, function () { select(holder); });
  }

  document.addEventListener('click', function (event) {
    var control = event.target.closest ? event.target.closest('[data-dialog-close],[data-copy]') : null;
    if (!control) return;
    if (control.dataset.copy) copy(control);
    else close(control.dataset.dialogClose);
  });
})();
