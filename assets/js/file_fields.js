/* A field for a file (components/report_checks.py): the browser's own control lies unseen over ours, so that a press, a
   key and a dropped file go to it, and the words around it are ours. What was chosen is told by its name alone: that is all
   that goes along into another language (carried.js), where the file is asked for again; the menu of languages says so before. */
(function () {
  'use strict';
  function zone(event) {
    var input = event.target;
    return input.type === 'file' && input.closest('.file-field');
  }

  document.addEventListener('change', function (event) {
    var field = zone(event), chosen = field && event.target.files[0];
    if (!field) return;
    show(field, chosen ? chosen.name : '', false);
  });

  document.addEventListener('portal:again', function (event) {
    var field = zone(event);
    if (field && !event.target.files.length) show(field, event.detail, true);
  });

  function show(field, name, again) {
    field.querySelector('.file-name').textContent = name;
    field.querySelector('.file-again').hidden = !again;
    field.classList.toggle('file-chosen', !!name);
  }

  document.addEventListener('toggle', function (event) {
    var note = event.target.querySelector && event.target.querySelector('.language-file');
    if (note) note.hidden = !document.querySelector('#react-entry-point .file-chosen');
  }, true);

  ['dragenter', 'dragleave', 'drop'].forEach(function (name) {
    document.addEventListener(name, function (event) {
      var field = event.target.closest && zone(event);
      if (field) field.classList.toggle('file-over', name === 'dragenter');
    });
  });
})();
