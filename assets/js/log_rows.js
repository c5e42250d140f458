/* Further pages of a list: the message log, the portfolio. The server describes their rows with the same components as the first page's, but they
   become plain elements here: every Dash component on a page is asked at every change of it, and hundreds of rows are
   thousands of components. */
(function () {
  'use strict';
  var clientside = (window.dash_clientside = window.dash_clientside || {});
  var NAMES = { className: 'class', dateTime: 'datetime' };
  var TAGS = { Link: 'a' };

  function all(nodes, held) {
    var made = document.createDocumentFragment();
    nodes.forEach(function (node) { if (node !== null && node !== undefined) made.append(build(node, held)); });
    return made;
  }

  /* A component, or a part of [type, properties, ...children] with [number] where one is held (still.js). */
  function build(node, held) {
    if (typeof node === 'string' || typeof node === 'number') return document.createTextNode(String(node));
    if (node.type === 'Still') return all(node.props.parts, node.props.children);
    if (node.length === 1) return build(held[node[0]]);
    var parts = Array.isArray(node) ? node : [node.type, node.props].concat(node.props.children);
    var made = document.createElement(TAGS[parts[0]] || parts[0].toLowerCase());
    Object.keys(parts[1]).forEach(function (name) {
      var value = parts[1][name];
      if (name !== 'children' && value !== null && value !== undefined) made.setAttribute(NAMES[name] || name, value);
    });
    made.append(all(parts.slice(2), held));
    return made;
  }

  clientside.portal = Object.assign(clientside.portal || {}, {
    appendRows: function (rows) {
      var body = document.querySelector('#react-entry-point #' + clientside.callback_context.outputs_list.id);
      if (!body || !rows) return clientside.no_update;
      body.append(all(rows));
      return String(body.rows.length);
    },
  });
})();
