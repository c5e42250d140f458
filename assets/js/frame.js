/* The frame: the navigation, which page is current, the drawer on narrow screens, menus that close, forms that lead back
   to here. */
(function () {
  'use strict';
  var STEP = '_dashprivate_pushstate'; /* how dcc.Link tells dcc.Location of a step */
  var shown = window.location.pathname;

  function isCurrent(page, path) {
    return path === page || path.indexOf(page + '/') === 0 || (path === '/' && page === '/dashboard');
  }

  /* The page whose entry a page has: its own but for those that say otherwise (components/navigation.py). */
  function placeOf(path) {
    var list = document.querySelector('.nav-list[data-under]');
    return (list && JSON.parse(list.dataset.under)[path]) || path;
  }

  /* A page of a tenant keeps the tenant an internal user is looking at; without one its link is hidden. */
  function followAddress() {
    if (window.location.pathname !== shown) {
      shown = window.location.pathname;
      closeDrawer(false);
      closeMenus(null);
    }
    var internal = !!document.querySelector('.portal[data-audience="internal"]');
    var tenant = internal ? new URLSearchParams(window.location.search).get('tenantId') : null;
    var place = placeOf(shown);
    document.querySelectorAll('#react-entry-point .nav-entry[data-page]').forEach(function (link) {
      var page = link.dataset.page;
      link.setAttribute('href', tenant ? page + '?tenantId=' + encodeURIComponent(tenant) : page);
      link.classList.toggle('nav-hidden', internal && !tenant);
      link.classList.toggle('current', isCurrent(page, place));
    });
    markCurrent();
  }

  function markCurrent() {
    document.querySelectorAll('.nav-entry').forEach(function (link) {
      if (link.classList.contains('current')) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    });
  }

  /* As dcc.Link does it: a page opens inside the application, unless the reader wants it elsewhere. */
  function step(event, link) {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    window.history.pushState({}, '', link.getAttribute('href'));
    window.dispatchEvent(new CustomEvent(STEP));
    window.scrollTo(0, 0);
  }

  /* ------------------------------------------------------------------------------------------------------- drawer */
  var opener = null;

  function drawer() {
    return document.querySelector('#react-entry-point .portal-nav') || document.querySelector('.portal-nav');
  }

  function openDrawer(button) {
    var nav = drawer();
    if (!nav) return;
    opener = button;
    document.documentElement.classList.add('drawer-open');
    button.setAttribute('aria-expanded', 'true');
    setColumnInert(true);
    var first = nav.querySelector('a');
    if (first) first.focus();
  }

  function closeDrawer(giveFocusBack) {
    if (!document.documentElement.classList.contains('drawer-open')) return;
    document.documentElement.classList.remove('drawer-open');
    setColumnInert(false);
    if (opener) {
      opener.setAttribute('aria-expanded', 'false');
      if (giveFocusBack) opener.focus();
    }
    opener = null;
  }

  function setColumnInert(inert) {
    document.querySelectorAll('.portal-column').forEach(function (column) { column.inert = inert; });
  }

  /* -------------------------------------------------------------------------------------------------------- menus */
  function closeMenus(except) {
    document.querySelectorAll('details[data-menu][open]').forEach(function (menu) {
      if (menu !== except) menu.open = false;
    });
  }

  document.addEventListener('click', function (event) {
    var target = event.target;
    if (!target.closest || !target.isConnected) return; /* what the click itself has replaced lies in no menu any more */
    closeMenus(target.closest('details[data-menu]'));
    var entry = target.closest('#react-entry-point .nav-entry[data-page]');
    if (entry) step(event, entry);
    var open = target.closest('[data-drawer-open]');
    if (open) openDrawer(open);
    else if (target.closest('[data-drawer-close]')) closeDrawer(true);
    var done = target.closest('.menu-panel a, .menu-panel .btn:not([data-menu-stays])');
    if (done) {
      var menu = done.closest('details[data-menu]');
      menu.open = false;
      menu.querySelector('summary').focus();
    }
  });

  document.addEventListener('keydown', function (event) {
    if (event.key !== 'Escape') return;
    var menu = document.activeElement && document.activeElement.closest('details[data-menu][open]');
    if (menu) {
      menu.open = false;
      menu.querySelector('summary').focus();
    } else {
      closeDrawer(true);
    }
  });

  /* The page may have changed since the form was drawn. */
  document.addEventListener('submit', function (event) {
    var form = event.target.closest ? event.target.closest('form[data-way-back]') : null;
    var next = form && form.querySelector('input[name="next"]');
    if (next) next.value = window.location.pathname + window.location.search;
  });

  window.addEventListener('popstate', followAddress);
  window.addEventListener(STEP, followAddress);
  markCurrent();
})();
