/* Number fields (components/numbers.py) whose bounds are known: the up and down arrows count, in the digits that are there. */
(function () {
  'use strict';
  var NATIVE = /[\u0660-\u0669\u06f0-\u06f9]/;

  function ascii(text) {
    return text.replace(/[\u0660-\u0669\u06f0-\u06f9]/g, function (digit) { return String(digit.charCodeAt(0) % 16); });
  }

  document.addEventListener('keydown', function (event) {
    var field = event.target;
    if ((event.key !== 'ArrowUp' && event.key !== 'ArrowDown') || event.altKey || event.ctrlKey || event.metaKey) return;
    if (!field.matches || !field.matches('#react-entry-point .number-field[min]')) return;
    var now = ascii(field.value).trim(), native = NATIVE.exec(field.value);
    if (!/^\d*$/.test(now)) return;
    event.preventDefault();
    var next = Number(now || '0') + (event.key === 'ArrowUp' ? 1 : -1);
    next = String(Math.min(Math.max(next, Number(field.min)), Number(field.max)));
    if (native) {
      var zero = native[0].charCodeAt(0) - native[0].charCodeAt(0) % 16;
      next = next.replace(/\d/g, function (digit) { return String.fromCharCode(zero + Number(digit)); });
    }
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, next);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
})();
