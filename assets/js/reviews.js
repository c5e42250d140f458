/* Comments on a business review (components/qbr_comments.py): what is not saved yet is marked, and not left by accident;
   somebody else's text beside one's own is taken by a button. */
(function () {
  'use strict';
  var FORM = '#react-entry-point form[data-qbr]';
  var typed = false; /* since the button was pressed */

  function form() {
    return document.querySelector(FORM);
  }

  function mark(found) {
    typed = true;
    found.dataset.unsaved = '';
  }

  document.addEventListener('input', function (event) {
    var found = event.target.matches && event.target.matches('textarea') && event.target.closest(FORM);
    if (found) mark(found);
  });

  document.addEventListener('click', function (event) {
    var button = event.target.closest && event.target.closest(FORM + ' [type="submit"]');
    if (button) typed = false;
  }, true);

  /* What was saved is said in the form's status; what was typed meanwhile is not part of it. */
  new MutationObserver(function () {
    var found = form(), said = found && found.querySelector('[data-saved]');
    if (!said || said.dataset.seen) return;
    said.dataset.seen = '1';
    if (!typed) delete found.dataset.unsaved;
  }).observe(document.documentElement, { subtree: true, childList: true });

  window.addEventListener('beforeunload', function (event) {
    var found = form();
    if (found && 'unsaved' in found.dataset) event.preventDefault();
  });

  /* A link inside the application unloads nothing. */
  document.addEventListener('click', function (event) {
    var link = event.target.closest && event.target.closest('a[href]'), found = form();
    if (!link || !found || !('unsaved' in found.dataset) || link.target === '_blank') return;
    if (link.getAttribute('href').charAt(0) === '#' || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (window.confirm(found.dataset.qbr)) {
      delete found.dataset.unsaved;
    } else {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  document.addEventListener('click', function (event) {
    var button = event.target.closest && event.target.closest('[data-qbr-take]');
    var comment = button && button.closest('.qbr-comment');
    if (!comment) return;
    var field = comment.querySelector('textarea'), other = comment.querySelector('.qbr-theirs');
    var theirs = other ? other.textContent : '', way = button.dataset.qbrTake;
    if (way !== 'mine') {
      var value = way === 'both' && field.value ? field.value + '\n\n' + theirs : theirs;
      window.dash_clientside.set_props(JSON.parse(field.id), { value: value });
    }
    mark(comment.closest(FORM));
    comment.querySelector('.qbr-clash').hidden = true;
    field.focus();
  });
})();
