/* A page with filters mirrors the address's query in a store. A control that changes the store adds a step to the history;
   a step of the history, or a link to the same page, changes the store and the controls. Nothing is put in anew, so the
   focus, an open menu and every chart stay. */
(function () {
  'use strict';
  var clientside = (window.dash_clientside = window.dash_clientside || {});
  var STEP = '_dashprivate_pushstate'; /* how dcc.Link tells dcc.Location of a step */

  clientside.portal = Object.assign(clientside.portal || {}, {
    writeAddress: function (query) {
      var now = window.location.search.replace(/^\?/, '');
      if ((query || '') !== now) {
        window.history.pushState({}, '', window.location.pathname + (query ? '?' + query : ''));
        window.dispatchEvent(new CustomEvent(STEP));
      }
      return query || '';
    },
  });

  function wanted(rule, params) {
    if (rule.names) {
      return rule.names.reduce(function (all, name) { return all.concat(params.getAll(name)); }, []);
    }
    var value = params.get(rule.name);
    if (rule.unless !== undefined) return value !== rule.unless;
    return value === null ? rule.otherwise : value;
  }

  /* Setting what a control says already would ask the server what follows from it. */
  function show(id, value) {
    var control = window.dash_component_api.getLayout(id);
    if (!control || JSON.stringify(control.props.value) !== JSON.stringify(value)) clientside.set_props(id, { value: value });
  }

  function readAddress() {
    var bar = document.querySelector('#react-entry-point [data-address]');
    if (!bar || bar.dataset.path !== window.location.pathname) return;
    var query = window.location.search.replace(/^\?/, '');
    var params = new URLSearchParams(query);
    var controls = JSON.parse(bar.dataset.controls);
    Object.keys(controls).forEach(function (id) { show(id, wanted(controls[id], params)); });
    clientside.set_props(bar.dataset.address, { data: query });
  }

  /* A step that was taken while the page was on its way found no controls to tell. */
  clientside.portal.catchUp = function (framesLeft) {
    var bar = document.querySelector('#react-entry-point [data-address]');
    if (bar && bar.dataset.path === window.location.pathname) readAddress();
    else if (framesLeft > 0) window.requestAnimationFrame(function () { clientside.portal.catchUp(framesLeft - 1); });
  };

  window.addEventListener('popstate', readAddress);
  window.addEventListener(STEP, function () { window.setTimeout(readAddress, 0); });
})();
