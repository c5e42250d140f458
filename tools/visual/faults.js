/* What no page may do at any width: told as [{kind, text, where, by}], for the page as it stands. */
(function () {
  'use strict';
  var SLACK = 1.5; /* pixels that rounding makes */
  var found = [], root = document.documentElement;

  function where(element) {
    var names = [];
    if (element instanceof SVGElement) element = element.closest('[id].dash-graph') || element;
    for (var at = element; at && at !== document.body && names.length < 4; at = at.parentElement) {
      var kind = typeof at.className === 'string' ? at.className.trim().split(/\s+/)[0] : '';
      names.unshift(at.tagName.toLowerCase() + (at.id && at.id[0] !== '{' ? '#' + at.id : kind ? '.' + kind : ''));
      if (at.id && at.id[0] !== '{') break;
    }
    return names.join(' > ');
  }

  function tell(kind, element, text, by) {
    var one = { kind: kind, text: text.trim().replace(/\s+/g, ' ').slice(0, 80), where: where(element), by: Math.round(by) };
    if (!found.some(function (each) { return each.kind === kind && each.where === one.where && each.text === one.text; })) found.push(one);
  }

  /* Of what is drawn inside a picture checkVisibility believes too much. */
  function seen(element) {
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true })) return false;
    for (var at = element; at instanceof SVGElement; at = at.parentElement) if (getComputedStyle(at).display === 'none') return false;
    return true;
  }

  /* Hidden from eyes on purpose, for screen readers. */
  function spoken(element) {
    return !!element.closest('.visually-hidden, .visually-hidden-focusable, .skip-link, [aria-hidden="true"] .measure, noscript, option, script, style');
  }

  /* A text that is shortened on purpose says so (it ends in an ellipsis) and has its whole elsewhere: in a tip, or where
     its link leads; `data-shortened` says that the row's link does. */
  function shortened(element, clipper) {
    if (element.closest('[data-shortened]')) return true;
    for (var at = element; at; at = at.parentElement) {
      var style = getComputedStyle(at);
      if ((style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none') && (at.title || at.closest('[title], [aria-label], a[href]'))) return true;
      if (at === clipper) return false;
    }
    return false;
  }

  if (root.scrollWidth > window.innerWidth) {
    var widest = null, far = 0;
    document.body.querySelectorAll('*').forEach(function (element) {
      var box = element.getBoundingClientRect();
      var over = root.dir === 'rtl' ? -box.left : box.right - window.innerWidth;
      if (over > far && seen(element)) { far = over; widest = element; }
    });
    tell('sideways', widest || document.body, '', root.scrollWidth - window.innerWidth);
  }

  /* ------------------------------------------------------------------------------------------------- text cut off */
  function clips(value) { return value === 'hidden' || value === 'clip'; }
  function scrolls(value) { return value === 'auto' || value === 'scroll'; }

  function cut(rect, element) {
    for (var at = element; at && at !== root; at = at.parentElement) {
      var style = getComputedStyle(at);
      var fixed = style.position === 'fixed';
      if (at !== document.body && style.display !== 'inline' && style.display !== 'contents') {
        var box = at.getBoundingClientRect();
        if (clips(style.overflowX) && (box.width <= 1 || box.height <= 1)) return null; /* for screen readers alone */
        var left = box.left + at.clientLeft, top = box.top + at.clientTop;
        var right = at instanceof SVGElement ? box.right : left + at.clientWidth, bottom = at instanceof SVGElement ? box.bottom : top + at.clientHeight;
        if (clips(style.overflowX)) {
          var aside = Math.max(left - rect.left, rect.right - right);
          if (aside > SLACK) return { by: aside, clipper: at };
        }
        if (clips(style.overflowY)) {
          /* A line's box is higher than its letters: a third of it may be out before any of them is touched. */
          var above = Math.max(top - rect.top, rect.bottom - bottom);
          if (above > rect.height / 3) return { by: above, clipper: at };
        }
        if (scrolls(style.overflowX)) return null;
        if (scrolls(style.overflowY)) rect = { left: rect.left, right: rect.right, top: Math.max(rect.top, top), bottom: Math.min(rect.bottom, bottom), height: rect.height };
      }
      if (fixed) break;
    }
    var out = Math.max(-rect.left, rect.right - window.innerWidth);
    return out > SLACK ? { by: out, clipper: root } : null;
  }

  var texts = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), node;
  while ((node = walker.nextNode())) {
    var element = node.parentElement;
    if (!node.data.trim() || !element || spoken(element) || !seen(element)) continue;
    var range = document.createRange();
    range.selectNodeContents(node);
    Array.prototype.forEach.call(range.getClientRects(), function (rect) {
      if (rect.width > 1 && rect.height > 1) texts.push({ rect: rect, node: node, element: element });
    });
  }
  texts.forEach(function (text) {
    var trouble = cut(text.rect, text.element);
    if (trouble && !shortened(text.element, trouble.clipper)) tell('cut off', text.element, text.node.data, trouble.by);
    text.cut = !!trouble;
  });

  /* What fields show of their own: the chosen option, a placeholder. */
  var ruler = document.createElement('canvas').getContext('2d');
  document.querySelectorAll('#react-entry-point select, #react-entry-point input, .card select, .card input').forEach(function (field) {
    if (!seen(field)) return;
    var style = getComputedStyle(field), room = field.clientWidth - parseFloat(style.paddingInlineStart) - parseFloat(style.paddingInlineEnd);
    var text = field.tagName === 'SELECT' ? (field.selectedOptions[0] || {}).text : field.value ? '' : field.placeholder;
    if (!text || room <= 0) return;
    ruler.font = style.font;
    var over = ruler.measureText(text).width - room;
    /* An option is read whole in the list that opens, an example in the tip. */
    var whole = field.tagName === 'SELECT' || field.closest('[title]');
    if (over > 2 && !(style.textOverflow === 'ellipsis' && whole)) tell('cut off', field, text, over);
  });

  /* ------------------------------------------------------------------------------------------- texts over one another */
  function layer(element) {
    for (var at = element; at && at !== document.body; at = at.parentElement) {
      var position = getComputedStyle(at).position;
      if (position === 'fixed' || position === 'sticky') return at;
    }
    return null;
  }

  var placed = texts.filter(function (text) { return !text.cut; });
  placed.sort(function (one, other) { return one.rect.top - other.rect.top; });
  placed.forEach(function (one, at) {
    for (var next = at + 1; next < placed.length; next += 1) {
      var other = placed[next];
      if (other.rect.top >= one.rect.bottom) break;
      var across = Math.min(one.rect.right, other.rect.right) - Math.max(one.rect.left, other.rect.left);
      var down = Math.min(one.rect.bottom, other.rect.bottom) - Math.max(one.rect.top, other.rect.top);
      if (across <= 2 || down <= Math.min(one.rect.height, other.rect.height) * .45) continue;
      if (one.node === other.node || layer(one.element) !== layer(other.element)) continue;
      tell('overlap', one.element, one.node.data.trim() + ' / ' + other.node.data.trim(), across);
    }
  });
  return found;
})();
