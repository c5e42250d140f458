/* The frame: which page is current, the drawer on narrow screens, menus that close, forms that lead back to here. */
(function () {
  'use strict';
  var shown = window.location.pathname;
  var clientside = (window.dash_clientside = window.dash_clientside || {});

  function isCurrent(page, path) {
    return path === page || path.indexOf(page + '/') === 0 || (path === '/' && page === '/dashboard');
  }

  /* The page whose entry a page has: its own but for those that say otherwise (components/navigation.py). */
  function placeOf(path) {
    var list = document.querySelector('.nav-list[data-under]');
    return (list && JSON.parse(list.dataset.under)[path]) || path;
  }

  clientside.portal = Object.assign(clientside.portal || {}, {
    /* A page of a tenant keeps the tenant an internal user is looking at; without one its link is hidden. */
    showCurrentPage: function (path, search, ids, classes) {
      if (path !== shown) {
        shown = path;
        closeDrawer(false);
        closeMenus(null);
      }
      var internal = !!document.querySelector('.portal[data-audience="internal"]');
      var tenant = internal ? new URLSearchParams(search || '').get('tenantId') : null;
      var place = placeOf(path);
      var names = ids.map(function (id) {
        var hidden = internal && !tenant;
        return 'nav-entry' + (isCurrent(id.page, place) ? ' current' : '') + (hidden ? ' nav-hidden' : '');
      });
      var addresses = ids.map(function (id) {
        return tenant ? id.page + '?tenantId=' + encodeURIComponent(tenant) : id.page;
      });
      window.setTimeout(markCurrent, 0);
      return [names, addresses];
    },
  });

  function markCurrent() {
    document.querySelectorAll('.nav-entry').forEach(function (link) {
      if (link.classList.contains('current')) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    });
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

  markCurrent();
})();
