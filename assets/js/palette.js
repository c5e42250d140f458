/* Ctrl-K: the navigation's pages, a message by its id, messages by number or sender. */
(function () {
  'use strict';
  var chosen = 0;
  var offers = [];

  function dialog() {
    return document.querySelector('#react-entry-point #palette');
  }

  function inAsciiDigits(text) {
    return text.replace(/[۰-۹٠-٩]/g, function (digit) { return String(digit.charCodeAt(0) & 15); });
  }

  function tenantQuery(start) {
    var tenant = document.querySelector('.portal[data-audience="internal"]') && new URLSearchParams(window.location.search).get('tenantId');
    return tenant ? start + 'tenantId=' + encodeURIComponent(tenant) : '';
  }

  function find(box, typed) {
    var wanted = inAsciiDigits(typed.trim());
    var found = Array.prototype.filter.call(document.querySelectorAll('#react-entry-point .nav-entry:not(.nav-hidden)'), function (link) {
      return link.textContent.toLowerCase().indexOf(wanted.toLowerCase()) !== -1;
    }).map(function (link) {
      return { text: link.textContent, go: function () { link.click(); } };
    });
    if (wanted && box.dataset.searchMessages) {
      var isId = /^msg_[0-9a-z]{26}$/i.test(wanted);
      var address = isId ? '/messages/' + encodeURIComponent(wanted) + tenantQuery('?') : '/messages?q=' + encodeURIComponent(wanted) + tenantQuery('&');
      found[isId ? 'unshift' : 'push']({
        text: (isId ? box.dataset.openMessage : box.dataset.searchMessages).replace('{q}', '\u2068' + typed.trim() + '\u2069'),
        go: function () { window.location.assign(address); },
      });
    }
    return found;
  }

  function draw(box, field) {
    var list = box.querySelector('#palette-results');
    offers = find(box, field.value);
    chosen = Math.max(0, Math.min(chosen, offers.length - 1));
    list.replaceChildren.apply(list, offers.map(function (offer, index) {
      var item = document.createElement('li');
      item.id = 'palette-offer-' + index;
      item.setAttribute('role', 'option');
      item.setAttribute('aria-selected', String(index === chosen));
      item.className = 'palette-offer';
      item.textContent = offer.text;
      item.addEventListener('click', function () { take(box, index); });
      return item;
    }));
    if (!offers.length) {
      var nothing = document.createElement('li');
      nothing.className = 'palette-nothing';
      nothing.textContent = box.dataset.nothing;
      list.append(nothing);
    }
    field.setAttribute('aria-controls', 'palette-results');
    field.setAttribute('aria-activedescendant', offers.length ? 'palette-offer-' + chosen : '');
    var current = list.children[chosen];
    if (current) current.scrollIntoView({ block: 'nearest' });
  }

  function take(box, index) {
    var offer = offers[index];
    if (!offer) return;
    box.close();
    offer.go();
  }

  function open() {
    var box = dialog();
    if (!box || box.open) return;
    var field = box.querySelector('#palette-input');
    chosen = 0;
    box.showModal();
    field.focus();
    field.select();
    draw(box, field);
  }

  document.addEventListener('keydown', function (event) {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.code === 'KeyK') {
      event.preventDefault();
      open();
      return;
    }
    if (event.target.id !== 'palette-input') return;
    var box = dialog();
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      chosen = (chosen + (event.key === 'ArrowDown' ? 1 : -1) + offers.length) % Math.max(1, offers.length);
      draw(box, event.target);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      take(box, chosen);
    }
  });

  document.addEventListener('input', function (event) {
    if (event.target.id !== 'palette-input') return;
    chosen = 0;
    draw(dialog(), event.target);
  });

  document.addEventListener('click', function (event) {
    var box = dialog();
    if (event.target.closest && event.target.closest('[data-palette-open]')) open();
    else if (box && box.open && event.target === box) box.close();
  });
})();
