/* The first script of every page. What runs after it can add a script only from the table that the server puts in below,
   {path asked for: [URL, sha384]}, with its hash; can write no markup that the browser has not sanitised; and asks for
   nothing at start that already came with the page. It starts the application once the page has been seen. The policy's
   headers refuse what goes around it. */
(function (table) {
  'use strict';
  var nonce = document.currentScript.nonce;
  var root = document.documentElement;
  var trustedTypes = window.trustedTypes;
  var canSanitise = typeof Element.prototype.setHTML === 'function' && typeof window.Sanitizer === 'function';

  /* A reader who has chosen no theme gets the system's, before anything is painted. */
  if (!root.hasAttribute('data-bs-theme')) {
    root.setAttribute('data-bs-theme', window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  }

  /* The font is on its way with the stylesheet that names it. A browser takes it up when it lays out the first text, which
     is a frame too late: taken up now, it is there for the first frame unless it is still on its way. */
  var font = document.querySelector('link[rel="preload"][as="font"]');
  if (font && window.FontFace) {
    var face = new FontFace('Vazirmatn', 'url(' + font.href + ')', { weight: '400 700', display: 'swap' });
    document.fonts.add(face);
    face.load().catch(function () { /* the stylesheet's own is tried, then another font */ });
  }

  /* Scripts: one policy, one purpose. createHTML exists only in browsers that enforce Trusted Types but cannot sanitise
     by themselves, and gives nothing but allowed elements. */
  var rules = {
    createScriptURL: function (url) {
      for (var asked in table) if (table[asked][0] === url) return url;
      throw new TypeError('not a script of this page: ' + url);
    },
  };
  if (!canSanitise) rules.createHTML = allowedMarkup;
  var policy = trustedTypes ? trustedTypes.createPolicy('ghasi-portal', rules) : null;

  var source = Object.getOwnPropertyDescriptor(HTMLScriptElement.prototype, 'src');
  Object.defineProperty(HTMLScriptElement.prototype, 'src', {
    configurable: false,
    enumerable: true,
    get: source.get,
    set: function (value) {
      if (value === '') return; /* dcc.Graph empties it when it gives up waiting */
      var asked = new URL(value, document.baseURI);
      var entry = asked.origin === location.origin && Object.hasOwn(table, asked.pathname) && table[asked.pathname];
      if (!entry) throw new TypeError('not a script of this page: ' + asked.href);
      this.nonce = nonce;
      this.integrity = entry[1];
      this.crossOrigin = 'anonymous';
      source.set.call(this, policy ? policy.createScriptURL(entry[0]) : entry[0]);
    },
  });

  /* Stylesheets that a component brings along carry the page's nonce; their text is text, whatever property sets it. */
  var createElement = Document.prototype.createElement;
  Document.prototype.createElement = function (name, options) {
    var element = options === undefined ? createElement.call(this, name) : createElement.call(this, name, options);
    if (element instanceof HTMLStyleElement) {
      element.nonce = nonce;
      Object.defineProperty(element, 'innerHTML', {
        get: function () { return element.textContent; },
        set: function (value) { element.textContent = value; },
      });
    }
    return element;
  };

  /* A style attribute written by script goes the way of element.style, which the policy allows; a script's src goes the
     way of the property, which knows the table. */
  var setAttribute = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function (name, value) {
    if (name === 'style' && this.style) this.style.cssText = value;
    else if (this instanceof HTMLScriptElement && /^src$/i.test(name)) this.src = value;
    else setAttribute.call(this, name, value);
  };

  /* Markup: an allow-list of elements that format text, none that load, run or submit. */
  var elements = ['span', 'p', 'br', 'hr', 'b', 'i', 'em', 'strong', 'del', 'sub', 'sup', 'code', 'pre', 'blockquote',
    'ul', 'ol', 'li', 'a', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td'];
  var attributes = ['class', 'href', 'title', 'dir', 'lang'];
  var markup = Object.getOwnPropertyDescriptor(Element.prototype, 'innerHTML');
  var sanitizer = canSanitise ? new Sanitizer({ elements: elements, attributes: attributes }) : null;
  Object.defineProperty(Element.prototype, 'innerHTML', {
    configurable: false,
    enumerable: true,
    get: markup.get,
    set: function (value) {
      var text = value === null || value === undefined ? '' : String(value);
      if (text.indexOf('<') < 0 && text.indexOf('&') < 0) this.textContent = text;
      else if (sanitizer) this.setHTML(text, { sanitizer: sanitizer });
      else markup.set.call(this, policy ? policy.createHTML(text) : allowedMarkup(text));
    },
  });
  if (typeof Document.parseHTML === 'function') {
    var parse = DOMParser.prototype.parseFromString;
    DOMParser.prototype.parseFromString = function (text, type) {
      return type === 'text/html' ? Document.parseHTML(String(text)) : parse.call(this, text, type);
    };
  }

  /* Writes markup anew from what it recognises: allowed tags with allowed attributes. All else comes out as text. */
  function allowedMarkup(text) {
    var tag = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>=`]+))?)*)\s*\/?>/gi;
    var out = '', end = 0, found;
    while ((found = tag.exec(text))) {
      out += escapeText(text.slice(end, found.index));
      end = tag.lastIndex;
      var name = found[2].toLowerCase();
      if (elements.indexOf(name) >= 0) out += found[1] ? '</' + name + '>' : '<' + name + allowedAttributes(found[3]) + '>';
      else out += escapeText(found[0]);
    }
    return out + escapeText(text.slice(end));
  }
  function allowedAttributes(text) {
    var pair = /([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=`]+))/gi;
    var out = '', found;
    while ((found = pair.exec(text))) {
      var name = found[1].toLowerCase();
      var value = found[2] !== undefined ? found[2] : found[3] !== undefined ? found[3] : found[4];
      if (attributes.indexOf(name) < 0) continue;
      if (name === 'href' && !/^(?:https?:\/\/|mailto:|\/(?!\/)|[?#])/i.test(value)) continue;
      out += ' ' + name + '="' + value.replace(/"/g, '&quot;') + '"';
    }
    return out;
  }
  function escapeText(text) {
    return text.replace(/</g, '&lt;').replace(/>/g, '&gt;'); /* entities stay as they are written */
  }

  /* What Dash asks for at start is here: the layout came with the page, the callbacks with the bundle. Each answers once. */
  var fetch = window.fetch;
  window.fetch = function (resource) {
    var asked = /\/_dash-(layout|dependencies)$/.exec(typeof resource === 'string' ? resource : '');
    var body = asked && (asked[1] === 'layout' ? layoutOfThePage() : window.portalCallbacks);
    if (!body) return fetch.apply(this, arguments);
    if (asked[1] === 'dependencies') window.portalCallbacks = '';
    return Promise.resolve(new Response(body, { status: 200, headers: { 'Content-Type': 'application/json' } }));
  };
  function layoutOfThePage() {
    var element = document.getElementById('portal-start-layout');
    if (element) element.remove();
    return element && element.textContent;
  }

  /* The page only names its application, which would take the line and the processor from what is there already: it is
     fetched and run after the frame that shows the whole page. A tab that nobody looks at makes no frames and does not wait
     for one. */
  whenParsed(function () {
    var named = document.getElementById('portal-bundle');
    if (!named) return;
    function start() {
      if (!named) return;
      var script = document.createElement('script');
      script.id = '_dash-renderer';
      script.src = named.href;
      named = null;
      document.head.append(script);
    }
    requestAnimationFrame(function () { setTimeout(start, 0); }); /* asked for in a frame, a task runs when it is drawn */
    window.addEventListener('load', function () { setTimeout(start, document.hidden ? 0 : 2000); });
  });

  /* The parser does not wait for this script: the document may be whole before or after. */
  function whenParsed(act) {
    if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', act);
    else act();
  }
})(/*TABLE*/ {});
