/* Parts of a page that no callback can reach (portal/shell/still.py): [type, properties, ...children], and [number] where a
   component stands among them. They become the elements that Dash's own components would make of them, without being
   components, each of which listens to the page's whole state. */
(function () {
  'use strict';
  var React = window.React, Link = window.dash_core_components.Link, shipped = window.dash_html_components;
  function silent() {}

  function all(type, given, parts, held) {
    return React.createElement.apply(React, [type, given].concat(parts.map(function (part) { return draw(part, held); })));
  }

  function draw(part, held) {
    if (!Array.isArray(part)) return part;
    if (part.length === 1) return held[part[0]];
    var type = part[0], given = Object.assign({}, part[1]);
    if (type === 'Link') given.setProps = silent;
    else if (!shipped[type]) throw new TypeError('no element of a page: ' + type);
    else if (given.href) given.href = window.dash_clientside.clean_url(given.href);
    return all(type === 'Link' ? Link : type.toLowerCase(), given, part.slice(2), held);
  }

  window.portal = Object.assign(window.portal || {}, {
    Still: function (props) { return all(React.Fragment, null, props.parts, [].concat(props.children)); }
  });
})();
