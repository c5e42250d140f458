/* A field for a file (components/report_checks.py): the browser's own control lies unseen over ours, so that a press, a
   key and a dropped file go to it, and the words around it are ours. What was chosen is told by its name alone. */
(function () {
  'use strict';
  function zone(event) {
    var input = event.target;
    return input.type === 'file' && input.closest('.file-field');
  }

  document.addEventListener('change', function (event) {
    var field = zone(event), chosen = field && event.target.files[0];
    if (!field) return;
    field.querySelector('.file-name').textContent = chosen ? chosen.name : '';
    field.classList.toggle('file-chosen', !!chosen);
  });

  ['dragenter', 'dragleave', 'drop'].forEach(function (name) {
    document.addEventListener(name, function (event) {
      var field = event.target.closest && zone(event);
      if (field) field.classList.toggle('file-over', name === 'dragenter');
    });
  });
})();
