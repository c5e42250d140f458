/* A store tells when it was filled, and does so while it is being made. That changes what the page is made of before all of it
   is there: React would throw its slices away (in_slices.js) and make the page once more, in one go. It can tell when the
   page stands. */
(function () {
  'use strict';
  var store = window.dash_core_components.Store.prototype;
  store.componentDidMount = store.UNSAFE_componentWillMount;
  delete store.UNSAFE_componentWillMount;
})();
