/* The token that the server wants with whatever changes something (portal/web/csrf.py), from its cookie to the request: a
   header of what scripts send, a field of what forms send. Read when it is needed: somebody may have signed in again in
   another tab since this page was loaded. */
(function () {
  'use strict';
  var COOKIE = '__Host-csrf=', HEADER = 'X-CSRF-Token', FIELD = 'csrf_token';
  var SAFE = /^(?:GET|HEAD|OPTIONS)$/i;

  function token() {
    var found = document.cookie.split('; ').find(function (one) { return one.indexOf(COOKIE) === 0; });
    return found ? found.slice(COOKIE.length) : '';
  }

  function ours(address) {
    return new URL(address, document.baseURI).origin === window.location.origin;
  }

  var request = window.fetch;
  window.fetch = function (resource, options) {
    var asked = resource instanceof Request ? resource : null;
    var method = (options && options.method) || (asked && asked.method) || 'GET';
    if (SAFE.test(method) || !ours(asked ? asked.url : resource)) return request.apply(this, arguments);
    var headers = new Headers((options && options.headers) || (asked && asked.headers) || {});
    headers.set(HEADER, token());
    return request.call(this, resource, Object.assign({}, options, { headers: headers }));
  };

  /* Whenever a form is read to be sent: what was drawn with the page may be of an earlier session. */
  document.addEventListener('formdata', function (event) {
    var form = event.target;
    var action = form.getAttribute('action') || window.location.href; /* form.action may be a field of that name */
    if (/^post$/i.test(form.getAttribute('method') || '') && ours(action)) event.formData.set(FIELD, token());
  });
})();
