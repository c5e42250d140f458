/* Further pages of a list: the message log, the portfolio. The server describes their rows with the same components as the first page's, but they
   become plain elements here: every Dash component on a page is asked at every change of it, and hundreds of rows are
   thousands of components. */
(function () {
  'use strict';
  var clientside = (window.dash_clientside = window.dash_clientside || {});
  var NAMES = { className: 'class', dateTime: 'datetime' };
  var TAGS = { Link: 'a' };

  function build(node) {
    if (typeof node === 'string' || typeof node === 'number') return document.createTextNode(String(node));
    var made = document.createElement(TAGS[node.type] || node.type.toLowerCase());
    Object.keys(node.props).forEach(function (name) {
      var value = node.props[name];
      if (name !== 'children' && value !== null && value !== undefined) made.setAttribute(NAMES[name] || name, value);
    });
    [].concat(node.props.children === undefined || node.props.children === null ? [] : node.props.children)
      .forEach(function (child) { if (child !== null) made.append(build(child)); });
    return made;
  }

  clientside.portal = Object.assign(clientside.portal || {}, {
    appendRows: function (rows) {
      var body = document.querySelector('#react-entry-point #' + clientside.callback_context.outputs_list.id);
      if (!body || !rows) return clientside.no_update;
      body.append.apply(body, rows.map(build));
      return String(body.rows.length);
    },
  });
})();
