/* Callbacks that fail do so quietly: a note with "try again", nothing in the console. A session that has ended leads to the
   sign-in page, and comes back here afterwards. */
(function () {
  'use strict';
  var request = window.fetch;
  var texts = JSON.parse((document.getElementById('portal-texts') || { textContent: '{}' }).textContent);
  var nothing = function () { return new Response(null, { status: 204 }); }; /* Dash: "no update" */

  window.fetch = function (resource, options) {
    if (typeof resource !== 'string' || !/\/_dash-update-component(?:\?|$)/.test(resource)) return request.apply(this, arguments);
    var retry = function () { return again(resource, options); };
    retry.of = (/"output":"((?:[^"\\]|\\.)*)"/.exec((options && options.body) || '') || [])[1];
    return request(resource, options).then(
      function (response) { return judge(response, retry); },
      function (error) {
        if (error && error.name === 'AbortError') throw error;
        note(texts.offline, '', retry);
        return nothing();
      }
    );
  };

  function judge(response, retry) {
    var signIn = response.headers.get('X-Login-Location');
    if (response.status === 401 || signIn) {
      leave(signIn);
      return new Promise(function () {}); /* the page is going away */
    }
    if (!response.ok) {
      return reason(response).then(function (text) {
        note(text || texts.failed, response.headers.get('X-Request-Id'), retry);
        return nothing();
      });
    }
    var failure = response.headers.get('X-Portal-Failure');
    if (failure) note(texts.failed, failure, retry);
    return response;
  }

  /* What the portal itself refused says what to do about it. */
  function reason(response) {
    if ([403, 429].indexOf(response.status) < 0) return Promise.resolve('');
    return response.json().then(function (problem) { return problem.detail || ''; }, function () { return ''; });
  }

  /* Only to an address of this site: the header is ours, and nothing else should ever choose where a reader lands. */
  function leave(address) {
    var target = new URL(address || location.href, location.href);
    if (target.origin === location.origin) location.assign(target.href);
    else location.reload();
  }

  /* The same request once more; its answer is put where Dash would have put it. */
  function again(resource, options) {
    return window.fetch(resource, options).then(function (response) {
      return response.status === 200 ? response.json() : null;
    }).then(function (answer) {
      var updates = (answer && answer.response) || {};
      Object.keys(updates).forEach(function (id) {
        window.dash_clientside.set_props(id.charAt(0) === '{' ? JSON.parse(id) : id, updates[id]);
      });
    });
  }

  function element(name, className, text) {
    var made = document.createElement(name);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  var shown = null;

  /* One note at a time: what failed together is tried again together. */
  function note(text, requestId, retry) {
    if (shown && shown.isConnected) {
      shown.retries = shown.retries.filter(function (one) { return one.of !== retry.of; }).concat(retry);
      return;
    }
    var toast = element('div', 'portal-note toast show');
    toast.setAttribute('role', 'status');
    toast.retries = [retry];
    var body = element('div', 'toast-body');
    body.append(element('span', '', text));
    if (requestId && requestId !== '-') {
      var code = element('code', 'portal-note-id', requestId);
      code.dir = 'ltr';
      body.append(code);
    }
    var tryAgain = element('button', 'btn btn-sm btn-primary', texts.retry);
    tryAgain.type = 'button';
    tryAgain.addEventListener('click', function () {
      toast.remove();
      toast.retries.forEach(function (one) { one(); });
    });
    var close = element('button', 'btn-close');
    close.type = 'button';
    close.setAttribute('aria-label', texts.close);
    close.addEventListener('click', function () { toast.remove(); });
    body.append(tryAgain, close);
    toast.append(body);
    document.body.append(toast);
    shown = toast;
  }
})();
